"""Numbers, durations and choices as the sentences about verdicts put them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from marketplace.dates import day_text
from marketplace.numbers import exact_text


def number_in_words(whole: int, scale: int) -> str:
    """A whole number of 1/scale as people write it: ``0.4``."""
    return exact_text(Decimal(int(whole)) / scale)


def duration_in_words(length: int) -> str:
    """A number of microseconds in words: ``1 h 30 min``."""
    seconds, rest = divmod(int(length), 10**6)
    days, seconds = divmod(seconds, 86_400)
    parts = [
        f"{number} {unit}"
        for number, unit in (
            (days, "d"),
            (seconds // 3600, "h"),
            (seconds % 3600 // 60, "min"),
            (seconds % 60, "s"),
            (rest, "µs"),
        )
        if number
    ]
    return " ".join(parts) or "0 s"


def day_in_words(ordinal: int) -> str:
    """A day, given as an ordinal: ``1 February 2026``."""
    return day_text(date.fromordinal(int(ordinal)))


def labels_of(known: tuple[str, ...], taken: frozenset[str], label: Callable[[str], str]) -> str:
    """The labels of those values that are taken, in the order of the known ones."""
    return ", ".join(label(value) for value in known if value in taken)
