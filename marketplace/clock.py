"""The one clock of the marketplace.

Everywhere else time is an argument. What has a deadline reads :func:`now` *after* it holds its lock: the
database's clock in production, a set one only inside :func:`set_to` (rehearsal, loading the demo market,
tests).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

DATABASE = "marketplace.clock.database_now"
_set_instant: ContextVar[datetime | None] = ContextVar("set_instant", default=None)


def now() -> datetime:
    """The current instant in UTC: the set one, else what the settings' ``CLOCK`` tells, which is the
    database's."""
    instant = _set_instant.get()
    return instant if instant is not None else _source(settings.CLOCK)()


def near_now() -> datetime:
    """The instant as :func:`now` tells it, to within what clocks of machines differ, without a query: for what no
    deadline hangs on, as whether a date is written with its year."""
    is_asked = _set_instant.get() is None and settings.CLOCK == DATABASE
    return datetime.now(UTC) if is_asked else now()


def database_now() -> datetime:
    """The database's clock, which also moves inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(UTC)


@lru_cache
def _source(path: str) -> Callable[[], datetime]:
    source: Callable[[], datetime] = import_string(path)
    return source


@contextmanager
def set_to(instant: datetime) -> Iterator[None]:
    """Hold the clock at ``instant`` (aware) within the block. Raises ``ValueError`` for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("The clock needs an instant with a time zone.")
    token = _set_instant.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _set_instant.reset(token)
