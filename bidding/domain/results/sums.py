"""What bids of decided competitions come to, from a few columns of them."""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from bidding.domain.recommendation.costs import bid_cost
from bidding.enums import Decision
from bidding.models import Bid

ZERO = Decimal(0)
COLUMNS = ("ballot__competition", "ballot__provider", "window", "decision", "capacity_mw")
TERMS = (
    "availability_price",
    "utilisation_price",
    "service_fee",
    "window__available_minutes",
    "window__dispatch_estimate",
    "window__dispatch_duration",
)


@dataclass(frozen=True)
class ResultSums:
    """Bids of one competition: how many, of how many bidders, and what the accepted ones bring and cost.

    ``capacity_mw`` is at the window where most is accepted; ``cost`` in £.
    """

    bidders: int = 0
    bids: int = 0
    accepted: int = 0
    rejected: int = 0
    capacity_mw: Decimal = ZERO
    cost: Decimal = ZERO


def sums_of(bids: QuerySet[Bid]) -> dict[uuid.UUID, ResultSums]:
    """The sums of these bids by competition, in one query."""
    by_competition: dict[uuid.UUID, list[tuple[Any, ...]]] = {}
    rows = bids.select_related(None).order_by().values_list(*COLUMNS, *TERMS)
    for competition, *row in rows.iterator(chunk_size=2000):
        by_competition.setdefault(competition, []).append(tuple(row))
    return {key: _sums(found) for key, found in by_competition.items()}


def _sums(rows: list[tuple[Any, ...]]) -> ResultSums:
    by_window: dict[uuid.UUID, Decimal] = {}
    cost = ZERO
    accepted = [row for row in rows if row[2] == Decision.ACCEPTED]
    for _, window, _, capacity, *terms in accepted:
        by_window[window] = by_window.get(window, ZERO) + capacity
        cost += bid_cost(
            capacity_mw=capacity,
            **{name.removeprefix("window__"): value for name, value in zip(TERMS, terms, strict=True)},
        )
    return ResultSums(
        bidders=len({row[0] for row in rows}),
        bids=len(rows),
        accepted=len(accepted),
        rejected=sum(row[2] == Decision.REJECTED for row in rows),
        capacity_mw=max(by_window.values(), default=ZERO),
        cost=cost,
    )
