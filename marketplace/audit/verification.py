"""Proving the chains: every entry's digest worked out again, in order, and compared with where the chain
ends."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Subquery
from django.db.models.functions import Coalesce

from marketplace.audit.models import AuditEntry, ChainHead, PublishedDigest
from marketplace.audit.persons import wrong_references
from marketplace.audit.publication import digest_of_heads
from marketplace.audit.segments import (
    COLUMNS,
    CUT,
    DETACHED,
    REMOVED,
    Segment,
    Walked,
    walk,
    walk_in_processes,
)

SEGMENT_ROWS = 50_000
PARALLEL_FROM = 100_000


@dataclass(frozen=True)
class Break:
    """The first place where a chain doesn't hold: which chain, which entry, and what is wrong with it."""

    organisation_id: uuid.UUID | None
    sequence: int
    entry_id: uuid.UUID | None
    reason: str

    def __str__(self) -> str:
        chain = f"organisation {self.organisation_id}" if self.organisation_id else "the platform"
        named = f" ({self.entry_id})" if self.entry_id else ""
        return f"Chain of {chain}, entry {self.sequence}{named}: {self.reason}"


def verify() -> Iterator[Break]:
    """The first break of every broken chain, then the published digests and the addresses of people that don't
    hold; nothing when all is well.

    Reads in a stream, so memory stays flat; a long log is walked by all processors. Entries appended
    meanwhile don't disturb: they come after where the chain ended at the start.
    """
    heads = {head.organisation_id: head for head in ChainHead.objects.all()}
    strays = AuditEntry.objects.exclude(organisation_id__in=[each for each in heads if each])
    chains = set(heads) | set(strays.order_by().values_list("organisation_id", flat=True).distinct())
    segments = [
        Segment(organisation_id, first, min(first + SEGMENT_ROWS - 1, head.count))
        for organisation_id, head in sorted(heads.items(), key=lambda item: str(item[0]))
        for first in range(1, head.count + 1, SEGMENT_ROWS)
    ]
    walked: dict[uuid.UUID | None, list[Walked]] = {}
    for each in _walk_all(segments):
        walked.setdefault(each.segment.organisation_id, []).append(each)
    for organisation_id in sorted(chains, key=str):
        broken = _first_break(organisation_id, heads.get(organisation_id), walked.get(organisation_id, []))
        if broken:
            yield broken
    yield from _broken_publications()
    for reference in wrong_references():
        yield Break(
            None, 0, None, f"the address kept for {reference} is not the one that entries were written with"
        )


def _walk_all(segments: list[Segment]) -> Iterator[Walked]:
    total = sum(segment.last - segment.first + 1 for segment in segments)
    processes = min(os.cpu_count() or 1, len(segments))
    if total < PARALLEL_FROM or processes < 2:
        yield from (walk(segment, _rows(segment)) for segment in segments)
        return
    parameters = connection.get_connection_params()
    known = {
        name: parameters[name]
        for name in ("dbname", "user", "password", "host", "port")
        if parameters.get(name)
    }
    yield from walk_in_processes(segments, known, AuditEntry._meta.db_table, processes)


def _rows(segment: Segment) -> Iterator[tuple[Any, ...]]:
    entries = AuditEntry.objects.filter(
        organisation_id=segment.organisation_id, sequence__range=(segment.first, segment.last)
    )
    yield from entries.order_by("sequence").values_list(*COLUMNS).iterator(chunk_size=2000)


def _first_break(
    organisation_id: uuid.UUID | None, head: ChainHead | None, walked: list[Walked]
) -> Break | None:
    """What is wrong with one chain, from the walks over its stretches in order, up to where its head says it
    ends."""
    previous = ""
    for each in walked:
        opens_with_a_fault = each.fault_at == each.segment.first
        if not opens_with_a_fault and each.previous != previous:
            first = AuditEntry.objects.filter(
                organisation_id=organisation_id, sequence=each.segment.first
            ).first()
            return Break(organisation_id, each.segment.first, first.pk if first else None, DETACHED)
        if each.fault_at is not None:
            entry_id = uuid.UUID(each.fault_id) if each.fault_id else None
            cut_in_the_middle = each.fault == CUT and each is not walked[-1]
            return Break(
                organisation_id, each.fault_at, entry_id, REMOVED if cut_in_the_middle else each.fault
            )
        previous = each.ends_with
    if head is not None and head.digest != previous:
        return Break(organisation_id, head.count, None, "the chain ends with another entry than was recorded")
    return _beyond(organisation_id)


def _broken_publications() -> Iterator[Break]:
    """Published digests whose recorded heads give another digest, or are no longer in their chains."""
    for published in PublishedDigest.objects.exclude(heads=None).order_by("day"):
        heads: dict[str, tuple[int, str]] = published.heads or {}
        if digest_of_heads(heads) != published.digest:
            yield Break(
                None, 0, None, f"the digest published for {published.day} is not that of the recorded heads"
            )
            continue
        for name, (count, digest) in sorted(heads.items()):
            organisation_id = uuid.UUID(name) if name else None
            place = AuditEntry.objects.filter(organisation_id=organisation_id, sequence=count)
            if place.values_list("digest", flat=True).first() != digest:
                reason = f"the entry is not the one that the digest published for {published.day} covers"
                yield Break(organisation_id, count, None, reason)


def _beyond(organisation_id: uuid.UUID | None) -> Break | None:
    recorded = ChainHead.objects.filter(organisation_id=organisation_id).values("count")
    stray = (
        AuditEntry.objects.filter(organisation_id=organisation_id)
        .exclude(sequence__lte=Coalesce(Subquery(recorded), 0))
        .order_by("sequence")
        .first()
    )
    if stray is None:
        return None
    return Break(
        organisation_id, stray.sequence, stray.pk, "the entry lies beyond the recorded end of the chain"
    )
