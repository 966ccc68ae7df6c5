"""The recommendation for a competition, from its bids as they are in the database."""

import hashlib
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bidding.domain.ballots.bidding_context import windows_of
from bidding.domain.queries import bids_of_competition
from bidding.domain.recommendation.costs import cost_of
from bidding.domain.recommendation.coverage import Coverage, coverage_of
from bidding.domain.recommendation.solver import OfferedBid, Recommendation, merit_order, recommend
from bidding.enums import Decision
from bidding.models import Bid
from competitions.models import Competition
from marketplace.units import power_unit


@dataclass(frozen=True)
class Advice:
    """The competition's bids with their costs, what is recommended, and what that, the decisions so far and
    the greedy merit order cover.

    In recommendation and coverages a bid goes by ``str(bid.pk)``, a window by “period/window”.
    """

    bids: Sequence[Bid]
    costs: dict[uuid.UUID, Decimal]
    recommendation: Recommendation
    recommended: Coverage
    decided: Coverage
    merit_order: Coverage

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hex over what is recommended: sent back by the page, it says which recommendation was
        seen."""
        return hashlib.sha256("\n".join(sorted(self.recommendation.accepted)).encode()).hexdigest()

    def recommends(self, bid: Bid) -> bool:
        return str(bid.pk) in self.recommendation.accepted


def recommendation_for(
    competition: Competition, *, seconds: float = 10.0, known: Recommendation | None = None
) -> Advice:
    """What to accept, among the bids of a competition whose gate is closed; without bids it covers nothing.

    Takes up to about ``seconds``; the advice tells whether it is the proven optimum. A ``known``
    recommendation for these bids, which don't change after the close, saves working it out again.
    """
    bids = list(bids_of_competition(competition))
    offered, required = offered_bids(bids), required_by_window(competition)
    found = known or recommend(offered, required, maximum_budget=competition.maximum_budget, seconds=seconds)
    accepted = {str(bid.pk) for bid in bids if bid.decision == Decision.ACCEPTED}
    unit, currency = power_unit(competition.power_type), competition.operator.currency

    def covered(chosen: Collection[str]) -> Coverage:
        return coverage_of(offered, chosen, required, competition.maximum_budget, unit, currency)

    return Advice(
        bids=bids,
        costs={bid.pk: one.cost for bid, one in zip(bids, offered, strict=True)},
        recommendation=found,
        recommended=covered(found.accepted),
        decided=covered(accepted),
        merit_order=covered(merit_order(offered, required, maximum_budget=competition.maximum_budget)),
    )


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
    return [
        OfferedBid(str(bid.pk), str(bid.window), bid.capacity_mw, cost_of(bid), bid.submitted_at)
        for bid in bids
    ]


def required_by_window(competition: Competition) -> dict[str, Decimal]:
    """MW required in each window of the competition, by the window's name."""
    return {str(window): window.capacity_required_mw for window in windows_of(competition)}
