"""What waits in files: uploads that were checked and are neither applied nor discarded."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from marketplace.jobs.enums import State
from marketplace.jobs.models import Job
from marketplace.jobs.queries import jobs_visible_to, with_preview
from marketplace.members import Member
from marketplace.numbers import counted
from marketplace.web.todo import MOST_OF_A_KIND, ToDo


def checked_uploads(member: Member) -> QuerySet[Job]:
    """The uploads that were checked and that the member may apply or discard."""
    return jobs_visible_to(member).filter(state=State.CHECKED, upload__isnull=False)


def uploads(member: Member, now: datetime) -> Iterator[ToDo]:
    """Each file that the member may apply or discard; nothing of it is saved until then."""
    for job in with_preview(checked_uploads(member))[:MOST_OF_A_KIND]:
        refused = job.preview.get("counts", {}).get("errors", 0)
        problems = f" {counted(refused, 'error')} found." if refused else ""
        yield ToDo(
            "Apply or discard",
            reverse("jobs:job", args=[job.pk]),
            "Open",
            since=job.created_at,
            rest=f" {job.upload.name if job.upload else job.title}",
            why=f"{job.title}: checked, nothing saved yet.{problems}",
            fold="Apply or discard {} checked files",
            fold_url=reverse("jobs:history"),
        )
