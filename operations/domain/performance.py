"""What dispatches delivered, period by period and unit by unit, in order of issue; nothing is paid twice. Pure.

For a unit that counts (it has a baseline and a complete reading):

    flexibility = σ (N − taken − B)            taken: net energy already credited to dispatches issued earlier
    delivered   = min(max(Σ flexibility, 0), cap × Q)      a declined dispatch: 0
    deficiency  = max(0, (1 − tolerance) × Q − Σ flexibility) where all units count, else 0
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property, partial
from math import gcd, lcm
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from competitions.domain.payment import deficiency, delivered_energy, grain_of, paid_energy
from operations.domain.baselines.asked import Asked, Baseline, Expected
from operations.domain.baselines.methods import Calling, UnitFacts, baselines_of
from operations.domain.known_units import Called, KnownUnits, UnitKnown, end_minute
from operations.domain.lazy_sequence import LazySequence
from operations.domain.profiles import Requested, Response
from operations.domain.series import (
    MICRO,
    Periods,
    instant_of,
    minute_of,
    no_readings,
)
from operations.domain.whole_numbers import with_room

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


class Energies(NamedTuple):
    """Those of one period, whole numbers of one unit; sums are those of the units that count."""

    requested: int
    baseline: int
    metered: int
    flexibility: int
    delivered: int
    deficiency: int


@dataclass(frozen=True, slots=True)
class PeriodResult:
    """One period of a dispatch: its energies are whole numbers over a divisor, and kWh where they are asked for by name."""

    start: datetime
    minutes: int
    energies: Energies
    divisor: int
    complete: bool
    units: Sequence[UnitPeriod]

    @property
    def requested(self) -> Fraction:
        return Fraction(self.energies.requested, self.divisor)

    @property
    def baseline(self) -> Fraction:
        return Fraction(self.energies.baseline, self.divisor)

    @property
    def metered(self) -> Fraction:
        return Fraction(self.energies.metered, self.divisor)

    @property
    def flexibility(self) -> Fraction:
        return Fraction(self.energies.flexibility, self.divisor)

    @property
    def delivered(self) -> Fraction:
        return Fraction(self.energies.delivered, self.divisor)

    @property
    def deficiency(self) -> Fraction:
        return Fraction(self.energies.deficiency, self.divisor)


@dataclass(frozen=True)
class Performance:
    """A dispatch, measured."""

    called: Called
    periods: Sequence[PeriodResult]
    baselines: Mapping[str, Baseline]

    @cached_property
    def divisor(self) -> int:
        """Over which the energies of all periods are whole numbers."""
        return lcm(*(each.divisor for each in self.periods))

    @cached_property
    def whole(self) -> Sequence[Energies]:
        """The energies of each period, whole numbers over the divisor."""
        return [_finer(each.energies, self.divisor // each.divisor) for each in self.periods]

    @cached_property
    def requested(self) -> Fraction:
        return Fraction(sum(each.requested for each in self.whole), self.divisor)

    @cached_property
    def delivered(self) -> Fraction:
        return Fraction(sum(each.delivered for each in self.whole), self.divisor)

    @cached_property
    def deficiency(self) -> Fraction:
        return Fraction(sum(each.deficiency for each in self.whole), self.divisor)

    @property
    def share(self) -> Fraction:
        """Delivered of requested, 0 where nothing was asked for."""
        asked = sum(each.requested for each in self.whole)
        return Fraction(sum(each.delivered for each in self.whole), asked) if asked else ZERO

    @property
    def paid(self) -> Fraction:
        """kWh that are paid at the full price."""
        asked = ((each.requested, each.delivered) for each in self.whole)
        return paid_energy(self.called.terms.utilisation, asked) / self.divisor

    @property
    def complete_periods(self) -> int:
        return sum(each.complete for each in self.periods)


def _finer(energies: Energies, times: int) -> Energies:
    return energies if times == 1 else Energies(*(each * times for each in energies))


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
    calling = _calling(ordered, KnownUnits(units, [*beside, *ordered]), zone)
    found = baselines_of(calling)
    taken, later, measured = _Taken(), _Later(ordered), []
    for place, called in enumerate(ordered):
        dispatch = _Dispatch(called, calling[place], found[place].expected)
        after = later.of(place)
        periods = [dispatch.measured(number, taken, after) for number in range(dispatch.length)]
        measured.append(Performance(called, periods, UnitMapping(called.units, found[place].baselines)))
    return measured


def _calling(ordered: Sequence[Called], known: KnownUnits, zone: ZoneInfo) -> list[Calling]:
    """The dispatches as baselines see them."""
    found = []
    for called in ordered:
        local = called.zone or zone
        periods = periods_of(called.requested, called.terms.period_minutes)
        units = known.of_units(called, local)
        found.append(
            Calling(_asked(called, periods, units.each, local), called.terms, units.each, units.metered)
        )
    return found


class _Later:
    """Which dispatches of a list, in order of issue, call a unit of another and lie near it in time."""

    def __init__(self, ordered: Sequence[Called]) -> None:
        self._ordered = ordered
        self._of_unit: dict[str, list[int]] = defaultdict(list)
        for place, called in enumerate(ordered):
            for unit in called.units:
                self._of_unit[unit].append(place)
        self._of_units: dict[tuple[str, ...], tuple[list[int], list[datetime]]] = {}
        lengths = (each.requested.end - each.requested.start for each in ordered)
        self._longest = max(lengths, default=timedelta(0))

    def of(self, place: int) -> list[Called]:
        """Those issued later that may touch a period of the one at a place."""
        own = self._ordered[place]
        since, till = own.requested.start - NEAR, own.requested.end + NEAR
        places, starts = self._by_start(tuple(own.units))
        near = places[bisect_left(starts, since - self._longest) : bisect_left(starts, till)]
        found = [self._ordered[each] for each in sorted(near) if each > place]
        return [each for each in found if each.requested.end > since]

    def _by_start(self, units: tuple[str, ...]) -> tuple[list[int], list[datetime]]:
        """The dispatches of any of these units by their start, and these starts."""
        if units not in self._of_units:
            places = {place for unit in units for place in self._of_unit[unit]}
            starts = sorted((self._ordered[place].requested.start, place) for place in places)
            self._of_units[units] = [place for _, place in starts], [start for start, _ in starts]
        return self._of_units[units]


def periods_of(requested: Requested, minutes: int) -> range:
    """The numbers of the settlement periods that a profile touches, by whole seconds as its energy is counted."""
    first = minute_of(requested.start) // minutes
    last = -(-end_minute(requested.end.replace(microsecond=0)) // minutes)
    return range(first, max(last, first + 1))


def _asked(
    called: Called, periods: range, units: Sequence[tuple[Periods, UnitFacts]], zone: ZoneInfo
) -> Asked:
    minutes = called.terms.period_minutes
    metered = units[0][0] if units else no_readings().periods(minutes, estimated_counts=False)
    return Asked(periods, minutes, called.requested.start, called.sigma, zone, metered)


class _Dispatch:
    """A dispatch with what its units metered and were expected to, summed over those that count.

    Everything is whole numbers: energies of a period are so many of ``1 / divisor`` kWh, a grain in which whatever the terms name
    a share of is whole.
    """

    def __init__(self, called: Called, calling: Calling, expected: Expected) -> None:
        self.called, self._expected = called, expected
        self._periods, self._minutes = calling.asked.periods, called.terms.period_minutes
        self.length = len(self._periods)
        numbers = np.arange(self._periods[0], self._periods[0] + self.length, dtype=np.int64)
        self._net, self._complete = calling.metered.at(numbers)
        self._counts = self._complete & expected.is_known
        self._grain(calling.metered.largest)

    def _grain(self, largest: int) -> None:
        """Bring what was metered, expected and asked for to one divisor."""
        terms = self.called.terms
        edges = range(self._periods[0], self._periods[0] + self.length + 1)
        asked, of_asked = self.called.requested.energies([instant_of(each * self._minutes) for each in edges])
        of_expected = lcm(*self._expected.divisors)
        metered, expected = self._sums(of_expected, largest)
        self._divisor = lcm(MICRO * of_expected, of_asked * grain_of(terms.utilisation, terms.penalty))
        finer, of_metered = self._divisor // (MICRO * of_expected), self._divisor // MICRO
        self._asked = [each * (self._divisor // of_asked) for each in asked]
        self._metered = [each * of_metered for each in metered]
        self._baseline = [each * finer for each in expected]
        self._is_complete: Sequence[bool] = np.asarray(self._counts.all(axis=0)).tolist()

    def _sums(self, divisor: int, largest: int) -> tuple[list[int], list[int]]:
        """By period, what the units that count metered, in millionths of a kWh, and were expected to, over a divisor of these."""
        units = len(self._expected.divisors)
        net = with_room(self._net, largest * units)
        numerators = with_room(self._expected.numerators, max(self._expected.largest, 1) * units * divisor)
        scales = np.array([divisor // each for each in self._expected.divisors], numerators.dtype)
        expected = numerators * scales[:, None]
        metered: list[int] = np.where(self._counts, net, 0).sum(axis=0).tolist()
        summed: list[int] = np.where(self._counts, expected, 0).sum(axis=0).tolist()
        return metered, summed

    def measured(self, number: int, taken: _Taken, later: Sequence[Called]) -> PeriodResult:
        """The period of this number of the dispatch; what it credits is taken from those issued later."""
        called, minutes = self.called, self._minutes
        start = self._periods[number] * minutes
        end = start + minutes
        already = taken.between(called.units, start, end)
        energies, divisor = self._energies(number, already)
        called_later = _called_later(later, start, end) if later else frozenset()
        units = LazySequence(partial(self._units, number, already, energies.delivered, divisor, called_later))
        if later:
            for each in units:
                taken.add(each.unit, start, end, called.sigma * each.credited)
        return PeriodResult(instant_of(start), minutes, energies, divisor, self._is_complete[number], units)

    def _energies(self, number: int, already: Mapping[str, Fraction]) -> tuple[Energies, int]:
        """The energies of a period, and their divisor."""
        called = self.called
        taken = self._taken_of(already, number) if already else ZERO
        finer = taken.denominator // gcd(taken.denominator, self._divisor)
        divisor = self._divisor * finer
        asked, expected = self._asked[number] * finer, self._baseline[number] * finer
        metered = self._metered[number] * finer
        flexibility = called.sigma * (metered - int(taken * divisor) - expected)
        given = 0 if called.requested.response is Response.DECLINED else flexibility
        delivered = delivered_energy(called.terms.utilisation, asked, given)
        missing = deficiency(called.terms.penalty, asked, given) if self._is_complete[number] else 0
        return Energies(asked, expected, metered, flexibility, delivered, missing), divisor

    def _taken_of(self, already: Mapping[str, Fraction], number: int) -> Fraction:
        """What was taken before of the units that count in a period."""
        counts = zip(self.called.units, self._counts[:, number].tolist(), strict=True)
        return sum((already.get(unit, ZERO) for unit, does in counts if does), ZERO)

    def _units(
        self,
        number: int,
        already: Mapping[str, Fraction],
        delivered: int,
        divisor: int,
        later: frozenset[str],
    ) -> list[UnitPeriod]:
        """Each unit of the period, with what of the delivered energy is credited to it."""
        found = [self._unit(row, number, already) for row in range(len(self.called.units))]
        credited = _credited(Fraction(delivered, divisor), found, later)
        return [replace(each, credited=credited.get(each.unit, ZERO)) for each in found]

    def _unit(self, row: int, number: int, already: Mapping[str, Fraction]) -> UnitPeriod:
        unit = self.called.units[row]
        taken = already.get(unit, ZERO)
        metered = Fraction(int(self._net[row, number]), MICRO) if self._complete[row, number] else None
        expected = self._expected.energy(row, number)
        flexibility = None
        if metered is not None and expected is not None:
            flexibility = self.called.sigma * (metered - taken - expected)
        return UnitPeriod(unit, expected, metered, taken, flexibility)


def _called_later(later: Iterable[Called], start: int, end: int) -> frozenset[str]:
    """The units that a dispatch issued later also calls within the period."""
    since, till = instant_of(start), instant_of(end)
    return frozenset(
        unit
        for each in later
        if any(piece.start < till and piece.end > since for piece in each.requested.pieces)
        for unit in each.units
    )


def _credited(delivered: Fraction, units: Iterable[UnitPeriod], later: frozenset[str]) -> dict[str, Fraction]:
    """To whom the delivered energy is credited: first to units that no later dispatch of the period calls, then in order."""
    giving = [each for each in units if each.flexibility is not None and each.flexibility > 0]
    left = delivered
    found = {}
    for each in sorted(giving, key=lambda unit: (unit.unit in later, unit.unit)):
        assert each.flexibility is not None
        found[each.unit] = min(left, each.flexibility)
        left -= found[each.unit]
    return found
