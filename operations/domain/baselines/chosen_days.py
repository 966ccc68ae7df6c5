"""Which of the days before a baseline is made of: the nearest complete ones, ranked by import (operations, section 8.3).

The dispatches of the same units are worked out together, as arrays of units by dispatches by days by periods. Dispatches that are
shorter than the longest repeat their first period, which counts nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from competitions.domain.settlement_terms import BaselineTerms, DayCounts, Select
from operations.domain.baselines.asked import Asked
from operations.domain.baselines.candidate_days import (
    CandidateDays,
    UnitDays,
    candidate_days,
    is_working,
    shape_of,
    why_left_out,
)
from operations.domain.series import StackedPeriods
from operations.domain.whole_numbers import Integers, with_room

Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Shapes:
    """The periods of dispatches side by side, then those of the adjustment window before each, all equally many.

    ``periods``: how many each dispatch has; ``is_meant``: which of the places are one, by dispatch.
    """

    longest: int
    window: int
    periods: Integers
    is_meant: Booleans

    @classmethod
    def of(cls, asked: Sequence[Asked], window: int) -> "Shapes":
        periods = np.array([len(each.periods) for each in asked], np.int64)
        longest = int(periods.max())
        is_meant = np.ones((len(asked), longest + window), np.bool_)
        is_meant[:, :longest] = np.arange(longest) < periods[:, None]
        return cls(longest, window, periods, is_meant)

    def placed(self, dispatch: int, periods: Integers) -> Integers:
        """Rows of the periods of a dispatch and of its window, with its first repeated up to the longest."""
        own = int(self.periods[dispatch])
        if own == self.longest:
            return periods
        more = np.repeat(periods[:, :1], self.longest - own, axis=1)
        return np.hstack([periods[:, :own], more, periods[:, own:]])


@dataclass(frozen=True)
class LookedAt:
    """The candidates of a dispatch for units with the same days: why some are left out, and the periods of the others."""

    candidates: CandidateDays
    why_not: Sequence[str]
    allowed: Sequence[int]
    periods: Integers
    counts: DayCounts


def looked_at(asked: Asked, window: range, days: UnitDays, terms: BaselineTerms) -> LookedAt:
    """The days that a baseline may look at, whatever was metered."""
    day = asked.start.astimezone(asked.zone).date()
    holidays = days.holidays if isinstance(days.holidays, frozenset) else frozenset(days.holidays)
    shape = shape_of(tuple(asked.periods), window, asked.minutes, day, asked.zone)
    candidates = candidate_days(day, shape, asked.zone, terms.lookback_days, holidays)
    why_not = why_left_out(candidates, asked.minutes, days)
    allowed = [place for place, why in enumerate(why_not) if not why]
    periods = candidates.minutes[allowed] // asked.minutes
    counts = terms.working if is_working(day, holidays) else terms.other
    return LookedAt(candidates, why_not, allowed, periods, counts)


@dataclass(frozen=True)
class Chosen:
    """By unit and dispatch: which allowed days are complete, which are near (the nearest first), their ranks, and which of them
    are used.

    ``totals`` are the net energies of the used days, summed for each period of the dispatch and of the window.
    """

    is_complete: Booleans
    near: Integers
    is_near: Booleans
    rank: Integers
    is_used: Booleans
    totals: Integers


def chosen_days(
    metered: StackedPeriods, looked: Sequence[LookedAt], shapes: Shapes, select: Select
) -> Chosen:
    """The days of which the baselines of these dispatches are the mean; ``metered`` has a row for each unit."""
    places, is_allowed = _side_by_side(looked, shapes)
    nearest_of = np.array([each.counts.nearest for each in looked], np.int64)[:, None]
    is_complete: Booleans = metered.are_complete(places).all(axis=3) & is_allowed
    nearest = is_complete & (is_complete.cumsum(axis=2) <= nearest_of)
    near = np.argsort(~nearest, axis=2, kind="stable")[:, :, : int(nearest_of.max())]
    is_near: Booleans = np.take_along_axis(nearest, near, axis=2)
    energies = _near_energies(metered, places, near, is_near, shapes)
    imported = energies[..., : shapes.longest].sum(axis=3)
    last = metered.largest * shapes.longest + 1
    ranks = np.argsort(np.where(is_near, imported, last), axis=2, kind="stable")
    rank = np.argsort(ranks, axis=2)
    is_used = is_near & _is_chosen(rank, is_near.sum(axis=2, keepdims=True), looked, select)
    totals = (energies * is_used[..., None]).sum(axis=2)
    return Chosen(is_complete, near, is_near, rank, is_used, totals)


def _side_by_side(looked: Sequence[LookedAt], shapes: Shapes) -> tuple[Integers, Booleans]:
    """The periods of allowed days, by dispatch and day, and which places hold such a day."""
    most = max(max(len(each.allowed) for each in looked), 1)
    places = np.zeros((len(looked), most, shapes.longest + shapes.window), np.int64)
    is_allowed = np.zeros((len(looked), most), np.bool_)
    for number, each in enumerate(looked):
        places[number, : len(each.allowed)] = shapes.placed(number, each.periods)
        is_allowed[number, : len(each.allowed)] = True
    return places, is_allowed


def _near_energies(
    metered: StackedPeriods, places: Integers, near: Integers, is_near: Booleans, shapes: Shapes
) -> Integers:
    """Net energy of the periods of the near days, 0 where none is meant."""
    dispatch = np.arange(len(places))[None, :, None]
    periods = places[dispatch, near] - metered.first
    unit = np.arange(len(near))[:, None, None, None]
    if not metered.net.shape[1]:
        return np.zeros(periods.shape, np.int64)
    found = metered.net[unit, np.clip(periods, 0, metered.net.shape[1] - 1)]
    found *= is_near[..., None] & shapes.is_meant[None, :, None, :]
    return with_room(found, metered.largest * max(near.shape[2], shapes.longest + shapes.window))


def _is_chosen(rank: Integers, number: Integers, looked: Sequence[LookedAt], select: Select) -> Booleans:
    """Which ranks by import (0 the highest, of equals the more recent) are chosen, of so many near days."""
    used, nearest = (
        np.array(each, np.int64)[:, None]
        for each in zip(*((one.counts.used, one.counts.nearest) for one in looked), strict=True)
    )
    chosen: Booleans
    if select is Select.HIGH:
        chosen = rank < used
    elif select is Select.LOW:
        chosen = rank >= number - used
    else:
        dropped = (nearest - used) // 2
        chosen = (number < nearest) | ((rank >= dropped) & (rank < number - dropped))
    return chosen
