import uuid
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import TextChoices

from marketplace import states
from marketplace.audit.models import AuditEntry
from marketplace.errors import Refused
from marketplace.jobs.enums import FINISHED, TRANSITIONS, State
from marketplace.jobs.models import Job
from tests.kernel.people import Member

NOON = datetime(2026, 4, 5, 12, tzinfo=UTC)


class Light(TextChoices):
    RED = "red", "Red"
    GREEN = "green", "Green"


def light(transitions):
    return states.Machine("tests.Light", "colour", Light, Light.RED, transitions)


def test_a_table_that_leaves_a_state_out_is_refused():
    with pytest.raises(ValueError, match="one line for every state"):
        states.register(light({Light.RED: frozenset()}))


def test_a_table_that_leads_to_a_foreign_state_is_refused():
    with pytest.raises(ValueError, match="doesn't exist"):
        states.register(light({Light.RED: frozenset({State.DONE}), Light.GREEN: frozenset()}))


@pytest.mark.parametrize("machine", states.machines(), ids=lambda machine: machine.name)
def test_every_table_belongs_to_a_field_with_these_choices_and_reaches_every_state(machine):
    field = apps.get_model(machine.model)._meta.get_field(machine.field)
    assert {value for value, _ in field.choices} == set(machine.states.values)
    reached, new = {machine.start}, {machine.start}
    while new:
        new = {to for source in new for to in machine.transitions[source]} - reached
        reached |= new
    assert reached == set(machine.states)


def test_every_stored_state_of_the_marketplace_is_known():
    assert {machine.name for machine in states.machines()} >= {
        "bidding.Ballot.state",
        "bidding.Bid.decision",
        "contracts.Contract.status",
        "jobs.Job.state",
        "qualification.Entry.state",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("source", "to"), list(product(State, State)))
def test_a_step_is_taken_and_audited_exactly_when_the_table_has_it(source, to):
    by = Member()
    ended = {"finished_at": NOON if source in FINISHED else None}
    job = Job.objects.create(
        kind="tests.rows",
        title="Rows",
        state=source,
        organisation_id=by.organisation_id,
        requested_by_id=1,
        params={},
        created_at=NOON,
        **ended,
    )
    also = {"finished_at": NOON if to in FINISHED else None}
    step = {"by": by, "action": "moved", "now": NOON, **also}
    if to in TRANSITIONS[source]:
        states.move(job, "state", to, **step)
        entry = AuditEntry.objects.get(subject_id=str(job.pk))
        assert entry.changes["state"] == [source.value, to.value]
        assert entry.organisation_id == by.organisation_id
    else:
        with pytest.raises(Refused, match=source.label):
            states.move(job, "state", to, **step)
        assert not AuditEntry.objects.filter(subject_id=str(job.pk)).exists()
    assert Job.objects.get(pk=job.pk).state == (to if to in TRANSITIONS[source] else source)


@pytest.mark.django_db
def test_the_state_in_the_database_decides_not_the_one_in_memory():
    job = Job.objects.create(
        kind="tests.rows",
        title="Rows",
        state=State.DISCARDED,
        organisation_id=uuid.uuid4(),
        requested_by_id=1,
        params={},
        created_at=NOON,
        finished_at=NOON,
    )
    job.state = State.QUEUED
    with pytest.raises(Refused, match="Discarded"):
        states.move(
            job, "state", State.RUNNING, by=None, action="moved", now=NOON, organisation_id=uuid.uuid4()
        )


def test_the_check_of_the_drawn_page_notices_a_difference_and_writes_nothing(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError, match="differs"):
        call_command("state_diagrams", "--check")
    assert not (tmp_path / "docs" / "states.md").exists()
    call_command("state_diagrams")
    call_command("state_diagrams", "--check")
    assert "queued --> running" in Path(tmp_path / "docs" / "states.md").read_text()
