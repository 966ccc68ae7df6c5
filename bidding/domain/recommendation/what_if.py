"""What the recommendation would be if other MW were required or another budget held. Nothing is saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bidding.domain.recommendation.advice import Advised
from bidding.domain.recommendation.coverage import Coverage, coverage_of
from bidding.domain.recommendation.solver import Recommendation, recommend
from competitions.models import Competition
from marketplace.units import power_unit


@dataclass(frozen=True)
class WhatIf:
    """The recommendation under other numbers beside the one that holds: which bids come in and which drop
    out, by ``str(bid.pk)``."""

    recommendation: Recommendation
    coverage: Coverage
    added: list[str]
    dropped: list[str]
    cost_change: Decimal


def what_if(
    competition: Competition,
    advice: Advised,
    *,
    required_mw: Mapping[str, Decimal],
    maximum_budget: Decimal | None,
    seconds: float = 8.0,
) -> WhatIf:
    """The same bids recommended under ``required_mw`` (by window; a window left out keeps its own) and this
    budget."""
    offered, required = advice.offered, {**advice.required, **required_mw}
    found = recommend(offered, required, maximum_budget=maximum_budget, seconds=seconds)
    before = advice.recommendation.accepted
    comes_in, drops_out = found.accepted - before, before - found.accepted
    return WhatIf(
        recommendation=found,
        coverage=coverage_of(
            offered,
            found.accepted,
            required,
            maximum_budget,
            power_unit(competition.power_type),
            competition.operator.currency,
        ),
        added=[bid.id for bid in offered if bid.id in comes_in],
        dropped=[bid.id for bid in offered if bid.id in drops_out],
        cost_change=found.cost - advice.recommendation.cost,
    )
