"""Files with a row a day and meter: its columns are the periods of the day. Pure."""

from zoneinfo import ZoneInfo

from operations.domain.meterfiles import words
from operations.domain.meterfiles.cells import MISSING, BadValue, Reader, cell, day_in
from operations.domain.meterfiles.collected import Collected
from operations.domain.meterfiles.day_columns import DayColumns, RefusedDay
from operations.domain.meterfiles.mapping import Mapping
from operations.domain.meterfiles.stamps import BadStamp


class Wide(Reader):
    """A row a day: its columns are the periods of the day."""

    def __init__(
        self, mapping: Mapping, zone: ZoneInfo, head: list[tuple[str, ...]], collected: Collected
    ) -> None:
        super().__init__(mapping, zone, head, collected)
        self.columns = DayColumns(mapping, zone)

    def read(self, number: int, cells: tuple[str, ...]) -> None:
        mapping = self.mapping
        try:
            flow = self.flow(cells)
            if flow == words.SKIP:
                return
            meter = self.meter(cells)
            day = day_in(cell(cells, mapping.stamp), mapping)
            filled = [not words.is_blank(cell(cells, column)) for column in mapping.periods]
            starts = self.columns.starts(day, filled)
        except (BadStamp, BadValue, RefusedDay, ValueError) as error:
            self.collected.refuse(number, "", cell(cells, mapping.stamp), str(error))
            return
        of_day = self.quality_of_day(number, cells)
        for place, column in enumerate(mapping.periods):
            start = starts[place]
            if start is not None and of_day is not None:
                self.take(number, cells, (meter, flow, start), place, column, of_day)

    def quality_of_day(self, number: int, cells: tuple[str, ...]) -> int | None:
        try:
            return self.quality(cells, self.mapping.quality)
        except BadValue as error:
            self.collected.refuse(
                number, self.header(self.mapping.quality), cell(cells, self.mapping.quality), str(error)
            )
            return None

    def take(
        self,
        number: int,
        cells: tuple[str, ...],
        where: tuple[str, str, int],
        place: int,
        column: int,
        of_day: int,
    ) -> None:
        mapping, text = self.mapping, cell(cells, column)
        meter, flow, start = where
        try:
            quality, energy = MISSING, (0, 0)
            if not words.is_blank(text):
                own = self.quality(cells, mapping.qualities[place]) if mapping.qualities else 0
                quality = max(own, of_day)
                energy = (
                    self.split(self.energy(text, mapping.minutes), flow) if quality != MISSING else (0, 0)
                )
            self.collected.add(meter, flow, start, mapping.minutes, energy, quality, number)
        except BadValue as error:
            self.collected.refuse(number, self.header(column), text, str(error))
