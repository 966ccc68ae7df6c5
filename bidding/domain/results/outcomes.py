"""What a confirmed competition means for one bidder: each of its bids, the decision, why, and its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.models import Member
from bidding.domain.queries import historic_bids, own_bids
from bidding.domain.recommendation.costs import cost_of
from bidding.enums import Decision
from bidding.models import Bid
from competitions.models import Competition

ZERO = Decimal(0)


@dataclass(frozen=True)
class OutcomeLine:
    """A bid of the company: its cost in £ and its place among all bids for the window, the cheapest per MW first."""

    bid: Bid
    cost: Decimal
    place: int
    of: int

    @property
    def is_accepted(self) -> bool:
        return self.bid.decision == Decision.ACCEPTED


@dataclass(frozen=True)
class Outcome:
    """All that a company is told of a confirmed competition."""

    competition: Competition
    lines: tuple[OutcomeLine, ...]

    @property
    def accepted(self) -> tuple[OutcomeLine, ...]:
        return tuple(line for line in self.lines if line.is_accepted)

    @property
    def rejected(self) -> tuple[OutcomeLine, ...]:
        return tuple(line for line in self.lines if not line.is_accepted)

    @property
    def accepted_mw(self) -> Decimal:
        return sum((line.bid.capacity_mw for line in self.accepted), ZERO)

    @property
    def accepted_cost(self) -> Decimal:
        return sum((line.cost for line in self.accepted), ZERO)


def outcome_for(member: Member, competition: Competition, now: datetime) -> Outcome | None:
    """The outcome for the member's own company; None before the results are confirmed and where it did not bid."""
    if (
        competition.confirmed_at is None
        or competition.confirmed_at > now
        or competition.cancelled_at is not None
    ):
        return None
    own = list(own_bids(member).filter(ballot__competition=competition))
    if not own:
        return None
    everybody = historic_bids(now).filter(
        ballot__competition=competition, window__in={bid.window_id for bid in own}
    )
    places = _places(list(everybody))
    return Outcome(competition, tuple(OutcomeLine(bid, cost_of(bid), *places[bid.pk]) for bid in own))


def _places(bids: Sequence[Bid]) -> dict[UUID, tuple[int, int]]:
    """Each bid's place in its window's merit order, equal costs sharing one, and how many bids there are."""
    by_window: dict[UUID, list[tuple[Decimal, UUID]]] = {}
    for bid in bids:
        by_window.setdefault(bid.window_id, []).append((cost_of(bid) / bid.capacity_mw, bid.pk))
    places = {}
    for found in by_window.values():
        for cost, key in found:
            places[key] = (1 + sum(other < cost for other, _ in found), len(found))
    return places
