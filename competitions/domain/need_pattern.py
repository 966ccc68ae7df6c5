"""When capacity is required, as patterns that are read at a glance: hours of the week, hours of each month,
days. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from competitions.domain.requirement import Step

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class NeedPattern:
    """The highest requirement (MW or MVAr) by weekday and hour, by month and hour, and by day; local time.

    Weekdays count from Monday as 0; months are their first day. What is not there is not required.
    """

    by_week: Mapping[tuple[int, int], Decimal]
    by_month: Mapping[tuple[date, int], Decimal]
    by_day: Mapping[date, Decimal]

    @property
    def highest(self) -> Decimal:
        """The most that is required at any time; 0 where nothing is."""
        return max(self.by_day.values(), default=Decimal(0))

    @property
    def months(self) -> list[date]:
        """The months in which something is required, in order."""
        return sorted({month for month, _ in self.by_month})


def need_pattern(steps: Sequence[Step], zone: ZoneInfo) -> NeedPattern:
    """What the steps of a requirement come to in each hour; an hour counts with the highest of it."""
    by_week: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal)
    by_month: defaultdict[tuple[date, int], Decimal] = defaultdict(Decimal)
    by_day: defaultdict[date, Decimal] = defaultdict(Decimal)
    for step, following in pairwise(steps):
        if step.megawatts <= 0:
            continue
        for hour in _hours(step.at, following.at, zone):
            day = hour.date()
            for found, key in (
                (by_week, (hour.weekday(), hour.hour)),
                (by_month, (day.replace(day=1), hour.hour)),
                (by_day, day),
            ):
                found[key] = max(found[key], step.megawatts)  # type: ignore[index]
    return NeedPattern(dict(by_week), dict(by_month), dict(by_day))


def _hours(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Each hour of the local clock that the stretch touches."""
    at = start
    while at < end:
        local = at.astimezone(zone)
        yield local
        at += HOUR - timedelta(minutes=local.minute, seconds=local.second)


MOST_RUNS = 3


def hours_in_words(pattern: NeedPattern) -> str:
    """The hours of the day with any requirement: “16:00 to 20:00”; of many stretches the outer ends."""
    hours = sorted({hour for _, hour in pattern.by_week})
    if not hours:
        return ""
    if len(hours) == 24:
        return "all day"
    runs: list[list[int]] = []
    for hour in hours:
        if runs and runs[-1][1] == hour:
            runs[-1][1] = hour + 1
        else:
            runs.append([hour, hour + 1])
    if len(runs) > MOST_RUNS:
        return f"within {hours[0]:02}:00 to {hours[-1] + 1:02}:00"
    return " and ".join(f"{start:02}:00 to {end:02}:00" for start, end in runs)


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
GROUPS = {
    frozenset(range(7)): "every day",
    frozenset(range(5)): "Monday to Friday",
    frozenset((5, 6)): "Saturday and Sunday",
}


def days_in_words(pattern: NeedPattern) -> str:
    """The weekdays with any requirement: “Monday to Friday”."""
    days = frozenset(day for day, _ in pattern.by_week)
    return GROUPS.get(days) or ", ".join(DAYS[day] for day in sorted(days))
