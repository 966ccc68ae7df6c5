"""Which jobs and files a member may see."""

import json
import zlib
from typing import Any

from django.db.models import QuerySet

from marketplace import audit
from marketplace.jobs.models import Job, StoredFile

_HEAVY = ("upload__content", "output__content", "problems", "preview")


def jobs_visible_to(member: Any) -> QuerySet[Job]:
    """The jobs of the member's organisation, newest first, without their files' bytes; none without a member."""
    if member is None:
        return Job.objects.none()
    jobs = Job.objects.filter(organisation_id=member.organisation_id)
    return jobs.select_related("upload", "output").defer(*_HEAVY).order_by("-created_at", "id")


def jobs_for_admins() -> QuerySet[Job]:
    """All organisations' jobs, newest first, without those under a seal that is still closed."""
    jobs = audit.without_sealed(Job.objects.all())
    return jobs.select_related("upload", "output").defer(*_HEAVY).order_by("-created_at", "id")


def files_visible_to(member: Any) -> QuerySet[StoredFile]:
    """The stored files of the member's organisation."""
    if member is None:
        return StoredFile.objects.none()
    return StoredFile.objects.filter(organisation_id=member.organisation_id)


def problems_of(job: Job) -> list[dict[str, Any]]:
    """All problems found in the job's file, as JSON objects, in the file's order."""
    packed = bytes(job.problems)
    found: list[dict[str, Any]] = json.loads(zlib.decompress(packed)) if packed else []
    return found
