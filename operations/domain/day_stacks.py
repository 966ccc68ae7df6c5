"""Many days of readings as arrays with a row a day, so that they are looked at together. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from operations.domain.meterfiles.collected import NOT_TOLD, Columns
from operations.domain.reading_days import DAY_MINUTES, BothFlows, Flow, ReadingDay, day_of_minute

CELLS_AT_ONCE = 500_000
"""Intervals of a stack: enough for arrays to pay, few enough for memory."""


@dataclass(frozen=True)
class DayStack(BothFlows):
    """Days in intervals of ``minutes``: energies and qualities with a row a day and a column an interval."""

    minutes: int
    imported: Flow
    exported: Flow

    def __len__(self) -> int:
        return len(self.imported.energy)

    def put(self, row: int, day: ReadingDay) -> None:
        """Make a row what is known of a day."""
        for own, flow in ((self.imported, day.imported), (self.exported, day.exported)):
            own.energy[row], own.quality[row] = flow.energy, flow.quality

    def day(self, row: int, first: int) -> ReadingDay:
        """A row as the day that begins at this minute."""
        flows = (Flow(flow.energy[row], flow.quality[row]) for flow in (self.imported, self.exported))
        return ReadingDay(day_of_minute(first), self.minutes, *flows)


def blank_stack(minutes: int, days: int) -> DayStack:
    """So many days of which nothing was told."""
    shape = days, DAY_MINUTES // minutes
    imported, exported = (Flow(np.zeros(shape, np.int64), np.full(shape, NOT_TOLD, np.int8)) for _ in "ie")
    return DayStack(minutes, imported, exported)


@dataclass(frozen=True)
class ManyDays:
    """Readings of several units in the order of unit, day, length and start.

    By day: the place of its unit, the minute at which it begins, the minutes of its intervals; its readings are those from
    its place in ``begins`` to the next one.
    """

    readings: Columns
    units: npt.NDArray[np.intp]
    firsts: npt.NDArray[np.int64]
    minutes: npt.NDArray[np.int64]
    begins: npt.NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.units)

    def stacks(self) -> Iterator[tuple[npt.NDArray[np.intp], DayStack]]:
        """The days of one length after the other: places of some days, and these days stacked."""
        for minutes in np.unique(self.minutes).tolist():
            places = np.flatnonzero(self.minutes == minutes)
            step = max(1, CELLS_AT_ONCE * minutes // DAY_MINUTES)
            for start in range(0, len(places), step):
                some = places[start : start + step]
                yield some, self._stack(some, minutes)

    def _stack(self, days: npt.NDArray[np.intp], minutes: int) -> DayStack:
        found = blank_stack(minutes, len(days))
        sizes = self.begins[days + 1] - self.begins[days]
        rows = np.repeat(np.arange(len(days)), sizes)
        of_day = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        some = np.repeat(self.begins[days], sizes) + of_day
        told = self.readings
        at = rows, told.starts[some] % DAY_MINUTES // minutes
        found.imported.energy[at], found.imported.quality[at] = told.imported[some], told.import_quality[some]
        found.exported.energy[at], found.exported.quality[at] = told.exported[some], told.export_quality[some]
        return found


def days_of_units(told: Sequence[Columns]) -> ManyDays:
    """The days of what is told of units, each interval of a unit once."""
    units = np.repeat(np.arange(len(told)), [len(each.starts) for each in told])
    all_of = together(told)
    days, minutes = all_of.starts // DAY_MINUTES, all_of.minutes.astype(np.int64)
    order = np.lexsort((all_of.starts, minutes, days, units))
    units, days, minutes = units[order], days[order], minutes[order]
    is_first = np.ones(len(units), np.bool_)
    is_first[1:] = (np.diff(units) != 0) | (np.diff(days) != 0) | (np.diff(minutes) != 0)
    begins = np.flatnonzero(is_first)
    return ManyDays(
        all_of.where(order),
        units[begins],
        days[begins] * DAY_MINUTES,
        minutes[begins],
        np.append(begins, len(units)),
    )


def together(parts: Sequence[Columns]) -> Columns:
    """Readings one after the other."""
    nothing = Columns(*(np.zeros(0, kind) for kind in ("q", "H", "q", "b", "q", "b", "i")))
    return Columns(
        *(
            np.concatenate([getattr(each, name) for each in (*parts, nothing)])
            for name in (
                "starts",
                "minutes",
                "imported",
                "import_quality",
                "exported",
                "export_quality",
                "rows",
            )
        )
    )


def columns_of(days: Sequence[ReadingDay]) -> Columns:
    """All intervals of days; in which rows of a file they stood is not known any more."""
    return together(
        [
            Columns(
                day.starts,
                np.full(len(day.starts), day.minutes, np.uint16),
                day.imported.energy,
                day.imported.quality,
                day.exported.energy,
                day.exported.quality,
                np.zeros(len(day.starts), np.int32),
            )
            for day in days
        ]
    )


@dataclass(frozen=True)
class News:
    """What of days is new against what holds, and how many intervals of each day it creates and changes."""

    days: DayStack
    created: list[int]
    changed: list[int]


def news_of(told: DayStack, known: DayStack) -> News:
    """What of days is new against what holds of the same days in intervals as long."""
    flows, is_new = [], np.zeros(told.imported.quality.shape, np.bool_)
    for new, old in ((told.imported, known.imported), (told.exported, known.exported)):
        differs = (new.quality != NOT_TOLD) & ((new.quality != old.quality) | (new.energy != old.energy))
        is_new |= differs
        flows.append(
            Flow(np.where(differs, new.energy, 0), np.where(differs, new.quality, np.int8(NOT_TOLD)))
        )
    created = (is_new & ~known.is_told).sum(axis=1)
    changed = is_new.sum(axis=1) - created
    return News(DayStack(told.minutes, *flows), created.tolist(), changed.tolist())
