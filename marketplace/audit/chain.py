"""Appending to a chain: canonical JSON, the digest over every field, one lock an organisation."""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from itertools import islice
from operator import attrgetter
from typing import Any, Protocol

from django.db import connection, models, transaction

from marketplace.audit.canonical import COVERED, digest_of_fields
from marketplace.audit.models import AuditEntry, ChainHead
from marketplace.audit.persons import References
from marketplace.canonical_json import text_of
from marketplace.copying import copy_rows


class Actor(Protocol):
    """The person who acts: a member of an organisation, or a platform admin, who belongs to none."""

    @property
    def user_id(self) -> int: ...
    @property
    def email(self) -> str: ...
    @property
    def organisation_id(self) -> uuid.UUID | None: ...


Changes = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Event:
    """One entry to append: the action's name, the object, and its fields (before, after)."""

    action: str
    subject: models.Model
    changes: Changes = field(default_factory=dict)
    sealed_under: uuid.UUID | None = None


BATCH = 1_000
"""Entries written at once."""
STORED = (*COVERED, "digest")
_VALUES = attrgetter(*STORED)


def record(
    *,
    organisation_id: uuid.UUID | None,
    by: Actor | None,
    action: str,
    subject: models.Model,
    changes: Changes,
    now: datetime,
    sealed_under: uuid.UUID | None = None,
) -> AuditEntry:
    """Append one entry to the organisation's chain (``None``: the platform's) within the caller's
    transaction.

    ``by`` is the acting member, or ``None`` when the platform itself acts. ``sealed_under`` names the seal
    that must open before anyone outside the organisation, admins too, may see the entry.
    """
    return record_many(organisation_id, by, [Event(action, subject, changes, sealed_under)], now)[0]


def record_many(
    organisation_id: uuid.UUID | None, by: Actor | None, entries: Sequence[Event], now: datetime
) -> list[AuditEntry]:
    """Append many entries to one chain, in order, under one lock; returns them.

    The chain stays locked until the transaction ends, so a long action calls this last.
    """
    made: list[AuditEntry] = []
    for batch in _append(organisation_id, by, entries, now) if entries else ():
        made += batch
    return made


def record_in_chains(entries: Mapping[uuid.UUID, Sequence[Event]], by: Actor | None, now: datetime) -> None:
    """Append each organisation's entries to its chain, in order: as many queries for many chains as for one."""
    with transaction.atomic(savepoint=False):
        heads = _locked_heads(entries)
        made: list[AuditEntry] = []
        references = References()
        for organisation_id, events in entries.items():
            made += _chained(heads[organisation_id], by, events, now, references)
        copy_rows(AuditEntry._meta.db_table, STORED, map(_stored, made))
        ChainHead.objects.bulk_update(heads.values(), ["count", "digest"])


def record_stream(
    organisation_id: uuid.UUID | None, by: Actor | None, entries: Iterable[Event], now: datetime
) -> int:
    """As :func:`record_many`, for any number of entries in constant memory; returns how many."""
    return sum(len(batch) for batch in _append(organisation_id, by, entries, now))


def _append(
    organisation_id: uuid.UUID | None, by: Actor | None, entries: Iterable[Event], now: datetime
) -> Iterator[list[AuditEntry]]:
    left = iter(entries)
    with transaction.atomic(savepoint=False):
        head, references = _locked_head(organisation_id), References()
        while events := list(islice(left, BATCH)):
            made = _chained(head, by, events, now, references)
            copy_rows(AuditEntry._meta.db_table, STORED, map(_stored, made))
            yield made
        head.save(update_fields=["count", "digest"])


def _chained(
    head: ChainHead, by: Actor | None, events: Iterable[Event], now: datetime, references: References
) -> list[AuditEntry]:
    """The entries of these events, each tied to the one before; the head then stands at the last of them."""
    made = []
    for event in events:
        entry = _entry(head.organisation_id, by, event, now, references)
        entry.sequence, entry.previous_digest = head.count + 1, head.digest
        entry.digest = digest_of(entry)
        head.count, head.digest = entry.sequence, entry.digest
        made.append(entry)
    return made


def lock_chains(organisation_ids: Iterable[uuid.UUID]) -> None:
    """Lock the chains of several organisations until the transaction ends, in one order for everybody.

    A transaction that writes to more than one chain calls this first: two of them can't wait for each other
    then.
    """
    _locked_heads(organisation_ids)


def digest_of(entry: AuditEntry) -> str:
    """SHA-256 in hex over the canonical JSON of every field of the entry but the digest itself."""
    return digest_of_fields({name: getattr(entry, name) for name in COVERED})


def _locked_head(organisation_id: uuid.UUID | None) -> ChainHead:
    heads = ChainHead.objects.select_for_update().filter(organisation_id=organisation_id).order_by("pk")
    head = heads.first()
    if head is None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO audit_chainhead (organisation_id, count, digest) VALUES (%s, 0, '') ON CONFLICT DO NOTHING",
                [organisation_id],
            )
        head = heads.get()
    return head


def _locked_heads(organisation_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, ChainHead]:
    """The heads of these chains, locked one after the other in the order of the organisations' ids."""
    wanted = sorted(set(organisation_ids))
    heads = ChainHead.objects.filter(organisation_id__in=wanted).order_by("organisation_id")
    if len(heads) < len(wanted):
        empty = [ChainHead(organisation_id=each) for each in wanted]
        ChainHead.objects.bulk_create(empty, ignore_conflicts=True)
    return {each.organisation_id: each for each in heads.select_for_update() if each.organisation_id}


def _entry(
    organisation_id: uuid.UUID | None, by: Actor | None, event: Event, now: datetime, references: References
) -> AuditEntry:
    subject, label = event.subject, _text(str(event.subject))
    changes = {
        references.in_text(_text(name)): [_plain(before, references), _plain(after, references)]
        for name, (before, after) in event.changes.items()
    }
    if (person := getattr(subject, "person_in_log", None)) is not None:
        label = references.of_name(label, person)
        if "name" in changes:
            changes["name"] = [references.of_name(each, person, each) for each in changes["name"]]
    return AuditEntry(
        organisation_id=organisation_id,
        at=now,
        actor_user_id=by.user_id if by else None,
        actor_email=references.of(by.email, by.user_id) if by else "",
        actor_organisation_id=by.organisation_id if by else None,
        action=event.action,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        subject_label=references.in_text(label)[:200],
        changes=changes,
        sealed_under=event.sealed_under,
    )


def _stored(entry: AuditEntry) -> list[Any]:
    return [json.dumps(value) if type(value) is dict else value for value in _VALUES(entry)]


def _plain(value: Any, references: References) -> Any:
    """The value as JSON that reads back from the database exactly as it was written (so no floats), with
    references in place of addresses."""
    if isinstance(value, Enum):
        return _plain(value.value, references)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, Mapping):
        return {references.in_text(_text(key)): _plain(each, references) for key, each in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(each, references) for each in value), key=str)
    if isinstance(value, (list, tuple)):
        return [_plain(each, references) for each in value]
    return references.in_text(_text(value))


def _text(value: Any) -> str:
    return text_of(value.pk if isinstance(value, models.Model) else value)
