"""A confirmed competition: one bid of each of two providers accepted, one rejected."""

from bidding.domain.ballots.submitting import submit_ballot
from bidding.domain.decisions.deciding import BidDecision, decide_bids
from bidding.domain.gate.closing import ensure_closed
from bidding.enums import Decision, RejectionReason
from bidding.models import Bid
from tests.bidding.confirming import confirm_results
from tests.bidding.market import AFTER, BIDDING, Market, at, bid, market


def decided() -> Market:
    """North bids 1 MW and 2 MW with N1 and N2, South 3 MW; North's second is rejected, the others
    accepted."""
    made = market()
    first, second = made.windows
    with at(BIDDING):
        offers = [bid(first, "1", "10"), bid(second, "2", "20")]
        _submit(made.north, made, made.ids("N1", "N2"), offers)
        _submit(made.south, made, None, [bid(first, "3", "12.50")])
    with at(AFTER):
        ensure_closed(made.competition, AFTER)
        decisions = [
            BidDecision(each.pk, Decision.REJECTED, RejectionReason.PRICE_TOO_HIGH)
            if each.utilisation_price == 20
            else BidDecision(each.pk, Decision.ACCEPTED)
            for each in Bid.objects.filter(ballot__competition=made.competition)
        ]
        decide_bids(by=made.buyer, competition=made.competition, decisions=decisions, now=AFTER)
    return made


def confirmed() -> Market:
    """The same, confirmed."""
    made = decided()
    with at(AFTER):
        confirm_results(by=made.buyer, competition=made.competition, now=AFTER)
    return made


def _submit(member, made: Market, assets, bids) -> None:
    submit_ballot(
        by=member, competition=made.competition, label="1", asset_ids=assets, bids=bids, now=BIDDING
    )
