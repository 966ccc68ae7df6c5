"""Telling people that a file they no longer wait for is done."""

from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.urls import reverse

from marketplace import notifications
from marketplace.jobs.enums import State
from marketplace.jobs.models import Job
from marketplace.notifications import Kind

PROCESSED = Kind("file_processed", "A file that took long is done", explanation="Only those that you asked for.")

LONG = timedelta(seconds=30)
"""Who waited longer than this has turned to something else."""

_TITLES = {
    State.CHECKED: "{file} is checked and waits for you to apply it",
    State.DONE: "{file} is done",
    State.FAILED: "{file} could not be worked off",
    State.REFUSED: "{file} was refused",
}


def tell_processed(job: Job, to: State, now: datetime, sentence: str = "") -> None:
    """Tell who asked for the step, if it took long; called in the transaction that ends it. Sealed as the file is."""
    if to not in _TITLES or now - _asked_at(job) < LONG:
        return
    person = get_user_model().objects.filter(pk=job.applied_by_id or job.requested_by_id)
    file = job.upload or job.output
    notifications.notify(
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


def _asked_at(job: Job) -> datetime:
    """When the present step was asked for; for applying, when a worker took it up."""
    if job.applied_by_id is not None and job.log:
        return datetime.fromisoformat(job.log[-1]["at"])
    return job.created_at
