"""How complete the readings of units are, day by day, and which periods are still missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from operations.domain.series import Periods, Series, instant_of, minute_of
from operations.domain.stored_readings import series_of_units

DAY = timedelta(days=1)


class DayState(StrEnum):
    FULL = "full"
    PART = "part"
    NONE = "none"
    AHEAD = "ahead"


@dataclass(frozen=True)
class DayComplete:
    """A local day of a unit: how many of its periods are complete, of those that are over."""

    day: date
    complete: int
    needed: int

    @property
    def state(self) -> DayState:
        if not self.needed:
            return DayState.AHEAD
        if self.complete == self.needed:
            return DayState.FULL
        return DayState.PART if self.complete else DayState.NONE


def month_days(month: date) -> list[date]:
    """The days of a month."""
    first = month.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    return [first + number * DAY for number in range((after - first).days)]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def series_of_days(units: Iterable[UUID], days: list[date]) -> dict[UUID, Series]:
    """The series of these units over local days, with the UTC days that these touch."""
    return series_of_units(list(units), days[0] - DAY, days[-1] + DAY)


def complete_days(
    series: Series,
    days: Iterable[date],
    zone: ZoneInfo,
    now: datetime,
    *,
    minutes: int,
    estimated_counts: bool,
) -> list[DayComplete]:
    """Each of the days, by periods of so many minutes."""
    periods = series.periods(minutes, estimated_counts=estimated_counts)
    until = minute_of(now) // minutes
    found = []
    for day in days:
        first, after = (minute_of(midnight(each, zone)) // minutes for each in (day, day + DAY))
        numbers = np.arange(first, max(first, min(after, until)))
        found.append(DayComplete(day, _complete(periods, numbers), len(numbers)))
    return found


def _complete(periods: Periods, numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> int:
    places = numbers - periods.first
    places = places[(places >= 0) & (places < len(periods.complete))]
    return int(periods.complete[places].sum())


def missing_periods(
    series: Mapping[UUID, Series],
    days: list[date],
    zone: ZoneInfo,
    now: datetime,
    *,
    minutes: int,
    estimated_counts: bool,
) -> dict[UUID, list[datetime]]:
    """By unit, the starts of the periods of these days that are over and not complete."""
    first = minute_of(midnight(days[0], zone)) // minutes
    after = min(minute_of(midnight(days[-1] + DAY, zone)), minute_of(now)) // minutes
    found = {}
    for unit, each in series.items():
        periods = each.periods(minutes, estimated_counts=estimated_counts)
        found[unit] = [
            instant_of(number * minutes) for number in range(first, after) if not periods.is_complete(number)
        ]
    return found
