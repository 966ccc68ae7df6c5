"""Advisory locks. A worker that is killed loses its session, and with it its lock, at once."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


def key_of(job_id: uuid.UUID) -> int:
    """The job's lock: a signed 64-bit number."""
    return int.from_bytes(job_id.bytes[:8], "big", signed=True)


@contextmanager
def hold(job_id: uuid.UUID) -> Iterator[bool]:
    """Hold the job's lock on this database session; False if another session has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key_of(job_id)])
        held: bool = cursor.fetchone()[0]
    try:
        yield held
    finally:
        if held and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key_of(job_id)])


def held_keys() -> frozenset[int]:
    """The keys of all job locks that any session of this database holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks JOIN pg_database d ON d.oid = database"
            " WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND datname = current_database()"
        )
        return frozenset(row[0] for row in cursor.fetchall())


def wait_for_turn(kind: str, organisation_id: uuid.UUID) -> None:
    """Wait until no other transaction works a file of this kind for this organisation; held until this one ends."""
    digest = hashlib.sha256(f"turn:{kind}:{organisation_id}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], "big", signed=True)])
