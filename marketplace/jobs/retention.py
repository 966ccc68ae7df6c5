"""Which files go after a time: those that were made and can be made again, and those on which nothing rests."""

from datetime import datetime

from django.db.models import QuerySet

from marketplace.audit.chain import lock_chains
from marketplace.jobs.actions import record_end
from marketplace.jobs.enums import FINISHED, State
from marketplace.jobs.kinds import FileKind, UploadKind, registry
from marketplace.jobs.machine import set_state
from marketplace.jobs.models import Job, StoredFile
from marketplace.retention.rules import Rule


def _named(kinds: dict[str, UploadKind] | dict[str, FileKind]) -> list[str]:
    return [kind.name for kind in kinds.values() if kind.may_go]


def _made(before: datetime) -> QuerySet[StoredFile]:
    return StoredFile.objects.filter(
        removed_at=None,
        made_in__upload=None,
        made_in__kind__in=_named(registry.files),
        made_in__finished_at__lt=before,
    )


def _applied(before: datetime) -> QuerySet[StoredFile]:
    return StoredFile.objects.filter(
        removed_at=None,
        uploaded_in__state=State.DONE,
        uploaded_in__kind__in=_named(registry.uploads),
        uploaded_in__finished_at__lt=before,
    )


def _never_applied(before: datetime) -> QuerySet[StoredFile]:
    ended = FINISHED - {State.DONE}
    return StoredFile.objects.filter(
        removed_at=None, uploaded_in__state__in=sorted(ended), uploaded_in__finished_at__lt=before
    )


def _forget(files: QuerySet[StoredFile], now: datetime) -> None:
    StoredFile.objects.get_queryset().filter(pk__in=files).forget(now)


def _forget_with_problems(files: QuerySet[StoredFile], now: datetime) -> None:
    Job.objects.filter(upload__in=files).update(problems=b"")
    _forget(files, now)


def _unused(before: datetime) -> QuerySet[StoredFile]:
    """Files about which something was asked, and the answer never came."""
    return StoredFile.objects.filter(
        kept_for__in=registry.uploads, created_at__lt=before, uploaded_in=None, made_in=None
    )


def _unanswered(before: datetime) -> QuerySet[Job]:
    return Job.objects.filter(state=State.CHECKED, created_at__lt=before)


def _discard(jobs: QuerySet[Job], now: datetime) -> None:
    lock_chains(jobs.order_by().values_list("organisation_id", flat=True))
    for job in jobs.select_related("upload").defer("upload__content", "preview", "problems"):
        if set_state(job.pk, State.DISCARDED, sources=[State.CHECKED], finished_at=now):
            record_end(job, None, State.DISCARDED, now)


RULES = (
    Rule("made_files", "files made by workers that can be made again", _made, _forget),
    Rule("unanswered_files", "checked files that nobody applied or discarded", _unanswered, _discard),
    Rule("unapplied_files", "files that were never applied", _never_applied, _forget_with_problems),
    Rule("unused_files", "files sent in whose upload was never started", _unused),
    Rule("uploads", "applied files on which nothing rests", _applied, _forget),
)
