"""After the confirmation each bidder is told its outcome with the reasons, on a page and in a letter."""

import io
from decimal import Decimal

import pytest

from accounts.models import Organisation
from bidding.domain.results.outcomes import OutcomeLine, outcome_for
from bidding.exports.outcome_letter import summary, write_letter
from bidding.models import Bid
from marketplace.jobs.actions import start_file
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from tests.bidding.market import AFTER, at
from tests.qualification import market as base
from tests.support.bidding_pages import get, text_of
from tests.support.outcomes import confirmed, decided

pytestmark = pytest.mark.django_db


def outcome(here, member):
    return outcome_for(member, here.competition, AFTER)


def test_each_bidder_sees_its_own_bids_with_reason_and_place_and_nobody_elses():
    here = confirmed()
    [north], [south] = outcome(here, here.north).lines, outcome(here, here.south).lines
    assert (north.bid, north.is_accepted, north.place, north.of) == (here.bids["North"], False, 2, 2)
    assert (south.bid, south.is_accepted, south.place, south.of) == (here.bids["South"], True, 1, 2)
    assert outcome(here, here.south).accepted_mw == Decimal(3)


@pytest.mark.parametrize(
    ("decision", "reason", "comment", "told"),
    [
        ("accepted", "", "", "Accepted"),
        ("rejected", "price_too_high", "Twice last year’s", "Rejected. Price too high: Twice last year’s"),
        ("rejected", "price_too_high", "", "Rejected. Price too high"),
        ("rejected", "", "", "Rejected"),
    ],
)
def test_the_decision_is_told_with_the_reason_and_the_comment_of_a_rejection(decision, reason, comment, told):
    bid = Bid(decision=decision, rejection_reason=reason, rejection_comment=comment)
    line = OutcomeLine(bid, Decimal(10), Decimal(5), place=2, of=3, dearest_per_mw=None)
    assert (line.result_text, line.place_text) == (told, "2 of 3")


def test_before_the_confirmation_there_is_no_outcome_and_outsiders_have_none_ever(client):
    here = decided()
    assert outcome(here, here.north) is None
    page = get(client, here.north, "outcome", here.competition.pk, now=AFTER)
    assert page.status_code == 302
    here = confirmed()
    for other in (here.buyer, base.member(base.provider("Other")), base.member(base.operator())):
        assert outcome(here, other) is None


def test_the_page_tells_the_decision_the_reason_and_the_place(client):
    here = confirmed()
    page = get(client, here.north, "outcome", here.competition.pk, now=AFTER)
    shown = text_of(page)
    assert "Price too high" in shown
    assert "2 of 2" in shown
    assert b"&lt;img src=" in page.content


def test_the_letter_sums_the_outcome_up_in_words():
    here = confirmed()
    assert summary(outcome(here, here.north)) == "Your bid was not accepted. Why stands below."
    assert summary(outcome(here, here.south)).startswith(
        "Your bid was accepted: 3 MW summed over windows, at an"
    )


def test_the_letter_is_a_pdf_in_which_a_comment_is_only_text(client):
    here = confirmed()
    Organisation.objects.filter(pk=here.north.organisation_id).update(name="Łódź <i>Energia</i> & Söhne")
    here.north.organisation.refresh_from_db()
    target = io.BytesIO()
    write_letter(outcome(here, here.north), here.north.organisation, target)
    assert target.getvalue().startswith(b"%PDF-")
    assert target.getvalue().rstrip().endswith(b"%%EOF")


def test_the_letter_is_made_by_a_job_for_its_own_company_only():
    here = confirmed()
    params = {"competition": str(here.competition.pk)}
    for member, state in ((here.north, "done"), (base.member(base.provider("Other")), "refused")):
        with at(AFTER) as now, run_jobs_inline():
            job = start_file(by=member, kind="bidding.outcome", params=params, now=now)
            run_now(job.pk)
        assert Job.objects.get(pk=job.pk).state == state
    assert Job.objects.filter(output__isnull=False).count() == 1
    assert Bid.objects.count() == 2
