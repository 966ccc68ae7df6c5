"""What was worked out once and is kept in the cache for a while.

The cache may be away or forget at any time: then it is worked out again, and nothing else changes.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import structlog
from django.core.cache import cache

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")


def cache_get(key: str) -> Any:
    """What was kept under the key; None when nothing is known."""
    return _tried(lambda: cache.get(key), None)


def cache_get_many(keys: Iterable[str]) -> dict[str, Any]:
    """What was kept under these keys, those of which nothing is known left out."""
    return _tried(lambda: dict(cache.get_many(list(keys))), {})


def cache_set(key: str, value: Any, seconds: int) -> None:
    """Keep a value for so long at most."""
    _tried(lambda: cache.set(key, value, seconds), None)


def cache_set_many(values: Mapping[str, Any], seconds: int) -> None:
    """Keep several values by their keys for so long at most."""
    _tried(lambda: cache.set_many(dict(values), seconds), None)


def cache_delete(key: str) -> None:
    """Forget what was kept under the key."""
    _tried(lambda: cache.delete(key), False)


def cache_add(key: str, seconds: int) -> bool:
    """Whether nobody asked this under the key so long before; True also when that can't be known."""
    return _tried(lambda: bool(cache.add(key, True, seconds)), True)


def cache_increment(key: str, seconds: int) -> int:
    """How often this was asked under the key since the first time in so many seconds, this time included; 0
    when that can't be known."""

    def count() -> int:
        try:
            return int(cache.incr(key))
        except ValueError:  # the first time in so many seconds
            cache.add(key, 0, seconds)
        try:
            return int(cache.incr(key))
        except ValueError:  # it ran out in between
            return 1

    return _tried(count, 0)


def _tried(ask: Callable[[], Answer], otherwise: Answer) -> Answer:
    try:
        return ask()
    except Exception as error:  # whatever the cache's client raises
        log.warning("cache_unreachable", error=repr(error))
        return otherwise
