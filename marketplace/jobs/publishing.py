"""Handing jobs to the queue. The row is the truth: what the queue loses, the sweeper hands over again."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from itertools import takewhile

import structlog
from celery import current_app
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from kombu.exceptions import OperationalError as QueueError
from redis.exceptions import RedisError

from marketplace.jobs import locks, turns
from marketplace.jobs.enums import UNFINISHED, WORKING
from marketplace.jobs.models import Job

log = structlog.get_logger(__name__)

AGAIN_AFTER = timedelta(seconds=10)
"""How long a handed-over job may lie untouched before the sweeper hands it over again."""

AGAIN_AFTER_A_DEATH = timedelta(seconds=4)
"""The same for one whose worker died: its lock is free, so nobody is at it."""

MOST_AT_ONCE = 100
"""Jobs handed over in one go; the next sweep goes on."""

IMPATIENT = {
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
}

_inline: ContextVar[bool] = ContextVar("run_jobs_inline", default=False)


@contextmanager
def run_jobs_inline() -> Iterator[None]:
    """Hand nothing to the queue within the block: the caller runs its jobs with ``run_now``."""
    token = _inline.set(True)
    try:
        yield
    finally:
        _inline.reset(token)


def jobs_run_inline() -> bool:
    """Whether the caller runs its background work itself, within :func:`run_jobs_inline`."""
    return _inline.get()


def publish_on_commit(job_id: uuid.UUID) -> None:
    """Hand the job to the queue once the present transaction commits."""
    if not _inline.get():
        transaction.on_commit(lambda: publish(job_id))


def publish(job_id: uuid.UUID) -> bool:
    """Hand the job to the queue; False when the queue can't be reached (the sweeper tries again)."""
    if not hand_over("jobs.work", str(job_id)):
        return False
    Job.objects.filter(pk=job_id).update(published_at=Now())
    log.info("job_handed_over", job=str(job_id))
    return True


def hand_over(task: str, *args: str) -> bool:
    """Hand a task to the queue by its name; False when the queue can't be reached.

    Uses a connection of its own that gives up within seconds, since a page may be waiting.
    """
    try:
        with current_app.connection_for_write() as usual:
            patience = {**(usual.transport_options or {}), **IMPATIENT}
            with usual.clone(transport_options=patience) as connection:
                current_app.send_task(task, args=args, connection=connection, retry=False)
    except (OSError, QueueError, RedisError) as error:
        log.warning("queue_unreachable", task=task, args=args, error=repr(error))
        return False
    return True


def sweep(now: datetime, *, all_at_once: bool = False) -> list[uuid.UUID]:
    """Hand over again every unfinished job that nobody works on and the queue may have lost; returns their
    ids.

    ``all_at_once`` (a worker has just started) doesn't wait :data:`AGAIN_AFTER` for those already handed
    over.
    """
    jobs = Job.objects.filter(state__in=UNFINISHED).order_by(
        F("published_at").asc(nulls_first=True), "created_at"
    )
    if not all_at_once:
        waited = Q(published_at__lt=now - AGAIN_AFTER)
        abandoned = Q(state__in=WORKING, published_at__lt=now - AGAIN_AFTER_A_DEATH)
        jobs = jobs.filter(Q(published_at=None) | waited | abandoned)
    waiting = list(jobs.values_list("pk", "organisation_id")[:MOST_AT_ONCE])
    taken, at_work = (
        locks.held_keys(),
        turns.organisations_at_work({organisation for _, organisation in waiting}),
    )
    free = [job for job, whose in waiting if whose not in at_work and locks.key_of(job) not in taken]
    return _publish_each(free)


def publish_startable() -> list[uuid.UUID]:
    """Hand over the jobs whose turn has come, since one was just worked; returns their ids."""
    return _publish_each(turns.startable()[:MOST_AT_ONCE]) if not jobs_run_inline() else []


def _publish_each(job_ids: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """Those that the queue took: it stops at the first that it doesn't take."""
    return list(takewhile(publish, job_ids))
