"""Which bids to accept: exact advice by a mixed-integer solver. Pure: plain data in, plain data out.

Whole bids only. First the least MW uncovered, summed over the windows; then the least cost; never above the
budget. Ties go to the fewest bids, then to the earliest submission, then to the lower bid ID.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import highspy

from bidding.domain.recommendation.budget_search import Choice, Offer, choose_freely, choose_within

MICRO = Decimal(1_000_000)
PENCE = Decimal(100)
MOST_REMEMBERED, FEW_OFFERS = 4_000, 60


@dataclass(frozen=True)
class OfferedBid:
    """A bid as the recommendation sees it: MW and £ as exact decimals."""

    id: str
    window: str
    capacity_mw: Decimal
    cost: Decimal
    submitted_at: datetime


@dataclass(frozen=True)
class Recommendation:
    """The advice and what it achieves.

    ``uncovered_mw`` holds only windows with a shortfall. ``gap_mw`` and ``gap_cost`` are zero when the
    optimum is proven; when time ran out they say how far from the best possible the advice can be at most.
    """

    accepted: frozenset[str]
    cost: Decimal
    uncovered_mw: Mapping[str, Decimal]
    reasons: Mapping[str, str]
    is_optimal: bool = True
    gap_mw: Decimal = Decimal(0)
    gap_cost: Decimal = Decimal(0)

    @property
    def total_uncovered_mw(self) -> Decimal:
        return sum(self.uncovered_mw.values(), Decimal(0))


@dataclass
class _Problem:
    """Whole numbers for the solver: MW and £ divided by the greatest unit that divides them all."""

    bids: list[OfferedBid]
    required: dict[str, int]
    capacity: list[int]
    cost: list[int]
    budget: int | None
    unit_mw: Decimal
    unit_cost: Decimal
    deadline: float
    is_optimal: bool = True
    gaps: dict[str, float] = field(default_factory=dict)


def recommend(
    bids: Sequence[OfferedBid],
    required_mw: Mapping[str, Decimal],
    *,
    maximum_budget: Decimal | None = None,
    seconds: float = 10.0,
) -> Recommendation:
    """The recommended bids among ``bids`` for windows that need ``required_mw``, within ``maximum_budget``
    (£).

    Raises ``KeyError`` when a bid names a window without a requirement.
    """
    ordered = sorted(bids, key=lambda bid: (bid.submitted_at, bid.id))
    for bid in ordered:
        required_mw[bid.window]
    deadline = time.monotonic() + seconds
    by_window = _windows_alone(ordered, required_mw, deadline)
    cost = sum((bid.cost for bid in by_window.chosen), Decimal(0))
    if maximum_budget is None or cost <= maximum_budget:
        return _advice(by_window, ordered, required_mw, maximum_budget)
    problem = _scaled(ordered, required_mw, maximum_budget, deadline)
    return _advice(_solved([problem]), ordered, required_mw, maximum_budget)


def merit_order(
    bids: Sequence[OfferedBid], required_mw: Mapping[str, Decimal], *, maximum_budget: Decimal | None = None
) -> frozenset[str]:
    """The greedy peer: window by window the cheapest per MW first until covered, skipping what the budget
    forbids."""
    left = dict(required_mw)
    spent = Decimal(0)
    accepted: set[str] = set()
    for bid in sorted(bids, key=lambda bid: (bid.cost / bid.capacity_mw, bid.submitted_at, bid.id)):
        if left[bid.window] <= 0 or (maximum_budget is not None and spent + bid.cost > maximum_budget):
            continue
        accepted.add(bid.id)
        spent += bid.cost
        left[bid.window] -= bid.capacity_mw
    return frozenset(accepted)


def uncovered_by(
    accepted: frozenset[str], bids: Sequence[OfferedBid], required_mw: Mapping[str, Decimal]
) -> dict[str, Decimal]:
    """MW missing in each window that the accepted bids leave short, in exact decimals."""
    left = dict(required_mw)
    for bid in bids:
        if bid.id in accepted:
            left[bid.window] -= bid.capacity_mw
    return {window: missing for window, missing in left.items() if missing > 0}


_alone: dict[tuple[tuple[Offer, ...], int], Choice] = {}


@dataclass
class _Outcome:
    chosen: list[OfferedBid]
    is_optimal: bool
    gap_mw: Decimal
    gap_cost: Decimal


def _windows_alone(
    ordered: list[OfferedBid], required_mw: Mapping[str, Decimal], deadline: float
) -> _Outcome:
    """Without a budget in the way the windows share nothing, so each is a small problem of its own."""
    groups: dict[str, list[OfferedBid]] = {}
    for bid in ordered:
        groups.setdefault(bid.window, []).append(bid)
    return _solved(
        [_scaled(group, {window: required_mw[window]}, None, deadline) for window, group in groups.items()]
    )


def _scaled(
    ordered: list[OfferedBid], required_mw: Mapping[str, Decimal], budget: Decimal | None, deadline: float
) -> _Problem:
    micro = [int(bid.capacity_mw * MICRO) for bid in ordered]
    micro_required = {window: int(mw * MICRO) for window, mw in required_mw.items()}
    pence = [int(bid.cost * PENCE) for bid in ordered]
    unit_mw = math.gcd(*micro, *micro_required.values()) or 1
    unit_cost = math.gcd(*pence) or 1
    return _Problem(
        bids=ordered,
        required={window: mw // unit_mw for window, mw in micro_required.items()},
        capacity=[mw // unit_mw for mw in micro],
        cost=[amount // unit_cost for amount in pence],
        budget=None if budget is None else int(budget * PENCE) // unit_cost,
        unit_mw=unit_mw / MICRO,
        unit_cost=unit_cost / PENCE,
        deadline=deadline,
    )


def _solved(problems: list[_Problem]) -> _Outcome:
    outcome = _Outcome([], True, Decimal(0), Decimal(0))
    for problem in problems:
        listed = _listed(problem)
        if listed:
            outcome.chosen += listed.chosen
            outcome.is_optimal &= listed.is_optimal
            outcome.gap_mw += listed.gap_mw
            outcome.gap_cost += listed.gap_cost
            continue
        outcome.chosen += [problem.bids[index] for index in _solve(problem)]
        outcome.is_optimal &= problem.is_optimal
        outcome.gap_mw += problem.unit_mw * math.ceil(problem.gaps.get("uncovered", 0))
        outcome.gap_cost += problem.unit_cost * math.ceil(problem.gaps.get("cost", 0))
    return outcome


def _chosen_alone(offers: tuple[Offer, ...], required: int, deadline: float) -> Choice | None:
    """The best for one window; remembered, since other numbers are tried with most windows as they were."""
    key = (offers, required)
    found = _alone.get(key) or choose_freely(offers, required, deadline=deadline)
    if found is not None and len(offers) <= FEW_OFFERS:
        if len(_alone) >= MOST_REMEMBERED:
            _alone.clear()
        _alone[key] = found
    return found


def _listed(problem: _Problem) -> _Outcome | None:
    """The best by listing the useful sets of bids, or None where there are too many and the solver must do
    it."""
    offers = [
        Offer(bid.window, capacity, cost)
        for bid, capacity, cost in zip(problem.bids, problem.capacity, problem.cost, strict=True)
    ]
    now = time.monotonic()
    half_way = now + (problem.deadline - now) / 2
    if problem.budget is None:
        choice = _chosen_alone(tuple(offers), sum(problem.required.values()), half_way)
    else:
        choice = choose_within(offers, problem.required, problem.budget, deadline=half_way)
    if choice is None:
        return None
    return _Outcome(
        [problem.bids[index] for index in choice.chosen],
        choice.is_proven,
        problem.unit_mw * choice.gap_uncovered,
        problem.unit_cost * choice.gap_cost,
    )


def _solve(problem: _Problem) -> list[int]:
    """Indices of the chosen bids: one objective after the other, each kept at its best while the next is
    sought."""
    model = _Model(problem)
    model.minimise("uncovered", model.uncovered())
    model.minimise("cost", model.total_cost())
    model.minimise("bids", model.bid_count())
    model.prefer_early()
    return [index for index, taken in enumerate(model.solution) if taken]


class _Model:
    """The mixed-integer program: a binary for each bid, the MW left uncovered for each window."""

    def __init__(self, problem: _Problem) -> None:
        self.problem = problem
        self.solution = [False] * len(problem.bids)
        self.highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self.highs.silent()
        self.highs.setOptionValue("mip_rel_gap", 0.0)
        self.highs.setOptionValue("mip_abs_gap", 0.5)
        self.highs.setOptionValue("threads", 1)
        self.taken = [self.highs.addBinary() for _ in problem.bids]
        self.left = {window: self.highs.addVariable(lb=0, ub=mw) for window, mw in problem.required.items()}
        offered: dict[str, list[int]] = {window: [] for window in problem.required}
        for index, bid in enumerate(problem.bids):
            offered[bid.window].append(index)
        for window, mw in problem.required.items():
            covered = [problem.capacity[index] * self.taken[index] for index in offered[window]]
            self.highs.addConstr(self.highs.qsum([*covered, self.left[window]]) >= mw)
        if problem.budget is not None:
            self.highs.addConstr(self.total_cost() <= problem.budget)

    def uncovered(self) -> Any:
        return self.highs.qsum(list(self.left.values()))

    def total_cost(self) -> Any:
        return self.highs.qsum([c * x for c, x in zip(self.problem.cost, self.taken, strict=True)])

    def bid_count(self) -> Any:
        return self.highs.qsum(self.taken)

    def minimise(self, name: str, objective: Any) -> None:
        """Minimise and hold the objective at what was reached; after time has run out, keep what there is."""
        if not self._in_time():
            self.problem.gaps[name] = self._reached(name)
            return
        self.highs.minimize(objective)
        status = self.highs.getModelStatus()
        values = self._values()
        if status != highspy.HighsModelStatus.kOptimal:
            self.problem.is_optimal = False
            if values is None:
                self.problem.gaps[name] = self._reached(name)
                return
            self.solution = values
            info = self.highs.getInfo()
            gap = max(0.0, info.objective_function_value - info.mip_dual_bound)
            self.problem.gaps[name] = min(gap, self._reached(name))
        assert values is not None
        self.solution = values
        self.highs.addConstr(objective <= self._reached(name) + 0.5)

    def prefer_early(self) -> None:
        """Among equally good sets, the one whose bids came in first: fix bids in order of submission."""
        if not self.problem.is_optimal or not self._in_time() or not self._another_exists():
            return
        for index, variable in enumerate(self.taken):
            if self.solution[index]:
                self.highs.changeColBounds(variable.index, 1, 1)
                continue
            self.highs.changeColBounds(variable.index, 1, 1)
            if self._in_time() and self._is_feasible():
                continue
            self.highs.changeColBounds(variable.index, 0, 0)

    def _another_exists(self) -> bool:
        different = [x if not chosen else 1 - x for x, chosen in zip(self.taken, self.solution, strict=True)]
        kept = list(self.solution)
        row = self.highs.addConstr(self.highs.qsum(different) >= 1)
        found = self._is_feasible()
        self.highs.removeConstr(row)
        self.solution = kept
        return found

    def _is_feasible(self) -> bool:
        self.highs.minimize(self.bid_count())
        values = self._values() if self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal else None
        if values is not None:
            self.solution = values
        return values is not None

    def _in_time(self) -> bool:
        left = self.problem.deadline - time.monotonic()
        if left <= 0:
            self.problem.is_optimal = False
            return False
        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + left)
        return True

    def _values(self) -> list[bool] | None:
        columns = self.highs.getSolution().col_value
        if len(columns) == 0:
            return None
        return [columns[variable.index] > 0.5 for variable in self.taken]

    def _reached(self, name: str) -> int:
        """The objective's value in whole numbers, from the chosen bids and not from the solver's floats."""
        chosen = [index for index, taken in enumerate(self.solution) if taken]
        if name == "cost":
            return sum(self.problem.cost[index] for index in chosen)
        if name == "bids":
            return len(chosen)
        left = dict(self.problem.required)
        for index in chosen:
            left[self.problem.bids[index].window] -= self.problem.capacity[index]
        return sum(missing for missing in left.values() if missing > 0)


def _advice(
    outcome: _Outcome,
    ordered: list[OfferedBid],
    required_mw: Mapping[str, Decimal],
    maximum_budget: Decimal | None,
) -> Recommendation:
    accepted = frozenset(bid.id for bid in outcome.chosen)
    cost = sum((bid.cost for bid in outcome.chosen), Decimal(0))
    if maximum_budget is not None and cost > maximum_budget:
        raise ArithmeticError("The recommendation would exceed the maximum budget.")
    uncovered = uncovered_by(accepted, ordered, required_mw)
    return Recommendation(
        accepted=accepted,
        cost=cost,
        uncovered_mw=uncovered,
        reasons={bid.id: _reason(bid, accepted, uncovered, cost, maximum_budget) for bid in ordered},
        is_optimal=outcome.is_optimal,
        gap_mw=outcome.gap_mw,
        gap_cost=outcome.gap_cost,
    )


def _reason(
    bid: OfferedBid,
    accepted: frozenset[str],
    uncovered: Mapping[str, Decimal],
    cost: Decimal,
    maximum_budget: Decimal | None,
) -> str:
    if bid.id in accepted:
        if bid.window in uncovered:
            return "Needed: the offers don't cover this window even with it."
        return "Part of the cheapest set of whole bids that covers this window."
    if bid.window in uncovered and maximum_budget is not None:
        return "Left out: the maximum budget covers more MW without it."
    if maximum_budget is not None and cost + bid.cost > maximum_budget:
        return "Not needed: the window is covered without it, and the budget would be exceeded."
    return "Not needed: the window is covered at less cost without it."
