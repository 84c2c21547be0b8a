"""The options of the command line that make an environment, declared once for all commands that take them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from textgym.types import DENSITIES, DIFFICULTIES

Dataset = Annotated[
    str | None, typer.Option(help="builtin, a file, 'a.en,a.de', a directory, a hub name, or JSON {split: path}.")
]
Tokenizer = Annotated[
    str | None, typer.Option(help="builtin, byte, char, word, bpe-N, or a Hugging Face name or path.")
]
Reward = Annotated[str | None, typer.Option(help="A name of `list --rewards`, or name=weight,name=weight.")]
Difficulty = Annotated[str | None, typer.Option(help=f"Of built-in data: {', '.join(DIFFICULTIES)}.")]


@dataclass(frozen=True, slots=True)
class EnvOptions:
    """What was given of `gym.make`'s arguments; None where nothing was."""

    dataset: Dataset = None
    split_sizes: Annotated[str | None, typer.Option(help="Per cents that a single file is cut into [80,10,10].")] = None
    tokenizer: Tokenizer = None
    reward: Reward = None
    reward_density: Annotated[str | None, typer.Option(help=", ".join(DENSITIES))] = None
    difficulty: Difficulty = None
    field: Annotated[list[str] | None, typer.Option(help="Column of a field: source=dialogue. Repeatable.")] = None
    max_source_tokens: Annotated[int | None, typer.Option(help="Length of the source.")] = None
    max_new_tokens: Annotated[int | None, typer.Option(help="Length of the text.")] = None
    env_option: Annotated[
        list[str] | None, typer.Option(help="Any other argument of gym.make: target_lang=de. Repeatable.")
    ] = None

    def given(self) -> dict[str, Any]:
        """The options by name, without those that were not given."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def arguments(self) -> tuple[dict[str, Any], tuple[str, ...]]:
        """As arguments of `gym.make`, and what to say about the data set.

        Raises:
            ValueError: an option that cannot be, by its name.
        """
        from agents.runs import options

        found = self.given()
        columns = options.pairs("--field", found.pop("field", None))
        extra = {name: options.env_option(v) for name, v in options.pairs("--env-option", self.env_option).items()}
        found.pop("env_option", None)
        sizes = found.pop("split_sizes", None)
        notes: tuple[str, ...] = ()
        if self.dataset is not None:
            found["dataset"], note = options.dataset_option(self.dataset, sizes)
            notes = (note,) if note else ()
        elif sizes is not None:
            raise ValueError(f"--split-sizes: got {sizes!r} without --dataset FILE")
        if self.reward is not None:
            found["reward"] = options.reward_option(self.reward)
        return {**found, **({"fields": columns} if columns else {}), **extra}, notes


def takes_env_options(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with the fields of `EnvOptions` as options in place of its parameter `data`."""
    shared = inspect.signature(EnvOptions, eval_str=True).parameters
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        own = shared.values() if parameter.annotation is EnvOptions else (parameter,)
        parameters += [part.replace(kind=inspect.Parameter.KEYWORD_ONLY) for part in own]

    @functools.wraps(command)
    def called(**given: Any) -> None:
        data = EnvOptions(**{name: given.pop(name) for name in shared})
        command(**given, data=data)

    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {part.name: part.annotation for part in parameters}
    return called
