"""What the columns of a file seem to mean, from its headers and its first rows; what does not follow is asked. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from operations.domain.meterfiles import words
from operations.domain.meterfiles.mapping import Clock, Mapping, Measure, Names, Order, Shape, Sign
from operations.domain.meterfiles.stamps import STAMP, TIME, UNIX, BadStamp, minute_of_day, stamp_of
from operations.domain.meterfiles.tables import BadTable, Numbered, rows_of
from operations.enums import INTERVALS

LOOKED_AT = 200
MOST_HEAD = 6
FEWEST_PERIODS = 20
STANDARD_HEADERS = ("period start", "minutes", "import kwh", "export kwh")
FIXED_GRID = "Readings are taken on a fixed grid of 1, 5, 10, 15 or 30 minutes"
HOURLY = f"The intervals are of {{}} minutes. {FIXED_GRID}."
IRREGULAR = f"The stamps are irregular. {FIXED_GRID}; bring yours to it before you upload them."
MINUTE = timedelta(minutes=1)
ASK_METER = "Whose readings are these? No column names an asset or a meter."
ASK_UNIT = "Are these kWh, kW or another unit? The headers do not say."
ASK_SIGN = "Is a positive number import or export? The headers do not say."
ASK_CLOCK = "By which clock are the times? They have no offset."
ASK_NAMES = "Does a time name the start or the end of its interval?"
ASK_ORDER = "Is the day or the month first in the dates?"


@dataclass
class Proposal:
    """How a file seems to be read, and by field what has to be asked. ``refusal``: why it can't be read at all."""

    mapping: dict[str, Any] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    headers: list[str] = field(default_factory=list)
    rows: list[tuple[str, ...]] = field(default_factory=list)
    is_standard: bool = False


def look(data: bytes) -> Proposal:
    """The proposal for a file, by its headers and first rows."""
    try:
        rows = list(islice(rows_of(data), LOOKED_AT + MOST_HEAD))
    except BadTable as error:
        return Proposal(refusal=str(error))
    return proposal_of(rows)


def proposal_of(numbered: Sequence[Numbered]) -> Proposal:
    """The same, of rows."""
    rows = [cells for _, cells in numbered]
    head = _head_lines(rows)
    if head is None:
        return Proposal(refusal="The file has no row of headers with readings under it.")
    width = max(map(len, rows))
    headers = [_joined(rows[:head], column) for column in range(width)]
    body = rows[head:]
    plain = [words.plain(each) for each in headers]
    if set(STANDARD_HEADERS) <= set(plain):
        return _standard(headers, plain, body, head)
    finder = _Finder(headers, plain, body, head)
    return finder.proposal()


def _head_lines(rows: Sequence[tuple[str, ...]]) -> int | None:
    """How many lines come before the first with a date or stamp in a cell and a number or blank beside it."""
    for place, cells in enumerate(rows[: MOST_HEAD + 1]):
        if place and any(STAMP.fullmatch(cell) or UNIX.fullmatch(cell) for cell in cells):
            return place
    return None


def _joined(lines: Sequence[tuple[str, ...]], column: int) -> str:
    """A column's header: what the last lines above it hold, of two lines with headers both."""
    widest = max(sum(bool(cell) for cell in line) for line in lines)
    kept = [line for line in lines if sum(bool(cell) for cell in line) * 2 >= widest]
    texts = dict.fromkeys(
        line[column].strip() for line in kept if column < len(line) and line[column].strip()
    )
    return " ".join(texts).removeprefix("\ufeff")


def _standard(headers: list[str], plain: list[str], body: list[tuple[str, ...]], head: int) -> Proposal:
    def at(*names: str) -> int | None:
        return next((plain.index(name) for name in names if name in plain), None)

    meter = at("asset ref", "meter id")
    if meter is None:
        return Proposal(refusal="The file lacks the column Asset Ref, or Meter ID.")
    mapping = Mapping(
        Shape.LONG,
        head=head,
        meter=meter,
        stamp=at("period start"),
        clock=Clock.OFFSET,
        minutes_column=at("minutes"),
        imported=at("import kwh"),
        exported=at("export kwh"),
        quality=at("quality"),
        exact=True,
    )
    return Proposal(mapping.to_json(), {}, "", headers, body[:LOOKED_AT], is_standard=True)


class _Finder:
    """Finds the meaning of columns."""

    def __init__(self, headers: list[str], plain: list[str], body: list[tuple[str, ...]], head: int) -> None:
        self.headers, self.plain, self.body, self.head = headers, plain, body, head
        self.columns = [
            [row[place].strip() if place < len(row) else "" for row in body] for place in range(len(headers))
        ]
        self.used: set[int] = set()
        self.questions: dict[str, str] = {}

    def proposal(self) -> Proposal:
        try:
            periods = self._periods()
            mapping = self._wide(periods) if periods else self._long()
        except _Cannot as refusal:
            return Proposal({}, {}, str(refusal), self.headers, self.body[:LOOKED_AT])
        return Proposal(mapping.to_json(), self.questions, "", self.headers, self.body[:LOOKED_AT])

    def _take(self, column: int | None) -> int | None:
        if column is not None:
            self.used.add(column)
        return column

    def _first(self, pattern: re.Pattern[str], fits: Any = None) -> int | None:
        """The first column whose header matches and whose cells fit."""
        for place, name in enumerate(self.plain):
            if place not in self.used and pattern.search(name) and (fits is None or self._all(place, fits)):
                return place
        return None

    def _all(self, place: int, fits: Any) -> bool:
        filled = [text for text in self.columns[place] if text]
        return bool(filled) and all(fits(text) for text in filled)

    # What both shapes have

    def _meter(self) -> int | None:
        by_content = [
            place
            for place in range(len(self.headers))
            if place not in self.used
            and self._all(place, lambda text: re.fullmatch(r"'?\"?(\d{13}|\d{21})\"?'?", text) is not None)
            and not self._all(
                place,
                lambda text: (
                    UNIX.fullmatch(text) is not None and words.STAMP.search(self.plain[place]) is not None
                ),
            )
        ]
        found = by_content[0] if by_content else self._first(words.METER)
        if found is None:
            self.questions["asset"] = ASK_METER
        return self._take(found)

    def _flow(self) -> int | None:
        def is_flow(text: str) -> bool:
            return words.flow_in(text) is not None

        found = self._first(words.FLOW, is_flow)
        if found is None:
            found = next(
                (
                    place
                    for place in range(len(self.headers))
                    if place not in self.used and self._all(place, is_flow)
                ),
                None,
            )
        return self._take(found)

    def _quality(self) -> int | None:
        def is_quality(text: str) -> bool:
            return words.quality_in(text) is not None

        return self._take(self._first(words.QUALITY, is_quality))

    def _order(self, texts: Collection[str]) -> Order:
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

    def _measure(self, names: Sequence[str]) -> Measure:
        found = {told for name in names if (told := words.measure_in(name))}
        if len(found) == 1:
            return Measure(found.pop())
        self.questions["measure"] = ASK_UNIT
        return Measure.KWH

    def _sign(self, names: Sequence[str], flow: int | None, values: Sequence[str]) -> Sign:
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

    def _decimal(self, values: Sequence[str]) -> str:
        commas = [text for text in values if re.fullmatch(r"-?\d{1,3}(\.\d{3})*,\d+|-?\d+,\d+", text)]
        points = [text for text in values if re.fullmatch(r"-?[\d,]+\.\d+", text)]
        return "," if commas and not points else "."

    # Wide

    def _periods(self) -> list[int]:
        """The columns of the periods of a day, in their order; none for a file with a row a reading."""
        clocks = [
            place for place, name in enumerate(self.headers) if words.CLOCK_TIME.fullmatch(name.strip())
        ]
        numbered = [place for place, name in enumerate(self.plain) if words.NUMBERED.fullmatch(name)]
        if len(clocks) >= FEWEST_PERIODS:
            return clocks + [
                place for place in numbered if place > clocks[0] and _number(self.plain[place]) > 24
            ]
        return numbered if len(numbered) >= FEWEST_PERIODS else []

    def _wide(self, periods: list[int]) -> Mapping:
        labels = [_label(self.headers[place], self.plain[place]) for place in periods]
        clock_labels = [label for label in labels if ":" in label]
        minutes = self._minutes_of_labels(clock_labels, labels)
        self.used.update(periods)
        qualities = self._paired(periods)
        self.used.update(qualities)
        day = self._take(
            self._first(words.DAY, _is_date) or self._first(words.STAMP, _is_date) or self._any(_is_date)
        )
        if day is None:
            raise _Cannot("No column holds the day of each row.")
        meter = self._meter()
        flow, quality = self._flow(), self._quality()
        values = [text for place in periods for text in self.columns[place]]
        names = [
            *(self.headers[place] for place in periods),
            *(self.headers[place] for place in range(len(self.headers)) if place not in self.used),
        ]
        units = names + (
            [text for text in dict.fromkeys(self.columns[flow]) if text] if flow is not None else []
        )
        starts = bool(clock_labels) and minute_of_day(clock_labels[0]) != 0
        return Mapping(
            Shape.WIDE,
            head=self.head,
            meter=meter,
            stamp=day,
            names=Names.END if starts else Names.START,
            clock=Clock.LOCAL,
            order=self._order(self.columns[day]),
            minutes=minutes,
            periods=tuple(periods),
            labels=tuple(labels),
            measure=self._measure_wide(units, flow),
            sign=self._sign(
                [
                    name
                    for name in names
                    if words.VALUE.search(words.plain(name))
                    or words.IMPORTS.search(words.plain(name))
                    or words.EXPORTS.search(words.plain(name))
                ],
                flow,
                values,
            ),
            value=None,
            flow=flow,
            quality=quality,
            qualities=tuple(qualities),
            decimal=self._decimal(values),
        )

    def _measure_wide(self, names: Sequence[str], flow: int | None) -> Measure:
        active = [name for name in names if words.flow_in(name) != words.SKIP]
        told = flow is not None and any(
            words.flow_in(text) in (words.IMPORT, words.EXPORT) for text in self.columns[flow]
        )
        if told and not any(words.measure_in(name) for name in active):
            return Measure.KWH
        return self._measure(active)

    def _minutes_of_labels(self, clocks: Sequence[str], labels: Sequence[str]) -> int:
        if clocks:
            minutes = sorted({minute_of_day(label) for label in clocks})
            step = Counter(
                after - before for before, after in zip(minutes, minutes[1:], strict=False)
            ).most_common(1)[0][0]
        else:
            most = max(int(label) for label in labels)
            step = next(
                (
                    step
                    for step in (30, 15, 10, 5, 1, 60)
                    if most in range(1440 // step - 60 // step, 1440 // step + 60 // step + 1)
                ),
                0,
            )
        if step not in INTERVALS:
            raise _Cannot(HOURLY.format(step or "unequal"))
        return step

    def _paired(self, periods: Sequence[int]) -> list[int]:
        """The columns of qualities, one beside each value; none where they are not."""
        beside = [place + 1 for place in periods]
        if any(place in periods or place >= len(self.headers) for place in beside):
            return []
        is_paired = all(
            all(words.quality_in(text) is not None for text in self.columns[place]) for place in beside
        )
        return beside if is_paired and any(text for place in beside for text in self.columns[place]) else []

    def _any(self, fits: Any) -> int | None:
        return next(
            (
                place
                for place in range(len(self.headers))
                if place not in self.used and self._all(place, fits)
            ),
            None,
        )

    # Long

    def _long(self) -> Mapping:
        stamp = self._take(
            self._first(words.STAMP, _is_stamp) or self._first(words.DAY, _is_stamp) or self._any(_is_stamp)
        )
        if stamp is None:
            raise _Cannot("No column holds the time of each reading.")
        texts = [text for text in self.columns[stamp] if text]
        time = period = None
        if all(_is_date(text) for text in texts):
            period = self._take(self._first(words.PERIOD, str.isdigit))
            if period is None:
                time = self._take(self._first(words.TIME, _is_time) or self._any(_is_time))
        meter = self._meter()
        flow, quality = self._flow(), self._quality()
        imported, exported, value = self._values()
        of_values = [place for place in (imported, exported, value) if place is not None]
        names = [self.headers[place] for place in of_values]
        if flow is not None and not any(map(words.measure_in, names)):
            names += [text for text in dict.fromkeys(self.columns[flow]) if words.flow_in(text) != words.SKIP]
        cells = [text for place in of_values for text in self.columns[place]]
        order = self._order(texts)
        minutes = 30 if period is not None else self._minutes(stamp, time, meter, flow, order)
        clock = Clock.LOCAL if period is not None else self._clock(stamp, time, texts)
        return Mapping(
            Shape.LONG,
            head=self.head,
            meter=meter,
            stamp=stamp,
            time=time,
            period=period,
            names=Names.START if period is not None else self._names(stamp, time, texts),
            clock=clock,
            order=order,
            minutes=minutes,
            value=value,
            imported=imported,
            exported=exported,
            measure=self._measure(names)
            if any(map(words.measure_in, names)) or flow is None
            else self._measure_wide(names, flow),
            sign=self._sign([self.headers[place] for place in of_values], flow, cells)
            if value is not None
            else Sign.IMPORT,
            flow=flow,
            quality=quality,
            decimal=self._decimal(cells),
        )

    def _values(self) -> tuple[int | None, int | None, int | None]:
        """The columns of import and export, or the one for both."""
        numeric = [
            place
            for place in range(len(self.headers))
            if place not in self.used
            and self._all(place, _is_number_or_blank)
            and not words.NO_VALUE.search(self.plain[place])
        ]
        imports = [place for place in numeric if words.IMPORTS.search(self.plain[place])]
        exports = [place for place in numeric if words.EXPORTS.search(self.plain[place])]
        if len(imports) == 1 and len(exports) == 1 and imports != exports:
            return self._take(imports[0]), self._take(exports[0]), None
        measured = [place for place in numeric if words.measure_in(self.headers[place])]
        named = (
            measured
            or [place for place in numeric if words.VALUE.search(self.plain[place])]
            or imports
            or exports
            or numeric
        )
        if not named:
            raise _Cannot("No column holds energy or power.")
        if len(named) > 1:
            self.questions["value"] = "Which column holds the readings?"
        return None, None, self._take(named[0])

    def _minutes(
        self, stamp: int, time: int | None, meter: int | None, flow: int | None, order: Order
    ) -> int:
        by_meter: dict[tuple[str, ...], list[datetime]] = defaultdict(list)
        for place, text in enumerate(self.columns[stamp]):
            keys = tuple(
                self.columns[column][place] if column is not None else "" for column in (meter, flow)
            )
            try:
                found = stamp_of(text, order)
                if time is not None:
                    found += minute_of_day(self.columns[time][place]) * MINUTE
            except BadStamp:
                continue
            by_meter[keys].append(found.replace(tzinfo=found.tzinfo or UTC))
        apart = Counter(
            after - before
            for each in by_meter.values()
            for before, after in zip(each, each[1:], strict=False)
            if after > before
        )
        if not apart:
            self.questions["minutes"] = "How long is an interval? The file has too few rows to tell."
            return 30
        whole = {gap: number for gap, number in apart.items() if not gap % MINUTE}
        step = max(whole, key=lambda gap: whole[gap]) if whole else timedelta(0)
        fits = sum(number for gap, number in whole.items() if step and not gap % step)
        if not step or fits < 0.95 * sum(apart.values()):
            raise _Cannot(IRREGULAR)
        if int(step / MINUTE) not in INTERVALS:
            raise _Cannot(HOURLY.format(int(step / MINUTE)))
        return int(step / MINUTE)

    def _clock(self, stamp: int, time: int | None, texts: Sequence[str]) -> Clock:
        if time is None and all(_has_offset(text) for text in texts):
            return Clock.OFFSET
        names = f"{self.plain[stamp]} {self.plain[time] if time is not None else ''}"
        if re.search(r"\b(utc|gmt|z)\b", names):
            return Clock.UTC
        if re.search(r"\b(local|bst|uk time|clock)\b", names):
            return Clock.LOCAL
        found = self._clock_by_changes(texts)
        if found is not None:
            return found
        self.questions["clock"] = ASK_CLOCK
        return Clock.LOCAL

    def _clock_by_changes(self, texts: Sequence[str]) -> Clock | None:
        """By a day on which the clocks change: an hour of it that is left out, or comes twice in the order of rows."""
        stamps = []
        for text in texts:
            try:
                stamps.append(stamp_of(text, Order.YEAR_FIRST if text[:4].isdigit() else Order.DAY_FIRST))
            except BadStamp:
                return None
        back = sum(
            after < before
            for before, after in zip(stamps, stamps[1:], strict=False)
            if before.date() == after.date()
        )
        changes = {
            each.date() for each in stamps if each.month == 10 and each.weekday() == 6 and each.day > 24
        }
        return (
            Clock.LOCAL
            if changes
            and back
            and all(
                after.date() in changes
                for before, after in zip(stamps, stamps[1:], strict=False)
                if after < before and after.date() == before.date()
            )
            else None
        )

    def _names(self, stamp: int, time: int | None, texts: Sequence[str]) -> Names:
        told = f"{self.plain[stamp]} {self.plain[time] if time is not None else ''}"
        if re.search(r"\b(end|ending|ended|to)\b", told):
            return Names.END
        if re.search(r"\b(start|starting|begin|beginning|from)\b", told):
            return Names.START
        times = [*texts, *(self.columns[time] if time is not None else ())]
        if any(re.search(r"(^|[T ])24:00", text) for text in times):
            return Names.END
        self.questions["names"] = ASK_NAMES
        return Names.START


class _Cannot(ValueError):
    """A file that can't be read: the message is the sentence for people."""


def _number(plain: str) -> int:
    found = words.NUMBERED.fullmatch(plain)
    assert found is not None
    return int(found.group(1))


def _label(header: str, plain: str) -> str:
    """A column's clock time as HH:MM, or its number."""
    found = words.CLOCK_TIME.fullmatch(header.strip())
    return f"{int(found[1]):02d}:{found[2]}" if found else str(_number(plain))


def _is_stamp(text: str) -> bool:
    if UNIX.fullmatch(text):
        return True
    return STAMP.fullmatch(text.strip()) is not None


def _is_date(text: str) -> bool:
    found = STAMP.fullmatch(text.strip())
    return (
        found is not None
        and (found["hour"] is None or (int(found["hour"]), int(found["minute"])) == (0, 0))
        and not found["offset"]
    )


def _is_time(text: str) -> bool:
    return TIME.fullmatch(text.strip().strip("'")) is not None


def _has_offset(text: str) -> bool:
    found = STAMP.fullmatch(text.strip())
    return UNIX.fullmatch(text) is not None or (found is not None and found["offset"] is not None)


def _is_number_or_blank(text: str) -> bool:
    return words.is_blank(text) or re.fullmatch(r"'?-?[\d., ]*\d[\d., ]*(?:[eE][+-]?\d+)?", text) is not None
