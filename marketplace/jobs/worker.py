"""Doing a job's next step: check, apply or make a file, with its effect exactly once.

Whoever holds the organisation's turn and the job's lock claims the step by a conditional update that counts
the attempt. The effect, the audit entry and the new state commit in one transaction, which fails if the
attempt has been overtaken.
"""

import errno
import secrets
import uuid
import zlib
from datetime import datetime
from io import BytesIO
from typing import Any

import structlog
from celery import current_task
from celery.exceptions import SoftTimeLimitExceeded
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F

from marketplace import clock, replica, request_ids
from marketplace.errors import Refused, StorageAway
from marketplace.jobs import rules, turns
from marketplace.jobs.actions import record_end
from marketplace.jobs.enums import WORKING, State
from marketplace.jobs.kinds import FileKind, JobContext, UploadKind, canonical, registry
from marketplace.jobs.machine import set_state
from marketplace.jobs.models import Job, StoredFile
from marketplace.jobs.notifications import notify_processed
from marketplace.jobs.progress import Reporter
from marketplace.members import Member
from marketplace.memory import give_back
from marketplace.workbooks.declare import Unreadable

log = structlog.get_logger(__name__)

MAX_DEATHS = 3
"""A step of which a worker's process died this many times is given up: the file itself may be what kills it."""

MAX_ATTEMPTS = 50
"""A step that was taken up this many times is given up, whatever ended the earlier ones."""

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
"""A disk that is full is nobody's fault and passes: the step is done again."""

CHANGED_MEANWHILE = (
    "The data changed after this preview was made, so nothing was applied. "
    "Upload the file again to see what it would do now."
)
GIVEN_UP = (
    "Our system stopped unexpectedly several times while working on this file, so we no longer try. "
    "Nothing was changed. Try a smaller file, and contact support if it happens again."
)
TOOK_TOO_LONG = "This takes longer than a file may take, so we stopped. Nothing was changed. Split the file into smaller ones."
NO_LONGER_MEMBER = (
    "The person who asked for this no longer acts for the organisation, so nothing was changed."
)

_CLAIMS = {
    State.QUEUED: (State.RUNNING, (State.QUEUED, State.RUNNING)),
    State.RUNNING: (State.RUNNING, (State.QUEUED, State.RUNNING)),
    State.APPLY_QUEUED: (State.APPLYING, (State.APPLY_QUEUED, State.APPLYING)),
    State.APPLYING: (State.APPLYING, (State.APPLY_QUEUED, State.APPLYING)),
}


class OvertakenError(Exception):
    """Another worker has taken over this step: what this one did is rolled back."""


def run_now(job_id: uuid.UUID) -> Job:
    """Do the job's next step in this process and return the job as it stands then.

    Nothing happens when another session works on it or no step is due. Raises ``Job.DoesNotExist``, and
    database errors that interrupt the step (it is then taken up again).
    """
    _work_if_free(turns.candidate_of(job_id))
    return Job.objects.get(pk=job_id)


def work_next() -> uuid.UUID | None:
    """Do the next step of the job whose turn it is; returns its id, None when nothing can be worked now.

    Raises database errors that interrupt the step, as :func:`run_now`.
    """
    return next((each.job_id for each in turns.candidates() if _work_if_free(each)), None)


def _work_if_free(candidate: turns.Candidate) -> bool:
    with turns.taken(candidate) as held:
        job = _claim(candidate.job_id) if held else None
        if job is not None:
            with request_ids.under(job.request_id, job=str(job.pk)):
                log.info("job_taken", step=job.state, attempt=job.attempts)
                _work(job)
                log.info("job_step_ended")
        is_worked = job is not None
    del job
    if is_worked:
        give_back()
    return is_worked


def _claim(job_id: uuid.UUID) -> Job | None:
    job = Job.objects.get(pk=job_id)
    state = State(job.state)
    if state not in _CLAIMS:
        return None
    working, sources = _CLAIMS[state]
    if job.deaths >= MAX_DEATHS or job.attempts >= MAX_ATTEMPTS:
        _end(job, State.FAILED, GIVEN_UP)
        return None
    now = clock.now()
    claim: dict[str, Any] = {"attempts": job.attempts + 1, "taken_at": now, "taken_by": _present_task()}
    claim["log"] = _logged(job, now, f"{working.label}, attempt {job.attempts + 1}")
    if job.started_at is None:
        claim["started_at"] = now
    if not set_state(job_id, working, sources=sources, attempt=job.attempts, **claim):
        return None
    return Job.objects.get(pk=job_id)


def _present_task() -> str:
    """The queue's task in which this runs; empty outside of one."""
    return str(current_task.request.id or "") if current_task else ""


def count_death(task_id: str) -> None:
    """Note that a worker's process died amid this task: what it worked at may be why.

    Told by the worker that lives on. What ends a whole worker (a restart, a reboot, a stop) is told by nobody,
    so it is held against no file.
    """
    died = Job.objects.filter(taken_by=task_id, state__in=WORKING).update(deaths=F("deaths") + 1)
    if died:
        log.warning("job_killed_its_process", task=task_id)


def _work(job: Job) -> None:
    try:
        if job.upload_id is None:
            _generate(job)
        elif job.state == State.RUNNING:
            _check(job)
        else:
            _apply(job)
    except (Refused, Unreadable) as refusal:
        _end(job, State.REFUSED, str(refusal))
    except OvertakenError:
        log.warning("job_overtaken", job=str(job.pk), kind=job.kind, attempt=job.attempts)
    except SoftTimeLimitExceeded:
        log.warning("job_took_too_long", job=str(job.pk), kind=job.kind)
        _end(job, State.REFUSED, TOOK_TOO_LONG)
    except Exception as error:
        if not _is_interruption(error):
            _fail(job)
            return
        log.warning("job_interrupted", job=str(job.pk), kind=job.kind, exc_info=True)
        raise


def _is_interruption(error: Exception) -> bool:
    """Whether the database cut the step short, rather than refuse a statement, a disk was full, or the store of files
    was away: then the step is done again.

    The driver reports a session that dies during COPY by a plain ``DatabaseError`` without a code.
    """
    if _is_of_a_full_disk(error) or isinstance(error, OperationalError | InterfaceError | StorageAway):
        return True
    if not isinstance(error, DatabaseError):
        return False
    lost = connection.connection is None or bool(connection.connection.closed)
    return lost or (type(error) is DatabaseError and getattr(error.__cause__, "pgcode", None) is None)


def _is_of_a_full_disk(error: BaseException | None) -> bool:
    """Whether a disk without room is what the error came of; libraries that write workbooks raise their own."""
    while error is not None and not (isinstance(error, OSError) and error.errno in NO_ROOM):
        error = error.__cause__ or error.__context__
    return error is not None


def _fail(job: Job) -> None:
    """End the job with a reference under which the log holds what went wrong; called while that is
    handled."""
    reference = secrets.token_hex(4).upper()
    log.exception("job_failed", job=str(job.pk), kind=job.kind, reference=reference)
    _end(
        job,
        State.FAILED,
        "Something went wrong on our side while working on this. Nothing was changed. Please try again; "
        f"if it happens again, contact support and give the reference {reference}.",
    )


def _check(job: Job) -> None:
    kind = registry.uploads[job.kind]
    with transaction.atomic():
        context = _context(job, kind)
        plan = kind.check(context, _bytes(job))
        steps = [[step.when, step.what] for step in kind.foresee(context, plan)]
        transaction.set_rollback(True)  # checking writes nothing, whatever the kind does
    now = clock.now()
    to = State.CHECKED if plan.changes_anything else State.NOTHING
    with transaction.atomic():
        _move(
            job,
            to,
            preview=plan.summary() | {"steps": steps},
            problems=zlib.compress(canonical([problem.to_json() for problem in plan.problems]).encode()),
            fingerprint=plan.fingerprint(),
            attempts=0,
            deaths=0,
            finished_at=None if to == State.CHECKED else now,
            log=_logged(job, now, "Checked"),
        )
        if to == State.NOTHING:
            record_end(job, context.member, to, now, plan.counts())
        notify_processed(job, to, now)


def _apply(job: Job) -> None:
    kind = registry.uploads[job.kind]
    with transaction.atomic():
        context = _context(job, kind)
        plan = kind.check(context, _bytes(job))
        if plan.fingerprint() != job.fingerprint:
            raise Refused(CHANGED_MEANWHILE)
        result = kind.apply(context, plan)
        counts = plan.counts() if result is None else dict(result)
        now = clock.now()
        _move(job, State.DONE, result=counts, finished_at=now, log=_logged(job, now, "Applied"))
        record_end(job, context.member, State.DONE, now, counts)
        notify_processed(job, State.DONE, now)


def _generate(job: Job) -> None:
    kind = registry.files[job.kind]
    with transaction.atomic():
        context = _context(job, kind)
        name, stream = _written(kind, context)
        now = clock.now()
        job.output = StoredFile.objects.keep(
            name, stream.getvalue(), organisation_id=job.organisation_id, now=now
        )
        role = kind.more_for if kind.more_for in context.member.roles else None
        done = {"output": job.output, "needs_role": role or "", "finished_at": now}
        _move(job, State.DONE, log=_logged(job, now, "Made"), **done)
        record_end(job, context.member, State.DONE, now)
        notify_processed(job, State.DONE, now)


def _written(kind: FileKind, context: JobContext[Member]) -> tuple[str, BytesIO]:
    """The file's name and bytes; a report is read from the copy of the database, if there is one."""

    def write() -> tuple[str, BytesIO]:
        stream = BytesIO()
        return kind.generate(context, stream), stream

    return replica.read(write, is_current=True) if kind.is_report else write()


def _context(job: Job, kind: UploadKind | FileKind) -> JobContext[Member]:
    """Load who acts, and read the clock."""
    if registry.load_member is None:
        raise ImproperlyConfigured("No app has registered how to load the acting member.")
    member = registry.load_member(job.applied_by_id or job.requested_by_id)
    if member is None or member.organisation_id != job.organisation_id:
        raise Refused(NO_LONGER_MEMBER)
    rules.check_may_use(member, kind)
    return JobContext(
        job_id=job.pk,
        member=member,
        params=job.params,
        now=clock.now(),
        filename=job.upload.name if job.upload else "",
        report=Reporter(job.pk),
    )


def _bytes(job: Job) -> bytes:
    return job.upload.read() if job.upload else b""


def _move(job: Job, to: State, **fields: Any) -> None:
    if not set_state(job.pk, to, sources=[State(job.state)], attempt=job.attempts, **fields):
        raise OvertakenError


def _end(job: Job, to: State, sentence: str) -> None:
    now = clock.now()
    with transaction.atomic():
        moved = set_state(
            job.pk,
            to,
            sources=[State(job.state)],
            attempt=job.attempts,
            error=sentence,
            finished_at=now,
            log=_logged(job, now, sentence),
        )
        if moved:
            record_end(job, None, to, now)
            notify_processed(job, to, now, sentence)


def _logged(job: Job, now: datetime, line: str) -> list[dict[str, str]]:
    return [*job.log, {"at": now.isoformat(), "line": line}]
