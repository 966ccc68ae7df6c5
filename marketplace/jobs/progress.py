"""Rows done of all, for the page that waits: kept in the cache, best effort."""

import time
import uuid

import structlog
from django.core.cache import cache

from marketplace import memo
from marketplace.jobs import publishing

log = structlog.get_logger(__name__)

KEPT_SECONDS = 3600
PAUSE_SECONDS = 0.3


def progress_of(job_id: uuid.UUID) -> tuple[int, int] | None:
    """Rows done and rows in all, or None when nothing is known."""
    value = memo.cache_get(_key(job_id))
    return (int(value[0]), int(value[1])) if value else None


class Reporter:
    """Writes a job's progress a few times a second at most, and stops for good when the cache fails."""

    def __init__(self, job_id: uuid.UUID) -> None:
        self._key = _key(job_id)
        self._next = 0.0
        self._working = not publishing.jobs_run_inline()  # then nobody waits at a page

    def __call__(self, done: int, total: int) -> None:
        moment = time.monotonic()
        if not self._working or (moment < self._next and done < total):
            return
        self._next = moment + PAUSE_SECONDS
        try:
            cache.set(self._key, [done, total], KEPT_SECONDS)
        except Exception as error:  # whatever the cache's client raises: progress never stops the work
            self._working = False
            log.warning("progress_unwritable", error=repr(error))


def _key(job_id: uuid.UUID) -> str:
    return f"job-progress:{job_id}"
