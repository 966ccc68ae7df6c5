"""Which days a baseline of recent days may look at, whatever was metered: those of the dispatch's class, the nearest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from competitions.domain.settlement_terms import BaselineMethod, BaselineTerms
from operations.domain.series import instant_of, minute_of

SATURDAY = 5
Minutes = npt.NDArray[np.int64]
DAY = timedelta(days=1)
FULL_DAY = 1440


@dataclass(frozen=True)
class UnitDays:
    """What is known of a unit's days: public holidays, days with a dispatch, days left out by agreement, and
    the spans (minutes since 1970) in which it was dispatched."""

    holidays: Collection[date]
    event_days: Collection[date]
    excluded: Collection[date]
    dispatched: Sequence[tuple[int, int]] = ()

    @cached_property
    def starts_and_latest_ends(self) -> tuple[Minutes, Minutes]:
        """When the spans start, in order, and the latest end of none, one, two … of them."""
        ordered = np.array(sorted(self.dispatched), np.int64).reshape(-1, 2)
        never = np.iinfo(np.int64).min
        return ordered[:, 0], np.maximum.accumulate(np.concatenate([[never], ordered[:, 1]]))


@dataclass(frozen=True)
class Shape:
    """Offsets in days and clock times (minutes from midnight) of a dispatch's periods, then of the adjustment
    window's."""

    offsets: tuple[int, ...]
    clock_minutes: tuple[int, ...]


@dataclass(frozen=True)
class CandidateDays:
    """Days, and of each the minutes since 1970 at which its periods begin in the shape of the dispatch; zeros where the
    clocks change on it."""

    days: Sequence[date]
    minutes: Minutes
    clocks_change: Sequence[bool]


def is_working(day: date, holidays: Collection[date]) -> bool:
    return day.weekday() < SATURDAY and day not in holidays


@lru_cache(maxsize=4096)
def shape_of(periods: tuple[int, ...], window: range, minutes: int, day: date, zone: ZoneInfo) -> Shape:
    """The shape of periods and of an adjustment window, as seen from a local day."""
    local = [instant_of(each * minutes).astimezone(zone) for each in (*periods, *window)]
    return Shape(
        tuple((each.date() - day).days for each in local),
        tuple(each.hour * 60 + each.minute for each in local),
    )


@lru_cache(maxsize=1024)
def candidate_days(
    day: date, shape: Shape, zone: ZoneInfo, lookback: int, holidays: frozenset[date]
) -> CandidateDays:
    """The days before one that are of its class, the same for every unit."""
    days = _days_before(day, lookback, holidays)
    minutes = np.zeros((len(days), len(shape.offsets)), np.int64)
    changes = np.zeros(len(days), np.bool_)
    for offset in set(shape.offsets):
        midnights, has_change = _midnights(days, offset, zone)
        own = np.array(shape.offsets) == offset
        minutes[:, own] = midnights[:, None] + np.array(shape.clock_minutes, np.int64)[own]
        changes |= has_change
    minutes[changes] = 0
    minutes.setflags(write=False)
    return CandidateDays(days, minutes, changes.tolist())


def may_look_at(day: date, called: date, baseline: BaselineTerms) -> bool:
    """Whether the baseline of a dispatch that begins on the local day ``called`` may be made of another day."""
    back = (called - day).days
    return baseline.method is BaselineMethod.RECENT_DAYS and 1 <= back <= baseline.lookback_days


@lru_cache(maxsize=256)
def _days_before(day: date, lookback: int, holidays: frozenset[date]) -> tuple[date, ...]:
    """The days before one that are of its class, the nearest first."""
    wanted = is_working(day, holidays)
    before = (day - back * DAY for back in range(1, lookback + 1))
    return tuple(each for each in before if is_working(each, holidays) is wanted)


@lru_cache(maxsize=256)
def _midnights(days: tuple[date, ...], offset: int, zone: ZoneInfo) -> tuple[Minutes, npt.NDArray[np.bool_]]:
    """When the days begin that lie so many days from these, and on which of them the clocks change."""
    spans = [[_midnight(each + (offset + more) * DAY, zone) for more in (0, 1)] for each in days]
    found = np.array(spans, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1] - found[:, 0] != FULL_DAY


@lru_cache(maxsize=4096)
def _midnight(day: date, zone: ZoneInfo) -> int:
    return minute_of(datetime.combine(day, time(), zone).astimezone(UTC))


def why_left_out(looked: CandidateDays, minutes: int, days: UnitDays) -> list[str]:
    """Of each candidate the sentence that leaves it out, whatever was metered; empty where none does."""
    found = [
        "A dispatch had effect on it."
        if day in days.event_days
        else "It is excluded by agreement."
        if day in days.excluded
        else "The clocks change on it."
        if clocks_change
        else ""
        for day, clocks_change in zip(looked.days, looked.clocks_change, strict=True)
    ]
    left = [place for place, why in enumerate(found) if not why]
    for place in _overlapping(looked.minutes[left], minutes, days):
        found[left[place]] = "A dispatch overlaps the hours that would be used."
    return found


def _overlapping(hours: Minutes, minutes: int, days: UnitDays) -> list[int]:
    """The rows of which a period lies in a span: first those with a span between their first and last, then exactly."""
    if not days.dispatched or not hours.size:
        return []
    starts, latest = days.starts_and_latest_ends
    begun = np.searchsorted(starts, hours.max(axis=1) + minutes)
    near = np.flatnonzero(latest[begun] > hours.min(axis=1))
    if not near.size:
        return []
    spans = np.array(days.dispatched, np.int64)
    return [
        int(row)
        for row in near
        if ((hours[row, :, None] < spans[:, 1]) & (hours[row, :, None] + minutes > spans[:, 0])).any()
    ]
