"""Finds what the columns of a meter file mean, by their headers and cells; what does not follow is asked. Pure."""

import re
from collections.abc import Collection, Sequence
from typing import Any

from operations.domain.meterfiles import words
from operations.domain.meterfiles.mapping import Measure, Order, Sign
from operations.domain.meterfiles.stamps import STAMP, TIME, UNIX

FIXED_GRID = "Readings are taken on a fixed grid of 1, 5, 10, 15 or 30 minutes"
HOURLY = f"The intervals are of {{}} minutes. {FIXED_GRID}."
ASK_METER = "Whose readings are these? No column names an asset or a meter."
ASK_UNIT = "Are these kWh, kW or another unit? The headers do not say."
ASK_SIGN = "Is a positive number import or export? The headers do not say."
ASK_ORDER = "Is the day or the month first in the dates?"


class Cannot(ValueError):
    """A file that can't be read: the message is the sentence for people."""


class Finder:
    """Finds the meaning of columns."""

    def __init__(self, headers: list[str], plain: list[str], body: list[tuple[str, ...]], head: int) -> None:
        self.headers, self.plain, self.body, self.head = headers, plain, body, head
        self.columns = [
            [row[place].strip() if place < len(row) else "" for row in body] for place in range(len(headers))
        ]
        self.used: set[int] = set()
        self.questions: dict[str, str] = {}

    def take(self, column: int | None) -> int | None:
        if column is not None:
            self.used.add(column)
        return column

    def first(self, pattern: re.Pattern[str], fits: Any = None) -> int | None:
        """The first column whose header matches and whose cells fit."""
        for place, name in enumerate(self.plain):
            if place not in self.used and pattern.search(name) and (fits is None or self.all(place, fits)):
                return place
        return None

    def all(self, place: int, fits: Any) -> bool:
        filled = [text for text in self.columns[place] if text]
        return bool(filled) and all(fits(text) for text in filled)

    def meter(self) -> int | None:
        by_content = [
            place
            for place in range(len(self.headers))
            if place not in self.used
            and self.all(place, lambda text: re.fullmatch(r"'?\"?(\d{13}|\d{21})\"?'?", text) is not None)
        ]
        found = by_content[0] if by_content else self.first(words.METER)
        if found is None:
            self.questions["asset"] = ASK_METER
        return self.take(found)

    def flow(self) -> int | None:
        def is_flow(text: str) -> bool:
            return words.flow_in(text) is not None

        found = self.first(words.FLOW, is_flow)
        if found is None:
            found = next(
                (
                    place
                    for place in range(len(self.headers))
                    if place not in self.used and self.all(place, is_flow)
                ),
                None,
            )
        return self.take(found)

    def quality(self) -> int | None:
        def is_quality(text: str) -> bool:
            return words.quality_in(text) is not None

        return self.take(self.first(words.QUALITY, is_quality))

    def order(self, texts: Collection[str]) -> Order:
        """Which of day and month is first, by a number above 12 or the way the dates move."""
        parts = [re.split(r"[-/. T]", text) for text in texts if text]
        numbers = [
            (int(each[0]), int(each[1]))
            for each in parts
            if len(each) > 2 and each[0].isdigit() and each[1].isdigit() and len(each[0]) <= 2
        ]
        if not numbers:
            return Order.YEAR_FIRST
        if any(first > 12 for first, _ in numbers):
            return Order.DAY_FIRST
        if any(second > 12 for _, second in numbers):
            return Order.MONTH_FIRST
        firsts, seconds = len({first for first, _ in numbers}), len({second for _, second in numbers})
        if firsts == seconds:
            self.questions["order"] = ASK_ORDER
        return Order.MONTH_FIRST if seconds > firsts else Order.DAY_FIRST

    def measure(self, names: Sequence[str]) -> Measure:
        found = {told for name in names if (told := words.measure_in(name))}
        if len(found) == 1:
            return Measure(found.pop())
        self.questions["measure"] = ASK_UNIT
        return Measure.KWH

    def sign(self, names: Sequence[str], flow: int | None, values: Sequence[str]) -> Sign:
        told = " ".join(words.plain(name) for name in names)
        if words.EXPORTS.search(told) and not words.IMPORTS.search(told):
            return Sign.EXPORT
        if words.IMPORTS.search(told) and not words.EXPORTS.search(told):
            return Sign.IMPORT
        if flow is not None and all(
            words.flow_in(text) in (words.IMPORT, words.EXPORT, words.SKIP)
            for text in self.columns[flow]
            if text
        ):
            return Sign.IMPORT
        self.questions["sign"] = ASK_SIGN
        return Sign.IMPORT

    def decimal(self, values: Sequence[str]) -> str:
        commas = [text for text in values if re.fullmatch(r"-?\d{1,3}(\.\d{3})*,\d+|-?\d+,\d+", text)]
        points = [text for text in values if re.fullmatch(r"-?[\d,]+\.\d+", text)]
        return "," if commas and not points else "."

    def measure_wide(self, names: Sequence[str], flow: int | None) -> Measure:
        active = [name for name in names if words.flow_in(name) != words.SKIP]
        told = flow is not None and any(
            words.flow_in(text) in (words.IMPORT, words.EXPORT) for text in self.columns[flow]
        )
        if told and not any(words.measure_in(name) for name in active):
            return Measure.KWH
        return self.measure(active)

    def any(self, fits: Any) -> int | None:
        return next(
            (place for place in range(len(self.headers)) if place not in self.used and self.all(place, fits)),
            None,
        )


def number(plain: str) -> int:
    found = words.NUMBERED.fullmatch(plain)
    assert found is not None
    return int(found.group(1))


def label(header: str, plain: str) -> str:
    """A column's clock time as HH:MM, or its number."""
    found = words.CLOCK_TIME.fullmatch(header.strip())
    return f"{int(found[1]):02d}:{found[2]}" if found else str(number(plain))


def is_stamp(text: str) -> bool:
    if UNIX.fullmatch(text):
        return True
    return STAMP.fullmatch(text.strip()) is not None


def is_date(text: str) -> bool:
    found = STAMP.fullmatch(text.strip())
    return (
        found is not None
        and (found["hour"] is None or (int(found["hour"]), int(found["minute"])) == (0, 0))
        and not found["offset"]
    )


def is_time(text: str) -> bool:
    return TIME.fullmatch(text.strip().strip("'")) is not None


def has_offset(text: str) -> bool:
    found = STAMP.fullmatch(text.strip())
    return UNIX.fullmatch(text) is not None or (found is not None and found["offset"] is not None)


def is_number_or_blank(text: str) -> bool:
    return words.is_blank(text) or re.fullmatch(r"'?-?[\d., ]*\d[\d., ]*(?:[eE][+-]?\d+)?", text) is not None
