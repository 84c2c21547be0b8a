"""What a setting supplies. In frames, ``*word*`` marks a word that may be asked for.

Slots: ``{hero}``, ``{helper}``; ``{they}``, ``{them}``, ``{their}`` of the hero; ``{she}`` of the helper;
``{place}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Goal(NamedTuple):
    """What the hero wants, and how it is told when it is done: "win the race", "{they} won the race"."""

    want: str
    done: tuple[str, ...]


class Trouble(NamedTuple):
    """Something that goes wrong, and ways in which it is put right."""

    happens: tuple[str, ...]
    turns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """A kind of story: every trouble can befall every goal.

    Attributes:
        name: short name.
        roles: what the hero is.
        goals, troubles: see there.
        codas: last sentences.
    """

    name: str
    roles: tuple[str, ...]
    goals: tuple[Goal, ...]
    troubles: tuple[Trouble, ...]
    codas: tuple[str, ...]
