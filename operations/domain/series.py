"""Meter readings of a delivery unit as arrays: net energy and quality by settlement period. Pure.

Energy is held exactly, in whole millionths of a kWh; net is export minus import. Instants are whole minutes
since 1970 in UTC, periods the minutes divided by the period's length.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

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

    def all_complete(self, periods: npt.NDArray[np.int64]) -> bool:
        """Whether every one of these periods is complete."""
        places = periods - self.first
        if not len(places):
            return True
        if places.min() < 0 or places.max() >= len(self.complete):
            return False
        return bool(self.complete[places].all())

    def energy(self, period: int) -> Fraction:
        """Net kWh of a complete period."""
        return Fraction(int(self.net[period - self.first]), MICRO)

    def sums(self, periods: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Net energy of these periods, in millionths of a kWh, in the shape of ``periods``."""
        found: npt.NDArray[np.int64] = self.net[periods - self.first]
        return found


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
