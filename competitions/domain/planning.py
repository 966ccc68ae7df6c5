"""Planning help: from a demand series and the firm capacity to the service windows that would have covered it. Pure.

Every stretch of readings above the firm capacity is a need: its hours, its weekday, and as MW the highest reading less
the firm capacity, rounded to three decimals and at least 0.1. In the month that is planned it becomes a window on that
weekday. Stretches of one weekday and month that overlap or touch can be merged, so that a MW is not bought twice.
"""

import statistics
from calendar import day_name, monthrange
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from competitions.domain.demand_cells import LocalClock, UnreadableSeries, columns_of, megawatts
from marketplace.csv_text import BadCsv, Line, dress_of, lines_of
from marketplace.dates import time_text
from marketplace.sandbox import ChildFailed, LimitExceeded, run_limited

MOST_ROWS = 200_000
MEMORY_MB = 500
SECONDS = 20
LEAST_MW = Decimal("0.1")
PLACES = Decimal("0.001")
DAY_MINUTES = 24 * 60
OUTLIER = Decimal("1.25")
"""How many times the 99.9th percentile a reading must be to be suspected."""

INTERVALS = range(5, 61)
STANDS_STILL = timedelta(hours=6)


@dataclass(frozen=True)
class Repeat:
    """A time stamp that the file has more than once, with its readings; the highest counts."""

    at: datetime
    readings: tuple[Decimal, ...]


@dataclass(frozen=True)
class Gap:
    """Readings that are missing between two time stamps."""

    after: datetime
    until: datetime


@dataclass(frozen=True)
class Standstill:
    """A reading that did not move for six hours or more: a meter or a link that stood still, it seems."""

    start: datetime
    end: datetime
    reading: Decimal


@dataclass
class Series:
    """A demand series in order of time (UTC), one reading (MW) a time stamp, and what was odd in the file."""

    stamps: list[datetime]
    readings: list[Decimal]
    minutes: int
    time_column: str
    mw_column: str
    repeats: list[Repeat] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    outliers: list[tuple[datetime, Decimal]] = field(default_factory=list)
    standstills: list[Standstill] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)

    @property
    def interval(self) -> timedelta:
        """The time that one reading stands for."""
        return timedelta(minutes=self.minutes)


def read_series(data: bytes, zone: ZoneInfo) -> Series:
    """Read a CSV with a column of time stamps and one of MW, up to 200,000 rows; without offset they are in ``zone``.

    Rows that hold no reading are left out and counted by their line. Raises :class:`UnreadableSeries`, naming line
    and value, for a number that no demand can be.
    """
    try:
        dress = dress_of(data)
        lines = lines_of(data, most_rows=MOST_ROWS, dress=dress)
        headers = next(lines, Line(1, ())).cells
        places = columns_of(headers)
        found: defaultdict[datetime, list[Decimal]] = defaultdict(list)
        unreadable = []
        clock = LocalClock(zone)
        for line in lines:
            stamp = clock.stamp_in(line, places)
            mw = megawatts(line, places.mw, dress.separator)
            if stamp is not None and mw is not None:
                found[stamp].append(mw)
            else:
                unreadable.append(line.number)
    except BadCsv as error:
        raise UnreadableSeries(error.sentence) from None
    if len(found) < 2:
        raise UnreadableSeries("The file has no rows with a time stamp and a number of MW.")
    stamps = sorted(found)
    steps = Counter(int((after - before).total_seconds() // 60) for before, after in pairwise(stamps))
    minutes = steps.most_common(1)[0][0]
    if minutes not in INTERVALS:
        raise UnreadableSeries(f"The readings are {minutes} minutes apart; between 5 and 60 are understood.")
    series = Series(
        stamps=stamps,
        readings=[max(found[stamp]) for stamp in stamps],
        minutes=minutes,
        time_column=places.time_name(headers),
        mw_column=headers[places.mw],
        repeats=[Repeat(stamp, tuple(found[stamp])) for stamp in stamps if len(found[stamp]) > 1],
        unreadable=unreadable,
    )
    interval = series.interval
    series.gaps = [Gap(before, after) for before, after in pairwise(stamps) if after - before > interval]
    series.outliers = _outliers(series)
    series.standstills = list(_standstills(series))
    return series


def read_series_apart(data: bytes, zone: ZoneInfo) -> Series:
    """:func:`read_series` in a process that can do nothing else. Raises :class:`UnreadableSeries`."""
    try:
        refusal, parts = run_limited(_parts_of_series, data, zone, memory_mb=MEMORY_MB, seconds=SECONDS)
    except LimitExceeded:
        raise UnreadableSeries(
            "The file takes too long or too much memory to read: send a shorter series."
        ) from None
    except ChildFailed:
        raise UnreadableSeries("The file can't be read: save it as “CSV UTF-8” and upload that.") from None
    if refusal:
        raise UnreadableSeries(refusal)
    series = Series(**{name: parts[name] for name in _PLAIN_PARTS})
    for name, kind in _LISTED_PARTS.items():
        setattr(series, name, [kind(*each) for each in parts[name]])
    return series


def _parts_of_series(data: bytes, zone: ZoneInfo) -> tuple[str, dict[str, Any]]:
    """A refusal, or the series as plain values: that process may answer with nothing else."""
    try:
        series = read_series(data, zone)
    except UnreadableSeries as error:
        return str(error), {}
    parts = {name: getattr(series, name) for name in _PLAIN_PARTS}
    for name, kind in _LISTED_PARTS.items():
        parts[name] = [
            tuple(getattr(each, part.name) for part in fields(kind)) for each in getattr(series, name)
        ]
    return "", parts


_PLAIN_PARTS = ("stamps", "readings", "minutes", "time_column", "mw_column", "outliers", "unreadable")
_LISTED_PARTS: dict[str, Any] = {"repeats": Repeat, "gaps": Gap, "standstills": Standstill}


def _standstills(series: Series) -> Iterator[Standstill]:
    interval = series.interval
    least = -(-STANDS_STILL // interval)
    found = zip(series.readings, series.stamps, strict=True)
    for reading, group in groupby(found, key=itemgetter(0)):
        stamps = [stamp for _, stamp in group]
        if len(stamps) >= least and reading:
            yield Standstill(stamps[0], stamps[-1] + interval, reading)


def _outliers(series: Series) -> list[tuple[datetime, Decimal]]:
    ranked = sorted(series.readings)
    limit = ranked[len(ranked) * 999 // 1000] * OUTLIER
    typical = statistics.median(ranked)
    found = zip(series.stamps, series.readings, strict=True)
    return [(stamp, mw) for stamp, mw in found if mw > limit and mw > typical]


@dataclass(frozen=True)
class Stretch:
    """Readings above the firm capacity without a break: from, until (UTC), the highest excess (MW), energy (MWh)."""

    start: datetime
    end: datetime
    peak_mw: Decimal
    energy_mwh: Decimal


def stretches(
    series: Series, firm_mw: Decimal, *, left_out: Collection[datetime] = frozenset()
) -> list[Stretch]:
    """Where the demand exceeds the firm capacity. A reading stands for the interval that it begins.

    Readings at the time stamps of ``left_out`` don't count.
    """
    hours = Decimal(series.minutes) / 60
    found: list[Stretch] = []
    excess: list[Decimal] = []
    start = last = None
    for stamp, reading in zip(series.stamps, series.readings, strict=True):
        is_above = reading > firm_mw and stamp not in left_out
        if start is not None and last is not None and (not is_above or stamp - last > series.interval):
            found.append(Stretch(start, last + series.interval, max(excess), sum(excess, Decimal(0)) * hours))
            start = None
        if is_above:
            if start is None:
                start, excess = stamp, []
            excess.append(reading - firm_mw)
            last = stamp
    if start is not None and last is not None:
        found.append(Stretch(start, last + series.interval, max(excess), sum(excess, Decimal(0)) * hours))
    return found


@dataclass(frozen=True)
class ProposedWindow:
    """A service window of a month: weekday (Monday is 0), minutes after local midnight, MW, and what it rests on."""

    weekday: int
    start_minute: int
    end_minute: int
    need_mw: Decimal
    energy_mwh: Decimal
    times: int

    @property
    def start(self) -> time:
        return _clock(self.start_minute)

    @property
    def end(self) -> time:
        return _clock(self.end_minute)

    @property
    def hours(self) -> Decimal:
        """Its length in hours."""
        return Decimal(self.end_minute - self.start_minute) / 60

    @property
    def name(self) -> str:
        return f"{day_name[self.weekday]} {time_text(self.start)}-{time_text(self.end)}"


@dataclass(frozen=True)
class ProposedPeriod:
    """A month to plan, with its windows in the order of the series, or of the week where they are merged."""

    first_day: date
    windows: tuple[ProposedWindow, ...]

    @property
    def last_day(self) -> date:
        return self.first_day.replace(day=monthrange(self.first_day.year, self.first_day.month)[1])

    @property
    def name(self) -> str:
        return f"{self.first_day:%B}"

    @property
    def energy_mwh(self) -> Decimal:
        """The energy above firm capacity that the windows rest on."""
        return sum((window.energy_mwh for window in self.windows), Decimal(0))

    def names(self) -> list[str]:
        """The windows' names, each once: the second alike is numbered."""
        told: list[str] = []
        seen: Counter[str] = Counter()
        for window in self.windows:
            seen[window.name] += 1
            told.append(window.name if seen[window.name] == 1 else f"{window.name} ({seen[window.name]})")
        return told


def propose(
    series: Series,
    firm_mw: Decimal,
    *,
    zone: ZoneInfo,
    first_month: date,
    merged: bool = True,
    left_out: Collection[datetime] = frozenset(),
) -> list[ProposedPeriod]:
    """The windows for the twelve months from ``first_month``, each by the readings of that month, in local time."""
    by_month: defaultdict[int, list[ProposedWindow]] = defaultdict(list)
    for stretch in stretches(series, firm_mw, left_out=left_out):
        for month, window in _windows(stretch, zone):
            by_month[month].append(window)
    periods = []
    for first_day in _twelve_from(first_month):
        windows = by_month.get(first_day.month, [])
        if windows:
            periods.append(ProposedPeriod(first_day, tuple(_merged(windows) if merged else windows)))
    return periods


def _windows(stretch: Stretch, zone: ZoneInfo) -> Iterator[tuple[int, ProposedWindow]]:
    """The stretch as a window of its weekday; one longer than a day is cut at every midnight."""
    start, end = stretch.start.astimezone(zone), stretch.end.astimezone(zone)
    first = start.date()
    begins = start.hour * 60 + start.minute
    ends = (end.date() - first).days * DAY_MINUTES + end.hour * 60 + end.minute
    cuts = (
        [begins, ends]
        if ends - begins <= DAY_MINUTES
        else [begins, *range(DAY_MINUTES, ends, DAY_MINUTES), ends]
    )
    for left, right in pairwise(cuts):
        day = first + timedelta(days=left // DAY_MINUTES)
        share = stretch.energy_mwh * (right - left) / (ends - begins)
        offset = left - left % DAY_MINUTES
        yield (
            day.month,
            ProposedWindow(day.weekday(), left - offset, right - offset, _need(stretch.peak_mw), share, 1),
        )


def _need(peak_mw: Decimal) -> Decimal:
    return max(peak_mw.quantize(PLACES, ROUND_HALF_UP), LEAST_MW)


def _merged(windows: Iterable[ProposedWindow]) -> list[ProposedWindow]:
    """Windows of one weekday that overlap or touch as one, which has the highest need and all the energy."""
    found: list[ProposedWindow] = []
    for window in sorted(windows, key=lambda each: (each.weekday, each.start_minute, each.end_minute)):
        last = found[-1] if found else None
        if last is None or last.weekday != window.weekday or window.start_minute > last.end_minute:
            found.append(window)
            continue
        end = max(last.end_minute, window.end_minute)
        if end - last.start_minute > DAY_MINUTES:
            end = last.start_minute + DAY_MINUTES
        found[-1] = ProposedWindow(
            window.weekday,
            last.start_minute,
            end,
            max(last.need_mw, window.need_mw),
            last.energy_mwh + window.energy_mwh,
            last.times + window.times,
        )
    return found


def _twelve_from(first_month: date) -> list[date]:
    months = [first_month.month - 1 + step for step in range(12)]
    return [date(first_month.year + month // 12, month % 12 + 1, 1) for month in months]


def _clock(minute: int) -> time:
    return time(minute % DAY_MINUTES // 60, minute % 60)


@dataclass(frozen=True)
class LoadPoint:
    """A month's highest and typical (median) reading at a time of day, and how much of the highest is above firm."""

    at: time
    highest_mw: Decimal
    typical_mw: Decimal
    excess_mw: Decimal


def load_curve(
    series: Series,
    firm_mw: Decimal,
    *,
    zone: ZoneInfo,
    month: int,
    left_out: Collection[datetime] = frozenset(),
) -> list[LoadPoint]:
    """The month's readings by time of day, in local time; empty without readings in that month."""
    readings: defaultdict[time, list[Decimal]] = defaultdict(list)
    for stamp, reading in zip(series.stamps, series.readings, strict=True):
        local = stamp.astimezone(zone)
        if local.month == month and stamp not in left_out:
            readings[local.time().replace(second=0, microsecond=0)].append(reading)
    return [
        LoadPoint(at, max(found), Decimal(statistics.median(found)), max(max(found) - firm_mw, Decimal(0)))
        for at, found in sorted(readings.items())
    ]


@dataclass(frozen=True)
class DayPoint:
    """A day's highest reading, local time."""

    day: date
    highest_mw: Decimal


def day_curve(
    series: Series, *, zone: ZoneInfo, left_out: Collection[datetime] = frozenset()
) -> list[DayPoint]:
    """The highest reading of each day that has one, in order: the course of the year."""
    highest: dict[date, Decimal] = {}
    for stamp, reading in zip(series.stamps, series.readings, strict=True):
        if stamp not in left_out:
            day = stamp.astimezone(zone).date()
            highest[day] = max(highest.get(day, reading), reading)
    return [DayPoint(day, mw) for day, mw in sorted(highest.items())]
