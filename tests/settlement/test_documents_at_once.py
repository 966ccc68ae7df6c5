"""Runs at the same instant, and runs that are killed in the middle: one result or none, and numbers without a gap."""

import pytest

from marketplace import clock
from marketplace.dates import month_code
from marketplace.jobs.actions import start_file
from marketplace.jobs.enums import State
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from settlement.domain.invoicing import credit_document
from settlement.domain.payments import mark_paid
from settlement.models import Document, DocumentCounter, DocumentLine, DocumentStatement
from tests.settlement.document_scene import JULY, JUNE, NOW, agreed, earned, run, seen, settled
from tests.support.at_once import together
from tests.support.killed import killed_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made():
    with run_jobs_inline():
        found = settled()
        agreed(found)
        earned(found, found.contract, "102.00")
        earned(found, found.other, "50.00")
    return found


def numbers():
    return sorted(Document.objects.values_list("number", flat=True))


def test_two_runs_at_once_make_one_set_of_documents(made):
    shown = seen(made)
    raised = together(NOW, *[lambda: run(made, digest=shown)] * 3)
    assert sorted(map(str, raised)) == ["None", *["Nothing of June 2026 waits to be invoiced."] * 2]
    assert numbers() == ["SB-NRN-NORTH-2026-0001", "SB-NRN-SOUTH-2026-0001"]


def test_runs_of_two_months_and_a_credit_at_once_leave_no_gap_in_the_numbers(made):
    first = next(each for each in run(made) if each.seller == made.north.organisation)
    earned(made, made.contract, "10.00", month=JULY)
    shown = seen(made, JULY)
    raised = together(
        NOW,
        lambda: run(made, JULY, digest=shown),
        lambda: credit_document(by=made.buyer, document_id=first.pk, reason="Wrong.", now=NOW),
        lambda: credit_document(by=made.buyer, document_id=first.pk, reason="Wrong too.", now=NOW),
        lambda: mark_paid(by=made.buyer, document_id=first.pk, paid_on=NOW.date(), reference="", now=NOW),
    )
    assert [each for each in raised if each] == [f"{first.number} was taken back already."]
    own = [each for each in numbers() if "NORTH" in each]
    assert own == [f"SB-NRN-NORTH-2026-000{place}" for place in (1, 2, 3)]


def test_a_run_killed_at_any_step_leaves_nothing_and_no_gap_and_the_job_makes_it_when_it_is_done_again(made):
    def unharmed(step):
        for model in (Document, DocumentLine, DocumentStatement):
            assert not model.objects.exists(), step
        assert not DocumentCounter.objects.filter(last__gt=0).exists(), step

    for step in ("_next_place", "document_number", "record_for_both", "_paid", "party_of"):
        killed_at(f"settlement.domain.invoicing:{step}", lambda: run(made), call=2)
        unharmed(step)

    params = {"month": month_code(JUNE), "seen": seen(made)}
    with run_jobs_inline(), clock.set_to(NOW):
        job = start_file(by=made.buyer, kind="settlement.invoice_run", params=params, now=NOW)
        killed_at("settlement.domain.invoicing:notify_documents_made", lambda: run_now(job.pk))
        unharmed("notices")
        assert run_now(job.pk).state == State.DONE
        assert run_now(job.pk).state == State.DONE
    assert numbers() == ["SB-NRN-NORTH-2026-0001", "SB-NRN-SOUTH-2026-0001"]
