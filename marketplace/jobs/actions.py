"""What members do with jobs: upload, apply, discard, ask for a file."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from marketplace import request_ids
from marketplace.audit.chain import Actor, record
from marketplace.errors import Refused
from marketplace.jobs import rules
from marketplace.jobs.enums import State
from marketplace.jobs.kinds import MARKED_COPY, FileKind, UploadKind, registry
from marketplace.jobs.machine import set_state
from marketplace.jobs.models import Job, StoredFile
from marketplace.jobs.publishing import publish_on_commit
from marketplace.jobs.signals import job_ended
from marketplace.members import Member

_ENDS = {State.DONE: "file processed", State.NOTHING: "file checked, nothing to apply"}


def start_upload(
    *,
    by: Member,
    kind: str,
    filename: str,
    data: bytes,
    params: Mapping[str, Any],
    now: datetime,
    sealed_under: uuid.UUID | None = None,
) -> Job:
    """Keep the file and queue its check.

    Raises ``Refused`` (type, size) or ``NotAllowed``; ``KeyError`` when there is no such kind.

    A file of a sealed kind is hidden from everyone but its organisation, until ``sealed_under`` opens if
    given.
    """
    upload_kind = registry.uploads[kind]
    rules.check_may_use(by, upload_kind)
    rules.check_file(filename, len(data), upload_kind)
    with transaction.atomic():
        stored = StoredFile.objects.keep(filename, data, organisation_id=by.organisation_id, now=now)
        return _queued(by, upload_kind, params, now, sealed_under, upload=stored)


def keep_for_upload(*, by: Member, kind: str, filename: str, data: bytes, now: datetime) -> StoredFile:
    """Keep a file about which something must be asked before its upload starts. Raises as
    :func:`start_upload`."""
    upload_kind = registry.uploads[kind]
    rules.check_may_use(by, upload_kind)
    rules.check_file(filename, len(data), upload_kind)
    return StoredFile.objects.keep(filename, data, organisation_id=by.organisation_id, now=now, kept_for=kind)


def start_file(
    *, by: Member, kind: str, params: Mapping[str, Any], now: datetime, sealed_under: uuid.UUID | None = None
) -> Job:
    """Queue the making of a file. Raises ``NotAllowed``; ``KeyError`` when there is no such kind to ask for
    by itself."""
    if kind == MARKED_COPY:
        raise KeyError(kind)
    file_kind = registry.files[kind]
    rules.check_may_use(by, file_kind)
    with transaction.atomic():
        return _queued(by, file_kind, params, now, sealed_under)


def start_marked_copy(*, by: Member, source: Job, now: datetime) -> Job:
    """Queue the copy of an upload with its errors marked, under the upload's rights and seal. Raises
    ``NotAllowed``."""
    rules.check_own(by, source)
    rules.check_may_use(by, registry.uploads[source.kind])
    with transaction.atomic():
        return _queued(by, registry.files[MARKED_COPY], {}, now, source.sealed_under, source=source)


def apply_upload(*, by: Member, job: Job, now: datetime, is_confirmed: bool = False) -> None:
    """Queue the applying of a checked file. Asked twice, it happens once.

    ``is_confirmed`` says that the member has read what the preview asks to confirm. Raises ``Refused``, also
    where that is asked and not given, or ``NotAllowed``.
    """
    rules.check_may_decide(by, job)
    with transaction.atomic():
        present = locked_job(job)
        if present.applied_by_id is not None:
            return
        rules.check_may_apply(present)
        rules.check_confirmed(present, is_confirmed)
        set_state(
            job.pk,
            State.APPLY_QUEUED,
            sources=[State.CHECKED],
            applied_by_id=by.user_id,
            attempts=0,
            deaths=0,
            published_at=None,
            request_id=request_ids.current(),
        )
        publish_on_commit(job.pk)


def locked_job(job: Job) -> Job:
    """The job as it is stored, locked against every other step until the transaction ends."""
    return Job.objects.select_for_update().get(pk=job.pk)


def discard_upload(*, by: Member, job: Job, now: datetime) -> None:
    """Give up a checked file: nothing of it is applied. Raises ``Refused`` once it is being applied."""
    rules.check_may_decide(by, job)
    with transaction.atomic():
        if not set_state(job.pk, State.DISCARDED, sources=[State.CHECKED], finished_at=now):
            raise Refused("This file is no longer waiting to be applied, so it can't be discarded.")
        record_end(job, by, State.DISCARDED, now)


def run_again(*, by: Actor, job: Job, now: datetime) -> None:
    """Queue the step at which a job failed once more, for support. Raises ``Refused`` for a job that has not
    failed."""
    with transaction.atomic():
        present = locked_job(job)
        to = State.QUEUED if present.applied_by_id is None else State.APPLY_QUEUED
        fresh: dict[str, Any] = {
            "attempts": 0,
            "deaths": 0,
            "published_at": None,
            "finished_at": None,
            "error": "",
        }
        if not set_state(job.pk, to, sources=[State.FAILED], **fresh):
            raise Refused("Only a job that failed can be run again.")
        record(
            organisation_id=present.organisation_id,
            by=by,
            action="job run again by support",
            subject=present,
            changes={"state": (State.FAILED, to), "error": (present.error, "")},
            now=now,
            sealed_under=present.sealed_under,
        )
        publish_on_commit(job.pk)


def record_end(
    job: Job, by: Actor | None, state: State, now: datetime, counts: Mapping[str, Any] | None = None
) -> None:
    """Append to the organisation's chain that the job came to this end."""
    file = job.upload or job.output
    changes: dict[str, tuple[Any, Any]] = {"state": (None, state), "kind": (None, job.kind)}
    if file is not None:
        changes |= {"file": (None, file.name), "sha256": (None, file.sha256)}
    if counts:
        changes["counts"] = (None, dict(counts))
    record(
        organisation_id=job.organisation_id,
        by=by,
        action=_ENDS.get(state, f"file {state}"),
        subject=job,
        changes=changes,
        now=now,
        sealed_under=job.sealed_under,
    )
    job_ended.send(sender=Job, job=job, to=state, now=now)


def _queued(
    by: Member,
    kind: UploadKind | FileKind,
    params: Mapping[str, Any],
    now: datetime,
    sealed_under: uuid.UUID | None,
    **files: Any,
) -> Job:
    """A queued job; ``files`` are its ``upload`` or its ``source``."""
    job_id = uuid.uuid4()
    job = Job.objects.create(
        id=job_id,
        kind=kind.name,
        title=kind.title,
        organisation_id=by.organisation_id,
        requested_by_id=by.user_id,
        requested_by_email=by.email,
        params=dict(params),
        **files,
        sealed_under=sealed_under or (job_id if kind.sealed else None),
        created_at=now,
    )
    publish_on_commit(job_id)
    return job
