"""The columns of a day: at which instant each begins, also on the days on which the clocks change. Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from marketplace.dates import day_text
from operations.domain.meterfiles.mapping import Clock, Mapping, Names
from operations.domain.meterfiles.stamps import MINUTE, fixed_instant, instants_of, midnight, minute_of_day

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DAY_MINUTES = 1440


class RefusedDay(ValueError):
    """A day whose columns don't fit it: the message is the sentence for people."""


class DayColumns:
    """Where the columns of a wide file begin, day by day."""

    def __init__(self, mapping: Mapping, zone: ZoneInfo) -> None:
        self.mapping, self.zone = mapping, zone
        self.is_numbered = not any(":" in label for label in mapping.labels)
        self._known: dict[date, list[int | None]] = {}

    def starts(self, day: date, filled: Sequence[bool]) -> list[int | None]:
        """The minute since 1970 at which each column begins, None for one that the day does not have.

        Raises ``RefusedDay`` where the day has more periods than columns, or a column that it does not have is filled.
        """
        if day not in self._known:
            self._known[day] = self._numbered(day) if self.is_numbered else self._clock_times(day)
        found = self._known[day]
        if not any(filled):
            return found
        beyond = [
            self.mapping.labels[place] for place, start in enumerate(found) if start is None and filled[place]
        ]
        if beyond:
            raise RefusedDay(self._does_not_have(day, beyond))
        missing = self._length(day) - sum(start is not None for start in found)
        if missing > 0:
            length = self._length(day)
            raise RefusedDay(
                f"{day_text(day)} has {length} periods and the file has columns for {length - missing} of them: "
                "the hour that comes twice needs columns of its own."
            )
        return found

    def _length(self, day: date) -> int:
        first, after = (midnight(each, self.mapping.clock, self.zone) for each in (day, day + DAY))
        return int((after - first) / (self.mapping.minutes * MINUTE))

    def _does_not_have(self, day: date, labels: Sequence[str]) -> str:
        told = ", ".join(labels[:4])
        if self.is_numbered:
            return f"{day_text(day)} has {self._length(day)} periods, so {told} must be blank."
        return f"The clocks leave out {told} on {day_text(day)}, so these must be blank."

    def _numbered(self, day: date) -> list[int | None]:
        first = _minute(midnight(day, self.mapping.clock, self.zone))
        most = self._length(day)
        numbers = [int("".join(filter(str.isdigit, label))) for label in self.mapping.labels]
        return [
            first + (number - 1) * self.mapping.minutes if 1 <= number <= most else None for number in numbers
        ]

    def _clock_times(self, day: date) -> list[int | None]:
        """Columns by clock time; of one that comes twice the first is the first, or numbered columns follow for the second."""
        times = Counter[int]()
        found: list[int | None] = []
        repeated = self._repeated(day)
        for label in self.mapping.labels:
            if ":" not in label:
                found.append(repeated.pop(0) if repeated else None)
                continue
            minute = self._begins(label)
            instants = self._instants(day, minute)
            place = times[minute]
            times[minute] += 1
            found.append(_minute(instants[place]) if place < len(instants) else None)
            if place == 1 and found[-1] in repeated:
                repeated.remove(found[-1])
        return found

    def _begins(self, label: str) -> int:
        """The local minute of the day at which a column begins, also where its label names its end."""
        minute = minute_of_day(label)
        return (minute or DAY_MINUTES) - self.mapping.minutes if self.mapping.names is Names.END else minute

    def _instants(self, day: date, minute: int) -> list[datetime]:
        local = datetime.combine(day, datetime.min.time()) + minute * MINUTE
        clock = self.mapping.clock
        if clock is Clock.LOCAL:
            return instants_of(local, self.zone)
        return [fixed_instant(local, Clock.UTC if clock is Clock.OFFSET else clock, self.zone)]

    def _repeated(self, day: date) -> list[int]:
        """The second instants of the times that come twice, in their order."""
        labels = dict.fromkeys(self._begins(label) for label in self.mapping.labels if ":" in label)
        twice = [instants[1] for minute in labels if len(instants := self._instants(day, minute)) > 1]
        return sorted(map(_minute, twice))


def _minute(instant: datetime) -> int:
    return int((instant - EPOCH).total_seconds() // 60)
