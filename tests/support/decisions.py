"""A market with bids, and what its buyer decides on them."""

from decimal import Decimal

from bidding.domain.ballots.submitting import submit_ballot
from bidding.domain.decisions.deciding import BidDecision, decide_bids
from bidding.enums import Decision, RejectionReason
from bidding.models import Bid
from tests.bidding.market import AFTER, BIDDING, at, bid, market
from tests.qualification import market as base


def with_bids(**fields):
    """North offers 2 MW, South 3 MW at a lower price, in the first window, which requires 4 MW."""
    here = market(**fields)
    here.windows[0].capacity_required_mw = Decimal(4)
    here.windows[0].dispatch_estimate, here.windows[0].dispatch_duration = 1, base.SECOND * 3600
    here.windows[0].save()
    for by, mw, price in ((here.north, "2", "10"), (here.south, "3", "5")):
        with at(BIDDING) as now:
            bids = [bid(here.windows[0], mw, price)]
            submit_ballot(by=by, competition=here.competition, label="1", asset_ids=None, bids=bids, now=now)
    placed = Bid.objects.filter(ballot__competition=here.competition).select_related("ballot__provider")
    here.bids = {each.ballot.provider.name: each for each in placed}
    return here


def decide(here, *decisions, by=None, now=AFTER):
    with at(now):
        return decide_bids(by=by or here.buyer, competition=here.competition, decisions=decisions, now=now)


def accept(one, **also):
    return BidDecision(one.pk, Decision.ACCEPTED, **also)


def reject(one, reason=RejectionReason.PRICE_TOO_HIGH, **also):
    return BidDecision(one.pk, Decision.REJECTED, reason, **also)
