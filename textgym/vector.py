"""The token MDP, N episodes at once, on arrays. The numbers are those of N single environments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.error import ResetNeeded
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from textgym import kernels
from textgym.draws import AHEAD, Draws
from textgym.env import Observation, example_option
from textgym.errors import check_choice, check_int, unknown
from textgym.mdp import INT, TokenMDP
from textgym.partner import Conversation
from textgym.render import to_ansi
from textgym.snapshots import Snapshots
from textgym.tasks.base import Task
from textgym.types import Example
from textgym.vector_infos import Infos, column, final_observations, merge, outcome_infos, split_final, term_infos

_SMALL = 1 << 18  # bytes of observations that may as well be copied


class TokenVectorEnv(VectorEnv[Observation, NDArray[np.int64], NDArray[Any]]):
    """`gym.make_vec(id, num_envs=N)`: N token environments in one set of arrays.

    Row i seeded with s is the single environment seeded with s + i, episode after episode.

    Args:
        task, **settings: as for `textgym.env.TokenEnv`.
        num_envs: N.
        autoreset_mode: "SameStep" (default), "NextStep" or "Disabled", or Gymnasium's enum.
        samples_per_example: consecutive rows that share a seed, and so draw the same examples in the same
            order, however long their episodes are; N must be a multiple of it.
        max_episode_steps: where a `TimeLimit` would truncate, if given.
        copy: True for observations that are the caller's own, to be written to; False for read-only ones, which are
            never changed either, and are not written anew at each step. By default they are copies up to 256 KiB,
            where that costs next to nothing.
        render_mode: None or "ansi".

    The first reset takes up to a quarter of a second more, to read examples that come later.

    Infos follow Gymnasium's vector convention: arrays with `_key` masks; with same-step autoreset the
    outcome of ended episodes is in `final_info` and `final_obs`.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi"], "autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012

    def __init__(
        self,
        task: str | type[Task] | Task,
        num_envs: int = 1,
        *,
        autoreset_mode: str | AutoresetMode = AutoresetMode.SAME_STEP,
        samples_per_example: int = 1,
        max_episode_steps: int | None = None,
        copy: bool | None = None,
        render_mode: str | None = None,
        **settings: Any,
    ) -> None:
        self.num_envs = check_int("num_envs", num_envs, 1)
        group = check_int("samples_per_example", samples_per_example, 1)
        if self.num_envs % group:
            raise ValueError(f"samples_per_example: got {group}, allowed is a divisor of num_envs={num_envs}")
        if render_mode is not None:
            check_choice("render_mode", render_mode, self.metadata["render_modes"])
        self.render_mode = render_mode
        self.autoreset_mode = _autoreset(autoreset_mode)
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
        self._time_limit = None if max_episode_steps is None else check_int("max_episode_steps", max_episode_steps, 1)
        self.mdp = TokenMDP(task, self.num_envs, **settings)
        self.single_observation_space = self.mdp.observation_space
        self.single_action_space = self.mdp.action_space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        pad, rows = self.mdp.codec.pad_id, self.num_envs
        self._source = np.full((rows, self.mdp.num_source), pad, dtype=INT)
        self._generated = np.full((rows, self.mdp.num_new), pad, dtype=INT)
        self._steps = np.zeros(rows, dtype=INT)
        self._turns = np.zeros(rows, dtype=np.int64)  # of each row, in all its episodes
        self._snapshots = Snapshots()
        self._ended = np.ones(rows, dtype=bool)
        self._rows, self._all = np.arange(rows), np.ones(rows, dtype=bool)
        self._examples = np.empty(rows, dtype=object)
        partners = self.mdp.task.max_turns > 1  # they draw from the rows' generators, too
        self.draws = Draws(rows, len(self.mdp.corpus), group, ahead=1 if partners else AHEAD)
        self._extra = {
            key: np.zeros((rows, *(space.shape or ())), dtype=space.dtype)
            for key, space in self.mdp.task.extra_spaces().items()
        }
        size = sum(array.nbytes for array in (self._source, self._generated, self._steps, *self._extra.values()))
        self.copy = size <= _SMALL if copy is None else bool(copy)
        self._has_read_ahead = False
        self._next_budget = self.mdp.num_new
        self._budgets = np.full(rows, self.mdp.num_new, dtype=INT)
        self._elapsed = np.zeros(rows, dtype=INT)  # tokens of the episode; kept up with a time limit only
        self._conversations: list[Conversation | None] = [None] * rows
        self._rewards = np.zeros((rows, self.mdp.num_new)) if render_mode else None

    @property
    def tokenizer(self) -> Any:
        """The tokenizer object itself."""
        return self.mdp.codec.tokenizer

    @property
    def examples(self) -> tuple[Example, ...]:
        """The example of each row's episode."""
        return tuple(example for example in self._examples if example is not None)

    def action_masks(self) -> NDArray[np.bool_]:
        """bool (N, V), read-only: the ids that each row may choose."""
        allowed: NDArray[np.bool_] = self.mdp.codec.allowed
        return np.broadcast_to(allowed, (self.num_envs, len(allowed)))

    def set_progress(self, progress: float) -> None:
        """Tell scheduled rewards how much of the training is done, in [0, 1]; the next episodes follow."""
        self.mdp.ledger.set_progress(progress)

    def set_max_new_tokens(self, budget: int) -> None:
        """End the episodes that begin from now on after `budget` tokens; at most T."""
        self._next_budget = check_int("max_new_tokens", budget, 1, self.mdp.num_new)

    @property
    def budgets(self) -> NDArray[np.int32]:
        """How many tokens each row's episode (with a partner: turn) may have (N,)."""
        return np.array(self._budgets)

    def report_log_probs(self, log_probs: NDArray[np.floating[Any]]) -> None:
        """Tell rewards that ask for it (`kl`) the log-probabilities (N,) of the tokens taken next."""
        for row, log_prob in enumerate(np.asarray(log_probs, dtype=np.float64).tolist()):
            self.mdp.ledger.report(row, log_prob)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, Infos]:
        """Start an episode in each row, or in those of `options["reset_mask"]` (bool (N,)).

        `options["example"]` is an index for all rows or a sequence of N.
        """
        self.draws.seed(seed)
        rows, indices = self._reset_options(options)
        if indices is None and not self._has_read_ahead:
            self.mdp.shelf.read_ahead(self.draws.coming(AHEAD))
            self._has_read_ahead = True
        infos = self._begin(rows, indices)
        return self._observe(), infos

    def step(
        self, actions: NDArray[np.int64]
    ) -> tuple[Observation, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], Infos]:
        """Emit one token in each row. Rewards (N,) float64, terminated and truncated (N,) bool."""
        if not self.draws.seeded:
            raise ResetNeeded("call reset() before step()")
        tokens = self._check_actions(actions)
        resetting = None
        if np.count_nonzero(self._ended):
            if self.autoreset_mode is not AutoresetMode.NEXT_STEP:
                rows = np.flatnonzero(self._ended).tolist()
                raise ResetNeeded(f"the episodes of rows {rows} are over: reset(options={{'reset_mask': ...}})")
            resetting = self._ended
        active = None if resetting is None else ~resetting
        rewards, terminated, truncated, infos = self._advance(tokens, active)
        if resetting is not None:
            rows = np.flatnonzero(resetting)
            merge(infos, self._begin(rows, None), rows)
        ended = terminated | truncated
        if np.count_nonzero(ended):
            self._finish(np.flatnonzero(ended), ended, infos)
        if self.autoreset_mode is not AutoresetMode.SAME_STEP:
            self._ended = ended
        return self._observe(), rewards, terminated, truncated, infos

    def _advance(
        self, tokens: NDArray[np.integer[Any]], active: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], Infos]:
        mdp, mask = self.mdp, (self._all if active is None else active).copy()
        terminated, top = np.empty(self.num_envs, dtype=bool), mdp.codec.size - 1
        ids, eos = tokens.astype(np.int64), mdp.codec.eos_id
        wrong = kernels.advance(ids, top, mask, self._generated, self._steps, self._budgets, eos, terminated)
        if wrong >= 0:
            raise ValueError(f"actions: got {tokens[wrong]} in row {wrong}, allowed is an integer in 0..{top}")
        turned: list[int] = []
        if mdp.task.max_turns > 1 and terminated.any():
            turned = [row for row in np.flatnonzero(terminated).tolist() if self._conversations[row] is not None]
            self._end_turns(turned, terminated)
        truncated = np.zeros(self.num_envs, dtype=bool)
        if self._time_limit is not None:
            self._elapsed += mask
            truncated = (self._elapsed >= self._time_limit) & ~terminated
            if active is not None:
                truncated &= active
        rewards, shares, raw = mdp.ledger.step_all(ids.astype(INT), terminated, active)
        if self._rewards is not None:
            self._rewards[mask, self._steps[mask] - 1] = rewards[mask]
        infos = term_infos((shares, raw), mask)
        if turned:
            self._turn_infos(turned, infos)
            self._next_turns([row for row in turned if not terminated[row]])
        return rewards, terminated, truncated, infos

    def _end_turns(self, rows: list[int], terminated: NDArray[np.bool_]) -> None:
        """Turns that are over: the partners answer; `terminated` becomes whether the episodes are over too."""
        for row in rows:
            conversation = self._conversations[row]
            if conversation is not None:
                reply, terminated[row] = conversation.end_turn(self._written(row))
                self.mdp.ledger.credit(row, reply.feedback)

    def _written(self, row: int) -> NDArray[np.int32]:
        """The tokens of row `row`, of this turn."""
        return self._generated[row, : self._steps[row]].astype(INT)

    def _turn_infos(self, rows: list[int], infos: Infos) -> None:
        mask = np.zeros(self.num_envs, dtype=bool)
        mask[rows] = True
        texts = np.full(self.num_envs, None, dtype=object)
        turns = np.zeros(self.num_envs, dtype=int)
        for row in rows:
            conversation = self._conversations[row]
            if conversation is not None:
                texts[row], turns[row] = conversation.turns[-1][0], len(conversation.turns)
        infos["turn_text"], infos["_turn_text"] = texts, mask
        infos["turn"], infos["_turn"] = turns, mask.copy()

    def _next_turns(self, rows: list[int]) -> None:
        """The next turn in each of `rows`: the history goes into the source, the text starts anew."""
        for row in rows:
            conversation = self._conversations[row]
            if conversation is not None:
                self.mdp.ledger.feed(row, conversation.separator)
                self._source[row] = self.mdp.padded(conversation.source())
        self._turns[rows] += 1
        self._generated[rows] = self.mdp.codec.pad_id
        self._steps[rows] = 0

    def _finish(self, rows: NDArray[np.intp], ended: NDArray[np.bool_], infos: Infos) -> None:
        """The outcome of the episodes that ended, and, with same-step autoreset, the next ones."""
        sources, generated, lengths = (
            np.empty((len(rows), size), dtype=INT) for size in (self.mdp.num_source, self.mdp.num_new, 1)
        )
        last = np.empty(len(rows), dtype=INT)
        kernels.observe(rows, self._source, self._generated, self._steps, sources, generated, lengths, last)
        outcome = self._outcome(rows, ended, generated, lengths.ravel(), last == self.mdp.codec.eos_id)
        if self.autoreset_mode is not AutoresetMode.SAME_STEP:
            merge(infos, outcome, rows)
            return
        final = split_final(infos, rows, ended)
        extra = {key: array[rows] for key, array in self._extra.items()}
        infos["final_obs"] = final_observations(self.num_envs, rows, sources, generated, lengths, extra)
        infos["_final_obs"] = ended
        infos["final_info"] = {**final, **outcome}
        infos["_final_info"] = ended
        infos.update(self._begin(rows, None))

    def _outcome(
        self,
        rows: NDArray[np.intp],
        ended: NDArray[np.bool_],
        generated: NDArray[np.int32],
        lengths: NDArray[np.int32],
        by_eos: NDArray[np.bool_],
    ) -> Infos:
        examples = self._examples[rows].tolist()
        if self.mdp.task.max_turns == 1:
            found = self.mdp.final_rows(rows, examples, generated, lengths, by_eos)
        else:
            tokens = [self._written(row) for row in rows.tolist()]
            found = self.mdp.final_infos(rows, examples, tokens, [self._conversations[row] for row in rows])
        if self._time_limit is not None:  # a truncated episode has no finish reason: it did not finish
            finished = (lengths == self._budgets[rows]) | by_eos
            found["finish_reason"] = np.where(finished, found["finish_reason"], None)
        found["example_id"] = [example.id for example in examples]
        return outcome_infos(found, self.num_envs, rows, ended)

    def render(self) -> tuple[str, ...] | None:  # type: ignore[override]
        """Each row's text so far, coloured by reward; None without a render mode."""
        if self._rewards is None:
            return None
        return tuple(
            to_ansi(self.mdp.codec, self._generated[row, :n].tolist(), self._rewards[row, :n].tolist())
            for row, n in enumerate(self._steps.tolist())
        )

    def _observe(self) -> Observation:
        arrays = {"source": self._source, "generated": self._generated, "step": self._steps[:, None], **self._extra}
        if self.copy:
            return {key: array.copy() for key, array in arrays.items()}
        return self._snapshots.take(self._turns, arrays)

    def _begin(self, rows: NDArray[np.intp], indices: Sequence[int | None] | None) -> Infos:
        """Start an episode in each of `rows`, on the given example or one drawn by the row's generator."""
        mdp, shelf = self.mdp, self.mdp.shelf
        places = shelf.places(self._drawn(rows, indices), self._coming)
        examples = list(map(shelf.examples.__getitem__, places.tolist()))
        self._examples[rows] = examples
        kernels.begin(
            rows, places, shelf.sources, self._turns, self._source, self._generated, self._steps,
            self._budgets, self._elapsed, mdp.codec.pad_id, self._next_budget
        )  # fmt: skip
        self._ended[rows] = False
        for key, array in self._extra.items():
            array[rows] = np.stack([shelf.extras[place][key] for place in places.tolist()])
        if mdp.task.max_turns > 1:
            for row, example in zip(rows.tolist(), examples, strict=True):
                self._conversations[row] = mdp.conversation(example, self.draws.generator(row))
        mdp.ledger.reset_rows(rows, examples)
        mask = np.zeros(self.num_envs, dtype=bool)
        mask[rows] = True
        ids = [example.id for example in examples]
        return {"example_id": column(self.num_envs, rows, ids, None), "_example_id": mask}

    def _drawn(self, rows: NDArray[np.intp], indices: Sequence[int | None] | None) -> NDArray[np.int64]:
        """The given indices, and drawn ones where there is none."""
        if indices is None:
            return self.draws.draw(rows)
        free = np.array([given is None for given in indices])
        found = np.array([0 if given is None else given for given in indices], dtype=np.int64)
        found[free] = self.draws.draw(rows[free])
        return found

    def _coming(self) -> NDArray[np.int64]:
        """The examples of each row's next two episodes."""
        return self.draws.coming(2)

    def _reset_options(self, options: dict[str, Any] | None) -> tuple[NDArray[np.intp], list[int | None] | None]:
        options = dict(options or {})
        mask = options.pop("reset_mask", None)
        rows = self._rows
        if mask is not None:
            mask = np.asarray(mask)
            if mask.shape != (self.num_envs,) or mask.dtype != np.bool_ or not mask.any():
                raise ValueError(f"options['reset_mask']: allowed is a bool array ({self.num_envs},) with a True in it")
            rows = np.flatnonzero(mask)
        for key in options:
            if key != "example":
                raise unknown("options", key, ["example", "reset_mask"])
        given = options.get("example")
        if given is None or np.ndim(given) == 0:
            option = example_option(self.mdp, options)
            return rows, None if option is None else [option] * len(rows)
        if len(given) != self.num_envs:
            raise ValueError(f"options['example']: got {len(given)} indices, allowed is one or {self.num_envs}")
        return rows, [self.mdp.check_example(given[row]) for row in rows.tolist()]

    def _check_actions(self, actions: Any) -> NDArray[np.integer[Any]]:
        array = np.asarray(actions)
        if array.shape != (self.num_envs,) or array.dtype.kind not in "iu":
            raise ValueError(
                f"actions: got {array.dtype} of shape {array.shape}, allowed are integers of shape ({self.num_envs},)"
            )
        return array


def _autoreset(mode: str | AutoresetMode) -> AutoresetMode:
    if isinstance(mode, AutoresetMode):
        return mode
    names = {m.value: m for m in AutoresetMode}
    if mode not in names:
        raise unknown("autoreset_mode", mode, names)
    return names[mode]
