"""The numbers of settlement periods within local days, as messages of other systems count them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from marketplace.calendar import local_instant

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class DayPeriods:
    """Periods of so many minutes. The first of a local day has the number 1; a day on which the clocks change has fewer or
    more of them than others."""

    zone: ZoneInfo
    minutes: int

    def place(self, instant: datetime) -> tuple[date, int]:
        """The local day of an instant, and the number of its period there."""
        day = instant.astimezone(self.zone).date()
        return day, (instant - self._midnight(day)) // (self.minutes * MINUTE) + 1

    def count(self, day: date) -> int:
        """How many periods a day has."""
        return (self._midnight(day + DAY) - self._midnight(day)) // (self.minutes * MINUTE)

    def between(self, start: datetime, end: datetime) -> Iterator[tuple[date, int, int]]:
        """The periods that lie in a stretch of time or touch it: day, number, and the minutes that lie in it."""
        at = start
        while at < end:
            day, number = self.place(at)
            until = min(end, self._midnight(day) + number * self.minutes * MINUTE)
            yield day, number, (until - at) // MINUTE
            at = until

    def _midnight(self, day: date) -> datetime:
        if day not in self._midnights:
            self._midnights[day] = local_instant(day, time(0), self.zone)
        return self._midnights[day]

    @cached_property
    def _midnights(self) -> dict[date, datetime]:
        return {}
