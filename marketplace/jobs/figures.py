"""How many files wait and for how long, for monitoring."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min, Q

from marketplace.health.figures import Figure
from marketplace.jobs.enums import WAITING, WORKING, State
from marketplace.jobs.models import Job

STEPS = {
    "check": Q(state__in=[State.QUEUED, State.RUNNING], upload__isnull=False),
    "apply": Q(state__in=[State.APPLY_QUEUED, State.APPLYING]),
    "make": Q(state__in=[State.QUEUED, State.RUNNING], upload=None),
}


def of_jobs(now: datetime) -> Iterator[Figure]:
    """By what is to be done. Sealed files, which hold bids, are left out of the numbers: only the age counts them."""
    waiting = Figure("marketplace_jobs_waiting", "Files that wait for a worker.", ["step"])
    working = Figure("marketplace_jobs_working", "Files that a worker is at.", ["step"])
    oldest = Figure(
        "marketplace_jobs_oldest_age_seconds",
        "Seconds since the oldest that isn't done was asked for.",
        ["step"],
    )
    for step, is_of_step in STEPS.items():
        open_ones = Q(sealed_under=None)
        found = Job.objects.filter(is_of_step, state__in=WAITING | WORKING).aggregate(
            waiting=Count("pk", filter=open_ones & Q(state__in=WAITING)),
            working=Count("pk", filter=open_ones & Q(state__in=WORKING)),
            since=Min("created_at"),
        )
        waiting.values.append(([step], found["waiting"]))
        working.values.append(([step], found["working"]))
        oldest.values.append(([step], (now - found["since"]).total_seconds() if found["since"] else 0))
    yield from (waiting, working, oldest)
    failed = Job.objects.filter(sealed_under=None, state=State.FAILED).count()
    yield Figure(
        "marketplace_jobs_failed",
        "Files that failed on our side and were not run again.",
        values=[((), failed)],
    )
