"""Service at the same time: windows that overlap, so that the same MW may be asked for twice. Pure."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property, lru_cache

from marketplace.calendar import HolidayRule, holidays_between, service_dates

DAY = 24 * 60
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Hours:
    """When a window asks for service, by the clock on the wall: its period, days and times, and whose
    holidays."""

    first: date
    last: date
    weekdays: tuple[int, ...]
    start: time
    end: time
    holiday_rule: str
    country: str
    region: str

    @cached_property
    def minutes(self) -> tuple[int, int]:
        """From and to in minutes after midnight of the service day; past midnight the end is above 24
        hours."""
        since, to = (each.hour * 60 + each.minute for each in (self.start, self.end))
        return since, to if to > since else to + DAY


@lru_cache(maxsize=4096)
def _days(hours: Hours, shift: int) -> frozenset[date]:
    """The days of service, moved by so many days."""
    holidays = holidays_between(hours.country, hours.region, hours.first, hours.last)
    rule = HolidayRule(hours.holiday_rule)
    found = service_dates(hours.first, hours.last, hours.weekdays, rule, holidays)
    return frozenset(day + timedelta(days=shift) for day in found)


def overlap(one: Hours, other: Hours) -> bool:
    """Whether there is a day on which both ask for service at the same time."""
    if one.first > other.last + A_DAY or other.first > one.last + A_DAY:
        return False
    (start, end), (other_start, other_end) = one.minutes, other.minutes
    return any(
        start < other_end + shift * DAY
        and other_start + shift * DAY < end
        and not _days(one, shift).isdisjoint(_days(other, 0))
        for shift in (-1, 0, 1)
    )


class Overlapping:
    """Which of many windows ask for service at the same time as another; each hours are compared once."""

    def __init__(self, hours: Iterable[Hours]) -> None:
        self.hours = sorted(set(hours), key=lambda each: each.first)
        self.begins = [each.first for each in self.hours]
        self._known: dict[Hours, frozenset[Hours]] = {}

    def with_(self, one: Hours) -> frozenset[Hours]:
        """Those hours of the many that overlap with these."""
        found = self._known.get(one)
        if found is None:
            near = self.hours[: bisect_right(self.begins, one.last + A_DAY)]
            found = self._known[one] = frozenset(each for each in near if overlap(one, each))
        return found
