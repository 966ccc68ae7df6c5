"""Proving the chains: every entry's digest worked out again, in order, and compared with where the chain ends."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Subquery
from django.db.models.functions import Coalesce

from marketplace.audit.chain import digest_of
from marketplace.audit.models import AuditEntry, ChainHead


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
    """The first break of every broken chain; nothing when all hold. Reads in a stream, so memory stays flat."""
    chains = set(ChainHead.objects.values_list("organisation_id", flat=True))
    chains |= set(AuditEntry.objects.order_by().values_list("organisation_id", flat=True).distinct())
    for organisation_id in sorted(chains, key=str):
        broken = _first_break(organisation_id)
        if broken:
            yield broken


def _first_break(organisation_id: uuid.UUID | None) -> Break | None:
    """Walk one chain up to where its head says it ends. Entries appended meanwhile don't disturb: they come after."""
    head = ChainHead.objects.filter(organisation_id=organisation_id).first()
    count, digest = (head.count, head.digest) if head else (0, "")
    chain = AuditEntry.objects.filter(organisation_id=organisation_id)
    expected, previous = 1, ""
    for entry in chain.filter(sequence__lte=count).order_by("sequence").iterator(chunk_size=2000):
        if entry.sequence != expected:
            return Break(organisation_id, expected, None, "the entry was removed")
        if entry.digest != digest_of(entry):
            return Break(organisation_id, expected, entry.pk, "the entry was changed after it was written")
        if entry.previous_digest != previous:
            return Break(organisation_id, expected, entry.pk, "the entry does not follow the one before it")
        expected, previous = expected + 1, entry.digest
    if expected <= count:
        return Break(organisation_id, expected, None, "the entry was removed, and all after it")
    if digest != previous:
        return Break(organisation_id, count, None, "the chain ends with another entry than was recorded")
    return _beyond(organisation_id)


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
    return Break(organisation_id, stray.sequence, stray.pk, "the entry lies beyond the recorded end of the chain")
