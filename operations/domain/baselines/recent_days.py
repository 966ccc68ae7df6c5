"""Recent days: the mean of like days before, with an adjustment to the hours before (operations, section
8.3).

The family of “X of Y” baselines: middle 8 of 10, high 5 of 10 with an additive same-day adjustment, and so
on; see the comparison of customer baselines by Coughlin, Piette, Goldman and Kiliccote (LBNL-63728, 2008).

    B⁰(p) = 1/n · Σ over the chosen days d of N(d, offset(p), t(p))
    additive        a = mean over W of (N − B⁰), |a| ≤ cap · mean |B⁰|;   B = B⁰ + a
    multiplicative  r = ΣN / ΣB⁰ over W, 1 − cap ≤ r ≤ 1 + cap;           B = r · B⁰
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from competitions.domain.settlement_terms import Adjustment, AdjustmentKind, BaselineTerms, DayCounts, Select
from operations.domain.baselines.asked import Asked, Baseline, ConsideredDay, none_because
from operations.domain.series import MICRO, instant_of, minute_of

SATURDAY = 5
DAY = timedelta(days=1)
FULL_DAY = 1440


@dataclass(frozen=True)
class UnitDays:
    """What is known of a unit's days: public holidays, days with a dispatch, days left out by agreement, and
    the spans (minutes since 1970) in which it was dispatched."""

    holidays: Collection[date]
    event_days: Collection[date]
    excluded: Collection[date]
    dispatched: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True)
class _Shape:
    """Offsets in days and clock times (minutes from midnight) of a dispatch's periods, then of the adjustment
    window's."""

    offsets: tuple[int, ...]
    clock_minutes: tuple[int, ...]
    dispatch_length: int


@dataclass(frozen=True)
class _Hours:
    """The hours of a day in the shape of a dispatch: where each period begins, in minutes since 1970, and their
    ends."""

    minutes: npt.NDArray[np.int64]
    first: int
    last: int


def recent_days(asked: Asked, terms: BaselineTerms, days: UnitDays) -> Baseline:
    """The baseline of the days before; none with fewer than the least number of them."""
    day = asked.start.astimezone(asked.zone).date()
    window = _window(asked, terms.adjustment)
    shape = _shape(asked, day, window)
    is_working = _is_working(day, days.holidays)
    counts = terms.working if is_working else terms.other
    near, considered = _nearest(asked, day, shape, counts.nearest, is_working, terms.lookback_days, days)
    if len(near) < counts.least:
        return none_because(
            f"Only {len(near)} of at least {counts.least} days can be used.", [*considered, *_unused(near)]
        )
    sums = np.stack([asked.metered.sums(periods) for _, periods in near])
    rank = _ranked(sums[:, : shape.dispatch_length])
    chosen = _chosen(rank, counts, terms.select)
    mean = [Fraction(int(total), len(chosen) * MICRO) for total in sums[chosen].sum(axis=0)]
    of_dispatch, of_window = mean[: shape.dispatch_length], mean[shape.dispatch_length :]
    used = [
        ConsideredDay(
            near[place][0], place in chosen, "" if place in chosen else "Not among those chosen.", number
        )
        for number, place in enumerate(rank, 1)
    ]
    energy, note = _adjusted(asked, terms.adjustment, window, of_dispatch, of_window)
    return Baseline(dict(zip(asked.periods, energy, strict=True)), [*considered, *used], note)


def _unused(near: Iterable[tuple[date, npt.NDArray[np.int64]]]) -> list[ConsideredDay]:
    return [ConsideredDay(day, False, "Too few days can be used.") for day, _ in near]


def _is_working(day: date, holidays: Collection[date]) -> bool:
    return day.weekday() < SATURDAY and day not in holidays


def _window(asked: Asked, adjustment: Adjustment | None) -> range:
    """The periods of the adjustment window: its end is cut down to the grid."""
    if adjustment is None:
        return range(0)
    end = (minute_of(asked.start) - adjustment.gap_minutes) // asked.minutes
    return range(end - adjustment.minutes // asked.minutes, end)


def _shape(asked: Asked, day: date, window: range) -> _Shape:
    return _shape_of(tuple(asked.periods), window, asked.minutes, day, asked.zone)


@lru_cache(maxsize=1024)
def _shape_of(periods: tuple[int, ...], window: range, minutes: int, day: date, zone: ZoneInfo) -> _Shape:
    local = [instant_of(each * minutes).astimezone(zone) for each in (*periods, *window)]
    return _Shape(
        tuple((each.date() - day).days for each in local),
        tuple(each.hour * 60 + each.minute for each in local),
        len(periods),
    )


def _nearest(
    asked: Asked, day: date, shape: _Shape, wanted: int, is_working: bool, lookback: int, days: UnitDays
) -> tuple[list[tuple[date, npt.NDArray[np.int64]]], list[ConsideredDay]]:
    """The nearest days that may be used, each with its periods in the dispatch's shape, and those left out
    with reasons."""
    near: list[tuple[date, npt.NDArray[np.int64]]] = []
    left_out: list[ConsideredDay] = []
    for back in range(1, lookback + 1):
        candidate = day - back * DAY
        if _is_working(candidate, days.holidays) != is_working:
            continue
        if len(near) == wanted:
            break
        why, periods = _why_not(asked, candidate, shape, days)
        if why or periods is None:
            left_out.append(ConsideredDay(candidate, False, why))
        else:
            near.append((candidate, periods))
    return near, left_out


def _why_not(
    asked: Asked, candidate: date, shape: _Shape, days: UnitDays
) -> tuple[str, npt.NDArray[np.int64] | None]:
    if candidate in days.event_days:
        return "A dispatch had effect on it.", None
    if candidate in days.excluded:
        return "It is excluded by agreement.", None
    hours = _hours_on(candidate, shape, asked.zone)
    if hours is None:
        return "The clocks change on it.", None
    if _overlaps(hours, asked.minutes, days.dispatched):
        return "A dispatch overlaps the hours that would be used.", None
    periods = hours.minutes // asked.minutes
    if not asked.metered.all_complete(periods):
        return "Readings are missing in the hours that would be used.", None
    return "", periods


def _overlaps(hours: _Hours, minutes: int, dispatched: Sequence[tuple[int, int]]) -> bool:
    return any(
        ((hours.minutes < end) & (hours.minutes + minutes > start)).any()
        for start, end in dispatched
        if start < hours.last + minutes and hours.first < end
    )


@lru_cache(maxsize=8192)
def _hours_on(day: date, shape: _Shape, zone: ZoneInfo) -> _Hours | None:
    """The hours of a day in this shape, the same for every unit; None where the clocks change on it."""
    midnights = {}
    for offset in set(shape.offsets):
        first, last = (_midnight(day + (offset + more) * DAY, zone) for more in (0, 1))
        if last - first != FULL_DAY:
            return None
        midnights[offset] = first
    minutes = np.array(
        [midnights[offset] + clock for offset, clock in zip(shape.offsets, shape.clock_minutes, strict=True)],
        np.int64,
    )
    minutes.setflags(write=False)
    return _Hours(minutes, int(minutes.min()), int(minutes.max()))


@lru_cache(maxsize=4096)
def _midnight(day: date, zone: ZoneInfo) -> int:
    return minute_of(datetime.combine(day, time(), zone).astimezone(UTC))


def _ranked(sums: npt.NDArray[np.int64]) -> list[int]:
    """Places of the days by import summed over the dispatch, highest first; of equals the more recent
    first."""
    net = sums.sum(axis=1)
    return sorted(range(len(net)), key=lambda place: (int(net[place]), place))


def _chosen(rank: Sequence[int], counts: DayCounts, select: Select) -> list[int]:
    if select is Select.HIGH:
        return list(rank[: counts.used])
    if select is Select.LOW:
        return list(rank[-counts.used :])
    if len(rank) < counts.nearest:
        return list(rank)
    dropped = (counts.nearest - counts.used) // 2
    return list(rank[dropped : len(rank) - dropped])


def _adjusted(
    asked: Asked,
    adjustment: Adjustment | None,
    window: range,
    of_dispatch: Sequence[Fraction],
    of_window: Sequence[Fraction],
) -> tuple[list[Fraction], str]:
    if adjustment is None:
        return list(of_dispatch), ""
    if not window or not all(asked.metered.is_complete(each) for each in window):
        return list(of_dispatch), "Not adjusted: the readings before the dispatch are not complete."
    metered = [asked.metered.energy(each) for each in window]
    if adjustment.kind is AdjustmentKind.ADDITIVE:
        moved = _additive(adjustment.cap, metered, of_window, of_dispatch)
        new = [each + moved for each in of_dispatch]
    else:
        ratio = _multiplicative(adjustment.cap, metered, of_window)
        new = [each * ratio for each in of_dispatch]
    if adjustment.one_sided:
        new = [
            before if asked.sigma * (after - before) > 0 else after
            for before, after in zip(of_dispatch, new, strict=True)
        ]
    return new, ""


def _additive(
    cap: Fraction, metered: Sequence[Fraction], of_window: Sequence[Fraction], of_dispatch: Sequence[Fraction]
) -> Fraction:
    mean = sum(metered, Fraction(0)) - sum(of_window, Fraction(0))
    limit = cap * sum((abs(each) for each in of_dispatch), Fraction(0)) / len(of_dispatch)
    return max(-limit, min(limit, mean / len(metered)))


def _multiplicative(cap: Fraction, metered: Sequence[Fraction], of_window: Sequence[Fraction]) -> Fraction:
    expected = sum(of_window, Fraction(0))
    ratio = sum(metered, Fraction(0)) / expected if expected else Fraction(1)
    if ratio <= 0:
        ratio = Fraction(1)
    return max(1 - cap, min(1 + cap, ratio))
