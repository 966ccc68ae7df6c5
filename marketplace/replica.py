"""Reads that may go to a copy of the database: a PostgreSQL that follows it by streaming.

Only what :func:`read` is given goes there: what everybody may read, and reports on what is confirmed. Where the copy is
away, or further behind than it may be, the database itself is read.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, connection, connections, transaction

log = structlog.get_logger(__name__)

ALIAS = "replica"
AGAIN_AFTER = 10.0
"""Seconds after which a copy that was away is asked again."""
PAUSE_SECONDS = 0.05

Found = TypeVar("Found")
_is_read: ContextVar[bool] = ContextVar("replica_is_read", default=False)
_away_until = 0.0


class Router:
    """Django's database router: reads within :func:`read` go to the copy; writing, and all else, never does."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return ALIAS if _is_read.get() else None

    def allow_relation(self, first: Any, second: Any, **hints: Any) -> bool | None:
        return True

    def allow_migrate(self, database: str, app_label: str, **hints: Any) -> bool | None:
        return False if database == ALIAS else None


def read(work: Callable[[], Found], *, is_current: bool = False) -> Found:
    """What ``work`` gives, which only reads and may be done twice: from the copy where it is near enough.

    ``is_current`` waits up to ``REPLICA_MOST_BEHIND`` seconds until the copy has all that was committed before; else
    it may be so many seconds behind. In the copy, all is read as of one moment.
    """
    if not _is_near(is_current=is_current):
        return work()
    try:
        with _of_one_moment():
            return work()
    except (OperationalError, InterfaceError) as error:
        if connection.needs_rollback:
            raise
        _leave(error)
        return work()


def seconds_behind() -> float | None:
    """How far the copy is behind the database; None while it is away or is no copy (any more)."""
    committed = _one("default", "SELECT pg_current_wal_insert_lsn()")
    told = _one(
        ALIAS,
        "SELECT CASE WHEN pg_is_in_recovery() THEN CASE WHEN pg_last_wal_replay_lsn() >= %s::pg_lsn THEN 0 ELSE"
        " coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 'infinity') END END",
        committed,
    )
    return None if told is None else float(told)


def _is_near(*, is_current: bool) -> bool:
    if ALIAS not in settings.DATABASES or time.monotonic() < _away_until:
        return False
    try:
        if is_current:
            return _catches_up()
        behind = seconds_behind()
    except Error as error:
        if connection.needs_rollback:
            raise
        _leave(error)
        return False
    return behind is not None and behind <= settings.REPLICA_MOST_BEHIND


def _catches_up() -> bool:
    """Whether the copy has within its time what is committed now."""
    committed = _one("default", "SELECT pg_current_wal_insert_lsn()")
    deadline = time.monotonic() + settings.REPLICA_MOST_BEHIND
    while not _one(ALIAS, "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn", committed):
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_SECONDS)
    return True


def _one(alias: str, query: str, *parameters: str) -> Any:
    with connections[alias].cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchone()[0]


@contextmanager
def _of_one_moment() -> Iterator[None]:
    with transaction.atomic(using=ALIAS):
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        token = _is_read.set(True)
        try:
            yield
        finally:
            _is_read.reset(token)


def _leave(error: Exception) -> None:
    """Read the database itself for a while."""
    global _away_until
    _away_until = time.monotonic() + AGAIN_AFTER
    connections[ALIAS].close()
    log.warning("replica_left", error=repr(error))
