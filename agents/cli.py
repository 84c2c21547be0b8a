"""The command line: `textgym list | play | train | evaluate | benchmark | report | leaderboard | preferences`.

What a command does is in its own module, imported when it is called.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from agents.benchmark import command
from agents.console import bad_input
from agents.env_options import Dataset, Difficulty, EnvOptions, Reward, Tokenizer, takes_env_options
from textgym.errors import check_choice, check_int
from textgym.types import SPLITS

app = typer.Typer(
    help="Text generation as Gymnasium environments, and agents that learn in them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
preferences = typer.Typer(help="Reward models from people's judgements.", no_args_is_help=True)
app.add_typer(preferences, name="preferences")
app.add_typer(command.leaderboard, name="leaderboard")
app.command()(command.benchmark)
app.command()(command.report)
INTERRUPTED = 130

Env = Annotated[str | None, typer.Option("--env", help="Environment id, or module:id to import the module first.")]


@app.command("list")
def list_(
    rewards: Annotated[bool, typer.Option("--rewards", help="The rewards instead.")] = False,
    algos: Annotated[bool, typer.Option("--algos", help="The algorithms instead.")] = False,
) -> None:
    """The environments, with what random tokens and the references earn."""
    from agents import listing

    table = listing.rewards() if rewards else listing.algorithms() if algos else listing.environments()
    Console().print(table)


@app.command()
def play(
    env: Annotated[str, typer.Argument(help="Environment id.")],
    dataset: Dataset = None,
    tokenizer: Tokenizer = None,
    reward: Reward = None,
    difficulty: Difficulty = None,
    split: Annotated[str, typer.Option(help=", ".join(SPLITS))] = "train",
    example: Annotated[int | None, typer.Option(help="Its number, in place of a random one.")] = None,
    episodes: Annotated[int | None, typer.Option(help="End after so many texts.")] = None,
    model: Annotated[str | None, typer.Option(help="A run or model that suggests tokens by their probability.")] = None,
    suggestions: Annotated[bool, typer.Option(help="Suggest tokens.")] = True,
    seed: Annotated[int, typer.Option(help="Of the order of examples.")] = 0,
) -> None:
    """Write the text yourself, and see what each token earns."""
    import gymnasium as gym

    from agents.play import Game, by_model, by_reward, read_line
    from agents.runs.options import check_env

    with bad_input():
        env_id = check_env(env)
        options = EnvOptions(dataset=dataset, tokenizer=tokenizer, reward=reward, difficulty=difficulty)
        kwargs = options.arguments()[0]
        suggest: Any = by_reward if suggestions else lambda _: []
        if model is not None:
            from agents.runs.judge import find_model

            policy, arguments = find_model(model, env_id, kwargs)
            env_id, suggest = arguments.pop("id"), by_model(getattr(policy, "policy", policy))
            kwargs = arguments
        made = gym.make(env_id, split=split, **kwargs)
        if example is not None:
            check_int("--example", example, 0, len(made.unwrapped.mdp.corpus) - 1)  # type: ignore[attr-defined]
    console = Console()
    with contextlib.suppress(KeyboardInterrupt):
        Game(made, console, read_line(console), suggest).play(episodes, example, seed)


@app.command()
@takes_env_options
def train(
    *,
    env: Env = None,
    algo: Annotated[
        str | None, typer.Option(help="A name of `list --algos`, module:Class or file.py:Class [a2c].")
    ] = None,
    data: EnvOptions,
    preset: Annotated[str | None, typer.Option(help="tiny, demo or default [default].")] = None,
    model: Annotated[str | None, typer.Option(help="tiny, small, ...-seq2seq, or a Hugging Face name or path.")] = None,
    timesteps: Annotated[str | None, typer.Option(help="Tokens of reinforcement learning.")] = None,
    warm_start_tokens: Annotated[str | None, typer.Option(help="Reference tokens of maximum likelihood.")] = None,
    changes: Annotated[list[str] | None, typer.Option("--set", help="Any field of the recipe: field=value.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything that is random [0].")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda, ... [auto].")] = None,
    out: Annotated[Path | None, typer.Option(help="The run's folder [runs/ENV-ALGO-SEED-TIME].")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the run that is in --out.")] = False,
    resume: Annotated[Path | None, typer.Option(help="Go on with the run in this folder.")] = None,
) -> None:
    """Warm start, evaluate, reinforce, evaluate, report; everything goes into one folder."""
    own = {name: value for name, value in locals().items() if name not in ("resume", "data")}
    given = {**data.given(), **{name: value for name, value in own.items() if value not in (None, False)}}
    notes: tuple[str, ...] = ()
    with bad_input():
        if resume is not None:
            if given:
                raise ValueError(
                    f"--resume: got it with {_options(given)}; allowed is --resume alone, the rest is in the folder"
                )
            from agents.runs.together import check_alone
            from agents.runs.train import Run

            check_alone("--resume")
            run = Run.resume(resume, Console())
        else:
            if env is None:
                raise ValueError("--env: got none, allowed is an id of `textgym list`, or --resume FOLDER")
            env_kwargs, notes = data.arguments()
            named = {"model": model, "timesteps": timesteps, "warm_start_tokens": warm_start_tokens}
            run = _prepare(
                env, algo or "a2c", preset or "default", env_kwargs, named, changes, seed, device, out, overwrite
            )
    if not run.execute(overwrite, notes):
        raise typer.Exit(INTERRUPTED)


@app.command()
@takes_env_options
def evaluate(
    *,
    model: Annotated[
        str, typer.Argument(help="A run, a folder with a transformer, a .zip, random, oracle, copy or lead.")
    ],
    env: Env = None,
    data: EnvOptions,
    split: Annotated[str, typer.Option(help=", ".join(SPLITS))] = "test",
    n_examples: Annotated[int | None, typer.Option(help="The first so many [all].")] = None,
    greedy: Annotated[bool, typer.Option("--greedy/--sampled", help="How texts are decoded.")] = True,
    decode: Annotated[str | None, typer.Option(help="A search instead: best-of-n, beam or mcts.")] = None,
    seed: Annotated[int, typer.Option(help="Of sampling.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Also write the numbers and texts to this JSON file.")] = None,
) -> None:
    """Held-out scores of a model by the official libraries."""
    from agents.runs.judge import find_model, judge
    from agents.runs.log import RunLog
    from agents.runs.options import check_env
    from agents.runs.scoring import print_scores

    with bad_input():
        env_id = None if env is None else check_env(env)
        env_kwargs, notes = data.arguments()
        check_choice("--split", split, SPLITS)
        if n_examples is not None:
            check_int("--n-examples", n_examples, 1)
        found, arguments = find_model(model, env_id, env_kwargs)
        if decode is not None:
            from agents.search.named import make_search

            found = make_search(decode, found, {**arguments, "split": split})
        log = RunLog(Console())
        for note in notes:
            log.say(note)
        with log.console.status("evaluating"):
            evaluation, scores = judge(found, arguments, split, n_examples, greedy, seed, decode)
    print_scores({"after": scores}, log, f"{model}: {scores['n_examples']} examples ({split})")
    if out is not None:
        _write_evaluation(out, scores, evaluation)


@preferences.command("fit")
def fit_preferences(
    log: Annotated[Path, typer.Argument(help="Ratings and pairs, JSON Lines, as the `human` reward logs them.")],
    out: Annotated[Path, typer.Option(help="Where the model goes (.safetensors).")],
    held_out: Annotated[float, typer.Option(help="Share of the pairs kept to measure the accuracy on.")] = 0.1,
    seed: Annotated[int, typer.Option(help="Which pairs are held out.")] = 0,
) -> None:
    """Fit a Bradley-Terry reward model to a log; it serves as the reward `preference`."""
    from textgym.rewards.preference import fit_preferences as fit

    with bad_input():
        model = fit(log, held_out=held_out, seed=seed)
        model.save(out)
    Console().print(f"accuracy {model.accuracy:.3f} on {'held-out' if held_out else 'the same'} pairs -> {out}")


def main() -> None:
    """The console script."""
    app()


def _prepare(
    env: str,
    algo: str,
    preset: str,
    env_kwargs: dict[str, Any],
    named: dict[str, str | None],
    changes: list[str] | None,
    seed: int | None,
    device: str | None,
    out: Path | None,
    overwrite: bool,
) -> Any:
    """A run, checked, with nothing written yet."""
    from agents.runs.folder import RunFolder
    from agents.runs.options import check_env, pairs, task_of
    from agents.runs.recipes import find_recipe

    env_id = check_env(env)
    fields = {**pairs("--set", changes), **{name: value for name, value in named.items() if value is not None}}
    recipe, algorithm = find_recipe(task_of(env_id).name, algo, preset, fields)
    from agents.runs.together import check_joins, console_of, folder_of

    check_joins(algo)
    if out is not None:
        RunFolder(out).check_free(overwrite)

    from agents.runs.learners import check_device
    from agents.runs.settings import RunSettings
    from agents.runs.train import Run

    check_device(device or "auto")
    chosen = 0 if seed is None else check_int("--seed", seed, 0, 2**31 - 1)
    settings = RunSettings(env_id, env_kwargs, algo, preset, recipe, algorithm, chosen, device or "auto")
    return Run(settings, RunFolder(folder_of(out or Path("runs") / settings.default_name)), console_of())


def _write_evaluation(out: Path, scores: dict[str, Any], evaluation: Any) -> None:
    import dataclasses

    from agents.runs.folder import write_json

    out.parent.mkdir(parents=True, exist_ok=True)
    write_json(out, {**scores, "rows": [dataclasses.asdict(row) for row in evaluation.rows]})


def _options(names: dict[str, Any]) -> str:
    return ", ".join("--set" if name == "changes" else "--" + name.replace("_", "-") for name in names)


if __name__ == "__main__":
    main()
