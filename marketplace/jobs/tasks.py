"""The queue's side: tasks take an id, call one function, and can be run twice."""

import uuid
from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from marketplace import clock
from marketplace.jobs import publishing, worker


@shared_task(name="jobs.work", acks_late=True, ignore_result=True)
def work(job_id: str) -> None:
    """Do the job's next step; nothing if it is done, or another worker is at it."""
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
