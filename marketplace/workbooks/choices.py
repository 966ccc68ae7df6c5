"""Kinds of cells whose values come from a list, and lists of values in one cell."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.keys import key_form
from marketplace.numbers import count_text
from marketplace.text import did_you_mean
from marketplace.workbooks.cells import Cell, CellError, shown
from marketplace.workbooks.kinds import LONGEST_TEXT, Context, Kind, Written, checked_text, text_of

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY_RULE = "Must be days such as Monday, Wed or Mon-Fri, with commas between."


@dataclass(frozen=True)
class YesNo(Kind):
    """Yes or No."""

    @property
    def hint(self) -> str:
        return "Yes or No."

    @property
    def options(self) -> tuple[str, ...]:
        return ("Yes", "No")

    def parse(self, cell: Cell, context: Context) -> bool:
        if isinstance(cell, bool):
            return cell
        answer = {"yes": True, "no": False}.get(key_form(cell)) if isinstance(cell, str) else None
        if answer is None:
            raise CellError("Must be Yes or No.")
        return answer

    def write(self, value: Any, zone: ZoneInfo | None = None) -> Written:
        return "Yes" if value else "No"


@dataclass(frozen=True)
class Choice(Kind):
    """One of the labels, matched without regard to case; ``others_up_to`` lets any text of that length
    through."""

    labels: Mapping[str, Any]
    others_up_to: int | None = None

    @property
    def hint(self) -> str:
        hint = "One of: " + " · ".join(self.labels)
        return (
            f"{hint} · any other text of up to {self.others_up_to} characters."
            if self.others_up_to
            else f"{hint}."
        )

    @property
    def options(self) -> tuple[str, ...]:
        return tuple(self.labels)

    def parse(self, cell: Cell, context: Context) -> Any:
        text = text_of(cell)
        found = _choice(self.labels, text)
        if found is not None:
            return self.labels[found]
        if self.others_up_to is not None:
            return checked_text(text, self.others_up_to)
        raise CellError(f"Must be one of: {', '.join(self.labels)}.{did_you_mean(text, self.labels)}")

    def write(self, value: Any, zone: ZoneInfo | None = None) -> Written:
        label = _label(self.labels, value)
        return int(label) if re.fullmatch(r"0|[1-9][0-9]{0,14}", label) else label


def _choice(labels: Mapping[str, Any], text: str) -> str | None:
    if text in labels:
        return text
    wanted = key_form(text)
    return next((label for label in labels if key_form(label) == wanted), None)


def _label(labels: Mapping[str, Any], value: Any) -> str:
    return next((label for label, known in labels.items() if known == value), str(value))


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


@dataclass(frozen=True)
class ChoiceList(Kind):
    """Comma-separated labels, matched without regard to case: a tuple of their values in the order given."""

    labels: Mapping[str, Any]
    width = 30
    hashable = False

    @property
    def hint(self) -> str:
        return f"Any of, with commas between: {' · '.join(self.labels)}."

    def parse(self, cell: Cell, context: Context) -> tuple[Any, ...]:
        found = []
        for item in _items(text_of(cell)):
            label = _choice(self.labels, item)
            if label is None:
                nearest = did_you_mean(item, self.labels)
                raise CellError(f"“{shown(item)}” is not one of: {', '.join(self.labels)}.{nearest}")
            if self.labels[label] not in found:
                found.append(self.labels[label])
        if not found:
            raise CellError(f"Must name one or more of: {', '.join(self.labels)}.")
        return tuple(found)

    def write(self, value: Any, zone: ZoneInfo | None = None) -> Written:
        return ", ".join(_label(self.labels, item) for item in value)


@dataclass(frozen=True)
class TextList(Kind):
    """Comma-separated texts: a tuple in the order given, without repeats unless ``repeats`` mean
    something."""

    max_items: int | None = None
    repeats: bool = False
    width = 30
    hashable = False
    number_format = "@"

    @property
    def hint(self) -> str:
        return "A list with commas between" + (
            f", up to {count_text(self.max_items)}." if self.max_items else "."
        )

    def parse(self, cell: Cell, context: Context) -> tuple[str, ...]:
        items = _items(checked_text(text_of(cell), LONGEST_TEXT))
        if not self.repeats:
            items = list(dict.fromkeys(items))
        if not items:
            raise CellError("Must be a list with commas between.")
        if self.max_items is not None and len(items) > self.max_items:
            raise CellError(f"Must list at most {count_text(self.max_items)}.")
        return tuple(items)

    def write(self, value: Any, zone: ZoneInfo | None = None) -> Written:
        return ", ".join(str(item) for item in value)


@dataclass(frozen=True)
class Days(Kind):
    """Days of the week as a frozenset (Monday = 0): names or three-letter forms, ranges may wrap
    (Fri-Mon)."""

    width = 30

    @property
    def hint(self) -> str:
        return "Days with commas between, ranges with a hyphen: Monday, Wed or Mon-Fri."

    def parse(self, cell: Cell, context: Context) -> frozenset[int]:
        days: set[int] = set()
        for item in _items(text_of(cell)):
            ends = [_day(name) for name in re.split(r"\s*[-\u2010-\u2015]\s*", item)]
            if len(ends) > 2:
                raise CellError(DAY_RULE)
            days.update((ends[0] + step) % 7 for step in range((ends[-1] - ends[0]) % 7 + 1))
        if not days:
            raise CellError(DAY_RULE)
        return frozenset(days)

    def write(self, value: Any, zone: ZoneInfo | None = None) -> Written:
        return ", ".join(WEEKDAYS[day] for day in sorted(value))


def _day(name: str) -> int:
    for number, day in enumerate(WEEKDAYS):
        if key_form(name) in (day.casefold(), day[:3].casefold()):
            return number
    raise CellError(DAY_RULE)
