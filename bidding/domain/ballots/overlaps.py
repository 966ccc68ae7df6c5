"""Service at the same time: windows that overlap, so that the same MW may be asked for twice. Pure."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache

from marketplace.calendar import HolidayRule, holidays_between, service_dates

DAY = 24 * 60


@dataclass(frozen=True)
class Hours:
    """When a window asks for service, by the clock on the wall: its period, days and times, and whose holidays."""

    first: date
    last: date
    weekdays: tuple[int, ...]
    start: time
    end: time
    holiday_rule: str
    country: str
    region: str

    @property
    def minutes(self) -> tuple[int, int]:
        """From and to in minutes after midnight of the service day; past midnight the end is above 24 hours."""
        since, to = (each.hour * 60 + each.minute for each in (self.start, self.end))
        return since, to if to > since else to + DAY


@lru_cache(maxsize=4096)
def _days(hours: Hours) -> frozenset[date]:
    holidays = holidays_between(hours.country, hours.region, hours.first, hours.last)
    rule = HolidayRule(hours.holiday_rule)
    return frozenset(service_dates(hours.first, hours.last, hours.weekdays, rule, holidays))


def overlap(one: Hours, other: Hours) -> bool:
    """Whether there is a day on which both ask for service at the same time."""
    if one.first > other.last + timedelta(days=1) or other.first > one.last + timedelta(days=1):
        return False
    (start, end), (other_start, other_end) = one.minutes, other.minutes
    for shift in (-1, 0, 1):
        meets = start < other_end + shift * DAY and other_start + shift * DAY < end
        if meets and any(day + timedelta(days=shift) in _days(other) for day in _days(one)):
            return True
    return False
