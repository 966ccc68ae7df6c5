"""A file of readings, read by its mapping: intervals in UTC, import and export in millionths of a kWh. Pure.

Used in the process that reads files from outside (:mod:`marketplace.sandbox`).
"""

import re
from collections.abc import Iterator
from collections.abc import Mapping as Told
from dataclasses import astuple, dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.dates import day_text, time_text
from marketplace.workbooks.declare import Problem
from operations.domain.meterfiles import words
from operations.domain.meterfiles.collected import Collected, MeterTold, TooMany, meter_of
from operations.domain.meterfiles.day_columns import DayColumns, RefusedDay
from operations.domain.meterfiles.mapping import Clock, Mapping, Names, Shape, Sign, mapping_of
from operations.domain.meterfiles.stamps import (
    MINUTE,
    BadStamp,
    day_of,
    fixed_instant,
    instants_of,
    midnight,
    minute_of_day,
    stamp_of,
)
from operations.domain.meterfiles.tables import BadTable, Numbered, rows_of
from operations.domain.series import MICRO, PLACES
from operations.enums import INTERVALS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
QUALITY_CODES = {words.ACTUAL: 0, words.ESTIMATED: 1, words.MISSING: 2}
MISSING = QUALITY_CODES[words.MISSING]
MOST_KWH = Decimal(10) ** 9
PLAIN_KWH = re.compile(rf"[0-9]{{1,8}}(?:\.[0-9]{{1,{PLACES}}})?").fullmatch
"""How nearly every value is written: what it tells is read without decimals of any size."""
KNOWN_MINUTES = {str(each): each for each in INTERVALS}
OFF_GRID = "The interval is not on the grid of {} minutes; readings are taken on a fixed grid of 1, 5, 10, 15 or 30 minutes."
LOST_HOUR = "{} comes twice when the clocks go back, and the file has it once: an hour is lost."


class BadValue(ValueError):
    """A value that can't be taken: the message is the sentence for people."""


@dataclass
class Taken:
    """What a file came to: the sentence by which all of it is refused or "", readings by meter, problems by row."""

    refusal: str = ""
    meters: list[MeterTold] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: int = 0


def take(data: bytes, told: Told[str, Any], zone_name: str, most_rows: int | None = None) -> Taken:
    """The file, or its first rows, read by the mapping that these plain values tell."""
    mapping, zone = mapping_of(told), ZoneInfo(zone_name)
    try:
        collected = taken_rows(islice(rows_of(data), most_rows), mapping, zone)
    except (BadTable, TooMany) as error:
        return Taken(refusal=str(error))
    return Taken("", collected.told(), collected.problems, collected.rows)


def taken_parts(
    data: bytes, told: Told[str, Any], zone_name: str, most_rows: int | None = None
) -> tuple[str, list[tuple[Any, ...]], list[Problem], int]:
    """The same in plain values, as they come out of the process that reads files."""
    taken = take(data, told, zone_name, most_rows)
    return taken.refusal, [astuple(each) for each in taken.meters], taken.problems, taken.rows


def taken_rows(rows: Iterator[Numbered], mapping: Mapping, zone: ZoneInfo) -> Collected:
    """The same of rows, the lines of the head among them."""
    head = [cells for _, cells in islice(rows, mapping.head)]
    collected = Collected()
    reader = (
        _Wide(mapping, zone, head, collected)
        if mapping.shape is Shape.WIDE
        else _Long(mapping, zone, head, collected)
    )
    for number, cells in rows:
        collected.rows += 1
        reader.read(number, cells)
    reader.finish()
    return collected


class _Reader:
    """What both shapes share: the cells of meter, direction, quality and value."""

    def __init__(
        self, mapping: Mapping, zone: ZoneInfo, head: list[tuple[str, ...]], collected: Collected
    ) -> None:
        self.mapping, self.zone, self.collected = mapping, zone, collected
        self.headers = head[-1] if head else ()
        self.known_meters: dict[str, str] = {}
        self.known_qualities: dict[str, int] = {}
        self.has_plain_energy = (
            mapping.decimal == "." and not mapping.measure.is_power and mapping.measure.kilo == 1
        )

    def header(self, column: int | None) -> str:
        return self.headers[column] if column is not None and column < len(self.headers) else ""

    def meter(self, cells: tuple[str, ...]) -> str:
        if self.mapping.meter is None:
            return self.mapping.asset
        text = _cell(cells, self.mapping.meter)
        found = self.known_meters.get(text)
        if found is None:
            found = self.known_meters[text] = meter_of(text)
        return found

    def flow(self, cells: tuple[str, ...]) -> str:
        if self.mapping.flow is None:
            return words.BOTH
        text = _cell(cells, self.mapping.flow)
        found = words.flow_in(text)
        if found is None:
            raise BadValue(f"“{text}” is not a direction or quantity that is known.")
        return found

    def quality(self, cells: tuple[str, ...], column: int | None) -> int:
        text = "" if column is None else _cell(cells, column)
        code = self.known_qualities.get(text)
        if code is None:
            found = words.quality_in(text)
            if found is None:
                raise BadValue(f"“{text}” is not a quality: Actual, Estimated or Missing.")
            code = self.known_qualities[text] = QUALITY_CODES[found]
        return code

    def energy(self, text: str, minutes: int) -> int:
        """The value in millionths of a kWh, rounded half up unless the form is exact."""
        if self.has_plain_energy and PLAIN_KWH(text):
            whole, _, parts = text.partition(".")
            return int(whole + parts.ljust(PLACES, "0"))
        told = text.strip().strip("'").replace(" ", "").replace("\u00a0", "")
        told = (
            told.replace(".", "").replace(",", ".") if self.mapping.decimal == "," else told.replace(",", "")
        )
        try:
            number = Decimal(told)
        except InvalidOperation:
            raise BadValue(f"“{text}” is not a number.") from None
        measure = self.mapping.measure
        kwh = number * measure.kilo * (Decimal(minutes) / 60 if measure.is_power else 1)
        if not kwh.is_finite() or abs(kwh) > MOST_KWH:
            raise BadValue(f"“{text}” is not an amount of energy that a meter measures.")
        micro = (kwh * MICRO).to_integral_value(ROUND_HALF_UP)
        if self.mapping.exact and micro != kwh * MICRO:
            raise BadValue("Energy has at most six decimals.")
        return int(micro)

    def split(self, net: int, flow: str) -> tuple[int, int]:
        """Import and export of a value."""
        if flow == words.BOTH:
            imported = net if self.mapping.sign is Sign.IMPORT else -net
            return max(imported, 0), max(-imported, 0)
        if net < 0:
            raise BadValue("Energy in one direction is 0 kWh or more.")
        return net, net

    def finish(self) -> None:
        """Called after the last row."""


class _Wide(_Reader):
    """A row a day: its columns are the periods of the day."""

    def __init__(
        self, mapping: Mapping, zone: ZoneInfo, head: list[tuple[str, ...]], collected: Collected
    ) -> None:
        super().__init__(mapping, zone, head, collected)
        self.columns = DayColumns(mapping, zone)

    def read(self, number: int, cells: tuple[str, ...]) -> None:
        mapping = self.mapping
        try:
            flow = self.flow(cells)
            if flow == words.SKIP:
                return
            meter = self.meter(cells)
            day = _day(_cell(cells, mapping.stamp), mapping)
            filled = [not words.is_blank(_cell(cells, column)) for column in mapping.periods]
            starts = self.columns.starts(day, filled)
        except (BadStamp, BadValue, RefusedDay, ValueError) as error:
            self.collected.refuse(number, "", _cell(cells, mapping.stamp), str(error))
            return
        of_day = self.quality_of_day(number, cells)
        for place, column in enumerate(mapping.periods):
            start = starts[place]
            if start is not None and of_day is not None:
                self.take(number, cells, (meter, flow, start), place, column, of_day)

    def quality_of_day(self, number: int, cells: tuple[str, ...]) -> int | None:
        try:
            return self.quality(cells, self.mapping.quality)
        except BadValue as error:
            self.collected.refuse(
                number, self.header(self.mapping.quality), _cell(cells, self.mapping.quality), str(error)
            )
            return None

    def take(
        self,
        number: int,
        cells: tuple[str, ...],
        where: tuple[str, str, int],
        place: int,
        column: int,
        of_day: int,
    ) -> None:
        mapping, text = self.mapping, _cell(cells, column)
        meter, flow, start = where
        try:
            quality, energy = MISSING, (0, 0)
            if not words.is_blank(text):
                own = self.quality(cells, mapping.qualities[place]) if mapping.qualities else 0
                quality = max(own, of_day)
                energy = (
                    self.split(self.energy(text, mapping.minutes), flow) if quality != MISSING else (0, 0)
                )
            self.collected.add(meter, flow, start, mapping.minutes, energy, quality, number)
        except BadValue as error:
            self.collected.refuse(number, self.header(column), text, str(error))


class _Long(_Reader):
    """A row a reading."""

    def __init__(
        self, mapping: Mapping, zone: ZoneInfo, head: list[tuple[str, ...]], collected: Collected
    ) -> None:
        super().__init__(mapping, zone, head, collected)
        self.seen: dict[tuple[str, str, datetime], list[tuple[int, int, int]]] = {}
        self.known: dict[str, tuple[datetime, tuple[datetime, ...]]] = {}
        self.known_starts: dict[tuple[str, int], int] = {}

    def read(self, number: int, cells: tuple[str, ...]) -> None:
        mapping = self.mapping
        column: int | None = mapping.stamp
        try:
            flow = self.flow(cells)
            if flow == words.SKIP:
                return
            column = mapping.meter
            meter = self.meter(cells)
            column = mapping.minutes_column
            minutes = self.minutes(cells)
            column = mapping.stamp
            start = self.start(cells, (meter, flow), minutes, number)
            column = mapping.quality
            quality = self.quality(cells, mapping.quality)
            column = mapping.value if mapping.imported is None else mapping.imported
            energy, quality = self.energies(cells, flow, minutes, quality)
            self.collected.add(meter, flow, start, minutes, energy, quality, number)
        except TooMany:
            raise
        except ValueError as error:
            self.collected.refuse(number, self.header(column), _cell(cells, column), str(error))

    def minutes(self, cells: tuple[str, ...]) -> int:
        if self.mapping.minutes_column is None:
            return self.mapping.minutes
        text = _cell(cells, self.mapping.minutes_column)
        if text in KNOWN_MINUTES:
            return KNOWN_MINUTES[text]
        if not text.isascii() or not text.isdigit() or int(text) not in INTERVALS:
            raise BadValue(f"An interval is 1, 5, 10, 15 or 30 minutes, not {text or 'blank'}.")
        return int(text)

    def energies(
        self, cells: tuple[str, ...], flow: str, minutes: int, quality: int
    ) -> tuple[tuple[int, int], int]:
        mapping = self.mapping
        if mapping.value is not None:
            text = _cell(cells, mapping.value)
            if words.is_blank(text) or quality == MISSING:
                return (0, 0), MISSING
            return self.split(self.energy(text, minutes), flow), quality
        texts = _cell(cells, mapping.imported), _cell(cells, mapping.exported)
        is_blank = words.is_blank(texts[0]), words.is_blank(texts[1])
        if quality == MISSING or all(is_blank):
            return (0, 0), MISSING
        imported = 0 if is_blank[0] else self.energy(texts[0], minutes)
        exported = 0 if is_blank[1] else self.energy(texts[1], minutes)
        if imported < 0 or exported < 0:
            raise BadValue("Energy is 0 kWh or more.")
        return (imported, exported), quality

    def start(self, cells: tuple[str, ...], whose: tuple[str, str], minutes: int, number: int) -> int:
        """The minute at which the row's interval starts. Raises ``ValueError``."""
        mapping = self.mapping
        if mapping.period is not None:
            return self.start_of_period(cells, minutes)
        text = _cell(cells, mapping.stamp)
        if mapping.time is None and (text, minutes) in self.known_starts:
            return self.known_starts[text, minutes]
        if mapping.time is None and text in self.known:
            local, instants = self.known[text]
        else:
            local = self.local(cells, text)
            instants = self.instants(local)
            self.known[text if mapping.time is None else ""] = (local, instants)
        instant = (
            instants[0] if len(instants) == 1 else self.of_repeated(local, instants, whose, minutes, number)
        )
        seconds = (instant - EPOCH).total_seconds()
        minute = int(seconds // 60) - (minutes if mapping.names is Names.END else 0)
        if seconds % 60 or minute % minutes:
            raise BadStamp(OFF_GRID.format(minutes))
        if mapping.time is None and len(instants) == 1:
            self.known_starts[text, minutes] = minute
        return minute

    def local(self, cells: tuple[str, ...], text: str) -> datetime:
        if self.mapping.time is None:
            return stamp_of(text, self.mapping.order)
        day = _day(text, self.mapping)
        minute = minute_of_day(_cell(cells, self.mapping.time))
        if minute == 0 and self.mapping.names is Names.END:
            minute = 1440
        return datetime.combine(day, datetime.min.time()) + minute * MINUTE

    def instants(self, local: datetime) -> tuple[datetime, ...]:
        if local.tzinfo is not None or self.mapping.clock is not Clock.LOCAL:
            return (fixed_instant(local, self.mapping.clock, self.zone),)
        found = instants_of(local, self.zone)
        if not found:
            raise BadStamp(
                f"{time_text(local.time())} on {day_text(local)} does not exist: the clocks go forward then."
            )
        return tuple(found)

    def of_repeated(
        self,
        local: datetime,
        instants: tuple[datetime, ...],
        whose: tuple[str, str],
        minutes: int,
        number: int,
    ) -> datetime:
        """Of a time that comes twice the first row is the first."""
        rows = self.seen.setdefault((*whose, local), [])
        if len(rows) >= len(instants):
            raise BadStamp(
                f"{time_text(local.time())} on {day_text(local)} comes twice when the clocks go back,"
                " and the file has it more often."
            )
        instant = instants[len(rows)]
        before = minutes if self.mapping.names is Names.END else 0
        rows.append((int((instant - EPOCH).total_seconds() // 60) - before, minutes, number))
        return instant

    def start_of_period(self, cells: tuple[str, ...], minutes: int) -> int:
        mapping = self.mapping
        day = _day(_cell(cells, mapping.stamp), mapping)
        text = _cell(cells, mapping.period)
        first, after = (midnight(each, mapping.clock, self.zone) for each in (day, day + timedelta(days=1)))
        most = int((after - first) / (minutes * MINUTE))
        digits = text.removesuffix(".0")
        if not digits.isascii() or not digits.isdigit() or not 1 <= int(digits) <= most:
            raise BadStamp(f"“{text}” is not a period of {day_text(day)}, which has {most}.")
        return int((first - EPOCH).total_seconds() // 60) + (int(digits) - 1) * minutes

    def finish(self) -> None:
        for (meter, _, local), rows in self.seen.items():
            if len(rows) == 1:
                start, minutes, number = rows[0]
                self.collected.drop(meter, start, minutes)
                message = LOST_HOUR.format(f"{time_text(local.time())} on {day_text(local)}")
                self.collected.refuse(
                    number,
                    self.header(self.mapping.stamp),
                    f"{day_text(local)}, {time_text(local.time())}",
                    message,
                )


def _cell(cells: tuple[str, ...], column: int | None) -> str:
    if column is None:
        return ""
    try:
        return cells[column]
    except IndexError:
        return ""


def _day(text: str, mapping: Mapping) -> date:
    """The day of a date, also of one written with a midnight."""
    if not text.strip():
        raise BadStamp("Names no day.")
    stamp = stamp_of(text, mapping.order)
    if stamp.tzinfo is not None or (stamp.hour, stamp.minute, stamp.second) != (0, 0, 0):
        return day_of(text[:10], mapping.order)
    return stamp.date()
