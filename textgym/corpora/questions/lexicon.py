"""Names and values that several domains share."""

from __future__ import annotations

PLACES = (
    "Ashford", "Bexley", "Calder", "Denholm", "Elmsworth", "Fairport", "Glenmoor", "Harwich", "Ivybridge", "Kelso",
    "Larkhill", "Milton", "Norwood", "Oakham", "Penrith", "Quorn", "Ripley", "Selby", "Thornton", "Ulverston",
    "Westbury", "Yarmouth",
)  # fmt: skip
COUNTRIES = (
    "Norway", "Spain", "Canada", "Japan", "Brazil", "Poland", "Ireland", "Italy", "Chile", "Greece", "Kenya", "India",
    "Portugal", "Finland", "Mexico", "Austria",
)  # fmt: skip
SURNAMES = (
    "Holm", "Berg", "Castell", "Dunne", "Ekman", "Farrell", "Grant", "Hale", "Irving", "Jansen", "Keller", "Lund",
    "Moreau", "Novak", "Ortega", "Price", "Quinn", "Rossi", "Sato", "Tanner", "Ueda", "Vega", "Weiss", "Young",
)  # fmt: skip
JOBS = (
    "nurse", "baker", "carpenter", "gardener", "pilot", "tailor", "librarian", "plumber", "cook", "dentist",
    "farmer", "florist", "singer", "lawyer", "barber", "waiter",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def numbers(low: int, high: int, step: int = 1, unit: str = "") -> tuple[str, ...]:
    """The numbers from `low` to `high` as text, with their unit.

    >>> numbers(2, 6, 2, " metres")
    ('2 metres', '4 metres', '6 metres')
    """
    return tuple(f"{value}{unit}" for value in range(low, high + 1, step))


def titled(title: str) -> tuple[str, ...]:
    """The surnames with a title: "Captain Holm"."""
    return tuple(f"{title} {name}" for name in SURNAMES)
