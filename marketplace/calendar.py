"""Local time, public holidays and available hours. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from marketplace.dates import day_text, time_text

DAY = timedelta(days=1)
MIDNIGHT = time(0)


class HolidayRule(StrEnum):
    """What a public holiday does to a window: nothing, no service, or service whatever its weekday."""

    IGNORE = "ignore"
    EXCLUDE = "exclude"
    INCLUDE = "include"


class NonexistentTime(ValueError):
    """A local time that the clocks skip when they go forward."""


@dataclass(frozen=True)
class LocalResult:
    """A local time as an instant in UTC, and whether that local time occurs twice (the first is taken)."""

    instant: datetime
    ambiguous: bool


def localise(value: datetime, zone: ZoneInfo) -> LocalResult:
    """The instant of a naive local time. Raises :class:`NonexistentTime` for one that the clocks skip."""
    first = value.replace(tzinfo=zone, fold=0)
    second = value.replace(tzinfo=zone, fold=1)
    instant = first.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != value.replace(fold=0):
        raise NonexistentTime(
            f"{day_text(value)}, {time_text(value.time())} does not exist in {zone.key}: the clocks go forward then."
        )
    return LocalResult(instant, first.utcoffset() != second.utcoffset())


def names_of(zone: ZoneInfo) -> list[str]:
    """What the zone's times are called: standard time, then summer time where there is one."""
    moments = [datetime(2026, month, 1, tzinfo=zone) for month in (1, 7)]
    moments.sort(key=lambda each: each.dst() or timedelta(0))
    return list(dict.fromkeys((each.tzname() or "").upper() for each in moments))


def fold_of(name: str, zone: ZoneInfo) -> int | None:
    """Which of two times the name after a time of day tells: 1 for the zone's standard time; None for no name of it."""
    names, told = names_of(zone), name.strip().upper()
    if told not in names:
        return None
    return int(len(names) > 1 and told == names[0])


def local_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a local time on a day: one that is skipped is the first that exists, one twice the
    first."""
    local = datetime.combine(day, at, zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    return _end_of_gap(local)


def _end_of_gap(local: datetime) -> datetime:
    """The first instant after the gap that swallows ``local``: where the offset changes."""
    before = local.replace(fold=0).utcoffset()
    after = local.replace(fold=1).utcoffset()
    assert before is not None
    assert after is not None
    naive = local.replace(tzinfo=None)
    earliest, latest = (
        (naive - max(before, after)).replace(tzinfo=UTC),
        (naive - min(before, after)).replace(tzinfo=UTC),
    )
    while latest - earliest > timedelta(seconds=1):
        middle = earliest + (latest - earliest) // 2
        if middle.astimezone(local.tzinfo).utcoffset() == before:
            earliest = middle
        else:
            latest = middle
    return latest.replace(microsecond=0)


@lru_cache(maxsize=512)
def _holidays_of_year(country: str, region: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))


def holidays_between(country: str, region: str, first: date, last: date) -> frozenset[date]:
    """The public holidays of a country (and region, may be empty) from ``first`` to ``last``, both inclusive.

    Raises ``NotImplementedError`` for a country or region that is not known.
    """
    years = range(first.year, last.year + 1)
    return frozenset(
        day for year in years for day in _holidays_of_year(country, region, year) if first <= day <= last
    )


def service_dates(
    first: date, last: date, weekdays: Collection[int], rule: HolidayRule | str, holidays: Collection[date]
) -> list[date]:
    """The days from ``first`` to ``last`` (inclusive) that the weekdays (Monday is 0) and the holiday rule
    select."""
    rule = HolidayRule(rule)
    days = [first + number * DAY for number in range((last - first).days + 1)]
    if rule is HolidayRule.EXCLUDE:
        return [day for day in days if day.weekday() in weekdays and day not in holidays]
    if rule is HolidayRule.INCLUDE:
        return [day for day in days if day.weekday() in weekdays or day in holidays]
    return [day for day in days if day.weekday() in weekdays]


def service_intervals(
    first: date,
    last: date,
    weekdays: Collection[int],
    start: time,
    end: time,
    rule: HolidayRule | str,
    holidays: Collection[date],
    zone: ZoneInfo,
) -> list[tuple[datetime, datetime]]:
    """From and to (UTC) of the service on each day that counts. An end not after the start falls on the next
    day."""
    overnight = DAY if end <= start else timedelta()
    return [
        (local_instant(day, start, zone), local_instant(day + overnight, end, zone))
        for day in service_dates(first, last, weekdays, rule, holidays)
    ]


def available_minutes(
    first: date,
    last: date,
    weekdays: Collection[int],
    start: time,
    end: time,
    rule: HolidayRule | str,
    holidays: Collection[date],
    zone: ZoneInfo,
) -> int:
    """The elapsed minutes of service, summed over the days that count; a clock change makes one longer or
    shorter."""
    intervals = service_intervals(first, last, weekdays, start, end, rule, holidays, zone)
    return sum((int((to - since).total_seconds()) // 60 for since, to in intervals), 0)
