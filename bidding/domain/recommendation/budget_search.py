"""The best whole bids when one budget ties all windows together: exact, by frontiers and a price on the
budget.

A window matters to the others only by what it spends. So each window is first reduced to its frontier, the
sets of bids that leave no more uncovered for no more money; then one set is chosen for each window. A price λ
on money (MW for each £, where the linear relaxation meets the budget) tells how much each set loses against
the best of its window. A whole choice can't be better than one found if it loses more in total than what
separates that one from the bound, so only choices within this slack are sought, and the search is repeated
with more slack until it holds its own proof. All in whole numbers.
"""

import itertools
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]

WORD = 60
LARGEST = 2**62
MOST_STATES = 50_000
MOST_CANDIDATES = 2_000_000
FEW_STATES = 1_000
FEW_OPTIONS = 40


@dataclass(frozen=True)
class Offer:
    """One bid in whole units; offers are listed in the order in which ties prefer them."""

    window: str
    capacity: int
    cost: int


@dataclass(frozen=True)
class Choice:
    """Positions of the chosen offers; the gaps are zero when ``is_proven``, else the most a better choice
    could gain."""

    chosen: tuple[int, ...]
    is_proven: bool
    gap_uncovered: int
    gap_cost: int


@dataclass(frozen=True)
class _Frontier:
    """A window's sets of offers, none of which another one makes useless. ``key`` orders by cost, then number
    of bids."""

    uncovered: Whole
    key: Whole
    sets: Whole
    offers: Sequence[int]

    def members(self, row: int) -> list[int]:
        """Positions of the offers in the set of this row."""
        words = self.sets[:, row]
        return [
            offer
            for place, offer in enumerate(self.offers)
            if int(words[place // WORD]) >> (WORD - 1 - place % WORD) & 1
        ]


@dataclass(frozen=True)
class _Price:
    """λ = ``money`` / ``need``: a choice weighs need × uncovered + money × cost, at least ``bound`` in
    total."""

    need: int
    money: int
    least: tuple[int, ...]

    @property
    def bound(self) -> int:
        return sum(self.least)


@dataclass(frozen=True)
class _Found:
    """The best choice within a slack, and the layers of states that lead to it."""

    uncovered: int
    key: int
    layers: list[tuple[Whole, Whole]]
    rows: list[Whole]
    is_whole: bool


class _TooLarge(Exception):
    """The numbers or frontiers outgrow this method."""


def choose_within(
    offers: Sequence[Offer], required: Mapping[str, int], budget: int, *, deadline: float
) -> Choice | None:
    """The offers with the least uncovered, then least cost, then fewest, then earliest, at a cost within
    ``budget``.

    ``deadline`` is an instant of ``time.monotonic``. Nothing (None) is found when the windows hold too many
    different sets to list, when the numbers are too large, or when no time is left.
    """
    step = len(offers) + 1
    if max(budget, sum(offer.cost for offer in offers)) * step >= LARGEST:
        return None
    try:
        frontiers = _frontiers(offers, required, step, deadline)
        price = _price(frontiers, budget, step)
        found, slack = _widen(frontiers, price, budget, step, deadline)
    except _TooLarge:
        return None
    if found is None:
        return None
    cost = found.key // step
    is_proven = found.is_whole and slack >= _needed(price, found.uncovered, cost, budget)
    gap_uncovered = 0 if is_proven else found.uncovered + (price.money * budget - price.bound) // price.need
    gap_cost = 0
    if not is_proven and price.money:
        gap_cost = cost + (price.need * found.uncovered - price.bound) // price.money
    return Choice(
        chosen=tuple(sorted(_earliest(found, frontiers, len(offers)))),
        is_proven=is_proven,
        gap_uncovered=max(0, gap_uncovered),
        gap_cost=max(0, gap_cost),
    )


def choose_freely(offers: Sequence[Offer], required: int, *, deadline: float) -> Choice | None:
    """The best offers for one window that need share no budget, by the same order; None as in
    ``choose_within``."""
    step = len(offers) + 1
    if required <= 0 or not offers:
        return Choice((), is_proven=True, gap_uncovered=0, gap_cost=0)
    if sum(offer.cost for offer in offers) * step >= LARGEST:
        return None
    try:
        frontier = _frontier(offers, range(len(offers)), required, step, deadline)
    except _TooLarge:
        return None
    return Choice(tuple(frontier.members(0)), is_proven=True, gap_uncovered=0, gap_cost=0)


def _frontiers(
    offers: Sequence[Offer], required: Mapping[str, int], step: int, deadline: float
) -> list[_Frontier]:
    by_window: dict[str, list[int]] = {window: [] for window, need in required.items() if need > 0}
    for place, offer in enumerate(offers):
        if offer.window in by_window:
            by_window[offer.window].append(place)
    return [
        _frontier(offers, places, required[window], step, deadline)
        for window, places in by_window.items()
        if places
    ]


def _frontier(
    offers: Sequence[Offer], places: Sequence[int], required: int, step: int, deadline: float
) -> _Frontier:
    """All useful sets of the offers at ``places``, built offer by offer."""
    uncovered = np.array([required], dtype=np.int64)
    key = np.zeros(1, dtype=np.int64)
    sets = np.zeros((math.ceil(len(places) / WORD), 1), dtype=np.int64)
    for number, place in enumerate(places):
        offer = offers[place]
        with_it = sets.copy()
        with_it[number // WORD] |= 1 << (WORD - 1 - number % WORD)
        uncovered = np.concatenate([uncovered, np.maximum(uncovered - offer.capacity, 0)])
        key = np.concatenate([key, key + offer.cost * step + 1])
        sets = np.concatenate([sets, with_it], axis=1)
        order = np.lexsort((*(-word for word in reversed(sets)), key, uncovered))
        # A set with as little uncovered and an equal key stays: later offers may fill both, and then the order decides.
        kept = order[_useful(uncovered[order], key[order], is_final=number == len(places) - 1)]
        if len(kept) > MOST_STATES or time.monotonic() > deadline:
            raise _TooLarge
        uncovered, key, sets = uncovered[kept], key[kept], sets[:, kept]
    return _Frontier(uncovered, key, sets, places)


def _useful(uncovered: Whole, key: Whole, *, is_final: bool = True) -> npt.NDArray[np.bool_]:
    """Which rows, sorted by uncovered and then key, are not made useless by one before; of equal rows the
    first."""
    before = np.concatenate([[LARGEST], np.minimum.accumulate(key)[:-1]])
    if is_final:
        return np.asarray(key < before)
    is_first = np.concatenate([[True], (uncovered[1:] != uncovered[:-1]) | (key[1:] != key[:-1])])
    return np.asarray((key <= before) & is_first)


def _price(frontiers: Sequence[_Frontier], budget: int, step: int) -> _Price:
    """The price at which the windows' convex hulls together meet the budget."""
    slopes = sorted((edge for frontier in frontiers for edge in _hull(frontier, step)), reverse=True)
    left, price = budget, Fraction(0)
    for slope, spent in slopes:
        price = slope
        left -= spent
        if left < 0:
            break
    need, money = price.denominator, price.numerator
    most = sum(int(frontier.uncovered.max()) for frontier in frontiers)
    dearest = sum(int(frontier.key.max()) // step for frontier in frontiers)
    if need * (most + 1) + money * (dearest + budget) >= LARGEST:
        raise _TooLarge
    least = (int((need * one.uncovered + money * (one.key // step)).min()) for one in frontiers)
    return _Price(need, money, tuple(least))


def _hull(frontier: _Frontier, step: int) -> list[tuple[Fraction, int]]:
    """Edges of the lower convex hull, as (units covered for each unit of money, money)."""
    corners: list[tuple[int, int]] = []
    for key, uncovered in zip(frontier.key[::-1].tolist(), frontier.uncovered[::-1].tolist(), strict=True):
        cost = key // step
        if corners and corners[-1][0] == cost:
            corners.pop()
        while len(corners) > 1 and _is_above(corners[-2], corners[-1], (cost, uncovered)):
            corners.pop()
        corners.append((cost, uncovered))
    return [
        (Fraction(high - low, dear - cheap), dear - cheap)
        for (cheap, high), (dear, low) in itertools.pairwise(corners)
    ]


def _is_above(first: tuple[int, int], middle: tuple[int, int], last: tuple[int, int]) -> bool:
    """Whether the middle corner is on or above the line from the first to the last."""
    along = (last[0] - first[0], last[1] - first[1])
    return (middle[1] - first[1]) * along[0] >= along[1] * (middle[0] - first[0])


def _needed(price: _Price, uncovered: int, cost: int, budget: int) -> int:
    """The slack that holds every choice as good as this one: one unit better for the whole budget, or as
    cheap."""
    better = price.need * (uncovered - 1) + price.money * budget
    return max(better, price.need * uncovered + price.money * cost) - price.bound


def _widen(
    frontiers: Sequence[_Frontier], price: _Price, budget: int, step: int, deadline: float
) -> tuple[_Found | None, int]:
    """Search with more and more slack until the best found is proven; where that is too much, a thinned
    search."""
    slack, best, used = price.need, None, 0
    now = time.monotonic()
    whole_until = now + (deadline - now) / 2
    while True:
        try:
            found = _within(slack, frontiers, price, budget, step, whole_until)
        except _TooLarge:
            break
        if found is None:
            slack *= 4
            continue
        best, used = found, slack
        needed = _needed(price, found.uncovered, found.key // step, budget)
        if needed <= slack:
            return best, used
        slack = min(needed, slack * 4)
    thinned = _within(slack, frontiers, price, budget, step, deadline, is_whole=False)
    if thinned and (best is None or (thinned.uncovered, thinned.key) < (best.uncovered, best.key)):
        return thinned, slack
    return best, used


def _within(
    slack: int,
    frontiers: Sequence[_Frontier],
    price: _Price,
    budget: int,
    step: int,
    deadline: float,
    *,
    is_whole: bool = True,
) -> _Found | None:
    """The best choice that loses at most ``slack``, or None when there is none.

    Raises ``_TooLarge`` when time runs out or states outgrow memory; a search that isn't whole thins them
    instead.
    """
    losses = [
        price.need * one.uncovered + price.money * (one.key // step) - least
        for one, least in zip(frontiers, price.least, strict=True)
    ]
    rows = [np.flatnonzero(loss <= slack) for loss in losses]
    if not is_whole:
        rows = [
            options[_thinned(loss[options], FEW_OPTIONS)] for options, loss in zip(rows, losses, strict=True)
        ]
    uncovered, key, lost = (np.zeros(1, dtype=np.int64) for _ in range(3))
    layers = [(uncovered, key)]
    for frontier, loss, options in zip(frontiers, losses, rows, strict=True):
        parts: list[tuple[Whole, Whole, Whole]] = []
        for row in options[np.argsort(loss[options], kind="stable")]:
            fits = (lost + loss[row] <= slack) & (key + frontier.key[row] < (budget + 1) * step)
            parts.append(
                (
                    uncovered[fits] + frontier.uncovered[row],
                    key[fits] + frontier.key[row],
                    lost[fits] + loss[row],
                )
            )
            if sum(len(part[0]) for part in parts) > MOST_CANDIDATES:
                parts = [_merged(parts)]
        uncovered, key, lost = _merged(parts)
        if time.monotonic() > deadline or (is_whole and len(uncovered) > MOST_STATES):
            raise _TooLarge
        if not is_whole:
            kept = _thinned(lost, FEW_STATES)
            uncovered, key, lost = uncovered[kept], key[kept], lost[kept]
        if not len(uncovered):
            return None
        layers.append((uncovered, key))
    return _Found(int(uncovered[0]), int(key[0]), layers, rows, is_whole)


def _thinned(lost: Whole, most: int) -> Whole:
    """Rows to go on with: half of them those that lose least, half spread evenly from least to most
    uncovered."""
    if len(lost) <= most:
        return np.arange(len(lost))
    evenly = np.linspace(0, len(lost) - 1, most // 2).astype(np.int64)
    return np.union1d(np.argsort(lost, kind="stable")[: most // 2], evenly)


def _merged(parts: Sequence[tuple[Whole, Whole, Whole]]) -> tuple[Whole, Whole, Whole]:
    """The useful states of all parts, by uncovered rising and key falling."""
    uncovered, key, lost = (np.concatenate([part[column] for part in parts]) for column in range(3))
    order = np.lexsort((key, uncovered))
    kept = order[_useful(uncovered[order], key[order])]
    return uncovered[kept], key[kept], lost[kept]


def _earliest(found: _Found, frontiers: Sequence[_Frontier], count: int) -> list[int]:
    """Of all ways to the best state the one with the earliest offers: the largest number written with them as
    bits."""
    reached = np.zeros(1, dtype=np.int64)
    steps: list[list[tuple[int, Whole, Whole]]] = []
    for number in range(len(frontiers) - 1, -1, -1):
        frontier, (uncovered, key) = frontiers[number], found.layers[number + 1]
        before_uncovered, before_key = found.layers[number]
        edges: list[tuple[int, Whole, Whole]] = []
        for row in found.rows[number].tolist():
            wanted, wanted_key = (
                uncovered[reached] - frontier.uncovered[row],
                key[reached] - frontier.key[row],
            )
            at = np.minimum(np.searchsorted(before_uncovered, wanted), len(before_uncovered) - 1)
            is_there = (before_uncovered[at] == wanted) & (before_key[at] == wanted_key)
            if is_there.any():
                edges.append((row, reached[is_there], at[is_there]))
        steps.append(edges)
        reached = np.unique(np.concatenate([origins for _, _, origins in edges]))
    best: dict[int, int] = {0: 0}
    for frontier, edges in zip(frontiers, reversed(steps), strict=True):
        following: dict[int, int] = {}
        for row, ends, origins in edges:
            bits = sum(1 << (count - 1 - place) for place in frontier.members(row))
            for end, origin in zip(ends.tolist(), origins.tolist(), strict=True):
                following[end] = max(following.get(end, -1), best[origin] + bits)
        best = following
    return [place for place in range(count) if best[0] >> (count - 1 - place) & 1]
