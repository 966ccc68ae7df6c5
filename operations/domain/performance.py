"""What dispatches delivered, period by period and unit by unit, in order of issue; nothing is paid twice. Pure.

For a unit that counts (it has a baseline and a complete reading):

    flexibility = σ (N − taken − B)            taken: net energy already credited to dispatches issued earlier
    delivered   = min(max(Σ flexibility, 0), cap × Q)      a declined dispatch: 0
    deficiency  = max(0, (1 − tolerance) × Q − Σ flexibility) where all units count, else 0
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property, partial
from math import lcm
from zoneinfo import ZoneInfo

import numpy as np

from competitions.domain.payment import deficiency, delivered_energy
from operations.domain.baselines.asked import Asked, Baseline, Energies
from operations.domain.baselines.methods import UnitFacts, baselines_of
from operations.domain.known_units import Called, KnownUnits, UnitKnown, end_minute
from operations.domain.lazy_sequence import LazySequence
from operations.domain.profiles import Requested, Response
from operations.domain.series import (
    MICRO,
    Periods,
    StackedPeriods,
    instant_of,
    minute_of,
    no_readings,
)

ZERO = Fraction(0)
DAY = timedelta(days=1)
NEAR = timedelta(hours=1)
"""Two dispatches that touch one settlement period lie no further apart: a period each, and none is longer than half of it."""


@dataclass(frozen=True)
class UnitPeriod:
    """One unit in one period: kWh, and what was credited to it; None where it does not count."""

    unit: str
    baseline: Fraction | None
    metered: Fraction | None
    taken: Fraction
    flexibility: Fraction | None
    credited: Fraction = ZERO


@dataclass(frozen=True, slots=True)
class PeriodResult:
    """One period of a dispatch, kWh; sums are those of the units that count."""

    start: datetime
    minutes: int
    requested: Fraction
    baseline: Fraction
    metered: Fraction
    flexibility: Fraction
    delivered: Fraction
    deficiency: Fraction
    complete: bool
    units: Sequence[UnitPeriod]


@dataclass(frozen=True)
class Performance:
    """A dispatch, measured."""

    called: Called
    periods: Sequence[PeriodResult]
    baselines: Mapping[str, Baseline]

    @cached_property
    def requested(self) -> Fraction:
        return sum((each.requested for each in self.periods), ZERO)

    @cached_property
    def delivered(self) -> Fraction:
        return sum((each.delivered for each in self.periods), ZERO)

    @cached_property
    def deficiency(self) -> Fraction:
        return sum((each.deficiency for each in self.periods), ZERO)

    @property
    def share(self) -> Fraction:
        """Delivered of requested, 0 where nothing was asked for."""
        return self.delivered / self.requested if self.requested else ZERO

    @property
    def complete_periods(self) -> int:
        return sum(each.complete for each in self.periods)


class UnitMapping(Mapping[str, Baseline]):
    """Baselines by unit, none of them made before it is looked at."""

    __slots__ = ("_baselines", "_units")

    def __init__(self, units: Sequence[str], baselines: Sequence[Baseline]) -> None:
        self._units, self._baselines = units, baselines

    def __getitem__(self, unit: str) -> Baseline:
        try:
            return self._baselines[self._units.index(unit)]
        except ValueError:
            raise KeyError(unit) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._units)

    def __len__(self) -> int:
        return len(self._units)


class _Taken:
    """Net energy already credited, by unit: pieces of time that hold it evenly over their minutes."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[tuple[int, int, Fraction]]] = defaultdict(list)

    def add(self, unit: str, start: int, end: int, energy: Fraction) -> None:
        if energy:
            self._pieces[unit].append((start, end, energy))

    def between(self, units: Iterable[str], start: int, end: int) -> dict[str, Fraction]:
        """By unit, what was credited between two minutes; units of which nothing was are left out."""
        found: dict[str, Fraction] = {}
        if self._pieces:
            for unit in units:
                for since, till, energy in self._pieces.get(unit, ()):
                    if since < end and start < till:
                        part = energy * Fraction(min(end, till) - max(start, since), till - since)
                        found[unit] = found.get(unit, ZERO) + part
        return found


def performances(
    calls: Iterable[Called], units: Mapping[str, UnitKnown], zone: ZoneInfo, beside: Iterable[Called] = ()
) -> list[Performance]:
    """Every dispatch measured, in order of issue, then of its name.

    A unit's event days are the local days of the dispatches given here and of those ``beside`` them, which are not measured;
    a unit that is not among ``units`` has no reading.
    """
    ordered = sorted(calls, key=lambda each: (each.issued_at, each.dispatch))
    known = KnownUnits(units, [*beside, *ordered])
    taken, later, measured = _Taken(), _Later(ordered), []
    for place, called in enumerate(ordered):
        local = called.zone or zone
        periods = periods_of(called.requested, called.terms.period_minutes)
        of_units = known.of_units(called, local)
        asked = _asked(called, periods, of_units.each, local)
        baselines = baselines_of(asked, called.terms, of_units.each, of_units.metered)
        dispatch = _Dispatch(called, periods, of_units.metered, baselines.energies)
        after = later.of(place)
        measured.append(
            Performance(
                called,
                [dispatch.measured(number, taken, after) for number in range(len(periods))],
                UnitMapping(called.units, baselines.baselines),
            )
        )
    return measured


class _Later:
    """Which dispatches of a list, in order of issue, call a unit of another and lie near it in time."""

    def __init__(self, ordered: Sequence[Called]) -> None:
        self._ordered = ordered
        self._of_unit: dict[str, list[int]] = defaultdict(list)
        for place, called in enumerate(ordered):
            for unit in called.units:
                self._of_unit[unit].append(place)

    def of(self, place: int) -> list[Called]:
        """Those issued later that may touch a period of the one at a place."""
        own = self._ordered[place]
        since, till = own.requested.start - NEAR, own.requested.end + NEAR
        others = {each for unit in own.units for each in self._of_unit[unit] if each > place}
        found = [self._ordered[each] for each in sorted(others)]
        return [each for each in found if each.requested.start < till and each.requested.end > since]


def periods_of(requested: Requested, minutes: int) -> range:
    """The numbers of the settlement periods that a profile touches."""
    first = minute_of(requested.start) // minutes
    return range(first, -(-end_minute(requested.end) // minutes))


def _asked(
    called: Called, periods: range, units: Sequence[tuple[Periods, UnitFacts]], zone: ZoneInfo
) -> Asked:
    minutes = called.terms.period_minutes
    metered = units[0][0] if units else no_readings().periods(minutes, estimated_counts=False)
    return Asked(periods, minutes, called.requested.start, called.sigma, zone, metered)


class _Dispatch:
    """A dispatch with what its units metered and were expected to: whole numbers by unit and period, None where there is none.

    Sums are made of whole numbers, so that a period costs a few fractions however many units it has.
    """

    def __init__(
        self, called: Called, periods: range, metered: StackedPeriods, expected: Sequence[Energies]
    ) -> None:
        self.called, self.periods = called, periods
        net, complete = metered.at(np.arange(periods.start, periods.stop, dtype=np.int64))
        self._metered, self._complete = net, complete
        self._expected = expected

    def measured(self, number: int, taken: _Taken, later: Sequence[Called]) -> PeriodResult:
        """The period of this number of the dispatch; what it credits is taken from those issued later."""
        called, minutes = self.called, self.called.terms.period_minutes
        start = self.periods[number] * minutes
        end = start + minutes
        asked = called.requested.energy(instant_of(start), instant_of(end))
        already = taken.between(called.units, start, end)
        counting = self._counting(number)
        metered = int(self._metered[counting, number].sum())
        expected, divisor = self._expected_of(number, counting)
        over = called.sigma * (metered * (divisor // MICRO) - expected)
        flexibility = Fraction(over, divisor)
        if already:
            counted = [already.get(called.units[row], ZERO) for row in counting]
            flexibility -= called.sigma * sum(counted, ZERO)
        is_declined = called.requested.response is Response.DECLINED
        given = ZERO if is_declined else flexibility
        delivered = delivered_energy(called.terms.utilisation, asked, given)
        is_complete = len(counting) == len(called.units)
        missing = deficiency(called.terms.penalty, asked, given) if is_complete else ZERO
        units = LazySequence(
            partial(self._units, number, already, delivered, _called_later(later, start, end))
        )
        if later:
            for each in units:
                taken.add(each.unit, start, end, called.sigma * each.credited)
        return PeriodResult(
            instant_of(start),
            minutes,
            asked,
            Fraction(expected, divisor),
            Fraction(metered, MICRO),
            flexibility,
            delivered,
            missing,
            is_complete,
            units,
        )

    def _counting(self, number: int) -> list[int]:
        """The units that count: those with a complete reading and a baseline."""
        is_complete: list[bool] = self._complete[:, number].tolist()
        return [
            row
            for row, expected in enumerate(self._expected)
            if is_complete[row] and expected.numerators[number] is not None
        ]

    def _expected_of(self, number: int, counting: Sequence[int]) -> tuple[int, int]:
        """The baselines of these units summed, over a divisor of which a millionth of a kWh is a whole number."""
        divisor = lcm(MICRO, *{self._expected[row].divisor for row in counting})
        total = 0
        for row in counting:
            own = self._expected[row]
            numerator = own.numerators[number]
            assert numerator is not None
            total += numerator * (divisor // own.divisor)
        return total, divisor

    def _units(
        self, number: int, already: Mapping[str, Fraction], delivered: Fraction, later: set[str]
    ) -> list[UnitPeriod]:
        """Each unit of the period, with what of the delivered energy is credited to it."""
        found = [self._unit(row, number, already) for row in range(len(self.called.units))]
        credited = _credited(delivered, found, later)
        return [replace(each, credited=credited.get(each.unit, ZERO)) for each in found]

    def _unit(self, row: int, number: int, already: Mapping[str, Fraction]) -> UnitPeriod:
        unit = self.called.units[row]
        taken = already.get(unit, ZERO)
        metered = Fraction(int(self._metered[row, number]), MICRO) if self._complete[row, number] else None
        expected = self._expected[row].get(self.periods[number])
        flexibility = None
        if metered is not None and expected is not None:
            flexibility = self.called.sigma * (metered - taken - expected)
        return UnitPeriod(unit, expected, metered, taken, flexibility)


def _called_later(later: Iterable[Called], start: int, end: int) -> set[str]:
    """The units that a dispatch issued later also calls within the period."""
    since, till = instant_of(start), instant_of(end)
    return {
        unit
        for each in later
        if any(piece.start < till and piece.end > since for piece in each.requested.pieces)
        for unit in each.units
    }


def _credited(delivered: Fraction, units: Iterable[UnitPeriod], later: set[str]) -> dict[str, Fraction]:
    """To whom the delivered energy is credited: first to units that no later dispatch of the period calls, then in order."""
    giving = [each for each in units if each.flexibility is not None and each.flexibility > 0]
    left = delivered
    found = {}
    for each in sorted(giving, key=lambda unit: (unit.unit in later, unit.unit)):
        assert each.flexibility is not None
        found[each.unit] = min(left, each.flexibility)
        left -= found[each.unit]
    return found
