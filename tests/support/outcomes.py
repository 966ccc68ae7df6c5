"""Rounds that are decided and confirmed."""

from bidding.domain.ballots.submitting import submit_ballot
from bidding.domain.decisions.deciding import BidDecision, decide_bids
from bidding.enums import RejectionReason
from bidding.models import Bid
from competitions.models import Competition
from marketplace.jobs.publishing import run_jobs_inline
from tests.bidding.confirming import confirm_results
from tests.bidding.market import AFTER, BIDDING, at, bid, enter
from tests.qualification import market as base
from tests.support.decisions import accept, decide, reject, with_bids

HOSTILE = '<img src="file:///etc/passwd"/> & <b>comment'


def decided():
    here = with_bids()
    decide(here, accept(here.bids["South"]), reject(here.bids["North"], comment=HOSTILE))
    return here


def confirmed():
    here = decided()
    with at(AFTER) as now, run_jobs_inline():
        confirm_results(by=here.buyer, competition=here.competition, now=now)
    here.competition = Competition.objects.select_related("operator").get(pk=here.competition.pk)
    return here


def another_confirmed(of):
    """A second competition of the market's buyer, confirmed: each of two bidders has one bid, North's is
    rejected."""
    competition = base.competition(of.buyer.organisation)
    for member, mw, price in ((of.north, "1", "10"), (of.south, "2", "5")):
        enter(competition, member.organisation)
        bids = [bid(competition.windows.get(), mw, price)]
        with at(BIDDING) as now:
            submit_ballot(by=member, competition=competition, label="1", asset_ids=None, bids=bids, now=now)
    for each in Bid.objects.filter(ballot__competition=competition).select_related("ballot"):
        is_north = each.ballot.provider_id == of.north.organisation_id
        why = BidDecision(each.pk, "rejected", RejectionReason.PRICE_TOO_HIGH)
        with at(AFTER) as now, run_jobs_inline():
            decide_bids(
                by=of.buyer,
                competition=competition,
                decisions=[why if is_north else BidDecision(each.pk, "accepted")],
                now=now,
            )
    with at(AFTER) as now, run_jobs_inline():
        confirm_results(by=of.buyer, competition=competition, now=now)
    return Competition.objects.select_related("operator").get(pk=competition.pk)
