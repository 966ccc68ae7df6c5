"""Advisory locks. A worker that is killed loses its session, and with it its lock, at once.

A lock that outlasts transactions belongs to a session of ``SESSION_DATABASE``, which no pooler may share out.
"""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from django.conf import settings
from django.db import connection, connections


def key_of(job_id: uuid.UUID) -> int:
    """The job's lock: a signed 64-bit number."""
    return int.from_bytes(job_id.bytes[:8], "big", signed=True)


def key_named(name: str) -> int:
    """The lock of that name: a signed 64-bit number."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def hold(job_id: uuid.UUID) -> AbstractContextManager[bool]:
    """Hold the job's lock on this process's own session; False if another session has it."""
    return hold_key(key_of(job_id))


@contextmanager
def hold_key(key: int) -> Iterator[bool]:
    """Hold a lock on this process's own session; False if another session has it. Never waits."""
    session = connections[settings.SESSION_DATABASE]
    with session.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        held: bool = cursor.fetchone()[0]
    try:
        yield held
    finally:
        if held and session.connection is not None and not session.connection.closed:
            with session.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def held_keys() -> frozenset[int]:
    """The keys of all job locks that any session of this database holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks JOIN pg_database d ON d.oid = database"
            " WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND datname = current_database()"
        )
        return frozenset(row[0] for row in cursor.fetchall())


def is_alone_at(name: str) -> bool:
    """Whether no other transaction is at the work of this name; none is then until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [key_named(name)])
        alone: bool = cursor.fetchone()[0]
    return alone
