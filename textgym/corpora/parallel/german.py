"""German paradigms: articles, adjective endings, noun forms, contraction, present tense.

Cases are numbered nominative 0, accusative 1, dative 2, genitive 3; a column is a gender, "m", "f" or "n",
or "p" for the plural, which knows no gender.
"""

from __future__ import annotations

NOMINATIVE, ACCUSATIVE, DATIVE, GENITIVE = range(4)
CASE_NAMES = ("nominative", "accusative", "dative", "genitive")

Paradigm = dict[str, tuple[str, ...]]

DEFINITE: Paradigm = {
    "m": ("der", "den", "dem", "des"),
    "f": ("die", "die", "der", "der"),
    "n": ("das", "das", "dem", "des"),
    "p": ("die", "die", "den", "der"),
}
RELATIVE: Paradigm = {**DEFINITE, "p": ("die", "die", "denen", "deren")}
# ein, kein and the possessives; dieser, jeder and alle; adjectives by declension.
MIXED_ARTICLE: Paradigm = {"m": ("", "en", "em", "es"), "f": ("e", "e", "er", "er"), "n": ("", "", "em", "es")}
MIXED_ARTICLE["p"] = ("e", "e", "en", "er")
STRONG_ARTICLE: Paradigm = {**MIXED_ARTICLE, "m": ("er", "en", "em", "es"), "n": ("es", "es", "em", "es")}
_EN = ("en", "en", "en", "en")
ADJECTIVE: dict[str, Paradigm] = {
    "weak": {"m": ("e", "en", "en", "en"), "f": ("e", "e", "en", "en"), "n": ("e", "e", "en", "en"), "p": _EN},
    "mixed": {"m": ("er", "en", "en", "en"), "f": ("e", "e", "en", "en"), "n": ("es", "es", "en", "en"), "p": _EN},
    "strong": {
        "m": ("er", "en", "em", "en"),
        "f": ("e", "e", "er", "er"),
        "n": ("es", "es", "em", "en"),
        "p": ("e", "e", "en", "er"),
    },
}
CONTRACTIONS = {
    ("in", "dem"): "im",
    ("in", "das"): "ins",
    ("an", "dem"): "am",
    ("an", "das"): "ans",
    ("zu", "dem"): "zum",
    ("zu", "der"): "zur",
    ("von", "dem"): "vom",
    ("bei", "dem"): "beim",
}
REFLEXIVE = {"ich": "mich", "wir": "uns"}
HABEN = {"1": "habe", "3": "hat", "p": "haben"}
SEIN = {"1": "bin", "3": "ist", "p": "sind"}
WAR = {"1": "war", "3": "war", "p": "waren"}
WERDEN = {"1": "werde", "3": "wird", "p": "werden"}
WURDE = {"1": "wurde", "3": "wurde", "p": "wurden"}

_VOWELS = "aeiouäöüyé"


def _syllables(word: str) -> int:
    lowered = word.lower()
    return sum(letter in _VOWELS and not (i and lowered[i - 1] in _VOWELS) for i, letter in enumerate(lowered))


def noun_forms(singular: str, plural: str, gender: str, weak: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The four cases of the singular and of the plural.

    A weak masculine takes the form of its plural in every case of the singular but the nominative; other
    masculines and neuters take -s or -es in the genitive; the dative plural ends in -n unless the plural
    already ends in -n or -s.
    """
    oblique = plural if weak else singular
    genitive = oblique
    if gender != "f" and not weak:
        long = singular.endswith(("s", "ß", "z", "sch")) or (
            _syllables(singular) == 1 and singular[-1] not in _VOWELS + "h" and not singular.endswith("ar")
        )
        genitive = singular + ("es" if long else "s")
        if singular.endswith(("bus", "Bus")):
            genitive = singular + "ses"
    dative_plural = plural if plural.endswith(("n", "s")) else plural + "n"
    return (singular, oblique, oblique, genitive), (plural, plural, dative_plural, plural)


def first_person(infinitive: str, third: str) -> str:
    """The first person singular: ich kaufe, ich erinnere; as the third where that has no -t (ich mag)."""
    if not third.endswith("t"):
        return third
    return (infinitive[:-2] if infinitive.endswith("en") else infinitive[:-1]) + "e"


def with_zu(prefix: str, infinitive: str) -> str:
    """The infinitive with zu, which goes between a separable prefix and its verb: anzurufen."""
    return f"{prefix}zu{infinitive}" if prefix else f"zu {infinitive}"
