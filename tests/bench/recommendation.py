"""The exact recommendation beside greedy merit order, which is faster and dearer."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bidding.domain.recommendation.solver import OfferedBid, merit_order, recommend, uncovered_by
from tests.bench.measured import Measured, seconds

START = datetime(2026, 1, 21, 9, tzinfo=UTC)
BIDS, WINDOWS = 2_000, 200


def rows() -> Iterator[Measured]:
    """Without a budget in the way, and with one that binds."""
    draw = random.Random(1)
    required = {f"w{number}": Decimal(draw.randint(500, 5000)) / 1000 for number in range(WINDOWS)}
    bids = [
        OfferedBid(
            id=f"b{number:05}",
            window=f"w{number % WINDOWS}",
            capacity_mw=Decimal(draw.randint(50, 900)) / 1000,
            cost=Decimal(draw.randint(1000, 90000)) / 100,
            submitted_at=START + timedelta(seconds=number),
        )
        for number in range(BIDS)
    ]
    budget = None
    for name in ("no budget", "binding budget"):
        found = {}
        ours = seconds(lambda: found.update(advice=recommend(bids, required, maximum_budget=budget)))  # noqa: B023
        peer = seconds(lambda: found.update(greedy=merit_order(bids, required, maximum_budget=budget)))  # noqa: B023
        advice, greedy = found["advice"], found["greedy"]
        short = sum(uncovered_by(greedy, bids, required).values(), Decimal(0))
        cost = sum((bid.cost for bid in bids if bid.id in greedy), Decimal(0))
        told = (
            f"{name}: {'proven' if advice.is_optimal else 'not proven'},"
            f" {advice.total_uncovered_mw} MW short at £{advice.cost} (greedy {short} MW, £{cost})"
        )
        yield Measured("recommendation", told, ours, "greedy merit order", peer)
        budget = (advice.cost * Decimal("0.7")).quantize(Decimal("0.01"))
