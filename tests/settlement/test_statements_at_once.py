"""Runs at the same instant, and runs that are killed half-way: one result, whole or not at all."""

import pytest

from contracts.models import Contract
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.jobs.actions import start_file
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from marketplace.notifications.models import Notification
from settlement.domain.finalising import finalise
from settlement.models import Statement, StatementLine, StatementVersion
from tests.operations.metered import another_contract
from tests.settlement import statement_scene as scenes
from tests.settlement.statement_scene import FIRST_RUN, dispatched, run, statement
from tests.support.at_once import together
from tests.support.killed import killed_at

pytestmark = pytest.mark.django_db(transaction=True)
STEPS_OF_A_RUN = [
    ("settlement.domain.issuing:StatementVersion.objects.create", 1),
    ("settlement.domain.issuing:StatementLine.objects.bulk_create", 2),
    ("settlement.domain.issuing:record", 3),
    ("settlement.domain.runs:notify_issued", 1),
]
"""The first statement begun; the second with its lines to be written; the second on one chain of two; all but the notices."""


@pytest.fixture
def scene():
    """Two contracts of North, each with a dispatch in February."""
    with run_jobs_inline():
        found = scenes.scene_of(scenes.made())
        dispatched(found)
        bid = found.contract.bid
        rejected = type(bid).objects.filter(ballot=bid.ballot).exclude(pk=bid.pk).get()
        second = another_contract(found, found.contract, rejected, found.assets["N2"])
        dispatched(found, day=1, contract=second, imports=())
    return found


def test_a_run_killed_at_any_step_leaves_nothing_and_the_job_makes_it_when_it_is_done_again(scene):
    before = AuditEntry.objects.count()

    def unharmed(step):
        for model in (Statement, StatementVersion, StatementLine):
            assert not model.objects.exists(), step
        assert not Notification.objects.filter(kind="statement_issued").exists(), step

    for step, call in STEPS_OF_A_RUN:
        killed_at(step, lambda: run(scene), call)
        unharmed(step)
        assert AuditEntry.objects.count() == before, step

    with run_jobs_inline(), clock.set_to(FIRST_RUN):
        job = start_file(by=scene.buyer, kind="settlement.run", params={"month": "2026-02"}, now=FIRST_RUN)
        killed_at("marketplace.jobs.worker:record_end", lambda: run_now(job.pk))
        unharmed("the end of the job")
        assert run_now(job.pk).state == "done"
        assert run_now(job.pk).state == "done"
    assert Job.objects.get(pk=job.pk).attempts == 2
    numbers = StatementVersion.objects.values_list("statement__contract", "number")
    assert sorted(numbers) == sorted(
        (pk, 1)
        for pk in Contract.objects.filter(seller=scene.north.organisation).values_list("pk", flat=True)
    )
    assert AuditEntry.objects.filter(action="statement issued").count() == 4  # two for each party


def test_a_finalising_killed_at_any_step_leaves_all_provisional_and_can_be_done_again(scene):
    run(scene)
    made = list(StatementVersion.objects.values_list("pk", flat=True))
    before = AuditEntry.objects.count()

    def make_final():
        with run_jobs_inline(), clock.set_to(FIRST_RUN):
            finalise(by=scene.buyer, versions=made, now=FIRST_RUN)

    for step, call in [
        ("settlement.domain.finalising:states.move", 2),
        ("settlement.domain.finalising:record", 2),
        ("settlement.domain.finalising:notify_final", 1),
    ]:
        killed_at(step, make_final, call)
        assert set(StatementVersion.objects.values_list("state", flat=True)) == {"provisional"}, step
        assert AuditEntry.objects.count() == before, step
    make_final()
    assert list(StatementVersion.objects.values_list("state", flat=True)) == ["final"] * 2
    assert AuditEntry.objects.filter(action="statement final").count() == 4  # two for each party


def test_runs_and_finalisings_at_once_make_one_result(scene):
    assert together(FIRST_RUN, *[lambda: run(scene)] * 3) == [None] * 3
    assert StatementVersion.objects.count() == 2
    assert AuditEntry.objects.filter(action="statement issued").count() == 4
    version = statement(scene).current

    def make_final():
        finalise(by=scene.buyer, versions=[version.pk], now=FIRST_RUN)

    assert together(FIRST_RUN, make_final, make_final, lambda: run(scene)) == [None] * 3
    assert statement(scene).current.state == "final"
    assert AuditEntry.objects.filter(action="statement final").count() == 2
    assert StatementVersion.objects.count() == 2
