"""English inflection: plurals, the third person, a or an, the forms of be and have."""

from __future__ import annotations

BE = {"1": "am", "3": "is", "p": "are"}
WAS = {"1": "was", "3": "was", "p": "were"}
_SIBILANTS = ("s", "x", "ch", "sh", "z")


def plural_of(noun: str) -> str:
    """The regular plural, as far as spelling goes: -es after a sibilant, -s otherwise."""
    return noun + ("es" if noun.endswith(_SIBILANTS) else "s")


def third_person(verb: str) -> str:
    """The third person singular of a base form; what follows the first word stays as it is."""
    head, space, rest = verb.partition(" ")
    if head == "have":
        head = "has"
    elif head.endswith((*_SIBILANTS, "o")):
        head += "es"
    elif head.endswith("y") and head[-2] not in "aeiou":
        head = head[:-1] + "ies"
    else:
        head += "s"
    return head + space + rest


def article(following: str) -> str:
    """ "a" or "an", by the sound that `following` begins with."""
    return "an" if following[0] in "aeiou" and not following.startswith("uni") else "a"


def possessive(noun: str) -> str:
    """The possessive of a singular: the teacher's, the actress's."""
    return f"{noun}'s"
