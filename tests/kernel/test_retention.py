"""What nothing rests on goes when its time is over, and nothing else does."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError

from accounts.models import User
from api.models import LoggedRequest
from marketplace.audit.models import AuditEntry
from marketplace.audit.verification import verify
from marketplace.deliveries.enums import DeliveryState
from marketplace.errors import Refused
from marketplace.jobs.enums import FINISHED, State
from marketplace.jobs.kinds import registry
from marketplace.jobs.models import Job, StoredFile
from marketplace.notifications.models import Notification
from marketplace.retention import removal
from marketplace.retention.removal import remove_due, what_is_due
from marketplace.retention.rules import Rule, known_rules, register_retention

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ORGANISATION = uuid.uuid4()


def days(number):
    return timedelta(days=number)


def kept(name="a.xlsx", *, at=NOW, kept_for=""):
    return StoredFile.objects.keep(
        name, b"what it said", organisation_id=ORGANISATION, now=at, kept_for=kept_for
    )


def job(kind, state=State.DONE, *, age, **files):
    at = NOW - age
    return Job.objects.create(
        kind=kind,
        title=kind,
        state=state,
        organisation_id=ORGANISATION,
        requested_by_id=1,
        requested_by_email="desk@north.example",
        created_at=at,
        finished_at=at if state in FINISHED else None,
        problems=b"problems",
        **files,
    )


def uploaded(kind, state=State.DONE, *, age):
    return job(kind, state, age=age, upload=kept())


def has_bytes(file):
    return bool(StoredFile.objects.get(pk=file.pk).content)


def told(age, state=DeliveryState.SENT):
    user, _ = User.objects.get_or_create(email="desk@north.example")
    return Notification.objects.create(
        user=user,
        kind="file_processed",
        key=str(uuid.uuid4()),
        title="a.xlsx is done",
        link="/",
        created_at=NOW - age,
        mail_state=state,
    )


@pytest.mark.parametrize(
    ("kind", "state", "after"),
    [
        ("qualification.assets", State.DONE, 730),
        ("competitions.areas", State.DONE, 730),
        ("bidding.bids", State.REFUSED, 180),
        ("operations.readings", State.FAILED, 180),
        ("qualification.assets", State.DISCARDED, 180),
        ("qualification.assets", State.NOTHING, 180),
    ],
)
def test_an_uploads_bytes_go_on_the_day_after_its_time_and_its_digest_stays(kind, state, after):
    young, old = (uploaded(kind, state, age=days(after) + each) for each in (-days(1), days(1)))
    remove_due(NOW)
    gone = StoredFile.objects.get(pk=old.upload_id)
    assert has_bytes(young.upload)
    assert (bytes(gone.content), gone.removed_at) == (b"", NOW)
    assert (gone.sha256, gone.size) == (young.upload.sha256, len(b"what it said"))
    with pytest.raises(Refused, match="no longer here"):
        gone.read()


@pytest.mark.parametrize(
    "kind",
    [
        "bidding.bids",
        "bidding.decisions",
        "operations.readings",
        "operations.dispatches",
        "qualification.overrides",
    ],
)
def test_the_file_by_which_bids_decisions_readings_and_dispatches_came_stays(kind):
    applied = uploaded(kind, age=days(9999))
    remove_due(NOW)
    assert has_bytes(applied.upload)


def test_every_kind_whose_applied_file_may_go_is_named_here():
    assert {kind.name for kind in registry.uploads.values() if kind.may_go} == {
        "qualification.assets",
        "competitions.areas",
        "accounts.operating_area",
    }


def test_made_files_go_when_they_can_be_made_again():
    assets = job("qualification.assets", age=days(91), output=kept())
    fresh = job("qualification.assets", age=days(89), output=kept())
    letter = job("bidding.outcome", age=days(9999), output=kept())
    remove_due(NOW)
    assert [has_bytes(each.output) for each in (assets, fresh, letter)] == [False, True, True]
    assert Job.objects.count() == 3


def test_files_of_disputes_contracts_and_applications_have_no_job_and_stay():
    paper = kept("evidence.pdf", at=NOW - days(9999))
    case = kept(at=NOW - days(9999), kept_for="settlement.case")
    remove_due(NOW)
    assert has_bytes(paper)
    assert has_bytes(case)


def test_a_file_that_was_sent_in_and_never_started_goes():
    old, young = (kept(at=NOW - days(age), kept_for="operations.readings") for age in (31, 29))
    remove_due(NOW)
    assert set(StoredFile.objects.all()) == {young}
    assert old not in StoredFile.objects.all()


def test_a_checked_file_that_nobody_answers_is_discarded_in_the_log_and_goes_later():
    waiting = uploaded("bidding.bids", State.CHECKED, age=days(91))
    remove_due(NOW)
    assert Job.objects.get(pk=waiting.pk).state == State.DISCARDED
    assert has_bytes(waiting.upload)
    assert AuditEntry.objects.get(subject_id=str(waiting.pk)).actor_user_id is None
    remove_due(NOW + days(181))
    assert not has_bytes(waiting.upload)
    assert list(verify()) == []


def test_notifications_go_unless_a_mail_of_theirs_is_on_its_way():
    told(days(731))
    stay = {told(days(729)), told(days(731), DeliveryState.WAITING), told(days(731), DeliveryState.SENDING)}
    remove_due(NOW)
    assert set(Notification.objects.all()) == stay


def test_a_dry_run_tells_what_would_go_and_removes_nothing(capsys, monkeypatch):
    monkeypatch.setattr("marketplace.clock.now", lambda: NOW)
    old = uploaded("qualification.assets", age=days(731))
    call_command("retention", "--dry-run")
    assert "uploads: 1 would go" in capsys.readouterr().out
    assert has_bytes(old.upload)
    call_command("retention")
    assert "uploads: 1 removed" in capsys.readouterr().out
    assert not has_bytes(old.upload)


def test_what_is_kept_without_end_stays(settings):
    settings.RETENTION_DAYS = {**settings.RETENTION_DAYS, "uploads": 0}
    old = uploaded("qualification.assets", age=days(9999))
    remove_due(NOW)
    assert has_bytes(old.upload)
    assert {each.rule.name: each.rows for each in what_is_due(NOW)}["uploads"] is None


def test_it_goes_in_small_batches_and_what_is_left_goes_with_the_next_run(monkeypatch):
    monkeypatch.setattr(removal, "BATCH", 2)
    monkeypatch.setattr(removal, "MOST_BATCHES", 2)
    for _ in range(5):
        told(days(731))
    assert remove_due(NOW)["notifications"] == 4
    assert remove_due(NOW)["notifications"] == 1


def test_a_rule_that_fails_keeps_back_no_other(monkeypatch):
    def fail(before):
        raise DatabaseError("disk full")

    told(days(731))
    rules = [Rule("made_files", "", fail), *(each for each in known_rules() if each.name == "notifications")]
    monkeypatch.setattr(removal, "known_rules", lambda: rules)
    assert remove_due(NOW) == {"notifications": 1}


def test_a_rule_is_registered_once():
    with pytest.raises(ValueError, match="registered twice"):
        register_retention(known_rules()[0])


def test_every_period_of_the_settings_has_a_rule_and_each_rule_a_period(settings):
    assert {rule.name for rule in known_rules()} == set(settings.RETENTION_DAYS)
    assert LoggedRequest in {rule.old(NOW).model for rule in known_rules()}
