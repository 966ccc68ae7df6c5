"""The queue's side: tasks take an id, call one function, and can be run twice."""

import uuid
from contextlib import suppress
from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from marketplace import clock
from marketplace.jobs import public_files, publishing, worker
from marketplace.jobs.models import Job


@shared_task(name="jobs.work", ignore_result=True, soft_time_limit=1800, time_limit=1860)
def work(job_id: str) -> None:
    """Do the job's next step; nothing if it is done, another worker is at it, or the job is gone."""
    with suppress(Job.DoesNotExist):
        worker.run_now(uuid.UUID(job_id))


@shared_task(name="jobs.sweep", ignore_result=True, expires=10)
def sweep() -> int:
    """Hand over again what got lost. Run every few seconds; returns how many."""
    return len(publishing.sweep(clock.now()))


@worker_ready.connect
def sweep_at_start(**signal: Any) -> None:
    """A worker that has just started looks at once for what a dead one left behind."""
    sweep_all.delay()


@shared_task(name="jobs.sweep_all", ignore_result=True, expires=60)
def sweep_all() -> int:
    return len(publishing.sweep(clock.now(), all_at_once=True))


@shared_task(name="jobs.refresh_public_files", ignore_result=True, expires=120)
def refresh_public_files() -> int:
    """Make anew every public file whose contents changed; returns how many. Run every minute and after a confirmation."""
    return len(public_files.refresh_due(clock.now()))
