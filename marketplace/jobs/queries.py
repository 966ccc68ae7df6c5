"""Which jobs and files a member may see."""

import json
import zlib
from typing import Any

from django.db.models import Q, QuerySet

from marketplace import audit
from marketplace.jobs.models import Job, StoredFile

_BYTES = ("upload__content", "output__content", "problems")
_HEAVY = (*_BYTES, "preview")


def jobs_visible_to(member: Any) -> QuerySet[Job]:
    """The jobs of the member's organisation, newest first, without their files' bytes; none without a member."""
    if member is None:
        return Job.objects.none()
    jobs = Job.objects.filter(organisation_id=member.organisation_id)
    if is_seen_by_admin(member):
        jobs = audit.without_sealed(jobs)
    return jobs.select_related("upload", "output").defer(*_HEAVY).order_by("-created_at", "id")


def files_visible_to(member: Any) -> QuerySet[StoredFile]:
    """The stored files of the member's organisation."""
    if member is None:
        return StoredFile.objects.none()
    files = StoredFile.objects.filter(organisation_id=member.organisation_id)
    if is_seen_by_admin(member):
        shown = audit.without_sealed(Job.objects.filter(organisation_id=member.organisation_id))
        files = files.filter(Q(pk__in=shown.values("upload")) | Q(pk__in=shown.values("output")))
    return files


def is_seen_by_admin(member: Any) -> bool:
    """Whether an admin looks through this member's eyes: what is sealed stays sealed then."""
    return bool(getattr(member, "is_seen_by_admin", False))


def jobs_for_admins() -> QuerySet[Job]:
    """All organisations' jobs, newest first, without those under a seal that is still closed."""
    jobs = audit.without_sealed(Job.objects.all())
    return jobs.select_related("upload", "output").defer(*_HEAVY).order_by("-created_at", "id")


def with_preview(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """The same jobs, with their previews read at once."""
    return jobs.defer(None).defer(*_BYTES)


def narrowed(jobs: QuerySet[Job], kind: str = "", state: str = "", named: str = "") -> QuerySet[Job]:
    """Those of one kind, in one state, whose file or person is named like this; what is empty doesn't matter."""
    if kind:
        jobs = jobs.filter(kind=kind)
    if state:
        jobs = jobs.filter(state=state)
    if named:
        name = Q(upload__name__icontains=named) | Q(output__name__icontains=named)
        jobs = jobs.filter(name | Q(requested_by_email__icontains=named))
    return jobs


def kinds_seen_by(member: Any) -> list[tuple[str, str]]:
    """Name and title of every kind among the jobs that the member sees, by title."""
    kinds = jobs_visible_to(member).order_by("title")
    return list(dict(kinds.values_list("kind", "title").distinct()).items())


def problems_of(job: Job) -> list[dict[str, Any]]:
    """All problems found in the job's file, as JSON objects, in the file's order."""
    packed = bytes(job.problems)
    found: list[dict[str, Any]] = json.loads(zlib.decompress(packed)) if packed else []
    return found
