"""What a company's ballots add up to, asked of the database for the ballots that are shown."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from accounts.models import Member, Organisation
from bidding.domain.queries import sees_ballots
from bidding.domain.recommendation.costs import TICKS
from bidding.models import BallotAsset
from competitions.models import Competition
from marketplace.prepared import asked
from qualification.domain.verdicts.standing import EligibleTotal, eligible_totals, may_bid

# The formula of ``costs.bid_cost``: exact, each bid rounded half up to the penny.
_SUMS = """
SELECT bid.ballot_id, count(*), count(DISTINCT bid.window_id), count(*) FILTER (WHERE bid.decision = 'accepted'),
    max(bid.capacity_mw),
    sum(div(200 * bid.capacity_mw * (
        coalesce(bid.availability_price, 0) * served.available_minutes * %(minute)s
        + coalesce(bid.utilisation_price, 0) * coalesce(served.dispatch_estimate, 0)
            * coalesce(extract(epoch FROM served.dispatch_duration), 0) * 1000000
        + coalesce(bid.service_fee, 0) * %(hour)s
    ) + %(hour)s, 2 * %(hour)s)) / 100
FROM bidding_bid bid JOIN competitions_servicewindow served ON served.id = bid.window_id
WHERE bid.ballot_id = ANY(%(ballots)s::uuid[]) GROUP BY bid.ballot_id
"""


@dataclass(frozen=True)
class BallotTotals:
    """The bids of a ballot: how many, in how many windows, how many accepted, the most MW, the expected cost
    in £."""

    bids: int = 0
    windows: int = 0
    accepted: int = 0
    most_mw: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)


def totals_of(ballot_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, BallotTotals]:
    """The totals of each of these ballots that has bids; the bids stay in the database."""
    given: dict[str, Any] = {
        "ballots": [str(key) for key in ballot_ids],
        "hour": TICKS,
        "minute": TICKS // 60,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, given)
        return {
            key: BallotTotals(bids, windows, accepted, most, cost.quantize(Decimal("0.01")))
            for key, bids, windows, accepted, most, cost in cursor.fetchall()
        }


@dataclass(frozen=True)
class Offerable:
    """What a company may bid with in a competition: assets, their MW, and how many are in no ballot."""

    assets: int = 0
    mw: Decimal = Decimal(0)
    free: int = 0


def offerable(member: Member, competition: Competition, now: datetime) -> Offerable:
    """The member's company's qualified assets, counted; to an admin who views none is in a sealed ballot."""
    provider = member.organisation
    if not may_bid(competition, provider, now):
        return Offerable()
    totals = eligible_totals(competition_ids=[competition.pk], provider_ids=[provider.pk])
    own = totals.get((competition.pk, provider.pk), EligibleTotal())
    taken = _held(competition, provider) if sees_ballots(member, competition) else 0
    return Offerable(own.assets, own.mw, max(own.assets - taken, 0))


def _held(competition: Competition, provider: Organisation) -> int:
    """How many assets the company's ballots in the competition hold."""
    held = BallotAsset.objects.filter(
        competition=competition.pk, ballot__provider=provider.pk, is_live=True
    ).order_by()
    [[number]] = asked(
        "bidding.held", BallotAsset, held.count, whose=None, competition=competition.pk, own=provider.pk
    )
    return int(number)
