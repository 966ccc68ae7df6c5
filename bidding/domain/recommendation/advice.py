"""The recommendation for a competition, from its bids as they are in the database."""

import hashlib
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from bidding.domain.ballots.bidding_context import windows_of
from bidding.domain.queries import loaded_bids
from bidding.domain.recommendation.costs import cost_of
from bidding.domain.recommendation.coverage import Coverage, coverage_of
from bidding.domain.recommendation.solver import OfferedBid, Recommendation, merit_order, recommend
from bidding.enums import Decision
from bidding.models import Bid
from competitions.models import Competition
from marketplace.units import power_unit


@dataclass(frozen=True)
class Advised:
    """A competition's bids as they were offered, which the close fixes for good, and what is recommended.

    What that and the greedy merit order cover is worked out when it is asked for. A bid goes by
    ``str(bid.pk)``, a window by “period/window”.
    """

    competition: Competition
    offered: Sequence[OfferedBid]
    required: Mapping[str, Decimal]
    recommendation: Recommendation

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hex over what is recommended: sent back by the page, it says which recommendation was
        seen."""
        return hashlib.sha256("\n".join(sorted(self.recommendation.accepted)).encode()).hexdigest()

    @cached_property
    def recommended(self) -> Coverage:
        """What the recommended bids cover."""
        return self.covered(self.recommendation.accepted)

    @cached_property
    def merit_order(self) -> Coverage:
        """What the cheapest bids cover, taken window by window."""
        budget = self.competition.maximum_budget
        return self.covered(merit_order(self.offered, self.required, maximum_budget=budget))

    def covered(self, chosen: Collection[str]) -> Coverage:
        """What accepting these bids would cover and cost."""
        unit, currency = power_unit(self.competition.power_type), self.competition.operator.currency
        return coverage_of(
            self.offered, chosen, self.required, self.competition.maximum_budget, unit, currency
        )


@dataclass(frozen=True)
class Advice(Advised):
    """The same with the bids themselves, their costs in £, and what the decisions so far cover."""

    bids: Sequence[Bid]
    costs: dict[uuid.UUID, Decimal]

    @cached_property
    def decided(self) -> Coverage:
        """What the bids accepted so far cover."""
        return self.covered({str(bid.pk) for bid in self.bids if bid.decision == Decision.ACCEPTED})

    def recommends(self, bid: Bid) -> bool:
        return str(bid.pk) in self.recommendation.accepted


def recommendation_for(
    competition: Competition, *, seconds: float = 10.0, known: Recommendation | None = None
) -> Advice:
    """What to accept, among the bids of a competition whose gate is closed; without bids it covers nothing.

    Takes up to about ``seconds``; the advice tells whether it is the proven optimum. A ``known``
    recommendation for these bids, which don't change after the close, saves working it out again.
    """
    bids = loaded_bids(competition)
    offered, required = offered_bids(bids), required_by_window(competition)
    found = known or recommend(offered, required, maximum_budget=competition.maximum_budget, seconds=seconds)
    costs = {bid.pk: one.cost for bid, one in zip(bids, offered, strict=True)}
    return Advice(competition, offered, required, found, bids, costs)


def coverage_with(competition: Competition, bids: Sequence[Bid], accepted: Sequence[Bid]) -> Coverage:
    """What accepting these of the competition's bids would cover and cost."""
    chosen = {str(bid.pk) for bid in accepted}
    required, unit = required_by_window(competition), power_unit(competition.power_type)
    return coverage_of(
        offered_bids(bids),
        chosen,
        required,
        competition.maximum_budget,
        unit,
        competition.operator.currency,
    )


def offered_bids(bids: Sequence[Bid]) -> list[OfferedBid]:
    """The bids as the recommendation sees them."""
    names: dict[uuid.UUID, str] = {}
    offered = []
    for bid in bids:
        window = names.get(bid.window_id) or names.setdefault(bid.window_id, str(bid.window))
        offered.append(OfferedBid(str(bid.pk), window, bid.capacity_mw, cost_of(bid), bid.submitted_at))
    return offered


def required_by_window(competition: Competition) -> dict[str, Decimal]:
    """MW required in each window of the competition, by the window's name."""
    return {str(window): window.capacity_required_mw for window in windows_of(competition)}
