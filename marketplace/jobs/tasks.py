"""The queue's side: tasks take an id, call one function, and can be run twice."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from marketplace import clock
from marketplace.jobs import public_files, publishing, worker


@shared_task(name="jobs.work", ignore_result=True, soft_time_limit=900, time_limit=960)
def work(job_id: str) -> None:
    """Do the next step of the job whose turn it is, and wake workers for what can be worked then.

    The id is of the job for which the queue was asked: whichever has its turn is worked, at most one.
    """
    worked = worker.work_next()
    if worked is not None:
        publishing.publish_startable()


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
    """Make again every public file whose contents changed; returns how many. Run every minute and after a
    confirmation."""
    return len(public_files.refresh_due(clock.now()))
