"""Walking a stretch of a chain: every digest worked out again. Long chains are walked by several processes at
once."""

import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import psycopg2

from marketplace.audit.canonical import COVERED, digest_of_fields

ROWS_AT_ONCE = 5_000
COLUMNS = (*COVERED, "digest")
_PREVIOUS, _SEQUENCE, _ID = COLUMNS.index("previous_digest"), COLUMNS.index("sequence"), COLUMNS.index("id")

REMOVED = "the entry was removed"
CUT = "the entry was removed, and all after it"
CHANGED = "the entry was changed after it was written"
DETACHED = "the entry does not follow the one before it"


@dataclass(frozen=True)
class Segment:
    """The entries ``first`` to ``last`` of one chain (None: the platform's)."""

    organisation_id: uuid.UUID | None
    first: int
    last: int


@dataclass(frozen=True)
class Walked:
    """What a walk found: how the stretch ties to the one before, how it ends, and the first fault in it, if
    any."""

    segment: Segment
    previous: str = ""
    ends_with: str = ""
    fault_at: int | None = None
    fault_id: str | None = None
    fault: str = ""


def walk(segment: Segment, rows: Iterable[tuple[Any, ...]]) -> Walked:
    """Check rows of ``COLUMNS`` in the order of their sequence. What comes before the first row is left
    open."""
    expected, previous, opening = segment.first, None, ""
    for row in rows:
        sequence, told = row[_SEQUENCE], row[-1]
        if sequence != expected:
            return Walked(segment, opening, fault_at=expected, fault=REMOVED)
        if digest_of_fields(dict(zip(COVERED, row, strict=False))) != told:
            return Walked(segment, opening, fault_at=sequence, fault_id=str(row[_ID]), fault=CHANGED)
        if previous is None:
            opening = row[_PREVIOUS]
        elif row[_PREVIOUS] != previous:
            return Walked(segment, opening, fault_at=sequence, fault_id=str(row[_ID]), fault=DETACHED)
        expected, previous = sequence + 1, told
    if expected <= segment.last:
        return Walked(segment, opening, fault_at=expected, fault=CUT)
    return Walked(segment, opening, previous or "")


def walk_in_processes(
    segments: list[Segment], connection: dict[str, Any], table: str, processes: int
) -> Iterator[Walked]:
    """Walk all segments, in order, each on a connection of its own; ``connection`` is what psycopg2 needs for
    one."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_walk_alone, segments, [connection] * len(segments), [table] * len(segments))


def _walk_alone(segment: Segment, connection: dict[str, Any], table: str) -> Walked:
    database = psycopg2.connect(**connection)
    try:
        with database.cursor(name="walk") as cursor:
            cursor.itersize = ROWS_AT_ONCE
            whose = (
                "organisation_id IS NULL"
                if segment.organisation_id is None
                else "organisation_id = %(whose)s"
            )
            names = ", ".join(COLUMNS)
            query = f"SELECT {names} FROM {table} WHERE {whose} AND sequence BETWEEN %(first)s AND %(last)s ORDER BY sequence"  # noqa: S608
            found = {"whose": str(segment.organisation_id), "first": segment.first, "last": segment.last}
            cursor.execute(query, found)
            return walk(segment, cursor)
    finally:
        database.close()
