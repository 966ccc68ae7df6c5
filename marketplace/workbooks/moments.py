"""The kinds of cells that hold dates and times: dates, instants, times of day, durations."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.calendar import fold_of, names_of
from marketplace.dates import time_text
from marketplace.workbooks.cells import Cell, CellError
from marketplace.workbooks.kinds import Context, Kind, Written

ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
DAY_FIRST = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6})[0-9]*)?)?")
OFFSET = re.compile(r"(?:Z|([+-])([0-9]{2}):?([0-9]{2}))", re.IGNORECASE)
DURATION = re.compile(r"(?:([0-9]{1,5})\s+)?([0-9]{1,6}):([0-5][0-9])(?::([0-5][0-9]))?")
FIRST_SAFE_YEAR = 1901  # spreadsheets count a 29 February 1900 that never was
NAMED = re.compile(r"([0-9:]+)\s+([A-Za-z+-][A-Za-z0-9+-]{1,9})")
MIDNIGHT = time(0)
DATE_RULE = "Must be a date: a date cell, 2026-04-05, or 05/04/2026 (day first)."
INSTANT_RULE = (
    "Must be a date with a time: a date-time cell, 2026-04-05T17:00Z, or 05/04/2026 17:00 (day first)."
)
TIME_RULE = "Must be a time of day, such as 17:30."
DURATION_RULE = "Must be a duration, such as 02:30, 02:30:00 or 1 02:30:00 (days first)."


def _rounded(moment: datetime) -> datetime:
    """To the millisecond, which is as exact as a spreadsheet's fraction of a day can be trusted."""
    moment += timedelta(microseconds=500)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _day_of(text: str) -> date | None:
    found = ISO_DATE.fullmatch(text)
    numbers = found.groups() if found else None
    if numbers is None:
        found = DAY_FIRST.fullmatch(text)
        numbers = found.groups()[::-1] if found else None
    if numbers is None:
        return None
    try:
        return date(*(int(number) for number in numbers))
    except ValueError:
        raise CellError("This date does not exist.") from None


@dataclass(frozen=True)
class Date(Kind):
    """A calendar date."""

    number_format = "yyyy-mm-dd"
    width = 13

    @property
    def hint(self) -> str:
        return "A date, such as 2026-04-05 or 05/04/2026 (day first)."

    def parse(self, cell: Cell, context: Context) -> date:
        if isinstance(cell, datetime):
            if cell.time() != MIDNIGHT:
                raise CellError("Must be a date alone; the cell also holds a time of day.")
            cell = cell.date()
        if isinstance(cell, date):
            return cell
        day = _day_of(cell.strip()) if isinstance(cell, str) else None
        if day is None:
            raise CellError(DATE_RULE)
        return day

    def write(self, value: Any, zone: ZoneInfo | None = None) -> Written:
        day: date = value
        return day if day.year >= FIRST_SAFE_YEAR else day.isoformat()


@dataclass(frozen=True)
class DateTime(Kind):
    """An instant, read as an aware ``datetime`` in UTC; without a zone it is local time in the context's
    zone."""

    number_format = "yyyy-mm-dd hh:mm:ss"
    width = 20

    @property
    def hint(self) -> str:
        return "A date and time in your organisation's time zone, such as 05/04/2026 17:00, or 2026-04-05T17:00Z."

    def parse(self, cell: Cell, context: Context) -> datetime:
        if isinstance(cell, datetime):
            return _instant(_rounded(cell), context)
        if isinstance(cell, date):
            return _instant(datetime.combine(cell, MIDNIGHT), context)
        if not isinstance(cell, str):
            raise CellError(INSTANT_RULE)
        parts = re.fullmatch(r"([0-9/-]{8,10})(?:[Tt]|\s+)([0-9:.]+)\s*([Zz]|[+-][0-9:]+)?", cell.strip())
        day = _day_of(parts[1]) if parts else None
        clock = CLOCK.fullmatch(parts[2]) if parts else None
        if parts is None or day is None or clock is None:
            raise CellError(INSTANT_RULE)
        try:
            fraction = int((clock[4] or "0").ljust(6, "0"))
            moment = datetime.combine(day, time(int(clock[1]), int(clock[2]), int(clock[3] or 0), fraction))
        except ValueError:
            raise CellError("This time of day does not exist.") from None
        return _with_offset(moment, parts[3]) if parts[3] else _instant(moment, context)

    def write(self, value: Any, zone: ZoneInfo | None = None) -> Written:
        """A local date-time cell, to the millisecond; without ``zone`` ISO text in UTC, which is exact."""
        local: datetime | None = value.astimezone(zone) if zone is not None else None
        if local is None or local.year < FIRST_SAFE_YEAR:
            return str(value.astimezone(UTC).isoformat().replace("+00:00", "Z"))
        return local.replace(tzinfo=None, fold=0, microsecond=local.microsecond // 1000 * 1000)

    def cell_is_exact(self, value: datetime, zone: ZoneInfo) -> bool:
        """Whether a date-time cell gives the instant back: not the second of two times that the clocks
        show."""
        local = value.astimezone(zone)
        return not (
            local.fold
            or local.microsecond % 1000
            or local.year < FIRST_SAFE_YEAR
            or local.utcoffset() != _whole(local)
        )


def _whole(local: datetime) -> timedelta | None:
    offset = local.utcoffset()
    return None if offset is None else timedelta(minutes=offset // timedelta(minutes=1))


def _with_offset(moment: datetime, text: str) -> datetime:
    found = OFFSET.fullmatch(text)
    if found is None or int(found[2] or 0) > 23 or int(found[3] or 0) > 59:
        raise CellError("The offset after the time must be Z or like +01:00.")
    offset = timedelta(hours=int(found[2] or 0), minutes=int(found[3] or 0))
    try:
        return (moment + offset if found[1] == "-" else moment - offset).replace(tzinfo=UTC)
    except OverflowError:
        raise CellError("This date is out of range.") from None


def _instant(local: datetime, context: Context) -> datetime:
    """The instant of a local time; a time that occurs twice is the first and adds a warning."""
    try:
        first = local.replace(tzinfo=context.zone).astimezone(UTC)
        second = local.replace(tzinfo=context.zone, fold=1).astimezone(UTC)
        back = first.astimezone(context.zone).replace(tzinfo=None)
    except OverflowError:
        raise CellError("This date is out of range.") from None
    if back != local:
        raise CellError(f"This time does not exist in {context.zone.key}: the clocks go forward past it.")
    if first != second:
        context.warnings.append(f"This time occurs twice in {context.zone.key}; the first is taken.")
    return first


@dataclass(frozen=True)
class Time(Kind):
    """A time of day in whole minutes. With ``end``, 24:00 is allowed and read as 00:00.

    With ``named``, the second of a time that comes twice is told by the name of the zone's standard time: 01:30 GMT.
    """

    end: bool = False
    named: bool = False
    number_format = "hh:mm"
    width = 11

    @property
    def hashable(self) -> bool:  # type: ignore[override]
        """Times that differ in which of two they are count as equal, so what one is written as is not kept."""
        return not self.named

    @property
    def hint(self) -> str:
        return "A time of day, such as 17:30" + (" (24:00 for midnight at the end)." if self.end else ".")

    def parse(self, cell: Cell, context: Context) -> time:
        if self.named and isinstance(cell, str) and (parts := NAMED.fullmatch(cell.strip())):
            fold = fold_of(parts[2], context.zone)
            if fold is None:
                raise CellError(f"After the time may stand {' or '.join(names_of(context.zone))}.")
            return self._plain(parts[1]).replace(fold=fold)
        return self._plain(cell)

    def _plain(self, cell: Cell) -> time:
        length = _time_since_midnight(cell)
        if length == timedelta(days=1) and self.end:
            return MIDNIGHT
        if length == timedelta(days=1):
            raise CellError("24:00 is allowed only as an end; a day starts at 00:00.")
        if not timedelta(0) <= length < timedelta(days=1):
            raise CellError(TIME_RULE)
        if length % timedelta(minutes=1):
            raise CellError("Must be a time in whole minutes.")
        return (datetime.min + length).time()

    def write(self, value: Any, zone: ZoneInfo | None = None) -> Written:
        clock: time = value
        if self.named and clock.fold and zone is not None:
            return f"{time_text(clock)} {names_of(zone)[0]}"
        return clock.replace(fold=0)


def _time_since_midnight(cell: Cell) -> timedelta:
    if isinstance(cell, str):
        found = CLOCK.fullmatch(cell.strip())
        if found is None or found[4] or int(found[2]) > 59 or int(found[3] or 0) > 59:
            raise CellError(TIME_RULE)
        return timedelta(hours=int(found[1]), minutes=int(found[2]), seconds=int(found[3] or 0))
    length = length_of(cell)
    if length is None:
        raise CellError(TIME_RULE)
    return length


def length_of(cell: Cell) -> timedelta | None:
    """The time that passed since the spreadsheet's day nought, for a time, duration or very early date
    cell."""
    length = None
    if isinstance(cell, timedelta):
        length = cell
    elif isinstance(cell, time):
        length = datetime.combine(date.min, cell) - datetime.min
    elif isinstance(cell, date):
        moment = cell if isinstance(cell, datetime) else datetime.combine(cell, MIDNIGHT)
        if moment < datetime(1900, 3, 1):
            length = moment - datetime(1899, 12, 31)
        elif datetime(1904, 1, 1) <= moment < datetime(1904, 3, 1):
            length = moment - datetime(1904, 1, 1)
    return None if length is None else timedelta(milliseconds=round(length / timedelta(milliseconds=1)))


@dataclass(frozen=True)
class Duration(Kind):
    """A length of time in whole seconds, as a ``timedelta`` that is not negative."""

    number_format = "[hh]:mm:ss"
    width = 13

    @property
    def hint(self) -> str:
        return "A duration: HH:MM, HH:MM:SS, or D HH:MM:SS with days first."

    def parse(self, cell: Cell, context: Context) -> timedelta:
        length = _duration_of(cell.strip()) if isinstance(cell, str) else length_of(cell)
        if length is None:
            raise CellError(DURATION_RULE)
        if length < timedelta(0):
            raise CellError("Must not be negative.")
        if length % timedelta(seconds=1):
            raise CellError("Must be a duration in whole seconds.")
        return length

    def write(self, value: Any, zone: ZoneInfo | None = None) -> Written:
        length: timedelta = value
        return length


def _duration_of(text: str) -> timedelta | None:
    found = DURATION.fullmatch(text)
    if found is None or (found[1] and (int(found[2]) > 23 or found[4] is None)):
        return None
    return timedelta(
        days=int(found[1] or 0), hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0)
    )
