"""Who sees which entries."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

from django.db import connection
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from marketplace.audit.models import AuditEntry, ChainHead, OpenedSeal
from marketplace.members import Member

Sealed = TypeVar("Sealed", bound=Model)


def entries_visible_to(member: Member | None) -> QuerySet[AuditEntry]:
    """The entries of the member's own organisation, newest first; nothing without a member.

    An admin who views as the member sees no sealed ones.
    """
    if member is None:
        return AuditEntry.objects.none()
    own = AuditEntry.objects.filter(organisation_id=member.organisation_id).order_by("-sequence")
    return without_sealed(own) if member.is_seen_by_admin else own


def entries_for_admins() -> QuerySet[AuditEntry]:
    """All organisations' entries, newest first, without those whose seal is still closed."""
    return without_sealed(AuditEntry.objects.all()).order_by("-at", "organisation_id", "-sequence")


def entries_about(subject: Model) -> QuerySet[AuditEntry]:
    """All that was recorded of one object, in any chain, for rules that rest on its history; not for
    showing."""
    named = {"subject_type": subject._meta.label_lower, "subject_id": str(subject.pk)}
    return AuditEntry.objects.filter(**named).order_by("at", "sequence")


def ends_of(organisation_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many entries the chain of each of these organisations has; one without entries is left out."""
    heads = ChainHead.objects.filter(organisation_id__in=organisation_ids)
    return {each.organisation_id: each.count for each in heads if each.organisation_id is not None}


def end_of(organisation_id: uuid.UUID) -> int:
    """How many entries the organisation's chain has: another number after whatever it did. Every page asks it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count FROM audit_chainhead WHERE organisation_id = %s", [organisation_id])
        found = cursor.fetchone()
    return 0 if found is None else int(found[0])


def without_sealed(queryset: QuerySet[Sealed]) -> QuerySet[Sealed]:
    """Leave out the rows whose ``sealed_under`` names a seal that hasn't been opened."""
    opened = OpenedSeal.objects.filter(pk=OuterRef("sealed_under"))
    return queryset.filter(Q(sealed_under=None) | Exists(opened))


def is_open(seal_id: uuid.UUID) -> bool:
    """Whether the seal has been opened."""
    return OpenedSeal.objects.filter(pk=seal_id).exists()


def open_seal(seal_id: uuid.UUID, now: datetime) -> None:
    """Open a seal for good, in the caller's transaction; opening it again changes nothing."""
    OpenedSeal.objects.get_or_create(pk=seal_id, defaults={"opened_at": now})
