"""Runs at the same instant, and runs that end in the middle: one result or none, and numbers without a gap."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.db import connection

from marketplace import clock
from marketplace.dates import month_code
from marketplace.jobs.actions import start_file
from marketplace.jobs.enums import State
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from settlement.domain import invoicing
from settlement.domain.invoicing import credit_document
from settlement.domain.payments import mark_paid
from settlement.models import Document, DocumentCounter, DocumentLine, DocumentStatement
from tests.settlement.document_scene import JULY, JUNE, NOW, agreed, earned, run, seen, settled
from tests.support.at_once import together

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


@pytest.mark.parametrize(
    "step",
    ["_next_place", "document_number", "record_for_both", "_paid", "notify_documents_made", "party_of"],
)
def test_a_run_that_ends_in_the_middle_leaves_nothing_and_no_gap(made, monkeypatch, step):
    calls = []
    real = getattr(invoicing, step)

    def dies(*args, **told):
        calls.append(step)
        if len(calls) == (1 if step == "notify_documents_made" else 2):
            raise KeyboardInterrupt
        return real(*args, **told)

    with monkeypatch.context() as patched:
        patched.setattr(invoicing, step, dies)
        with pytest.raises(KeyboardInterrupt):
            run(made)
    for model in (Document, DocumentLine, DocumentStatement):
        assert not model.objects.exists()
    assert not DocumentCounter.objects.filter(last__gt=0).exists()
    run(made)
    assert numbers() == ["SB-NRN-NORTH-2026-0001", "SB-NRN-SOUTH-2026-0001"]


KILLED = """
import os, sys, time, uuid
import django
django.setup()
from settlement.domain import invoicing
real = invoicing._paid
def waits(document, claim):
    print("inside", flush=True)
    time.sleep(60)
    return real(document, claim)
invoicing._paid = waits
from marketplace import clock
from marketplace.jobs.worker import run_now
from tests.settlement.document_scene import NOW
with clock.set_to(NOW):
    run_now(uuid.UUID(sys.argv[1]))
"""


def test_a_worker_killed_in_a_run_leaves_nothing_and_the_job_makes_it_when_it_is_done_again(made):
    params = {"month": month_code(JUNE), "seen": seen(made)}
    with run_jobs_inline(), clock.set_to(NOW):
        job = start_file(by=made.buyer, kind="settlement.invoice_run", params=params, now=NOW)
    told = connection.settings_dict
    address = f"postgresql://{told['USER']}@/{told['NAME']}?host={told['HOST']}&port={told['PORT'] or 5432}"
    worker = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(job.pk)],
        env=os.environ | {"DATABASE_URL": address, "PYTHONPATH": os.getcwd()},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline().strip() == "inside"
    worker.send_signal(signal.SIGKILL)
    worker.communicate(timeout=30)
    for _ in range(100):  # the server notices that its client is gone
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            if cursor.fetchone()[0] <= 1:
                break
        time.sleep(0.1)
    assert not Document.objects.exists()
    with clock.set_to(NOW):
        run_now(job.pk)
    assert Job.objects.get(pk=job.pk).state == State.DONE
    assert numbers() == ["SB-NRN-NORTH-2026-0001", "SB-NRN-SOUTH-2026-0001"]
    with clock.set_to(NOW):
        run_now(job.pk)
    assert len(numbers()) == 2
