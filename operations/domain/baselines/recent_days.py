"""Recent days: the mean of like days before, with an adjustment to the hours before (operations, section
8.3).

The family of “X of Y” baselines: middle 8 of 10, high 5 of 10 with an additive same-day adjustment, and so
on; see the comparison of customer baselines by Coughlin, Piette, Goldman and Kiliccote (LBNL-63728, 2008).

    B⁰(p) = 1/n · Σ over the chosen days d of N(d, offset(p), t(p))

The dispatches that the same units have under the same terms are worked out together, as arrays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np

from competitions.domain.settlement_terms import Adjustment, BaselineTerms
from operations.domain.baselines.adjusting import Totals, adjusted
from operations.domain.baselines.asked import (
    Asked,
    Baseline,
    ConsideredDay,
    Energies,
    Expected,
    UnitBaselines,
    none_because,
)
from operations.domain.baselines.candidate_days import UnitDays
from operations.domain.baselines.chosen_days import (
    Booleans,
    Chosen,
    LookedAt,
    Shapes,
    chosen_days,
    looked_at,
)
from operations.domain.lazy_sequence import LazySequence
from operations.domain.series import MICRO, StackedPeriods, minute_of, stacked
from operations.domain.whole_numbers import Integers, with_room

MOST_CELLS = 4_000_000
"""Of so many readings the completeness is looked at together, at most: units by dispatches by days by periods."""
NOT_ADJUSTED = "Not adjusted: the readings before the dispatch are not complete."


def recent_days(asked: Asked, terms: BaselineTerms, days: UnitDays) -> Baseline:
    """The baseline of the days before; none with fewer than the least number of them."""
    return recent_days_of_units([asked], stacked([asked.metered]), [days], terms)[0].baselines[0]


def recent_days_of_units(
    asked: Sequence[Asked], metered: StackedPeriods, days: Sequence[UnitDays], terms: BaselineTerms
) -> list[UnitBaselines]:
    """The baselines of units for dispatches that call them: ``metered`` has a row and ``days`` an entry for each unit."""
    if not days:
        return [UnitBaselines(Expected.of([], len(each.periods)), []) for each in asked]
    return [
        found for some in _parts(asked, len(days), terms) for found in _together(some, metered, days, terms)
    ]


def _parts(asked: Sequence[Asked], units: int, terms: BaselineTerms) -> Iterator[Sequence[Asked]]:
    """The dispatches in parts that fit into memory."""
    longest = max(len(each.periods) + len(_window(each, terms.adjustment)) for each in asked)
    most = max(1, MOST_CELLS // (units * terms.lookback_days * longest))
    return (asked[place : place + most] for place in range(0, len(asked), most))


def _window(asked: Asked, adjustment: Adjustment | None) -> range:
    """The periods of the adjustment window: its end is cut down to the grid."""
    if adjustment is None:
        return range(0)
    end = (minute_of(asked.start) - adjustment.gap_minutes) // asked.minutes
    return range(end - adjustment.minutes // asked.minutes, end)


@dataclass(frozen=True)
class _Alike:
    """Units with the same days, by their places in the dispatches' order: what each dispatch looked at, and what was chosen."""

    units: Sequence[int]
    looked: Sequence[LookedAt]
    chosen: Chosen


@dataclass(frozen=True)
class _Sums:
    """Energies of the chosen days by unit, dispatch and period, summed; how many days were near, and how many are used."""

    totals: Integers
    near: Integers
    used: Integers

    @classmethod
    def of(cls, alike: Sequence[_Alike]) -> "_Sums":
        order = np.argsort([place for each in alike for place in each.units])
        chosen = [each.chosen for each in alike]
        return cls(
            np.concatenate([each.totals for each in chosen])[order],
            np.concatenate([each.is_near.sum(axis=2) for each in chosen])[order],
            np.concatenate([each.is_used.sum(axis=2) for each in chosen])[order],
        )


def _together(
    asked: Sequence[Asked], metered: StackedPeriods, days: Sequence[UnitDays], terms: BaselineTerms
) -> list[UnitBaselines]:
    windows = [_window(each, terms.adjustment) for each in asked]
    shapes = Shapes.of(asked, len(windows[0]))
    alike = _alike(asked, windows, metered, days, terms, shapes)
    sums = _Sums.of(alike)
    is_known = _are_enough(alike, sums.near)
    days_used = np.where(is_known, sums.used, 1)
    numerators, divisors = sums.totals[..., : shapes.longest], days_used
    is_moved = np.zeros(is_known.shape, np.bool_)
    if terms.adjustment is not None and shapes.window:
        before = _Before.of(metered, windows)
        is_moved = before.is_complete
        moved, by = adjusted(
            Totals(
                numerators,
                sums.totals[..., shapes.longest :].sum(axis=2),
                days_used,
                before.energy,
                shapes.window,
                shapes.periods,
                np.array([each.sigma for each in asked], np.int64),
                metered.largest,
            ),
            terms.adjustment,
        )
        numerators = np.where(is_moved[..., None], moved, numerators)
        divisors = np.where(is_moved, by, divisors)
    found = _Found(asked, alike, terms, numerators, divisors, is_known, is_moved)
    return [found.of(number) for number in range(len(asked))]


def _alike(
    asked: Sequence[Asked],
    windows: Sequence[range],
    metered: StackedPeriods,
    days: Sequence[UnitDays],
    terms: BaselineTerms,
    shapes: Shapes,
) -> list[_Alike]:
    places: dict[int, list[int]] = {}
    for place, own in enumerate(days):
        places.setdefault(id(own), []).append(place)
    found = []
    for units in places.values():
        looked = [
            looked_at(each, window, days[units[0]], terms)
            for each, window in zip(asked, windows, strict=True)
        ]
        rows = metered if len(units) == len(days) else metered.rows(units)
        found.append(_Alike(units, looked, chosen_days(rows, looked, shapes, terms.select)))
    return found


def _are_enough(alike: Sequence[_Alike], near: Integers) -> Booleans:
    """Of which units and dispatches at least the least number of days is near."""
    least = np.zeros(near.shape, np.int64)
    for each in alike:
        least[each.units] = [one.counts.least for one in each.looked]
    return np.asarray(near >= least)


@dataclass(frozen=True)
class _Before:
    """What units metered in the adjustment windows of dispatches, and where that is complete."""

    energy: Integers
    is_complete: Booleans

    @classmethod
    def of(cls, metered: StackedPeriods, windows: Sequence[range]) -> "_Before":
        periods = np.array([list(each) for each in windows], np.int64)
        energies = with_room(metered.energies(periods), metered.largest * periods.shape[1])
        is_complete: Booleans = np.asarray(metered.are_complete(periods).all(axis=2))
        return cls(energies.sum(axis=2), is_complete)


class _Found:
    """The baselines of units for dispatches: numerators by unit, dispatch and period over divisors by unit and dispatch."""

    def __init__(
        self,
        asked: Sequence[Asked],
        alike: Sequence[_Alike],
        terms: BaselineTerms,
        numerators: Integers,
        divisors: Integers,
        is_known: Booleans,
        is_moved: Booleans,
    ) -> None:
        self._asked, self._alike, self._terms = asked, alike, terms
        self._numerators, self._divisors = numerators, divisors
        self._is_known, self._is_moved = is_known, is_moved
        self._largest = int(np.abs(numerators).max(initial=0))

    def of(self, number: int) -> UnitBaselines:
        """Those of one dispatch; the days that were considered are told when somebody asks."""
        length = len(self._asked[number].periods)
        expected = Expected(
            self._numerators[:, number, :length],
            self._divisors[:, number].tolist(),
            np.broadcast_to(self._is_known[:, number, None], (len(self._is_known), length)),
            self._largest,
        )
        return UnitBaselines(expected, LazySequence(partial(self._baselines, number, expected)))

    def _baselines(self, number: int, expected: Expected) -> list[Baseline]:
        """The same with the days that were considered, and with what the reader should know."""
        made: dict[int, Baseline] = {}
        for alike in self._alike:
            looked = alike.looked[number]
            for row, unit in enumerate(alike.units):
                days = _considered(alike.chosen, looked, row, number)
                if self._is_known[unit, number]:
                    energies = Energies(
                        self._asked[number].periods,
                        expected.numerators[unit].tolist(),
                        expected.divisors[unit] * MICRO,
                    )
                    made[unit] = Baseline(energies, days, self._note(unit, number))
                else:
                    near = int(alike.chosen.is_near[row, number].sum())
                    least = looked.counts.least
                    made[unit] = none_because(f"Only {near} of at least {least} days can be used.", days)
        return [made[unit] for unit in range(len(made))]

    def _note(self, unit: int, number: int) -> str:
        is_lacking = self._terms.adjustment is not None and not self._is_moved[unit, number]
        return NOT_ADJUSTED if is_lacking else ""


def _considered(chosen: Chosen, looked: LookedAt, row: int, number: int) -> list[ConsideredDay]:
    """The days that were looked at until enough were near: those left out, then those near by rank."""
    complete = dict(
        zip(looked.allowed, chosen.is_complete[row, number, : len(looked.allowed)].tolist(), strict=True)
    )
    left_out, near = [], 0
    for place, day in enumerate(looked.candidates.days):
        if near == looked.counts.nearest:
            break
        if complete.get(place):
            near += 1
        else:
            why = looked.why_not[place] or "Readings are missing in the hours that would be used."
            left_out.append(ConsideredDay(day, False, why))
    days = _near_days(chosen, looked, row, number)
    if near < looked.counts.least:
        return [*left_out, *(ConsideredDay(day, False, "Too few days can be used.") for day in days)]
    ranks = dict(enumerate(chosen.rank[row, number].tolist()))
    is_used = chosen.is_used[row, number].tolist()
    used = [
        ConsideredDay(
            days[place],
            is_used[place],
            "" if is_used[place] else "Not among those chosen.",
            ranks[place] + 1,
        )
        for place in sorted(range(len(days)), key=ranks.__getitem__)
    ]
    return [*left_out, *used]


def _near_days(chosen: Chosen, looked: LookedAt, row: int, number: int) -> list[date]:
    """The near days of a unit, the most recent first."""
    near = chosen.near[row, number][chosen.is_near[row, number]]
    return [looked.candidates.days[looked.allowed[place]] for place in near.tolist()]
