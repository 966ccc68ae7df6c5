"""The lines of a ballot as they are typed: texts, what they mean, what is wrong with them.

Not a formset: docs/decisions/0019-lines-of-a-ballot-without-a-formset.md.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from bidding.domain.ballots.limits import BidTerms, WindowTerms
from competitions.enums import PricingType
from competitions.models import Competition
from marketplace.numbers import clock_length, exact_text
from marketplace.workbooks.cells import CellError
from marketplace.workbooks.kinds import Context
from marketplace.workbooks.moments import Duration

MOST_ROWS = 2000
PRICE_LABELS = {
    "availability_price": "Availability price (£/MW/h)",
    "utilisation_price": "Utilisation price (£/MWh)",
    "service_fee": "Service fee (£/MW)",
}
NUMBERS = ("capacity", *PRICE_LABELS)
LATE = "late"
"""The field of a form whose folded periods are fetched when they are opened."""
_LINE = re.compile(r"row-(\d{1,5})-window")
_PLAIN = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")
"""What nearly every number looks like; it needs no field to be read."""
_NUMBER = forms.DecimalField(required=False, max_digits=40)
_RUN_TIME = Duration()
_UTC = Context(ZoneInfo("UTC"))


@dataclass
class BidRow:
    """A bid for a window: one line of the ballot's table. Without a capacity it is not a bid.

    ``texts`` are what stands in its fields; errors and what would correct them are by field.
    """

    number: int
    window: uuid.UUID | None
    label: str
    texts: dict[str, str]
    errors: dict[str, list[str]] = field(default_factory=dict)
    repairs: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    is_judged: bool = False

    @property
    def prefix(self) -> str:
        return f"row-{self.number}"

    def id_of(self, name: str) -> str:
        """The ID of the field's element."""
        return f"id_{self.prefix}-{name}"

    def is_valid(self) -> bool:
        """Whether what is typed can be read; notes what can't."""
        if not self.is_judged:
            self.is_judged = True
            self._judge()
        return not self.errors

    def _judge(self) -> None:
        if self.window is None:
            self.add_error("capacity", "This service window is not one of the competition's.")
        for name, text in self.texts.items():
            try:
                self.values[name] = value_of(name, text)
            except ValidationError as error:
                for sentence in error.messages:
                    self.add_error(name, sentence)
        if (
            self.values.get("capacity") is not None
            and self.values.get("run_time") is None
            and "run_time" not in self.errors
        ):
            self.add_error("run_time", "A bid needs a maximum run time.")

    def add_error(self, name: str, sentence: str, repair: str = "") -> None:
        """Note what is wrong in a field; in one that the line doesn't have, beside its capacity."""
        name = name if name in self.texts else "capacity"
        self.errors.setdefault(name, []).append(sentence)
        if repair:
            self.repairs[name] = repair

    @property
    def terms(self) -> BidTerms | None:
        """The bid as far as it can be read; None without a capacity or a window."""
        self.is_valid()
        capacity = self.values.get("capacity")
        if capacity is None or self.window is None:
            return None
        prices: dict[str, Decimal | None] = {name: self.values.get(name) for name in PRICE_LABELS}
        return BidTerms(self.window, capacity, self.values.get("run_time") or timedelta(), **prices)

    @property
    def readable_terms(self) -> BidTerms | None:
        """The bid if every number can be read, without noting what can't."""
        try:
            values = {name: value_of(name, text) for name, text in self.texts.items()}
        except ValidationError:
            return None
        if values.get("capacity") is None or self.window is None:
            return None
        prices: dict[str, Decimal | None] = {name: values.get(name) for name in PRICE_LABELS}
        return BidTerms(self.window, values["capacity"], values.get("run_time") or timedelta(), **prices)


def value_of(name: str, text: str) -> Any:
    """What a field's text means: a number, a run time, None where it is blank.

    Raises ``ValidationError`` with the sentence for what can't be read.
    """
    if name in NUMBERS:
        return Decimal(text) if _PLAIN.fullmatch(text) else _NUMBER.clean(text)
    if not text.strip():
        return None
    try:
        return _RUN_TIME.parse(text, _UTC) or None
    except CellError as error:
        raise ValidationError(str(error)) from None


def texts_of(row: Mapping[str, Any], fields: Sequence[str]) -> dict[str, str]:
    """The texts of a line's fields; a run time as it is typed."""
    return {name: _text_of(row.get(name)) for name in fields}


def _text_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    return clock_length(value) if isinstance(value, timedelta) else str(value or "")


def rows_sent(data: QueryDict) -> list[dict[str, Any]]:
    """The lines of a sent ballot as they were typed, to show them again without judging them."""
    rows = []
    for number in sorted({int(found[1]) for name in data if (found := _LINE.fullmatch(name))})[:MOST_ROWS]:
        typed = data.get(f"row-{number}-window")
        row: dict[str, Any] = {"number": number, "window": as_uuid(typed)}
        for name in ("capacity", "run_time", *PRICE_LABELS):
            row[name] = data.get(f"row-{number}-{name}", "")
        rows.append(row)
    return rows


def all_rows(
    data: QueryDict, competition: Competition, windows: Mapping[uuid.UUID, WindowTerms]
) -> list[dict[str, Any]]:
    """:func:`rows_sent`, and after them a blank line for each window whose period was never opened, so that
    its lines were not on the page."""
    rows = rows_sent(data)
    if not data.get(LATE):
        return rows
    sent = {row["window"] for row in rows}
    blank = [
        blank_row(competition, key, window.minimum_run_time)
        for key, window in windows.items()
        if key not in sent
    ]
    return [*rows, *blank]


def blank_row(competition: Competition, window_id: uuid.UUID, run_time: timedelta | None) -> dict[str, Any]:
    """A line without a bid: the window's minimum run time, and with fixed pricing the operator's prices."""
    row: dict[str, Any] = {"window": window_id, "run_time": run_time}
    if competition.pricing_type != PricingType.FIXED:
        return row
    return row | {name: exact_text(getattr(competition, name)) for name in competition.price_fields}


def repaired(rows: list[dict[str, Any]], repair: str) -> list[dict[str, Any]]:
    """The lines with one field set as a button under it says: ``row-3-capacity=4``."""
    field_name, _, value = repair.partition("=")
    number, _, name = field_name.removeprefix("row-").partition("-")
    if name in ("capacity", "run_time", *PRICE_LABELS):
        for row in rows:
            if str(row.get("number")) == number:
                row[name] = value
    return rows


def as_uuid(text: str | None) -> uuid.UUID | None:
    """The ID that the text spells, if it does."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
