"""Recent days: the mean of like days before, with an adjustment to the hours before (operations, section
8.3).

The family of “X of Y” baselines: middle 8 of 10, high 5 of 10 with an additive same-day adjustment, and so
on; see the comparison of customer baselines by Coughlin, Piette, Goldman and Kiliccote (LBNL-63728, 2008).

    B⁰(p) = 1/n · Σ over the chosen days d of N(d, offset(p), t(p))

The units of a dispatch are worked out together, as arrays of units by days by periods.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from competitions.domain.settlement_terms import Adjustment, BaselineTerms, DayCounts, Select
from operations.domain.baselines.adjusting import Totals, adjusted
from operations.domain.baselines.asked import (
    Asked,
    Baseline,
    ConsideredDay,
    Energies,
    UnitBaselines,
    none_because,
)
from operations.domain.baselines.candidate_days import (
    CandidateDays,
    UnitDays,
    candidate_days,
    is_working,
    shape_of,
    why_left_out,
)
from operations.domain.lazy_sequence import LazySequence
from operations.domain.series import MICRO, StackedPeriods, minute_of, stacked

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
LAST = np.iinfo(np.int64).max
"""Ranks a place that holds no day after all that do."""
NOT_ADJUSTED = "Not adjusted: the readings before the dispatch are not complete."


def recent_days(asked: Asked, terms: BaselineTerms, days: UnitDays) -> Baseline:
    """The baseline of the days before; none with fewer than the least number of them."""
    return recent_days_of_units(asked, stacked([asked.metered]), [days], terms).baselines[0]


def recent_days_of_units(
    asked: Asked, metered: StackedPeriods, days: Sequence[UnitDays], terms: BaselineTerms
) -> UnitBaselines:
    """The baselines of several units for one dispatch: ``metered`` has a row and ``days`` an entry for each."""
    alike: dict[int, list[int]] = {}
    for place, own in enumerate(days):
        alike.setdefault(id(own), []).append(place)
    window = _window(asked, terms.adjustment)
    before = _before(metered, window, len(days))
    found: dict[int, tuple[_Chosen, int]] = {}
    for places in alike.values():
        looked = _looked_at(asked, window, days[places[0]], terms)
        rows = metered if len(places) == len(days) else metered.rows(places)
        chosen = _chosen_of(rows, looked, len(asked.periods))
        for row, place in enumerate(places):
            found[place] = chosen, row
    in_order = [found[place] for place in range(len(days))]
    energies = [
        _energies(asked, terms.adjustment, chosen, row, before[place])
        for place, (chosen, row) in enumerate(in_order)
    ]
    return UnitBaselines(energies, LazySequence(partial(_baselines, terms, in_order, energies, before)))


def _window(asked: Asked, adjustment: Adjustment | None) -> range:
    """The periods of the adjustment window: its end is cut down to the grid."""
    if adjustment is None:
        return range(0)
    end = (minute_of(asked.start) - adjustment.gap_minutes) // asked.minutes
    return range(end - adjustment.minutes // asked.minutes, end)


def _before(metered: StackedPeriods, window: range, units: int) -> list[list[int] | None]:
    """Of each unit the energies of the window; None where they are not complete, or there is none."""
    if not window:
        return [None] * units
    net, complete = metered.at(np.arange(window.start, window.stop, dtype=np.int64))
    is_whole: Booleans = np.asarray(complete.all(axis=1))
    return [
        energies if whole else None for energies, whole in zip(net.tolist(), is_whole.tolist(), strict=True)
    ]


@dataclass(frozen=True)
class _LookedAt:
    """The candidates of units with the same days: why some are left out, and the periods of the others."""

    candidates: CandidateDays
    why_not: Sequence[str]
    allowed: Integers
    periods: Integers
    counts: DayCounts
    select: Select


def _looked_at(asked: Asked, window: range, days: UnitDays, terms: BaselineTerms) -> _LookedAt:
    day = asked.start.astimezone(asked.zone).date()
    holidays = days.holidays if isinstance(days.holidays, frozenset) else frozenset(days.holidays)
    shape = shape_of(tuple(asked.periods), window, asked.minutes, day, asked.zone)
    candidates = candidate_days(day, shape, asked.zone, terms.lookback_days, holidays)
    why_not = why_left_out(candidates, asked.minutes, days)
    allowed = np.array([place for place, why in enumerate(why_not) if not why], np.int64)
    return _LookedAt(
        candidates,
        why_not,
        allowed,
        candidates.minutes[allowed] // asked.minutes,
        terms.working if is_working(day, holidays) else terms.other,
        terms.select,
    )


@dataclass(frozen=True)
class _Chosen:
    """By unit: which allowed days are complete, which are near (the nearest first), their ranks, and which of them are used.

    ``totals`` are the net energies of the used days, summed for each period of the dispatch and of the window.
    """

    looked: _LookedAt
    length: int
    is_complete: Booleans
    near: Integers
    is_near: Booleans
    rank: Integers
    is_used: Booleans
    totals: Integers

    @cached_property
    def near_days(self) -> list[int]:
        """How many days of each unit are near."""
        found: list[int] = self.is_near.sum(axis=1).tolist()
        return found

    @cached_property
    def used_days(self) -> list[int]:
        """How many of them are used."""
        found: list[int] = self.is_used.sum(axis=1).tolist()
        return found


def _chosen_of(metered: StackedPeriods, looked: _LookedAt, length: int) -> _Chosen:
    net, complete = metered.at(looked.periods)
    is_complete: Booleans = np.asarray(complete.all(axis=2))
    counts = looked.counts
    nearest = is_complete & (is_complete.cumsum(axis=1) <= counts.nearest)
    near = np.argsort(~nearest, axis=1, kind="stable")[:, : counts.nearest]
    unit = np.arange(len(near))[:, None]
    is_near: Booleans = nearest[unit, near]
    energies = net[unit, near] * is_near[:, :, None]
    imported = np.where(is_near, energies[:, :, :length].sum(axis=2), LAST)
    rank = np.argsort(np.argsort(imported, axis=1, kind="stable"), axis=1)
    is_used: Booleans = is_near & _is_chosen(rank, is_near.sum(axis=1)[:, None], counts, looked.select)
    totals = (energies * is_used[:, :, None]).sum(axis=1)
    return _Chosen(looked, length, is_complete, near, is_near, rank, is_used, totals)


def _is_chosen(rank: Integers, number: Integers, counts: DayCounts, select: Select) -> Booleans:
    """Which ranks by import (0 the highest, of equals the more recent) are chosen, of so many near days."""
    chosen: Booleans
    if select is Select.HIGH:
        chosen = rank < counts.used
    elif select is Select.LOW:
        chosen = rank >= number - counts.used
    else:
        dropped = (counts.nearest - counts.used) // 2
        chosen = (number < counts.nearest) | ((rank >= dropped) & (rank < number - dropped))
    return chosen


def _energies(
    asked: Asked, adjustment: Adjustment | None, chosen: _Chosen, row: int, before: list[int] | None
) -> Energies:
    if chosen.near_days[row] < chosen.looked.counts.least:
        return Energies(asked.periods, (None,) * chosen.length, 1)
    total, used = tuple(chosen.totals[row].tolist()), chosen.used_days[row]
    totals = Totals(total[: chosen.length], total[chosen.length :], used)
    if adjustment is None or before is None:
        return Energies(asked.periods, totals.of_dispatch, used * MICRO)
    numerators, divisor = adjusted(totals, before, adjustment, asked.sigma)
    return Energies(asked.periods, numerators, divisor * MICRO)


def _baselines(
    terms: BaselineTerms,
    found: Sequence[tuple[_Chosen, int]],
    energies: Sequence[Energies],
    before: Sequence[list[int] | None],
) -> list[Baseline]:
    """The same with the days that were considered, and with what the reader should know."""
    made = []
    for (chosen, row), energy, own in zip(found, energies, before, strict=True):
        near, least = chosen.near_days[row], chosen.looked.counts.least
        days = _considered(chosen, row)
        if near < least:
            made.append(none_because(f"Only {near} of at least {least} days can be used.", days))
        else:
            is_lacking = terms.adjustment is not None and own is None
            made.append(Baseline(energy, days, NOT_ADJUSTED if is_lacking else ""))
    return made


def _considered(chosen: _Chosen, row: int) -> list[ConsideredDay]:
    """The days that were looked at until enough were near: those left out, then those near by rank."""
    looked = chosen.looked
    complete = dict(zip(looked.allowed.tolist(), chosen.is_complete[row].tolist(), strict=True))
    left_out, near = [], 0
    for place, day in enumerate(looked.candidates.days):
        if near == looked.counts.nearest:
            break
        if complete.get(place):
            near += 1
        else:
            why = looked.why_not[place] or "Readings are missing in the hours that would be used."
            left_out.append(ConsideredDay(day, False, why))
    days = _near_days(chosen, row)
    if near < looked.counts.least:
        return [*left_out, *(ConsideredDay(day, False, "Too few days can be used.") for day in days)]
    ranks = dict(enumerate(chosen.rank[row].tolist()))
    used = [
        ConsideredDay(
            days[place],
            bool(chosen.is_used[row, place]),
            "" if chosen.is_used[row, place] else "Not among those chosen.",
            ranks[place] + 1,
        )
        for place in sorted(range(len(days)), key=ranks.__getitem__)
    ]
    return [*left_out, *used]


def _near_days(chosen: _Chosen, row: int) -> list[date]:
    """The near days of a unit, the most recent first."""
    looked = chosen.looked
    near = chosen.near[row][chosen.is_near[row]]
    return [looked.candidates.days[place] for place in looked.allowed[near].tolist()]
