"""Planning help: from a demand series and the firm capacity to the service windows that would have covered
it. Pure.

Every stretch of readings above the firm capacity is a need: its hours, its weekday, and as MW the highest
reading less the firm capacity, rounded to three decimals and at least 0.1. In the month that is planned it
becomes a window on that weekday. Stretches of one weekday and month that overlap or touch can be merged, so
that a MW is not bought twice.
"""

import statistics
from calendar import day_name, monthrange
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from competitions.domain.demand_reading import Series
from marketplace.dates import time_text

LEAST_MW = Decimal("0.1")
PLACES = Decimal("0.001")
DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class Stretch:
    """Readings above the firm capacity without a break: from, until (UTC), the highest excess (MW), energy
    (MWh)."""

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
    """A service window of a month: weekday (Monday is 0), minutes after local midnight, MW, and what it rests
    on."""

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
    """The windows for the twelve months from ``first_month``, each by the readings of that month, in local
    time."""
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
    """A month's highest and typical (median) reading at a time of day, and how much of the highest is above
    firm."""

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
