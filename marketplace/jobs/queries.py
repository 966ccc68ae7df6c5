"""Which jobs and files a member may see: those the member could ask for at this moment, whoever asked for
them."""

import json
import uuid
import zlib
from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from marketplace.audit.queries import without_sealed
from marketplace.jobs import rules
from marketplace.jobs.kinds import MARKED_COPY, FileKind, UploadKind, registry
from marketplace.jobs.models import Job, StoredFile
from marketplace.members import Member

_BYTES = ("upload__content", "output__content", "problems")
_HEAVY = (*_BYTES, "preview")


def jobs_visible_to(member: Member | None) -> QuerySet[Job]:
    """The jobs of the member's organisation that the member could ask for now, whoever did ask, newest first.

    Their files' bytes are left in the database. None without a member.
    """
    if member is None:
        return Job.objects.none()
    jobs = _of_organisation(member).filter(_may_ask_for(member))
    return jobs.select_related("upload", "output").defer(*_HEAVY).order_by("-created_at", "id")


def role_lacking(member: Member | None, job_id: uuid.UUID) -> str:
    """The role for want of which a job of the member's own organisation is hidden; empty when that isn't
    why."""
    if member is None:
        return ""
    own = (
        _of_organisation(member).select_related("source").only("kind", "upload", "needs_role", "source__kind")
    )
    job = next(iter(own.filter(pk=job_id).order_by()), None)
    kind = None if job is None else kind_of(job)
    if job is None or kind is None or not rules.is_for(member, kind):
        return ""
    needed = (kind.role, job.needs_role)
    return next((role for role in needed if role and role not in member.roles), "")


def kind_of(job: Job) -> UploadKind | FileKind | None:
    """The kind whose rights the job has, of a marked copy that of the marked file; None for one no longer
    known."""
    if job.source is not None:
        return registry.uploads.get(job.source.kind)
    return registry.uploads.get(job.kind) if job.upload_id else registry.files.get(job.kind)


def files_visible_to(member: Member | None) -> QuerySet[StoredFile]:
    """The files of the jobs that the member sees, and those kept for a kind that the member may use."""
    if member is None:
        return StoredFile.objects.none()
    seen = jobs_visible_to(member).order_by()
    shown = Q(pk__in=seen.values("upload")) | Q(pk__in=seen.values("output"))
    if not is_seen_by_admin(member):
        shown |= Q(kept_for__in=_usable(member, {**registry.uploads, **registry.kept}))
    return StoredFile.objects.filter(shown, organisation_id=member.organisation_id)


def _of_organisation(member: Member) -> QuerySet[Job]:
    jobs = Job.objects.filter(organisation_id=member.organisation_id)
    return without_sealed(jobs) if is_seen_by_admin(member) else jobs


def _may_ask_for(member: Member) -> Q:
    """What asking for the file needs at this moment: the kind's side of the market and role, and the file's
    own role."""
    uploads, files = _usable(member, registry.uploads), _usable(member, registry.files)
    files = [name for name in files if name != MARKED_COPY]  # its rights are its source's
    asked = Q(upload__isnull=False, kind__in=uploads) | Q(upload=None, source=None, kind__in=files)
    return (asked | Q(source__kind__in=uploads)) & Q(needs_role__in=["", *member.roles])


def _usable(member: Member, kinds: Mapping[str, rules.AnyKind]) -> list[str]:
    return [name for name, kind in kinds.items() if rules.may_use(member, kind)]


def is_seen_by_admin(member: Member | None) -> bool:
    """Whether an admin looks through this member's eyes: what is sealed stays sealed then."""
    return member is not None and member.is_seen_by_admin


def jobs_for_admins() -> QuerySet[Job]:
    """All organisations' jobs, newest first, without those under a seal that is still closed."""
    jobs = without_sealed(Job.objects.all())
    return jobs.select_related("upload", "output").defer(*_HEAVY).order_by("-created_at", "id")


def with_preview(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """The same jobs, with their previews read at once."""
    return jobs.defer(None).defer(*_BYTES)


def narrowed(jobs: QuerySet[Job], kind: str = "", state: str = "", named: str = "") -> QuerySet[Job]:
    """Those of one kind, in one state, whose file or person is named like this; what is empty doesn't
    matter."""
    if kind:
        jobs = jobs.filter(kind=kind)
    if state:
        jobs = jobs.filter(state=state)
    if named:
        name = Q(upload__name__icontains=named) | Q(output__name__icontains=named)
        jobs = jobs.filter(name | Q(requested_by_email__icontains=named))
    return jobs


def kinds_seen_by(member: Member | None) -> list[tuple[str, str]]:
    """Name and title of every kind among the jobs that the member sees, by title."""
    kinds = jobs_visible_to(member).order_by("title")
    return list(dict(kinds.values_list("kind", "title").distinct()).items())


def problems_of(job: Job) -> list[dict[str, Any]]:
    """All problems found in the job's file, as JSON objects, in the file's order."""
    packed = bytes(job.problems)
    found: list[dict[str, Any]] = json.loads(zlib.decompress(packed)) if packed else []
    return found
