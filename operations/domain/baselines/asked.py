"""What every baseline is asked for and answers with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from math import lcm
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from operations.domain.series import MICRO, Periods, instant_of
from operations.domain.whole_numbers import Integers


@dataclass(frozen=True)
class Asked:
    """The settlement periods of one dispatch, for one delivery unit.

    ``periods`` are numbers of periods of ``minutes`` since 1970; ``start`` is the dispatch's; ``sigma`` is +1
    where more export or less import is delivery, −1 where the reverse is.
    """

    periods: Sequence[int]
    minutes: int
    start: datetime
    sigma: int
    zone: ZoneInfo
    metered: Periods

    @property
    def hours(self) -> Fraction:
        return Fraction(self.minutes, 60)

    def start_of(self, period: int) -> datetime:
        return instant_of(period * self.minutes)


@dataclass(frozen=True)
class ConsideredDay:
    """A day that a baseline looked at: its rank by import (1 the highest) if it was near enough, or why it is
    left out."""

    day: date
    is_used: bool
    why_not: str = ""
    rank: int | None = None


class Energies(Mapping[int, Fraction]):
    """Net kWh of successive periods, each a whole number over one divisor; None: the period has none."""

    __slots__ = ("divisor", "numerators", "periods")

    def __init__(self, periods: Sequence[int], numerators: Sequence[int | None], divisor: int) -> None:
        self.periods, self.numerators, self.divisor = periods, tuple(numerators), divisor

    @classmethod
    def over(cls, periods: Sequence[int], told: Mapping[int, Fraction]) -> "Energies":
        """Energies by period, brought to their common divisor."""
        if isinstance(told, cls):
            return told
        divisor = lcm(*(each.denominator for each in told.values()))
        return cls(
            periods,
            [
                None if each not in told else told[each].numerator * (divisor // told[each].denominator)
                for each in periods
            ],
            divisor,
        )

    def __getitem__(self, period: int) -> Fraction:
        try:
            found = self.numerators[self.periods.index(period)]
        except ValueError:
            raise KeyError(period) from None
        if found is None:
            raise KeyError(period)
        return Fraction(found, self.divisor)

    def __iter__(self) -> Iterator[int]:
        return (
            period for period, found in zip(self.periods, self.numerators, strict=True) if found is not None
        )

    def __len__(self) -> int:
        return sum(each is not None for each in self.numerators)


@dataclass(frozen=True)
class Baseline:
    """Net kWh by period; a period without a value has no baseline. ``note`` says what the reader should
    know."""

    energy: Mapping[int, Fraction]
    days: Sequence[ConsideredDay] = field(default=())
    note: str = ""

    @property
    def used_days(self) -> list[date]:
        return sorted(each.day for each in self.days if each.is_used)


def none_because(why: str, days: Sequence[ConsideredDay] = ()) -> Baseline:
    """No baseline for any period."""
    return Baseline({}, days, why)


@dataclass(frozen=True)
class Expected:
    """What the units of a dispatch are expected to meter: net millionths of a kWh by unit and period.

    They are whole numbers over a divisor for each unit. ``is_known``: where there is a baseline; ``largest``: no numerator is
    further from 0.
    """

    numerators: Integers
    divisors: Sequence[int]
    is_known: npt.NDArray[np.bool_]
    largest: int

    @classmethod
    def of(cls, told: Sequence["Energies"], periods: int) -> "Expected":
        """Of energies told unit by unit, of so many periods."""
        numerators = np.zeros((len(told), periods), object)
        is_known = np.zeros((len(told), periods), np.bool_)
        for unit, each in enumerate(told):
            is_known[unit] = [number is not None for number in each.numerators]
            numerators[unit] = [MICRO * (number or 0) for number in each.numerators]
        return cls(numerators, [each.divisor for each in told], is_known, 0)

    def energy(self, unit: int, number: int) -> Fraction | None:
        """Net kWh of one period; None without a baseline."""
        if not self.is_known[unit, number]:
            return None
        return Fraction(int(self.numerators[unit, number]), self.divisors[unit] * MICRO)


@dataclass(frozen=True)
class UnitBaselines:
    """The baselines of the units of a dispatch, in their order: what a settlement needs, and in full."""

    expected: Expected
    baselines: Sequence[Baseline]
