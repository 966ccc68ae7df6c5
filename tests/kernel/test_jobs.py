import errno
import hashlib
import itertools
import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from celery.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded, WorkerLostError
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    transaction,
)
from xlsxwriter.exceptions import FileCreateError

from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.audit.queries import entries_for_admins, entries_visible_to, open_seal
from marketplace.errors import NotAllowed, Refused, StorageAway
from marketplace.jobs import machine, tasks
from marketplace.jobs.actions import apply_upload, discard_upload, run_again, start_file, start_upload
from marketplace.jobs.enums import FINISHED, TRANSITIONS, State
from marketplace.jobs.kinds import (
    SHOWN,
    Change,
    Plan,
    UploadKind,
    register_file,
    register_member_loader,
    register_upload,
    registry,
)
from marketplace.jobs.models import Job, StoredFile
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.queries import jobs_for_admins, jobs_visible_to, problems_of
from marketplace.jobs.tasks import notice_death
from marketplace.jobs.worker import (
    CHANGED_MEANWHILE,
    GIVEN_UP,
    MAX_ATTEMPTS,
    MAX_DEATHS,
    NO_LONGER_MEMBER,
    TOOK_TOO_LONG,
    run_now,
)
from tests.kernel import rows_kind
from tests.kernel.people import Member, Organisation

NOON = datetime(2026, 4, 5, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return Member()


@pytest.fixture
def teammate(member):
    return Member(organisation=member.organisation)


@pytest.fixture(autouse=True)
def rows_known(db, member, teammate):
    rows_kind.make_table()
    with rows_kind.registered(member, teammate), run_jobs_inline(), clock.set_to(LATER):
        yield


def upload(by, text, kind=rows_kind.KIND, **params):
    return start_upload(by=by, kind=kind, filename="rows.txt", data=text.encode(), params=params, now=NOON)


def checked(by, text, **params):
    job = run_now(upload(by, text, **params).pk)
    assert job.state == State.CHECKED
    return job


def applied(by, text, **params):
    job = checked(by, text, **params)
    apply_upload(by=by, job=job, now=NOON)
    return run_now(job.pk)


def test_an_upload_keeps_the_file_with_who_when_and_checksum(member):
    job = start_upload(
        by=member,
        kind=rows_kind.KIND,
        filename="C:\\me\\ro\nws.txt",
        data=b"a=1",
        params={"x": "y"},
        now=NOON,
    )
    assert (job.state, job.requested_by_id, job.requested_by_email) == (
        State.QUEUED,
        member.user_id,
        member.email,
    )
    assert (job.upload.name, bytes(job.upload.content), job.upload.size) == ("rows.txt", b"a=1", 3)
    assert job.upload.sha256 == hashlib.sha256(b"a=1").hexdigest()
    assert (job.organisation_id, job.upload.organisation_id) == (member.organisation_id,) * 2


def test_checking_shows_what_would_happen_and_writes_nothing(member):
    applied(member, "a=1\nb=2")
    entries = AuditEntry.objects.count()
    job = checked(member, "a=1\nb=3\nc=4\nd")
    assert job.preview["counts"] == {
        "create": 1, "update": 1, "refuse": 1, "unchanged": 1, "errors": 1, "warnings": 0
    }  # fmt: skip
    assert job.preview["changes"]["update"] == [
        {"unit": "b", "action": "update", "fields": [["Value", "2", "3"]], "note": ""}
    ]
    assert [problem["row"] for problem in problems_of(job)] == [4]
    assert rows_kind.rows() == [("a", "1"), ("b", "2")]
    assert AuditEntry.objects.count() == entries


def test_even_a_check_that_writes_writes_nothing(member):
    checked(member, "a=1", write_while_checking=True)
    assert rows_kind.rows() == []


def test_applying_does_what_was_shown_and_is_audited_in_the_same_transaction(member):
    job = applied(member, "a=1\nb")
    assert (job.state, job.finished_at, job.result["create"], job.result["refuse"]) == (
        State.DONE,
        LATER,
        1,
        1,
    )
    assert rows_kind.rows() == [("a", "1")]
    entry = entries_visible_to(member).get()
    assert (entry.action, entry.subject_id, entry.actor_user_id) == (
        "file processed",
        str(job.pk),
        member.user_id,
    )
    assert entry.changes["sha256"] == [None, job.upload.sha256]


def test_who_presses_apply_is_who_acts(member, teammate):
    job = checked(member, "a=1")
    apply_upload(by=teammate, job=job, now=NOON)
    run_now(job.pk)
    assert entries_visible_to(member).get().actor_user_id == teammate.user_id


def test_the_task_run_twice_has_its_effect_once(member):
    job = upload(member, "a=1")
    for _ in range(2):
        tasks.work(str(job.pk))
    job.refresh_from_db()
    assert (job.state, rows_kind.rows()) == (State.CHECKED, [])
    apply_upload(by=member, job=job, now=NOON)
    for _ in range(2):
        tasks.work(str(job.pk))
    job.refresh_from_db()
    assert (job.state, rows_kind.rows()) == (State.DONE, [("a", "1")])
    assert AuditEntry.objects.count() == 1


def test_apply_pressed_twice_applies_once(member):
    job = checked(member, "a=1")
    apply_upload(by=member, job=job, now=NOON)
    apply_upload(by=member, job=job, now=NOON)
    run_now(job.pk)
    apply_upload(by=member, job=job, now=NOON)
    assert (run_now(job.pk).state, rows_kind.rows()) == (State.DONE, [("a", "1")])


def test_a_preview_is_refused_at_apply_when_an_earlier_upload_changed_the_data(member):
    later = checked(member, "a=2")
    applied(member, "a=1")
    apply_upload(by=member, job=later, now=NOON)
    later = run_now(later.pk)
    assert (later.state, later.error, rows_kind.rows()) == (State.REFUSED, CHANGED_MEANWHILE, [("a", "1")])
    assert entries_visible_to(member).first().action == "file refused"


def test_a_preview_still_holds_when_what_changed_meanwhile_is_not_in_it(member):
    later = checked(member, "b=2")
    applied(member, "a=1")
    apply_upload(by=member, job=later, now=NOON)
    assert (run_now(later.pk).state, rows_kind.rows()) == (State.DONE, [("a", "1"), ("b", "2")])


def test_a_file_of_which_nothing_can_be_applied_ends_by_itself(member):
    applied(member, "a=1")
    for text, errors in (("a=1", 0), ("a\nb", 2), ("a=1\nb", 1)):
        job = run_now(upload(member, text).pk)
        assert (job.state, job.finished_at, job.is_waiting_for_apply) == (State.NOTHING, LATER, False)
        assert len(problems_of(job)) == errors
        for action, sentence in (
            (apply_upload, "There is nothing to apply: no row"),
            (discard_upload, "no longer waiting to be applied"),
        ):
            with pytest.raises(Refused, match=sentence):
                action(by=member, job=job, now=NOON)
        assert Job.objects.get(pk=job.pk).state == State.NOTHING
        assert entries_visible_to(member).first().action == "file checked, nothing to apply"
    assert rows_kind.rows() == [("a", "1")]


def test_a_file_that_was_made_and_not_uploaded_is_neither_applied_nor_discarded(member):
    job = start_file(by=member, kind=rows_kind.KIND, params={}, now=NOON)
    for action in (apply_upload, discard_upload):
        with pytest.raises(Refused, match="not uploaded, so there is nothing to apply or to discard"):
            action(by=member, job=job, now=NOON)


def test_a_discarded_file_is_never_applied(member):
    job = checked(member, "a=1")
    discard_upload(by=member, job=job, now=NOON)
    with pytest.raises(Refused):
        apply_upload(by=member, job=job, now=NOON)
    with pytest.raises(Refused, match="no longer waiting"):
        discard_upload(by=member, job=job, now=NOON)
    assert (run_now(job.pk).state, rows_kind.rows()) == (State.DISCARDED, [])
    assert [entry.action for entry in entries_visible_to(member)] == ["file discarded"]


def test_support_runs_a_failed_job_again_from_the_step_at_which_it_failed(member):
    job = upload(member, "a 1")
    with pytest.raises(Refused, match="Only a job that failed"):
        run_again(by=member, job=job, now=NOON)
    for applied_by, state in ((None, State.QUEUED), (member.user_id, State.APPLY_QUEUED)):
        failed = {"state": State.FAILED, "error": "Broken.", "attempts": 3, "deaths": 2, "finished_at": NOON}
        Job.objects.filter(pk=job.pk).update(applied_by_id=applied_by, **failed)
        run_again(by=member, job=job, now=NOON)
        job.refresh_from_db()
        assert (job.state, job.attempts, job.deaths, job.finished_at, job.error) == (state, 0, 0, None, "")
    told = AuditEntry.objects.filter(action="job run again by support")
    assert [each.changes["error"] for each in told] == [["Broken.", ""]] * 2


def test_a_refused_file_ends_with_its_sentence(member):
    job = run_now(upload(member, "broken").pk)
    assert (job.state, job.error) == (State.REFUSED, "This file can't be read.")


def test_a_bug_while_checking_ends_in_a_kind_sentence_with_a_reference_and_no_detail(member):
    job = run_now(upload(member, "bug").pk)
    assert job.state == State.FAILED
    assert "give the reference" in job.error
    assert "secret" not in job.error
    assert "Zero" not in job.error


def test_a_bug_while_applying_undoes_everything_it_wrote(member):
    job = applied(member, "a=1", fail_at_the_end=True)
    assert (job.state, rows_kind.rows()) == (State.FAILED, [])
    assert [entry.action for entry in AuditEntry.objects.all()] == ["file failed"]


def test_an_audit_that_fails_undoes_the_effect(member, monkeypatch):
    job = checked(member, "a=1")
    apply_upload(by=member, job=job, now=NOON)

    def fail(*args, **kwargs):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr("marketplace.jobs.actions.record", fail)
        for _ in range(20):  # a database that is away again and again is not the file's fault
            with pytest.raises(OperationalError):
                run_now(job.pk)
    job.refresh_from_db()
    assert (job.state, rows_kind.rows()) == (State.APPLYING, [])
    assert (run_now(job.pk).state, rows_kind.rows()) == (State.DONE, [("a", "1")])


@pytest.mark.parametrize("interrupted", [State.RUNNING, State.APPLYING])
@pytest.mark.parametrize(("counted", "most"), [("deaths", MAX_DEATHS), ("attempts", MAX_ATTEMPTS)])
def test_a_step_that_kills_its_worker_again_and_again_is_given_up(member, interrupted, counted, most):
    job = upload(member, "a=1")
    Job.objects.filter(pk=job.pk).update(state=interrupted, **{counted: most})
    job = run_now(job.pk)
    assert (job.state, job.error, rows_kind.rows()) == (State.FAILED, GIVEN_UP, [])


def test_only_a_death_that_the_living_worker_tells_of_counts_against_the_file(member, monkeypatch):
    monkeypatch.setattr(tasks, "connection", SimpleNamespace(close=lambda: None))
    job, other = upload(member, "a=1"), upload(member, "b=1")
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, attempts=5, taken_by="task-1")
    Job.objects.filter(pk=other.pk).update(state=State.CHECKED, taken_by="task-1")
    for told, deaths in ((WorkerLostError("signal 9"), 1), (TimeLimitExceeded(960), 2), (ValueError("x"), 2)):
        notice_death(task_id="task-1", exception=told)
        job.refresh_from_db()
        assert job.deaths == deaths
    other.refresh_from_db()
    assert other.deaths == 0
    assert (run_now(job.pk).state, Job.objects.get(pk=job.pk).deaths) == (State.CHECKED, 0)


@pytest.mark.parametrize("stop", ["should_stop", "should_terminate"])
def test_a_worker_that_is_being_stopped_holds_no_death_against_a_file(member, monkeypatch, stop):
    job = upload(member, "a=1")
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, attempts=1, taken_by="task-1")
    monkeypatch.setattr(f"celery.worker.state.{stop}", 0)
    notice_death(task_id="task-1", exception=WorkerLostError("signal 15"))
    job.refresh_from_db()
    assert job.deaths == 0


def test_an_overtaken_worker_writes_nothing(member, monkeypatch):
    job = checked(member, "a=1")
    apply_upload(by=member, job=job, now=NOON)

    def apply_and_be_overtaken(context, plan):
        rows_kind.apply(context, plan)
        Job.objects.filter(pk=job.pk).update(attempts=2)

    kind = UploadKind(rows_kind.KIND, "Rows", rows_kind.check, apply_and_be_overtaken)
    with monkeypatch.context() as patch:
        patch.setitem(registry.uploads, rows_kind.KIND, kind)
        job = run_now(job.pk)
    assert (job.state, rows_kind.rows()) == (State.APPLYING, [])


FULL_AMID_A_WORKBOOK = FileCreateError()
FULL_AMID_A_WORKBOOK.__context__ = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("error", "is_interruption"),
    [
        (OperationalError("server closed the connection unexpectedly"), True),
        (InterfaceError("connection already closed"), True),
        (DatabaseError("lost synchronization with server"), True),
        (IntegrityError("duplicate key value"), False),
        (DataError("value too long"), False),
        (ProgrammingError("no such column"), False),
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (FULL_AMID_A_WORKBOOK, True),
        (StorageAway(), True),
        (OSError(errno.EIO, "Input/output error"), False),
    ],
)
def test_a_session_that_dies_a_full_disk_or_a_storage_that_is_away_interrupts_a_job_and_a_refused_statement_fails_it(
    member, error, is_interruption
):
    job = checked(member, "a=1")
    apply_upload(by=member, job=job, now=NOON)

    def apply(context, plan):
        rows_kind.apply(context, plan)
        raise error

    kind = UploadKind(rows_kind.KIND, "Rows", rows_kind.check, apply)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.uploads, rows_kind.KIND, kind)
        if is_interruption:
            with pytest.raises(type(error)):
                run_now(job.pk)
        else:
            assert run_now(job.pk).state == State.FAILED
    assert rows_kind.rows() == []
    if is_interruption:
        assert Job.objects.get().state == State.APPLYING
        assert (run_now(job.pk).state, rows_kind.rows()) == (State.DONE, [("a", "1")])


def test_a_step_that_takes_too_long_is_stopped_and_says_so(member):
    job = checked(member, "a=1")
    apply_upload(by=member, job=job, now=NOON)

    def apply(context, plan):
        rows_kind.apply(context, plan)
        raise SoftTimeLimitExceeded

    kind = UploadKind(rows_kind.KIND, "Rows", rows_kind.check, apply)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.uploads, rows_kind.KIND, kind)
        job = run_now(job.pk)
    assert (job.state, job.error, rows_kind.rows()) == (State.REFUSED, TOOK_TOO_LONG, [])


def test_a_member_who_left_or_lost_the_role_no_longer_acts(member, teammate):
    left, lost = checked(member, "a=1"), checked(teammate, "b=1")
    for job, by in ((left, member), (lost, teammate)):
        apply_upload(by=by, job=job, now=NOON)
    register_member_loader(
        {teammate.user_id: Member(teammate.organisation, roles=(), user_id=teammate.user_id)}.get
    )
    left, lost = run_now(left.pk), run_now(lost.pk)
    assert (left.state, left.error) == (State.REFUSED, NO_LONGER_MEMBER)
    assert lost.state == State.REFUSED
    assert "role" in lost.error
    assert rows_kind.rows() == []


@pytest.mark.parametrize(
    ("filename", "size", "sentence"),
    [
        ("rows.pdf", 3, "must be a file of type"),
        ("rows.txt", 0, "is empty"),
        ("a.txt", 50 * 2**20 + 1, "50 MB"),
    ],
)
def test_a_file_of_another_type_or_size_is_refused_at_once(member, filename, size, sentence):
    with pytest.raises(Refused, match=sentence):
        start_upload(by=member, kind=rows_kind.KIND, filename=filename, data=b"x" * size, params={}, now=NOON)
    assert (Job.objects.count(), StoredFile.objects.count()) == (0, 0)


@pytest.mark.parametrize("who", [Member(roles=("bids",)), Member(Organisation("so"))])
def test_only_members_of_the_right_side_with_the_role_start_jobs(who):
    with pytest.raises(NotAllowed):
        upload(who, "a=1")
    with pytest.raises(NotAllowed):
        start_file(by=who, kind=rows_kind.KIND, params={}, now=NOON)
    assert Job.objects.count() == 0


def test_another_organisation_neither_applies_nor_discards(member):
    job, outsider = checked(member, "a=1"), Member()
    for action in (apply_upload, discard_upload):
        with pytest.raises(NotAllowed):
            action(by=outsider, job=job, now=NOON)
    assert Job.objects.get().state == State.CHECKED


def test_a_file_is_made_once_though_asked_twice_of_the_worker(member):
    applied(member, "a=1")
    job = start_file(by=member, kind=rows_kind.KIND, params={}, now=NOON)
    for _ in range(2):
        tasks.work(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.output.name, bytes(job.output.content)) == (State.DONE, "rows.csv", b"a=1\n")
    assert job.output.content_type == "text/csv; charset=utf-8"
    assert StoredFile.objects.filter(name="rows.csv").count() == 1


def test_jobs_are_seen_by_their_own_organisation_only(member, teammate):
    job = upload(member, "a=1")
    assert list(jobs_visible_to(teammate)) == [job]
    assert list(jobs_visible_to(Member())) == []
    assert list(jobs_visible_to(None)) == []


def test_sealed_jobs_and_their_audit_entries_are_hidden_from_admins(member):
    sealed, plain = upload(member, "broken", kind="tests.sealed"), upload(member, "broken")
    for job in (sealed, plain):
        run_now(job.pk)
    assert list(jobs_for_admins()) == [plain]
    assert {entry.subject_id for entry in entries_for_admins()} == {str(plain.pk)}
    assert entries_visible_to(member).count() == 2
    open_seal(sealed.sealed_under, NOON)
    assert set(jobs_for_admins()) == {sealed, plain}


def test_lists_do_not_load_the_files_bytes(member, django_assert_num_queries):
    for number in range(3):
        upload(member, f"a={number}")
    with django_assert_num_queries(1):
        for job in jobs_visible_to(member):
            assert {"preview", "problems"} <= job.get_deferred_fields()
            assert "content" in job.upload.get_deferred_fields()
            assert job.upload.name == "rows.txt"


def test_a_large_preview_keeps_the_first_rows_and_counts_and_fingerprints_all(member):
    lines = [f"u{number:04}=1" for number in range(SHOWN + 7)]
    job = checked(member, "\n".join(lines))
    assert job.preview["counts"]["create"] == SHOWN + 7
    assert len(job.preview["changes"]["create"]) == SHOWN
    other = checked(member, "\n".join([*lines[:-1], "other=1"]))
    assert job.fingerprint != other.fingerprint


def test_a_fingerprint_differs_with_any_change_or_problem():
    plan = Plan([Change("a", "create", (("V", None, 1),))])
    same = Plan([Change("a", "create", (("V", None, 1),))], payload=object())
    others = [
        Plan(),
        Plan([Change("a", "create", (("V", None, 2),))]),
        Plan([Change("a", "create", (("V", None, 1),), note="cleared")]),
        Plan(list(plan.changes), [rows_kind.Problem("S", 1, None, "", "Odd.", "warning")]),
    ]
    assert plan.fingerprint() == same.fingerprint()
    assert len({each.fingerprint() for each in [plan, *others]}) == 5


def test_a_preview_with_a_nul_character_is_stored(member):
    assert checked(member, "a=\x00").preview["changes"]["create"][0]["fields"] == [["Value", None, "\ufffd"]]


@pytest.mark.parametrize(("source", "to"), list(itertools.product(State, State)))
def test_a_job_moves_only_along_the_table(member, source, to):
    job = upload(member, "a=1")
    Job.objects.filter(pk=job.pk).update(state=source, finished_at=NOON if source in FINISHED else None)
    finished = {"finished_at": NOON if to in FINISHED else None}
    if to in TRANSITIONS[source]:
        assert machine.set_state(job.pk, to, sources=[source], **finished)
        assert Job.objects.get().state == to
    else:
        with pytest.raises(ValueError, match="never goes"):
            machine.set_state(job.pk, to, sources=[source], **finished)
        assert Job.objects.get().state == source


def test_a_job_moves_only_from_the_state_and_attempt_it_was_seen_in(member):
    job = upload(member, "a=1")
    assert not machine.set_state(job.pk, State.APPLYING, sources=[State.APPLY_QUEUED])
    assert not machine.set_state(job.pk, State.RUNNING, sources=[State.QUEUED], attempt=1)
    assert Job.objects.get().state == State.QUEUED


def test_the_database_refuses_a_finished_job_without_its_time(member):
    job = upload(member, "a=1")
    with pytest.raises(IntegrityError, match="job_finished_has_its_time"), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state=State.DONE)


def test_a_kind_is_registered_once_but_a_name_serves_both_ways():
    assert rows_kind.KIND in registry.uploads
    assert rows_kind.KIND in registry.files
    with pytest.raises(ValueError, match="registered twice"):
        register_upload(rows_kind.UPLOAD)
    with pytest.raises(ValueError, match="registered twice"):
        register_file(rows_kind.FILE)


def test_a_job_that_is_gone_is_nobodys_work():
    tasks.work(str(uuid.uuid4()))
    assert Job.objects.count() == 0
