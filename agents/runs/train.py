"""The job of `textgym train`: warm start, evaluation, reinforcement learning, evaluation, report. It can be stopped
at any update, or killed, and goes on from its last checkpoint."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback, CallbackList
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.policies import BasePolicy
from transformers.utils import logging as transformers_logging

from agents.algorithms import parallel
from agents.algorithms.critic import fit_value_head
from agents.algorithms.guard import FiniteGuard
from agents.callbacks import RewardSchedule
from agents.evaluation import run as play_examples
from agents.evaluation import summarize
from agents.policies.base import TokenPolicy
from agents.runs.callback import BetweenUpdates
from agents.runs.data import Environments
from agents.runs.folder import RunFolder, State, removed_on_error
from agents.runs.interrupt import Interrupted, Interruption
from agents.runs.learners import has_own_policy, make_cloning, make_learner, resume_cloning, resume_learner
from agents.runs.log import RunLog, metric_logger
from agents.runs.models import read_model, write_model
from agents.runs.report import write_report
from agents.runs.scoring import evaluate_policy, merge_samples, print_scores, task_score
from agents.runs.settings import RunSettings, made_with, read_settings
from agents.runs.watch import watch
from agents.saving import save
from textgym.rewards.alarms import Alarm

PHASES = ("warm_start", "before", "rl", "after", "report")
LEARNING = ("warm_start", "rl")  # what processes do together; the rest is the main one's
TITLES = {
    "warm_start": "warm start", "before": "evaluation before", "rl": "reinforcement learning",
    "after": "evaluation after", "report": "report",
}  # fmt: skip


def phases_of(settings: RunSettings) -> tuple[str, ...]:
    """The phases of a run in their order. Behaviour cloning alone is compared with the model that it began with; the
    network that an algorithm brings along begins with random weights."""
    if not settings.algorithm.reinforces:
        return ("before", "warm_start", "after", "report")
    left_out = {"warm_start"} if settings.recipe.warm_start_tokens == 0 or has_own_policy(settings) else set()
    return tuple(phase for phase in PHASES if phase not in left_out)


class Run:
    """A run from its settings to its report.

    Args:
        settings: what to do.
        folder: where everything goes; made by `execute`.
        console: where it talks.
        state: how far it has come, for a run that is resumed.

    Raises:
        ValueError: environment, data, model or numbers do not fit together. Nothing has been written then.
    """

    def __init__(self, settings: RunSettings, folder: RunFolder, console: Console, state: State | None = None) -> None:
        transformers_logging.disable_progress_bar()  # there is one for the whole run
        self.settings, self.folder = settings, folder
        self.log = RunLog(console)
        self.resumed = state is not None
        self.phases = phases_of(settings)
        self.state = state or State(self.phases[0])
        self.envs = Environments(settings, str(folder.tokenizer) if self._has_tokenizer() else None)
        self.cloning = make_cloning(settings, self.envs)
        self.learner: BaseAlgorithm | None = (
            make_learner(settings, self.envs) if settings.algorithm.reinforces else None
        )
        self.alone = has_own_policy(settings)
        self.interruption = Interruption(self._announce_stop)
        self._progress: Progress | None = None

    @classmethod
    def resume(cls, path: Path, console: Console) -> Run:
        """The run in a folder, ready to go on.

        Raises:
            ValueError: the folder holds no run, or one that is damaged.
        """
        folder = RunFolder(path)
        settings = read_settings(folder)
        return cls(settings, folder, console, folder.state())

    @property
    def current(self) -> BaseAlgorithm:
        """The learner of the phase that is on."""
        warming = self.state.phase in self.phases[: self.phases.index("before")]
        return self.cloning if warming or self.learner is None else self.learner

    @property
    def policy(self) -> BasePolicy:
        """Its policy."""
        return self.current.policy

    def execute(self, overwrite: bool = False, notes: tuple[str, ...] = ()) -> bool:
        """Do what is left to do; False if it was stopped."""
        if self.resumed:
            return self._execute()
        with removed_on_error(self.folder.path):
            self.folder.create(overwrite)
            self.settings.write(self.folder)
            self.envs.tokenizer.save_pretrained(str(self.folder.tokenizer))
            self.folder.save_state(self.state)
        self.log.path = self.folder.log
        for note in notes:
            self.log.say(note)
        return self._execute()

    def _execute(self) -> bool:
        self.log.path = self.folder.log
        with self.interruption:
            self._introduce()  # whoever reads it may stop the run from then on
            try:
                while self.state.phase != "done":
                    phase = self.state.phase
                    self._restore(phase)
                    with self._timed(phase):
                        if phase in LEARNING or parallel.rank() == 0:
                            getattr(self, f"_{phase}")()
                    self._advance()
            except Interrupted:
                self.folder.save_state(self.state)  # with the time that was spent
                self.log.say(f"stopped in {TITLES[self.state.phase]} at step {self.state.step:,}; everything is saved")
                self.log.say(f"go on with: textgym train --resume {self.folder.path}")
                return False
        self.log.say(f"done: {self.folder.report}")
        return True

    # --- the phases ---------------------------------------------------------------------------------------------

    def _warm_start(self) -> None:
        recipe, learner = self.settings.recipe, self.cloning
        with self._bar("warm start", recipe.warm_start_tokens) as advance:
            callback = BetweenUpdates(
                self.interruption, lambda: self._checkpoint(learner), recipe.checkpoint_seconds, advance
            )
            self._learn(learner, recipe.warm_start_tokens, [callback], log_interval=5)
        loss = (
            f", best held-out loss {learner._best_loss:.3f} nats a token" if math.isfinite(learner._best_loss) else ""
        )
        self.log.say(f"warm start: {learner.num_timesteps:,} tokens{loss}")

    def _before(self) -> None:
        self._evaluate("before")

    def _rl(self) -> None:
        learner, recipe = self.learner, self.settings.recipe
        assert learner is not None
        policy = learner.policy
        if learner.num_timesteps == 0 and recipe.critic_tokens and isinstance(policy, TokenPolicy):
            with self._waiting("fitting the value head"):
                gamma = self.settings.algorithm.gamma
                played, explained = fit_value_head(policy, self.envs.train, recipe.critic_tokens, gamma)
            self.log.say(f"value head: {played:,} tokens, explains {explained:.0%} of the returns' variance")
        with self._bar("reinforcement learning", recipe.timesteps) as advance:
            callback = BetweenUpdates(
                self.interruption,
                lambda: self._checkpoint(learner),
                recipe.checkpoint_seconds,
                advance,
                self._validate,
                recipe.validate_every,
                self.state.step if self.state.best_score is not None else -1,
            )
            alarms = watch(self.folder.progress, learner.num_timesteps, recipe.timesteps, self._ring)
            # Stable-Baselines3 counts this in rollouts, and off-policy in episodes.
            log_interval = 4 * recipe.n_envs if isinstance(learner, OffPolicyAlgorithm) else 1
            self._learn(learner, recipe.timesteps, [RewardSchedule(recipe.timesteps), callback, alarms], log_interval)
        if parallel.rank() > 0:
            return
        spaces = learner.observation_space, learner.action_space
        best = read_model(self.folder.find_model(), *spaces, self.settings.algo)
        self.policy.load_state_dict(best.state_dict())
        self.log.say(f"best validation: {self.state.best_score:.4f} at step {self.state.best_step:,}")

    def _after(self) -> None:
        self._evaluate("after")

    def _report(self) -> None:
        print_scores(self.folder.read_evaluation(), self.log)
        write_report(self.folder)

    # --- their parts --------------------------------------------------------------------------------------------

    def _learn(self, learner: BaseAlgorithm, total: int, callbacks: list[BaseCallback], log_interval: int) -> None:
        left = total - learner.num_timesteps
        if left <= 0:
            return
        logger = metric_logger(self.folder, self.state.phase, learner.num_timesteps)
        learner.set_logger(logger)
        try:
            together = CallbackList([FiniteGuard(), *callbacks])
            learner.learn(left, together, log_interval=log_interval, reset_num_timesteps=learner.num_timesteps == 0)
        finally:
            logger.close()

    def _ring(self, alarm: Alarm) -> None:
        """Say an alarm, and keep it for the report."""
        self.state.alarms.append(asdict(alarm))
        self.log.say(f"alarm ({alarm.kind}), step {alarm.step:,}: {alarm.message}")

    def _patient(self) -> bool:
        """Whether validations may still find a new best, by the recipe's patience."""
        patience = self.settings.recipe.patience
        return patience == 0 or self.state.stale < patience

    def _validate(self) -> bool:
        """Greedy texts on the validation split; the best model so far goes to model/. False to end training early.

        The best is that of the task's own reward: by the training reward, a constant one would choose step 0.
        """
        learner = self.learner
        assert learner is not None
        vector = self.envs.validation()
        try:
            rows = play_examples(self.policy, vector, range(self.envs.validation_examples))
            found = summarize(rows, vector, (0.0, 1.0))
        finally:
            vector.close()
        by_task = self.settings.recipe.best_by == "task" and all(row.references for row in rows)
        score = task_score(rows, self.envs.arguments, "validation") if by_task else found.mean_return
        for name, value in {
            "score": score,
            "return": found.mean_return,
            "length": found.mean_length,
            **found.metrics,
        }.items():
            learner.logger.record(f"validation/{name}", value)
        step = learner.num_timesteps
        learner.logger.dump(step)
        better = self.state.best_score is None or score > self.state.best_score
        self.state.stale = 0 if better else self.state.stale + 1
        if better:
            self.state.best_score, self.state.best_step = score, step
            self._save_model()
            self._checkpoint(learner)
        scores = ", ".join(f"{name} {value:.4g}" for name, value in found.metrics.items())
        best = " *" if better else ""
        self.log.say(f"step {step:,}: validation score {score:.4f}, return {found.mean_return:.4f} ({scores}){best}")
        if not self._patient():
            self.log.say(f"step {step:,}: no new best in {self.state.stale} validations; training ends early")
        return self._patient()

    def _evaluate(self, moment: str) -> None:
        with self._waiting(f"evaluating on {self.envs.test_examples} held-out texts"):
            scores, samples = evaluate_policy(self.policy, self.settings, self.envs, self.interruption)
        self.folder.write_evaluation(moment, scores)
        self.folder.write_samples(merge_samples(self.folder.read_samples(), samples, moment))

    def _save_model(self) -> None:
        learner, tokenizer = self.current, self.envs.tokenizer
        self.folder.save_model(lambda path: write_model(learner, path, tokenizer))

    def _checkpoint(self, learner: BaseAlgorithm) -> None:
        state = learner.get_training_state() if hasattr(learner, "get_training_state") else {}
        self.state.step = state.get("num_timesteps", learner.num_timesteps)
        self.state.model = f"{self.state.phase}-{self.state.step}.zip"
        save(learner, self.folder.checkpoint / self.state.model)
        if not self.folder.model.is_dir():
            self._save_model()
        self.folder.save_state(self.state)

    def _restore(self, phase: str) -> None:
        """Bring the learner of a phase to where the run stands."""
        state, checkpoint = self.state, self.folder.checkpoint
        if state.model is not None:
            if phase == "warm_start":
                self.cloning = resume_cloning(self.settings, self.envs, checkpoint / state.model)
            else:
                self.learner = resume_learner(self.settings, self.envs, checkpoint / state.model)
        elif state.start is not None and self.resumed:
            resume = resume_learner if self.alone else resume_cloning
            start = resume(self.settings, self.envs, checkpoint / state.start)
            self.policy.load_state_dict(start.policy.state_dict())
        self.resumed = False

    def _advance(self) -> None:
        """On to the next phase, which begins with the weights that this one ends with."""
        state, policy = self.state, self.policy
        following = (*self.phases, "done")[self.phases.index(state.phase) + 1]
        if state.phase in LEARNING:
            self._carry(following)
        state.phase, state.step, state.model = following, 0, None
        self.policy.load_state_dict(policy.state_dict())
        self.folder.save_state(state)

    def _carry(self, following: str) -> None:
        """Keep the weights of the phase that ends for the one that follows."""
        carrier = self.current if self.alone else self.cloning
        carrier.policy.load_state_dict(self.policy.state_dict())
        self.state.start = f"{following}-start.zip"
        save(carrier, self.folder.checkpoint / self.state.start)
        self._save_model()

    # --- talking ------------------------------------------------------------------------------------------------

    def _introduce(self) -> None:
        settings, sizes = self.settings, self.envs.sizes
        if self.resumed and self.state.phase == "done":
            self.log.say(f"{self.folder.path} is finished; nothing is left to do")
            return
        if self.resumed:
            where = f"{TITLES.get(self.state.phase, 'done')}, step {self.state.step:,}"
            self.log.say(f"resuming {self.folder.path}: {where}")
            self.log.note(f"resumed with {made_with()['versions']}")
            return
        weights = sum(p.numel() for p in self.policy.parameters())
        model = f"network of {settings.algo}" if self.alone else f"model {settings.recipe.model!r}"
        what = f"{settings.env}, {settings.algo}, preset {settings.preset}, seed {settings.seed}"
        self.log.say(f"{what} -> {self.folder.path}")
        self.log.say(
            f"examples: {', '.join(f'{size:,} {split}' for split, size in sizes.items())}; "
            f"vocabulary {len(self.envs.tokenizer):,}; "
            f"{model} with {weights / 1e6:.1f} M weights on {self.cloning.device}"
        )

    def _announce_stop(self) -> None:
        self.log.say("stopping after this update; Ctrl-C once more aborts at once")

    def _has_tokenizer(self) -> bool:
        return self.resumed and self.folder.tokenizer.is_dir()

    @contextlib.contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.state.seconds[phase] = self.state.seconds.get(phase, 0.0) + time.monotonic() - began

    @contextlib.contextmanager
    def _bar(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self.log.console, transient=True, refresh_per_second=4) as progress:
            task = progress.add_task(title, total=total)
            yield lambda step: progress.update(task, completed=min(step, total))

    @contextlib.contextmanager
    def _waiting(self, title: str) -> Iterator[None]:
        with self.log.console.status(title):
            yield
