"""Beat by a clock that only moves on, and what makes a task that piled up run once.

Nobody's wall clock counts: neither beat's nor a worker's may be trusted within hours. Nothing is kept between two
starts of beat either: at its start everything is due.
"""

import time
from typing import Any

import structlog
from celery import Task
from celery.beat import ScheduleEntry, Scheduler, SchedulingError
from django.core.cache import cache
from redis.exceptions import RedisError

from marketplace import consuming

log = structlog.get_logger(__name__)

AGAIN_AFTER = 5.0
"""Seconds after which a task that the queue did not take is sent again."""

NUMBER = "beat_number"
"""The header with the number of a message that beat sent."""


class SteadyScheduler(Scheduler):  # type: ignore[misc]
    """Sends each task at the start, then whenever its interval has passed on the monotonic clock."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._due: dict[str, float] = {}

    def tick(self, **unused: Any) -> float:
        """Send what is due; returns the seconds until the next one is, at most the longest sleep."""
        began = time.monotonic()
        waits = [self.max_interval]
        for name, entry in self.schedule.items():
            if self._due.get(name, began) <= began:
                interval = entry.schedule.run_every.total_seconds()
                self._due[name] = began + (interval if self._send(entry) else min(interval, AGAIN_AFTER))
            waits.append(self._due[name] - time.monotonic())
        return float(max(0, min(waits)))

    def install_default_entries(self, data: Any) -> None:
        """No task but those of the settings: there are no results that Celery would have to clear."""

    def _ensure_connected(self) -> Any:
        """The connection to the queue once it stands."""
        return consuming.reach(
            self.connection, lambda error, seconds: log.warning("beat_broker_away", error=str(error))
        )

    def _send(self, entry: ScheduleEntry) -> bool:
        """Send the task with its number; False when the queue does not take it."""
        number = _numbered(entry.task)
        entry.options = {} if number is None else {"headers": {NUMBER: number}}
        try:
            self.apply_async(entry, producer=self.producer, advance=False)
        except SchedulingError as error:
            log.warning("beat_not_sent", task=entry.task, error=str(error))
            return False
        return True


class OnceOfAPile(Task):  # type: ignore[misc]
    """A task of which beat's messages may pile up while no worker takes them: the first one taken up does the work
    of all that were sent until then, the others do nothing."""

    abstract = True

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if _is_done_by_another(self.name, self.request.get(NUMBER)):
            return None
        return super().__call__(*arguments, **named)


def _numbered(task: str) -> int | None:
    """The number of the next message of the task; None while Valkey can't be asked."""
    try:
        cache.add(_sent(task), 0, timeout=None)
        return int(cache.incr(_sent(task)))
    except (RedisError, OSError, ValueError) as error:
        log.warning("beat_without_number", task=task, error=repr(error))
        return None


def _is_done_by_another(task: str, number: int | None) -> bool:
    """Whether a run of the task began after this message was sent; if none did, this one begins now."""
    if number is None:
        return False
    try:
        known = cache.get_many([_sent(task), _done(task)])
        if number <= known.get(_done(task), 0) <= known.get(_sent(task), 0):
            return True
        cache.set(_done(task), max(number, known.get(_sent(task), 0)), timeout=None)
    except (RedisError, OSError) as error:
        log.warning("beat_number_unknown", task=task, error=repr(error))
    return False


def _sent(task: str) -> str:
    return f"beat:sent:{task}"


def _done(task: str) -> str:
    return f"beat:done:{task}"
