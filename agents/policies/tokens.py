"""What a policy must know of the vocabulary, and how it travels from the environment to the policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from textgym.text.codec import Codec, Tokenizer

OBSERVATION_KEYS: tuple[str, ...] = ("source", "generated", "step")
MASK_KEY = "action_mask"
IMAGE_KEY = "image"


@dataclass(frozen=True, eq=False)
class TokenSpec:
    """The ids a policy needs.

    Attributes:
        size: V, the number of actions.
        pad: fills the end of ``source`` and ``generated``.
        bos: opens a text that has no source, and separates source and generated text where that is asked for.
        allowed: bool (V,), the ids that may ever be emitted; None means all.
        opening, closing: what the tokenizer puts before and after a text for a pretrained model, such as BART's
            ``<s>`` and ``</s>``.
    """

    size: int
    pad: int
    bos: int
    allowed: NDArray[np.bool_] | None = None
    opening: tuple[int, ...] = ()
    closing: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("pad", "bos"):
            value = getattr(self, name)
            if not 0 <= value < self.size:
                raise ValueError(
                    f"tokens.{name}: got {value}; allowed is 0 to {self.size - 1}, the ids of the action space"
                )
        if self.allowed is not None and self.allowed.shape != (self.size,):
            raise ValueError(f"tokens.allowed: got shape {self.allowed.shape}; allowed is ({self.size},)")

    @classmethod
    def from_tokenizer(cls, tokenizer: Tokenizer) -> TokenSpec:
        """The ids as the environments read them off a tokenizer (`textgym.text.codec.Codec`)."""
        codec = Codec(tokenizer)
        bos = codec.eos_id if codec.bos_id is None else codec.bos_id
        opening, closing = _frame(tokenizer)
        return cls(codec.size, codec.pad_id, bos, codec.allowed.copy(), opening, closing)

    def to_json(self) -> dict[str, Any]:
        """The ids as JSON knows them, the allowed ones by their complement."""
        forbidden = [] if self.allowed is None else np.flatnonzero(~self.allowed).tolist()
        frame = {"opening": list(self.opening), "closing": list(self.closing)}
        return {"size": self.size, "pad": self.pad, "bos": self.bos, "forbidden": forbidden, **frame}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TokenSpec:
        """The inverse of `to_json`."""
        allowed = np.ones(data["size"], dtype=bool)
        allowed[data["forbidden"]] = False
        frame = tuple(data["opening"]), tuple(data["closing"])
        return cls(data["size"], data["pad"], data["bos"], allowed, *frame)


def _frame(tokenizer: Tokenizer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The special ids a tokenizer puts around a text."""
    plain = tokenizer.encode("a", add_special_tokens=False)
    framed = tokenizer.encode("a", add_special_tokens=True)
    for start in range(len(framed) - len(plain) + 1):
        if plain and framed[start : start + len(plain)] == plain:
            return tuple(framed[:start]), tuple(framed[start + len(plain) :])
    return (), ()


class TokenObservationSpace(spaces.Dict):
    """A `gymnasium.spaces.Dict` that also carries a `TokenSpec`.

    Stable-Baselines3 hands a policy nothing of the environment but its two spaces, so the ids travel here.
    """

    def __init__(self, parts: dict[str, spaces.Space[Any]], tokens: TokenSpec, seed: Any = None) -> None:
        super().__init__(parts, seed=seed)
        self.tokens = tokens


def token_spec(observation_space: spaces.Space[Any], action_space: spaces.Space[Any]) -> TokenSpec:
    """The `TokenSpec` of an environment's spaces.

    Raises:
        ValueError: the spaces are not those of a token environment, or carry no ids.
    """
    check_spaces(observation_space, action_space)
    tokens = getattr(observation_space, "tokens", None)
    if not isinstance(tokens, TokenSpec):
        raise ValueError(
            f"observation_space: got {type(observation_space).__name__} without token ids; allowed is the space of "
            "agents.make_vec_env(...), or policy_kwargs={'tokens': TokenSpec.from_tokenizer(env.unwrapped.tokenizer)}"
        )
    return tokens


def check_spaces(observation_space: spaces.Space[Any], action_space: spaces.Space[Any]) -> None:
    """Refuses spaces other than a Dict with source, generated, step and a `Discrete` that starts at 0."""
    if not isinstance(action_space, spaces.Discrete) or action_space.start != 0:
        raise ValueError(f"action_space: got {action_space}; allowed is Discrete(V) starting at 0")
    keys: Iterable[str] = observation_space.keys() if isinstance(observation_space, spaces.Dict) else ()
    missing = sorted(set(OBSERVATION_KEYS) - set(keys))
    if missing:
        raise ValueError(
            f"observation_space: got {observation_space} without {', '.join(missing)}; allowed is a Dict with "
            "source (S,), generated (T,) and step (1,)"
        )
