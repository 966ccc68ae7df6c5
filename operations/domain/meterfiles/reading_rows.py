"""Files with a row a reading. Pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from marketplace.dates import day_text, time_text
from operations.domain.meterfiles import words
from operations.domain.meterfiles.cells import MISSING, BadValue, Reader, cell, day_in
from operations.domain.meterfiles.collected import Collected, TooMany
from operations.domain.meterfiles.mapping import Clock, Mapping, Names
from operations.domain.meterfiles.stamps import (
    MINUTE,
    BadStamp,
    fixed_instant,
    instants_of,
    midnight,
    minute_of_day,
    stamp_of,
)
from operations.enums import INTERVALS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KNOWN_MINUTES = {str(each): each for each in INTERVALS}
OFF_GRID = "The interval is not on the grid of {} minutes; readings are taken on a fixed grid of 1, 5, 10, 15 or 30 minutes."
LOST_HOUR = "{} comes twice when the clocks go back, and the file has it once: an hour is lost."


class Long(Reader):
    """A row a reading."""

    def __init__(
        self, mapping: Mapping, zone: ZoneInfo, head: list[tuple[str, ...]], collected: Collected
    ) -> None:
        super().__init__(mapping, zone, head, collected)
        self.seen: dict[tuple[str, str, datetime], list[tuple[int, int, int]]] = {}
        self.known: dict[str, tuple[datetime, tuple[datetime, ...]]] = {}
        self.known_starts: dict[tuple[str, int], int] = {}

    def read(self, number: int, cells: tuple[str, ...]) -> None:
        mapping = self.mapping
        column: int | None = mapping.stamp
        try:
            flow = self.flow(cells)
            if flow == words.SKIP:
                return
            column = mapping.meter
            meter = self.meter(cells)
            column = mapping.minutes_column
            minutes = self.minutes(cells)
            column = mapping.stamp
            start = self.start(cells, (meter, flow), minutes, number)
            column = mapping.quality
            quality = self.quality(cells, mapping.quality)
            column = mapping.value if mapping.imported is None else mapping.imported
            energy, quality = self.energies(cells, flow, minutes, quality)
            self.collected.add(meter, flow, start, minutes, energy, quality, number)
        except TooMany:
            raise
        except ValueError as error:
            self.collected.refuse(number, self.header(column), cell(cells, column), str(error))

    def minutes(self, cells: tuple[str, ...]) -> int:
        if self.mapping.minutes_column is None:
            return self.mapping.minutes
        return self.minutes_in(cell(cells, self.mapping.minutes_column))

    def minutes_in(self, text: str) -> int:
        if text in KNOWN_MINUTES:
            return KNOWN_MINUTES[text]
        if not text.isascii() or not text.isdigit() or int(text) not in INTERVALS:
            raise BadValue(f"An interval is 1, 5, 10, 15 or 30 minutes, not {text or 'blank'}.")
        return int(text)

    def energies(
        self, cells: tuple[str, ...], flow: str, minutes: int, quality: int
    ) -> tuple[tuple[int, int], int]:
        mapping = self.mapping
        if mapping.value is not None:
            text = cell(cells, mapping.value)
            if words.is_blank(text) or quality == MISSING:
                return (0, 0), MISSING
            return self.split(self.energy(text, minutes), flow), quality
        texts = cell(cells, mapping.imported), cell(cells, mapping.exported)
        is_blank = words.is_blank(texts[0]), words.is_blank(texts[1])
        if quality == MISSING or all(is_blank):
            return (0, 0), MISSING
        imported = 0 if is_blank[0] else self.energy(texts[0], minutes)
        exported = 0 if is_blank[1] else self.energy(texts[1], minutes)
        if imported < 0 or exported < 0:
            raise BadValue("Energy is 0 kWh or more.")
        return (imported, exported), quality

    def start(self, cells: tuple[str, ...], whose: tuple[str, str], minutes: int, number: int) -> int:
        """The minute at which the row's interval starts. Raises ``ValueError``."""
        mapping = self.mapping
        if mapping.period is not None:
            return self.start_of_period(cells, minutes)
        text = cell(cells, mapping.stamp)
        if mapping.time is None:
            found = self.start_of_stamp(text, minutes)
            if found is not None:
                return found
            local, instants = self.known[text]
        else:
            local = self.local(cells, text)
            instants = self.instants(local)
        instant = (
            instants[0] if len(instants) == 1 else self.of_repeated(local, instants, whose, minutes, number)
        )
        return self.on_grid(instant, minutes)

    def start_of_stamp(self, text: str, minutes: int) -> int | None:
        """The same for a stamp in one cell; None for a time that comes twice, which is first where it comes first."""
        minute = self.known_starts.get((text, minutes))
        if minute is None:
            if text not in self.known:
                local = stamp_of(text, self.mapping.order)
                self.known[text] = local, self.instants(local)
            _, instants = self.known[text]
            if len(instants) > 1:
                return None
            minute = self.known_starts[text, minutes] = self.on_grid(instants[0], minutes)
        return minute

    def on_grid(self, instant: datetime, minutes: int) -> int:
        seconds = (instant - EPOCH).total_seconds()
        minute = int(seconds // 60) - (minutes if self.mapping.names is Names.END else 0)
        if seconds % 60 or minute % minutes:
            raise BadStamp(OFF_GRID.format(minutes))
        return minute

    def local(self, cells: tuple[str, ...], text: str) -> datetime:
        day = day_in(text, self.mapping)
        minute = minute_of_day(cell(cells, self.mapping.time))
        if minute == 0 and self.mapping.names is Names.END:
            minute = 1440
        return datetime.combine(day, datetime.min.time()) + minute * MINUTE

    def instants(self, local: datetime) -> tuple[datetime, ...]:
        if local.tzinfo is not None or self.mapping.clock is not Clock.LOCAL:
            return (fixed_instant(local, self.mapping.clock, self.zone),)
        found = instants_of(local, self.zone)
        if not found:
            raise BadStamp(
                f"{time_text(local.time())} on {day_text(local)} does not exist: the clocks go forward then."
            )
        return tuple(found)

    def of_repeated(
        self,
        local: datetime,
        instants: tuple[datetime, ...],
        whose: tuple[str, str],
        minutes: int,
        number: int,
    ) -> datetime:
        """Of a time that comes twice the first row is the first."""
        rows = self.seen.setdefault((*whose, local), [])
        if len(rows) >= len(instants):
            raise BadStamp(
                f"{time_text(local.time())} on {day_text(local)} comes twice when the clocks go back,"
                " and the file has it more often."
            )
        instant = instants[len(rows)]
        before = minutes if self.mapping.names is Names.END else 0
        rows.append((int((instant - EPOCH).total_seconds() // 60) - before, minutes, number))
        return instant

    def start_of_period(self, cells: tuple[str, ...], minutes: int) -> int:
        mapping = self.mapping
        day = day_in(cell(cells, mapping.stamp), mapping)
        text = cell(cells, mapping.period)
        first, after = (midnight(each, mapping.clock, self.zone) for each in (day, day + timedelta(days=1)))
        most = int((after - first) / (minutes * MINUTE))
        digits = text.removesuffix(".0")
        if not digits.isascii() or not digits.isdigit() or not 1 <= int(digits) <= most:
            raise BadStamp(f"“{text}” is not a period of {day_text(day)}, which has {most}.")
        return int((first - EPOCH).total_seconds() // 60) + (int(digits) - 1) * minutes

    def finish(self) -> None:
        for (meter, _, local), rows in self.seen.items():
            if len(rows) == 1:
                start, minutes, number = rows[0]
                self.collected.drop(meter, start, minutes)
                message = LOST_HOUR.format(f"{time_text(local.time())} on {day_text(local)}")
                self.collected.refuse(
                    number,
                    self.header(self.mapping.stamp),
                    f"{day_text(local)}, {time_text(local.time())}",
                    message,
                )
