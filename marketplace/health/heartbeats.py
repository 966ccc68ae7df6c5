"""Signs of life of beat and of the workers, kept in Valkey, and what lies in its queues.

Their age is told by Valkey's own clock (a key's remaining time), so that no wrong clock of a machine makes a living
process look dead or a dead one alive.
"""

import time
from functools import lru_cache
from pathlib import Path

import redis
import structlog
from django.conf import settings
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

KEPT_MILLISECONDS = 7 * 24 * 3600 * 1000
EVERY_SECONDS = 5
BEAT = "beat"

_noted: dict[str, float] = {}


def worker_of(queue: str) -> str:
    """The name under which workers of a queue give signs of life."""
    return f"worker {queue}"


def note(name: str) -> None:
    """Note that a process lives, at most every :data:`EVERY_SECONDS`, also by touching ``ALIVE_FILE``; where Valkey
    can't be reached, there nothing."""
    now = time.monotonic()
    if now - _noted.get(name, -EVERY_SECONDS) < EVERY_SECONDS:
        return
    _noted[name] = now
    if settings.ALIVE_FILE:
        Path(settings.ALIVE_FILE).touch()
    try:
        _valkey(settings.VALKEY_URL).set(_key(name), 1, px=KEPT_MILLISECONDS)
    except (OSError, RedisError) as error:
        log.warning("heartbeat_not_noted", of=name, error=type(error).__name__)


def age(name: str) -> float | None:
    """Seconds since the last sign of life; None without one within a week. Raises what Valkey's client raises."""
    left = int(_valkey(settings.VALKEY_URL).pttl(_key(name)))
    return None if left < 0 else (KEPT_MILLISECONDS - left) / 1000


def forget(name: str) -> None:
    """Forget a process that was taken away for good."""
    _noted.pop(name, None)
    _valkey(settings.VALKEY_URL).delete(_key(name))


def messages_in(queue: str) -> int:
    """How many messages lie in a queue of the broker. Raises what Valkey's client raises."""
    return int(_valkey(settings.VALKEY_URL).llen(queue))


def ping() -> None:
    """Raise what Valkey's client raises where the broker doesn't answer within two seconds."""
    _valkey(settings.VALKEY_URL).ping()


def _key(name: str) -> str:
    return f"heartbeat:{name}"


@lru_cache
def _valkey(url: str) -> "redis.Redis":
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
