"""Mappings of meter files that a provider keeps under a name and uses again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from marketplace.audit.chain import record
from operations import rules
from operations.domain.meterfiles import words
from operations.models import KeptMapping


def mappings_of(member: Member) -> QuerySet[KeptMapping]:
    """The mappings that the member's company keeps."""
    return KeptMapping.objects.filter(provider=member.organisation_id).order_by("name")


def kept_for(member: Member, headers: Sequence[str]) -> KeptMapping | None:
    """The mapping kept for files with these headers."""
    return mappings_of(member).filter(headers=_known(headers)).order_by("-kept_at").first()


@transaction.atomic
def keep_mapping(
    *, by: Member, name: str, headers: Sequence[str], mapping: Mapping[str, Any], now: datetime
) -> KeptMapping:
    """Keep how files with these headers are read; one kept under the same name, or for the same headers, gives way."""
    rules.check_may_tell_readings(by)
    mappings_of(by).filter(headers=_known(headers)).delete()
    mappings_of(by).filter(name__iexact=name).delete()
    kept = KeptMapping.objects.create(
        provider_id=by.organisation_id, name=name, headers=_known(headers), mapping=dict(mapping), kept_at=now
    )
    record(
        organisation_id=by.organisation_id,
        by=by,
        action="mapping of meter files kept",
        subject=kept,
        changes={"name": (None, name)},
        now=now,
    )
    return kept


@transaction.atomic
def forget_mapping(*, by: Member, mapping: KeptMapping, now: datetime) -> None:
    """Forget a mapping: files with its headers are asked about again."""
    rules.check_may_tell_readings(by, [mapping.provider_id])
    record(
        organisation_id=by.organisation_id,
        by=by,
        action="mapping of meter files forgotten",
        subject=mapping,
        changes={"name": (mapping.name, None)},
        now=now,
    )
    mapping.delete()


def _known(headers: Sequence[str]) -> list[str]:
    return [words.plain(each) for each in headers]
