"""Why the advice takes or leaves a bid: the cheapest set for its window with it, and the cheapest without it.
Pure.

The other windows stay as advised: what they leave of the maximum budget is what this window may cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bidding.domain.recommendation.solver import OfferedBid, recommend

ZERO = Decimal(0)
SECONDS = 0.6


@dataclass(frozen=True)
class BidSet:
    """Whole bids of one window, the cheapest per MW first, against what the window requires (MW) and may cost
    (£)."""

    bids: tuple[OfferedBid, ...]
    required_mw: Decimal
    budget_left: Decimal | None

    @property
    def capacity_mw(self) -> Decimal:
        return sum((bid.capacity_mw for bid in self.bids), ZERO)

    @property
    def cost(self) -> Decimal:
        return sum((bid.cost for bid in self.bids), ZERO)

    @property
    def missing_mw(self) -> Decimal:
        return max(self.required_mw - self.capacity_mw, ZERO)

    @property
    def surplus_mw(self) -> Decimal:
        return max(self.capacity_mw - self.required_mw, ZERO)

    @property
    def over_budget(self) -> Decimal:
        return ZERO if self.budget_left is None else max(self.cost - self.budget_left, ZERO)


@dataclass(frozen=True)
class Explanation:
    """The two sets for one bid; ``is_proven`` is False when time ran out before both were the proven best."""

    bid: OfferedBid
    with_it: BidSet
    without: BidSet
    is_proven: bool

    @property
    def saved(self) -> Decimal:
        """£ by which the window costs less without the bid; negative when it costs more."""
        return self.with_it.cost - self.without.cost

    @property
    def less_covered(self) -> Decimal:
        """MW that are covered less without the bid; negative when more."""
        return self.without.missing_mw - self.with_it.missing_mw


def explain(
    bid: OfferedBid, others: Sequence[OfferedBid], required_mw: Decimal, budget_left: Decimal | None
) -> Explanation:
    """The sums for a bid and the ``others`` of its window; ``budget_left`` is None without a maximum
    budget."""
    left = max(required_mw - bid.capacity_mw, ZERO)
    money = None if budget_left is None else max(budget_left - bid.cost, ZERO)
    beside, is_first_proven = _cheapest(others, bid.window, left, money)
    instead, is_second_proven = _cheapest(others, bid.window, required_mw, budget_left)
    return Explanation(
        bid=bid,
        with_it=_set([bid, *beside], required_mw, budget_left),
        without=_set(instead, required_mw, budget_left),
        is_proven=is_first_proven and is_second_proven,
    )


def _cheapest(
    bids: Sequence[OfferedBid], window: str, required_mw: Decimal, budget: Decimal | None
) -> tuple[list[OfferedBid], bool]:
    if required_mw <= 0 or not bids:
        return [], True
    found = recommend(
        bids,
        {window: required_mw},
        maximum_budget=None if budget is None else max(budget, ZERO),
        seconds=SECONDS,
    )
    return [bid for bid in bids if bid.id in found.accepted], found.is_optimal


def _set(bids: Sequence[OfferedBid], required_mw: Decimal, budget_left: Decimal | None) -> BidSet:
    ordered = sorted(bids, key=lambda bid: (bid.cost / bid.capacity_mw, bid.submitted_at, bid.id))
    return BidSet(tuple(ordered), required_mw, budget_left)
