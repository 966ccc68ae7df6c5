"""Rounds that are decided and confirmed."""

from competitions.models import Competition
from marketplace.jobs.publishing import run_jobs_inline
from tests.bidding.confirming import confirm_results
from tests.bidding.market import AFTER, at
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
