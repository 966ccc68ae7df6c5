"""Notifying people that a file they no longer wait for is done."""

from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.urls import reverse

from marketplace.jobs.enums import State
from marketplace.jobs.kinds import registry
from marketplace.jobs.models import Job
from marketplace.jobs.queries import jobs_visible_to
from marketplace.notifications import Kind
from marketplace.notifications.actions import notify

PROCESSED = Kind(
    "file_processed", "A file that took long is done", explanation="Only those that you asked for."
)
KINDS = (PROCESSED,)

LONG = timedelta(seconds=30)
"""Who waited longer than this has turned to something else."""

_TITLES = {
    State.CHECKED: "{file} is checked and waits for you to apply it",
    State.NOTHING: "{file} is checked: nothing of it can be applied",
    State.DONE: "{file} is done",
    State.FAILED: "{file} could not be processed",
    State.REFUSED: "{file} was refused",
}


def notify_processed(job: Job, to: State, now: datetime, sentence: str = "") -> None:
    """Tell the person who asked for the step, if it took long; called in the transaction that ends it. Sealed
    as the file is.

    A person who may no longer open the file is not told.
    """
    asker = job.applied_by_id or job.requested_by_id
    if to not in _TITLES or now - _asked_at(job) < LONG or not _may_open(asker, job):
        return
    person = get_user_model().objects.filter(pk=asker)
    file = job.upload or job.output
    notify(
        PROCESSED.code,
        to=person,
        title=_TITLES[to].format(file=file.name if file else job.title),
        lines=[line for line in (job.title, sentence) if line],
        link=reverse("jobs:job", args=[job.pk]),
        key=f"{job.pk} {to}",
        now=now,
        organisation_id=job.organisation_id,
        sealed_under=job.sealed_under,
    )


def _may_open(user_id: int, job: Job) -> bool:
    member = registry.load_member(user_id) if registry.load_member is not None else None
    return jobs_visible_to(member).filter(pk=job.pk).exists()


def _asked_at(job: Job) -> datetime:
    """When the present step was asked for; for applying, when a worker took it up."""
    if job.applied_by_id is not None and job.log:
        return datetime.fromisoformat(job.log[-1]["at"])
    return job.created_at
