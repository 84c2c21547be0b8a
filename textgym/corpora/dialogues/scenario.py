"""What a scenario family is made of: facts of the persona, wishes of the user, and ways to speak of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """Something true of the persona; `{}` in the texts stands for its value.

    Attributes:
        values: what it may be. Values of different facts of a scenario may be the same.
        says: how the persona's description puts it.
        questions: how the user asks for it.
        answers: how a good reply puts it.
        topics: words by which a reply shows that it is at least about this.
    """

    values: tuple[str, ...]
    says: str
    questions: tuple[str, ...]
    answers: tuple[str, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """Something the user wants without saying a detail that the agent must ask for.

    Attributes:
        values: what the detail may be.
        wishes: how the user puts the wish, the detail left out.
        asks: how a good reply asks for the detail.
        cues: words one of which is in any question for it.
        details: how the user gives the detail.
        confirms: how a good reply takes it up.
        recalls: how the user asks for it again, later.
        reminds: how a good reply recalls it.
    """

    values: tuple[str, ...]
    wishes: tuple[str, ...]
    asks: tuple[str, ...]
    cues: tuple[str, ...]
    details: tuple[str, ...]
    confirms: tuple[str, ...]
    recalls: tuple[str, ...]
    reminds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A family of dialogues.

    Attributes:
        name: of the family.
        roles: first sentences of the persona's description; `{}` is its name.
        names: names of the persona or its business.
        greetings: how the user begins.
        facts, wishes: what it can be about.
    """

    name: str
    roles: tuple[str, ...]
    names: tuple[str, ...]
    greetings: tuple[str, ...]
    facts: tuple[Fact, ...]
    wishes: tuple[Wish, ...] = ()
