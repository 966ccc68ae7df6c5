"""The queue's side: tasks take an id, call one function, and can be run twice."""

from typing import Any

import structlog
from celery import shared_task
from celery.exceptions import TimeLimitExceeded, WorkerLostError
from celery.signals import task_failure, worker_ready
from celery.worker import state as worker_state
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from marketplace import clock
from marketplace.jobs import moving, public_files, publishing, worker
from marketplace.jobs.enums import Place

log = structlog.get_logger(__name__)


@shared_task(name="jobs.work", ignore_result=True, soft_time_limit=900, time_limit=960)
def work(job_id: str) -> None:
    """Do the next step of the job whose turn it is, and wake workers for what can be worked then.

    The id is of the job for which the queue was asked: whichever has its turn is worked, at most one.
    """
    worked = worker.work_next()
    if worked is not None:
        publishing.publish_startable()


@task_failure.connect
def notice_death(task_id: str, exception: BaseException, **signal: Any) -> None:
    """A worker that isn't being stopped tells that one of its processes died, or was ended for its time, amid a
    task."""
    is_stopping = any(_is_set(each) for each in (worker_state.should_stop, worker_state.should_terminate))
    if is_stopping or not isinstance(exception, WorkerLostError | TimeLimitExceeded):
        return
    try:
        worker.count_death(task_id)
    except (DatabaseError, InterfaceError) as error:
        log.warning("death_not_counted", task=task_id, error=repr(error))
    finally:
        connection.close()  # no process that is forked from this one may share it


def _is_set(exit_status: int | bool | None) -> bool:
    """Whether the worker was told to stop; 0 is the exit status of a stop without fault."""
    return exit_status is not None and exit_status is not False


@shared_task(name="jobs.sweep", ignore_result=True)
def sweep() -> int:
    """Hand over again what got lost. Run every few seconds; returns how many."""
    return len(publishing.sweep(clock.now()))


@worker_ready.connect
def sweep_at_start(**signal: Any) -> None:
    """A worker that has just started looks at once for what a dead one left behind."""
    sweep_all.delay()


@shared_task(name="jobs.sweep_all", ignore_result=True)
def sweep_all() -> int:
    return len(publishing.sweep(clock.now(), all_at_once=True))


@shared_task(name="jobs.refresh_public_files", ignore_result=True)
def refresh_public_files() -> int:
    """Make again every public file whose contents changed; returns how many. Run every minute and after a
    confirmation."""
    return len(public_files.refresh_due(clock.now()))


@shared_task(name="jobs.move_files", ignore_result=True, soft_time_limit=540, time_limit=600)
def move_to_object_storage() -> None:
    """Move new files to object storage where the installation has it so. Run by beat."""
    if not settings.FILES_TO_S3:
        return
    for moved in moving.move_files(Place.OBJECTS):
        if moved.fault:
            log.error("file_not_moved", file=str(moved.file_id), fault=moved.fault)
