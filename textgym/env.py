"""The token MDP, one episode at a time."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from textgym.errors import check_choice, check_int, unknown
from textgym.mdp import INT, TokenMDP
from textgym.partner import Conversation
from textgym.render import to_ansi
from textgym.tasks.base import Task
from textgym.types import Example

Observation = dict[str, NDArray[Any]]
_ROW = np.zeros(1, dtype=np.int64)  # of an environment with one row


@dataclass(frozen=True, slots=True)
class EnvState:
    """A moment of an episode, as `TokenEnv.get_state` takes it: picklable, independent of the env."""

    example: int
    tokens: tuple[int, ...]
    rewards: tuple[float, ...]
    done: bool
    ledger: dict[str, Any]
    rng: dict[str, Any]
    budget: int
    conversation: Any = None


class TokenEnv(gym.Env[Observation, int]):
    """Text generation as a Markov decision process: one step emits one token and pays a reward at once.

    ## Action space
    `Discrete(V)`: the id of the next token. `action_masks()` rules out ids that put no text.

    ## Observation space
    `Dict`, int32: `source` (S,) the ids of the text to work from; `generated` (T,) the ids so far;
    `step` (1,) how many. Both arrays are right-padded with the pad id and fresh at each step.

    ## Rewards
    Dense by default: r_t = score(y_1..t) - score(y_1..t-1), so an episode's rewards add up to the official
    score of its text. `info["reward_terms"]` has each term's share, weighted; `info["reward_terms_raw"]` the same
    before weights.

    ## Episode end
    `terminated` on the end token and when T tokens are out; `info["finish_reason"]` is "eos" or "length".
    `truncated` is never set here.

    Args:
        task: "module:Class", a `Task` class or object; set by the catalogue.
        dataset: "builtin", a file, "a.en,a.de", a directory, `{split: path}`, or a hub name.
        split: "train", "validation" or "test".
        tokenizer: "builtin", a Hugging Face name or path, or an object with that interface.
        reward: a name, `{name: weight}`, a `Reward`, or a function `(text, example) -> float`.
        reward_density: "dense" (each token), "word", "sentence" or "sparse" (all at the end).
        shaping_gamma: in (0, 1]; below 1 the potential-based form gamma*score(t) - score(t-1).
        difficulty: "easy", "medium" or "hard", for built-in data.
        fields: column names, e.g. `{"source": "dialogue", "reference": "summary"}`.
        max_source_tokens, max_new_tokens: S and T; by default the task's.
        render_mode: None, "ansi" (a string) or "human" (printed at each step).
        **options: the task's own options, e.g. `source_lang="de"`.

    Raises:
        ValueError: any of these is wrong; the message names it, what came and what is allowed.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi", "human"], "render_fps": 4}  # noqa: RUF012  (Gymnasium's)

    def __init__(self, task: str | type[Task] | Task, *, render_mode: str | None = None, **settings: Any) -> None:
        if render_mode is not None:
            check_choice("render_mode", render_mode, self.metadata["render_modes"])
        self.render_mode = render_mode
        self.mdp = TokenMDP(task, 1, **settings)
        self.observation_space = self.mdp.observation_space  # type: ignore[assignment]
        self.action_space = self.mdp.action_space  # type: ignore[assignment]
        self._eos, self._num_actions, self._num_new = self.mdp.codec.eos_id, self.mdp.codec.size, self.mdp.num_new
        self._ledger = self.mdp.ledger
        pad = self.mdp.codec.pad_id
        self._source: NDArray[np.int32] = np.full(self.mdp.num_source, pad, dtype=INT)
        self._generated: NDArray[np.int32] = np.full(self._num_new, pad, dtype=INT)
        self._count: NDArray[np.int32] = np.zeros(1, dtype=INT)  # `_step` as it is observed
        self._step = 0
        self._done = True
        self._rewards: list[float] = []
        self._budget = self._next_budget = self._num_new
        self._conversation: Conversation | None = None
        self._current: Example | None = None

    @property
    def tokenizer(self) -> Any:
        """The tokenizer object itself."""
        return self.mdp.codec.tokenizer

    @property
    def example(self) -> Example:
        """The example of this episode."""
        if self._current is None:
            raise ResetNeeded("there is no episode yet: call reset()")
        return self._current

    @property
    def text(self) -> str:
        """The text so far: the decoded ids, special tokens left out; of several turns, a line each."""
        return self.mdp.codec.decode(self._said())

    def action_masks(self) -> NDArray[np.bool_]:
        """bool (V,): the ids that may be chosen (sb3-contrib's convention)."""
        return np.array(self.mdp.codec.allowed)

    def set_progress(self, progress: float) -> None:
        """Tell scheduled rewards how much of the training is done, in [0, 1]; the next episodes follow."""
        self._ledger.set_progress(progress)

    def set_max_new_tokens(self, budget: int) -> None:
        """End the episodes that begin from now on after `budget` tokens; at most T."""
        self._next_budget = check_int("max_new_tokens", budget, 1, self._num_new)

    def report_log_prob(self, log_prob: float) -> None:
        """Tell rewards that ask for it (`kl`) the agent's log-probability of the token it takes next."""
        self._ledger.report(0, float(log_prob))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode on a random example of the split, or on `options["example"]`."""
        super().reset(seed=seed)
        index = example_option(self.mdp, options)
        if index is None:
            index = int(self.np_random.integers(len(self.mdp.corpus)))
        self._begin(index)
        self._conversation = self.mdp.conversation(self.example, self.np_random)
        self._ledger.reset(0, self.example)
        self._done = False
        if self.render_mode == "human":
            self._print()
        return self._observe(), {"example_id": self.example.id}

    def step(self, action: int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Emit the token `action`; `info["reward_terms"]` splits the reward, the last step adds the outcome."""
        if self._done:
            raise ResetNeeded("the episode is over: call reset() before step()")
        token = check_action(action, self._num_actions)
        step = self._step
        last = token == self._eos or step + 1 == self._budget
        if last and self._conversation is not None:
            return self._end_turn(token, self._conversation)
        reward, terms, raw_terms = self._ledger.step(0, token, last)
        self._generated[step] = token
        self._step = step + 1
        self._rewards.append(reward)
        info: dict[str, Any] = {"reward_terms": terms, "reward_terms_raw": raw_terms}
        if last:
            self._done = True
            info.update(self._outcome())
        if self.render_mode == "human":
            self._print()
        return self._observe(), reward, last, False, info

    def _end_turn(
        self, token: int, conversation: Conversation
    ) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """The last token of a turn: the partner answers, and its feedback is paid."""
        self._generated[self._step] = token
        self._step += 1
        reply, over = conversation.end_turn(self._generated[: self._step])
        self._ledger.credit(0, reply.feedback)
        reward, terms, raw_terms = self._ledger.step(0, token, over)
        self._rewards.append(reward)
        info: dict[str, Any] = {
            "reward_terms": terms,
            "reward_terms_raw": raw_terms,
            "turn_text": conversation.turns[-1][0],
            "turn": len(conversation.turns),
        }
        if over:
            self._done = True
            info.update(self._outcome())
        else:
            self._ledger.feed(0, conversation.separator)
            self._rewards += [0.0] * len(conversation.separator)
            self._source[:] = self.mdp.padded(conversation.source())
            self._generated.fill(self.mdp.codec.pad_id)
            self._step = 0
        if self.render_mode == "human":
            self._print()
        return self._observe(), reward, over, False, info

    def render(self) -> str | None:  # type: ignore[override]
        """The text so far, each token coloured by its reward; None without a render mode."""
        if self.render_mode is None:
            gym.logger.warn("render() needs a render mode: gym.make(..., render_mode='ansi')")
            return None
        if self.render_mode == "human":
            self._print()
            return None
        return self._ansi()

    def get_state(self) -> EnvState:
        """This moment, to come back to with `set_state` any number of times."""
        return EnvState(
            self._index,
            tuple(self._generated[: self._step].tolist()),
            tuple(self._rewards),
            self._done,
            self._ledger.get_state(0),
            dict(self.np_random.bit_generator.state),
            self._budget,
            None if self._conversation is None else self._conversation.get_state(),
        )

    def set_state(self, state: EnvState) -> Observation:
        """Go back to a moment that `get_state` took; returns its observation."""
        if not isinstance(state, EnvState):
            raise ValueError(f"state: got {type(state).__name__}, allowed is an EnvState from get_state()")
        self._begin(state.example)
        self._budget = state.budget
        self._conversation = None
        if state.conversation is not None:
            self._conversation = self.mdp.conversation(self.example, self.np_random)
        if self._conversation is not None:
            self._conversation.set_state(state.conversation)
            if self._conversation.turns:
                self._source[:] = self.mdp.padded(self._conversation.source())
        self._generated[: len(state.tokens)] = state.tokens
        self._step = len(state.tokens)
        self._rewards = list(state.rewards)
        self._ledger.set_state(0, self.example, state.ledger)
        self._done = state.done
        self.np_random.bit_generator.state = state.rng
        return self._observe()

    def _begin(self, index: int) -> None:
        shelf = self.mdp.shelf
        place = shelf.place(index)
        self._current, self._source[:], self._extra = shelf.examples[place], shelf.sources[place], shelf.extras[place]
        self._index = index
        self._budget = self._next_budget
        self._generated.fill(self.mdp.codec.pad_id)
        self._step = 0
        self._rewards = []

    def _outcome(self) -> dict[str, Any]:
        """What the last step says about the text."""
        tokens = self._generated[: self._step]
        columns = self.mdp.final_infos(_ROW, [self.example], [tokens], [self._conversation])
        metrics = {name: column.item(0) for name, column in columns.pop("metrics").items()}
        return {key: column[0] for key, column in columns.items()} | {"metrics": metrics}

    def _observe(self) -> Observation:
        self._count[0] = self._step
        observation: Observation = {
            "source": self._source.copy(),
            "generated": self._generated.copy(),
            "step": self._count.copy(),
        }
        if self._extra:
            for key, array in self._extra.items():
                observation[key] = array.copy()
        return observation

    def _said(self) -> list[int]:
        """The ids of the episode so far, those of earlier turns included."""
        now: list[int] = self._generated[: self._step].tolist()
        if self._conversation is None:
            return now
        return self._conversation.tokens + ([] if self._conversation.over else now)

    def _ansi(self) -> str:
        return to_ansi(self.mdp.codec, self._said(), self._rewards)

    def _print(self) -> None:
        print(self._ansi(), flush=True)


def check_action(action: object, num_actions: int) -> int:
    """`action` as a token id, or a `ValueError`."""
    try:
        token = operator.index(action)  # type: ignore[arg-type]
    except TypeError:
        raise ValueError(
            f"action: got {action!r} ({type(action).__name__}), allowed is an integer in 0..{num_actions - 1}"
        ) from None
    if not 0 <= token < num_actions:
        raise ValueError(f"action: got {token}, allowed is an integer in 0..{num_actions - 1}")
    return token


def example_option(mdp: TokenMDP, options: Mapping[str, Any] | None) -> int | None:
    """The index in `reset(options={"example": i})`, checked; None if there is none."""
    if not options:
        return None
    for key in options:
        if key != "example":
            raise unknown("options", key, ["example"])
    return mdp.check_example(options["example"])
