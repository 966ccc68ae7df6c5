"""Meter readings of a delivery unit as arrays: net energy and quality by settlement period. Pure.

Energy is held exactly, in whole millionths of a kWh; net is export minus import. Instants are whole minutes
since 1970 in UTC, periods the minutes divided by the period's length.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

from operations.enums import INTERVALS

MICRO = 1_000_000
PLACES = 6
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Quality(IntEnum):
    """How good a reading is; of several in a period the worst counts."""

    ACTUAL = 0
    ESTIMATED = 1
    MISSING = 2


@dataclass(frozen=True)
class Reading:
    """Energy of an interval from ``start`` for ``minutes``, in kWh of at most six decimals."""

    start: datetime
    minutes: int
    imported: Decimal
    exported: Decimal
    quality: Quality = Quality.ACTUAL


class UnusableReading(ValueError):
    """A reading that can't be: the message is the sentence for people."""


def checked(reading: Reading) -> Reading:
    """The reading. Raises ``UnusableReading`` off the grid, below 0, or with more than six decimals."""
    if reading.minutes not in INTERVALS:
        raise UnusableReading(f"An interval is 1, 5, 10, 15 or 30 minutes, not {reading.minutes}.")
    if (reading.start - EPOCH) % timedelta(minutes=reading.minutes):
        raise UnusableReading(f"The interval does not start on the grid of {reading.minutes} minutes.")
    for energy in (reading.imported, reading.exported):
        if not energy.is_finite() or energy < 0:
            raise UnusableReading("Energy is 0 kWh or more.")
        if energy != round(energy, PLACES):
            raise UnusableReading("Energy has at most six decimals.")
    return reading


def minute_of(instant: datetime) -> int:
    """Whole minutes since 1970 in UTC, rounded down."""
    return int((instant - EPOCH).total_seconds() // 60)


def instant_of(minute: int) -> datetime:
    return EPOCH + timedelta(minutes=int(minute))


@dataclass(frozen=True)
class Periods:
    """Net energy (millionths of a kWh) and completeness of consecutive periods from the one numbered
    ``first``."""

    minutes: int
    first: int
    net: npt.NDArray[np.int64]
    complete: npt.NDArray[np.bool_]

    def is_complete(self, period: int) -> bool:
        place = period - self.first
        return 0 <= place < len(self.complete) and bool(self.complete[place])

    def energy(self, period: int) -> Fraction:
        """Net kWh of a complete period."""
        return Fraction(int(self.net[period - self.first]), MICRO)


@dataclass(frozen=True)
class StackedPeriods:
    """Periods of several units on one grid, a row a unit: net energy and completeness from the one numbered ``first``."""

    first: int
    net: npt.NDArray[np.int64]
    complete: npt.NDArray[np.bool_]

    @cached_property
    def largest(self) -> int:
        """No energy is further from 0, in millionths of a kWh."""
        return max(int(self.net.max(initial=0)), -int(self.net.min(initial=0)))

    def at(self, periods: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Net energy and completeness of these periods for each unit, in the shape units × the shape of ``periods``."""
        return self.energies(periods), self.are_complete(periods)

    def energies(self, periods: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Net energy of these periods for each unit; anything where they are not complete."""
        places, size = periods - self.first, self.net.shape[1]
        if not size:
            return np.zeros((len(self.net), *places.shape), np.int64)
        return np.take(self.net, places, axis=1, mode="clip")

    def are_complete(self, periods: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which of these periods are complete, for each unit."""
        places, size = periods - self.first, self.net.shape[1]
        if not size:
            return np.zeros((len(self.net), *places.shape), np.bool_)
        found = np.take(self.complete, places, axis=1, mode="clip")
        if places.size and (places.min() < 0 or places.max() >= size):
            found &= (places >= 0) & (places < size)
        return found

    def rows(self, units: Sequence[int]) -> "StackedPeriods":
        """Those of these units alone."""
        return StackedPeriods(self.first, self.net[units, :], self.complete[units, :])


def stacked(units: Sequence[Periods]) -> StackedPeriods:
    """The periods of units, one below the other; where one has none yet or no longer, they are not complete."""
    known = [each for each in units if len(each.net)]
    if not known:
        return StackedPeriods(0, np.zeros((len(units), 0), np.int64), np.zeros((len(units), 0), np.bool_))
    first = min(each.first for each in known)
    size = max(each.first + len(each.net) for each in known) - first
    net, complete = np.zeros((len(units), size), np.int64), np.zeros((len(units), size), np.bool_)
    for row, each in enumerate(units):
        if len(each.net):
            own = slice(each.first - first, each.first - first + len(each.net))
            net[row, own], complete[row, own] = each.net, each.complete
    return StackedPeriods(first, net, complete)


@dataclass(frozen=True)
class Series:
    """The readings of one delivery unit, ordered by start."""

    start: npt.NDArray[np.int64]
    minutes: npt.NDArray[np.int64]
    net: npt.NDArray[np.int64]
    quality: npt.NDArray[np.int8]
    _made: dict[tuple[int, bool], Periods] = field(default_factory=dict, compare=False, repr=False)

    def periods(self, minutes: int, *, estimated_counts: bool) -> Periods:
        """The series by settlement period of so many minutes.

        A period is complete when its intervals fill it and none is missing, nor estimated unless these count.
        An interval longer than the period, or one that crosses into the next, fills none.
        """
        key = (minutes, estimated_counts)
        if key not in self._made:
            self._made[key] = self._by_period(
                minutes, Quality.ESTIMATED if estimated_counts else Quality.ACTUAL
            )
        return self._made[key]

    def _by_period(self, minutes: int, worst: Quality) -> Periods:
        period = self.start // minutes
        if len(period) and (self.minutes == minutes).all() and not (self.start % minutes).any():
            first, last = int(period[0]), int(period[-1])
            if last - first + 1 == len(period) and (np.diff(period) == 1).all():
                return Periods(minutes, first, self.net, self.quality <= worst)
        fits = (self.start % minutes + self.minutes) <= minutes
        if not fits.any():
            return Periods(minutes, 0, np.zeros(0, np.int64), np.zeros(0, np.bool_))
        first, last = int(period[fits].min()), int(period[fits].max())
        place, size = period[fits] - first, last - first + 1
        net = np.zeros(size, np.int64)
        np.add.at(net, place, self.net[fits])
        filled = np.bincount(place, weights=self.minutes[fits], minlength=size).astype(np.int64)
        spoilt = np.bincount(place[self.quality[fits] > worst], minlength=size)
        return Periods(minutes, first, net, (filled == minutes) & (spoilt == 0))


def series_of(readings: Iterable[Reading]) -> Series:
    """Readings as a series; of several of one interval the last counts."""
    ordered = sorted({(minute_of(each.start), each.minutes): each for each in readings}.items())
    return Series(
        np.array([start for (start, _), _ in ordered], np.int64),
        np.array([minutes for (_, minutes), _ in ordered], np.int64),
        np.array([_micro(each.exported) - _micro(each.imported) for _, each in ordered], np.int64),
        np.array([each.quality for _, each in ordered], np.int8),
    )


def no_readings() -> Series:
    """The series of a unit that has none."""
    return series_of([])


def _micro(kwh: Decimal) -> int:
    return int((kwh * MICRO).to_integral_exact())
