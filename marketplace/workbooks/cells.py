"""Raw cells: what a spreadsheet cell can hold, and the exact number behind a floating-point one."""

import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

SHOWN_LENGTH = 200


@dataclass(frozen=True)
class Fault:
    """A cell without a usable value: an error value such as ``#REF!``, or a formula whose result was not
    stored."""

    text: str
    message: str


Cell = str | float | int | bool | date | datetime | time | timedelta | Fault | None


class CellError(Exception):
    """A cell breaks the rule of its column; ``sentence`` is what the user reads."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def exact(number: float) -> Decimal:
    """The decimal a person typed to get this float: 15 significant digits. Raises :class:`CellError` unless
    finite."""
    if not math.isfinite(number):
        raise CellError("Must be a finite number.")
    if isinstance(number, int):
        return Decimal(number)
    return plain(Decimal(f"{number:.15g}"))


def plain(number: Decimal) -> Decimal:
    """The same number without exponent, trailing zeros or a negative zero."""
    if not number:
        return Decimal(0)
    text = f"{number:f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def shown(cell: Cell) -> str:
    """A raw cell as the text a user recognises, cut to a length that fits a message."""
    if cell is None:
        return ""
    if isinstance(cell, Fault):
        text = cell.text
    elif isinstance(cell, bool):
        text = "TRUE" if cell else "FALSE"
    elif isinstance(cell, float):
        text = f"{exact(cell):f}" if math.isfinite(cell) else str(cell)
    elif isinstance(cell, datetime):
        text = cell.isoformat(sep=" ")
    elif isinstance(cell, date | time):
        text = cell.isoformat()
    elif isinstance(cell, timedelta):
        text = duration_text(cell)
    else:
        text = str(cell)
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"


def duration_text(duration: timedelta) -> str:
    """A duration as ``HH:MM:SS``, or ``D HH:MM:SS`` from one day on."""
    sign = "-" if duration < timedelta(0) else ""
    days, seconds = divmod(int(abs(duration).total_seconds()), 86_400)
    clock = f"{seconds // 3600:02}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
    return f"{sign}{days} {clock}" if days else f"{sign}{clock}"
