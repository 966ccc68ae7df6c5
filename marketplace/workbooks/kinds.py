"""Kinds of cells: how text and numbers are read exactly, checked, and written so that they read back the
same."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.keys import tidy_key
from marketplace.number_text import number_text
from marketplace.numbers import count_text
from marketplace.text import BadText, checked_line, checked_lines
from marketplace.workbooks.cells import Cell, CellError, exact, plain

LONGEST_TEXT = 32_767
MOST_DIGITS = 40
SPREADSHEET_DIGITS = 15
PLAIN_NUMBER = re.compile(
    r"[+-]?(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.[0-9]+)?"
)  # “0,500” has a decimal comma
NUMBER_RULE = "Must be a number in plain form, such as 1234.5 or 1,234.5."
EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
URL = re.compile(
    r"https://(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}(?::[0-9]{1,5})?(?:[/?#][^\s<>\"\\^`{|}]*)?",
    re.IGNORECASE,
)

Written = str | float | int | date | datetime | time | timedelta | None


@dataclass
class Context:
    """What reading a cell depends on: the ``zone`` of times that name none; ``warnings`` collects
    sentences."""

    zone: ZoneInfo
    warnings: list[str] = field(default_factory=list)


class Kind:
    """A kind of cell. ``parse`` gets a cell that is not blank; ``write`` gets a value that is not None."""

    number_format: str = "General"
    width: int = 16
    hashable: bool = True  # whether values are; lists are not

    @property
    def hint(self) -> str:
        """The rule in words, for templates."""
        raise NotImplementedError

    @property
    def options(self) -> tuple[str, ...]:
        """What a drop-down offers; empty for none."""
        return ()

    def parse(self, cell: Cell, context: Context) -> Any:
        """The value of a cell. Raises :class:`CellError` with the sentence the user reads."""
        raise NotImplementedError

    def write(self, value: Any, zone: ZoneInfo | None = None) -> Written:
        """What goes into the cell for a value, such that :meth:`parse` gives the value back."""
        raise NotImplementedError


def text_of(cell: Cell) -> str:
    """The trimmed text of a cell; a number cell gives its digits. Raises :class:`CellError`."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float | int):
        if abs(cell) >= 10**SPREADSHEET_DIGITS:
            raise CellError(
                "This number has more than 15 digits, so the spreadsheet lost some: format the cell as text."
            )
        return f"{exact(cell):f}"
    if not isinstance(cell, str):
        raise CellError("Must be text; the cell holds a date or a time: format it as text.")
    return cell.strip()


def checked_text(text: str, longest: int, multiline: bool = False) -> str:
    """``text`` when it may be kept and is no longer than ``longest``. Raises :class:`CellError`."""
    try:
        text = checked_lines(text) if multiline else checked_line(text)
    except BadText as error:
        raise CellError(error.sentence) from None
    if len(text) > longest:
        raise CellError(f"Must be at most {count_text(longest)} characters long.")
    return text


@dataclass(frozen=True)
class Text(Kind):
    """Trimmed text, up to ``max_length`` characters, matching ``pattern`` in full where there is one.

    ``pattern_rule`` is the sentence for text that does not match. ``multiline`` lets line breaks through. A
    key is kept without what nobody sees: invisible characters, doubled and no-break spaces
    (:mod:`marketplace.keys`).
    """

    max_length: int | None = None
    pattern: str | None = None
    pattern_rule: str = ""
    multiline: bool = False
    is_key: bool = False
    width = 24
    number_format = "@"

    @property
    def hint(self) -> str:
        return self.pattern_rule or (
            f"Text of up to {count_text(self.max_length)} characters." if self.max_length else "Text."
        )

    def parse(self, cell: Cell, context: Context) -> str:
        text = checked_text(text_of(cell), LONGEST_TEXT, self.multiline)
        if self.is_key:
            text = tidy_key(text)
            if not text:
                raise CellError("Must be filled in.")
        text = checked_text(text, self.max_length or LONGEST_TEXT, self.multiline)
        if self.pattern is not None and not re.fullmatch(self.pattern, text):
            raise CellError(self.pattern_rule or "Is not in the form that this column needs.")
        return text

    def write(self, value: Any, zone: ZoneInfo | None = None) -> Written:
        return str(value)


def _decimal_of(cell: Cell) -> Decimal:
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return exact(cell)
    if not isinstance(cell, str):
        raise CellError(NUMBER_RULE)
    text = number_text(cell)
    if not PLAIN_NUMBER.fullmatch(text):
        raise CellError(NUMBER_RULE)
    if sum(character.isdigit() for character in text) > MOST_DIGITS:
        raise CellError(f"Has more than {MOST_DIGITS} digits.")
    return plain(Decimal(text.replace(",", "")))


def _written_number(value: Decimal) -> Written:
    """A number cell where a spreadsheet keeps every digit, else the digits as text."""
    value = plain(value)
    _, digits, exponent = value.as_tuple()
    if len(str(int("".join(map(str, digits)))).rstrip("0")) > SPREADSHEET_DIGITS:
        return f"{value:f}"
    return int(value) if exponent == 0 and abs(value) < 10**SPREADSHEET_DIGITS else float(value)


@dataclass(frozen=True)
class Number(Kind):
    """An exact decimal: at least ``minimum``, ``above`` a bound, at most ``maximum``, up to ``places``
    decimals.

    What measures a place is ``rounded`` to its decimals, never refused for its digits.
    """

    minimum: Decimal | int | None = None
    maximum: Decimal | int | None = None
    places: int | None = None
    above: Decimal | int | None = None
    rounded: bool = False

    @property
    def hint(self) -> str:
        bounds = []
        if self.above is not None:
            bounds.append(f"above {count_text(self.above)}")
        if self.minimum is not None:
            bounds.append(f"at least {count_text(self.minimum)}")
        if self.maximum is not None:
            bounds.append(f"at most {count_text(self.maximum)}")
        if self.places is not None and not self.rounded:
            bounds.append(f"up to {self.places} decimals" if self.places else "no decimals")
        return f"A number{': ' if bounds else ''}{', '.join(bounds)}."

    def parse(self, cell: Cell, context: Context) -> Decimal:
        number = _decimal_of(cell)
        if self.above is not None and number <= self.above:
            raise CellError(f"Must be above {count_text(self.above)}.")
        if self.minimum is not None and number < self.minimum:
            raise CellError(f"Must be at least {count_text(self.minimum)}.")
        if self.maximum is not None and number > self.maximum:
            raise CellError(f"Must be at most {count_text(self.maximum)}.")
        if self.places is not None and -int(number.as_tuple().exponent) > self.places:
            if self.rounded:
                return plain(round(number, self.places))
            raise CellError(f"Must have at most {self.places} decimals.")
        return number

    def write(self, value: Any, zone: ZoneInfo | None = None) -> Written:
        return _written_number(Decimal(value))


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number: an ``int`` within its bounds."""

    minimum: int | None = None
    maximum: int | None = None

    @property
    def hint(self) -> str:
        return Number(self.minimum, self.maximum).hint.replace("A number", "A whole number")

    def parse(self, cell: Cell, context: Context) -> int:
        number = Number(self.minimum, self.maximum).parse(cell, context)
        if number != number.to_integral_value():
            raise CellError("Must be a whole number.")
        return int(number)

    def write(self, value: Any, zone: ZoneInfo | None = None) -> Written:
        return _written_number(Decimal(int(value)))


@dataclass(frozen=True)
class Email(Kind):
    """An email address."""

    width = 28
    number_format = "@"

    @property
    def hint(self) -> str:
        return "An email address."

    def parse(self, cell: Cell, context: Context) -> str:
        text = text_of(cell)
        local = text.partition("@")[0]
        if (
            len(text) > 254
            or not EMAIL.fullmatch(text)
            or local.startswith(".")
            or local.endswith(".")
            or ".." in local
        ):
            raise CellError("Must be an email address.")
        return text

    def write(self, value: Any, zone: ZoneInfo | None = None) -> Written:
        return str(value)


@dataclass(frozen=True)
class Url(Kind):
    """An address that starts with https://."""

    max_length: int = 2000
    width = 30
    number_format = "@"

    @property
    def hint(self) -> str:
        return "A web address that starts with https://."

    def parse(self, cell: Cell, context: Context) -> str:
        text = checked_text(text_of(cell), self.max_length)
        if not URL.fullmatch(text):
            raise CellError("Must be a web address that starts with https://.")
        return text

    def write(self, value: Any, zone: ZoneInfo | None = None) -> Written:
        return str(value)
