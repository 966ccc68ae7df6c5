"""Whose settlement terms are whose, which of them a competition has, and which version of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from accounts.models import Member
from competitions.domain.settlement_terms import default_mode
from competitions.models import Competition, DefaultTerms, TermsRecord, TermsVersion


def terms_of_member(member: Member) -> QuerySet[TermsRecord]:
    """The settlement terms of the member's own operator, each with the number and name of its newest version."""
    if not member.is_so:
        return TermsRecord.objects.none()
    newest = TermsVersion.objects.filter(record=OuterRef("pk")).order_by("-number")
    return (
        TermsRecord.objects.filter(operator=member.organisation_id)
        .annotate(
            newest_number=Subquery(newest.values("number")[:1]),
            newest_name=Subquery(newest.values("name")[:1]),
            newest_at=Subquery(newest.values("made_at")[:1]),
        )
        .order_by("ref")
    )


def versions_of_member(member: Member) -> QuerySet[TermsVersion]:
    """Every version of the settlement terms of the member's own operator."""
    if not member.is_so:
        return TermsVersion.objects.none()
    own = TermsVersion.objects.filter(record__operator=member.organisation_id)
    return own.select_related("record").order_by("record__ref", "number")


def newest_version(record: TermsRecord) -> TermsVersion:
    """What the terms say now."""
    return record.versions.select_related("record").order_by("-number")[0]


def default_at(operator_id: UUID, now: datetime) -> TermsRecord | None:
    """The operator's default settlement terms; None before it had any."""
    return _newest_default(operator_id, Q(since__lte=now))


def _newest_default(operator_id: UUID, until: Q) -> TermsRecord | None:
    chosen = DefaultTerms.objects.filter(until, operator=operator_id)
    found = chosen.select_related("record").order_by("-since", "-pk").first()
    return found.record if found else None


def version_for(competition: Competition, now: datetime) -> TermsVersion | None:
    """The settlement terms of a competition: those that it names or its operator's default, in the version current at
    bidding open, or now while bidding has not opened. None where its operator had none by then.
    """
    until = _counting(competition, now, "since")
    record = competition.settlement_terms or _newest_default(competition.operator_id, until)
    if record is None:
        return None
    versions = record.versions.select_related("record").order_by("number")
    return versions.filter(_counting(competition, now, "made_at")).last() or versions.first()


def _counting(competition: Competition, now: datetime, field: str) -> Q:
    """What was there before bidding opened; of a competition set up later, what was there when it was."""
    opening = competition.bidding_open
    if opening is None or now < opening:
        return Q(**{f"{field}__lte": now})
    return Q(**{f"{field}__lt": opening}) | Q(**{f"{field}__lte": competition.created_at})


def unfrozen_competitions(
    operator_id: UUID, record: TermsRecord, *, by_default: bool, now: datetime
) -> QuerySet[Competition]:
    """The published competitions whose bidding has not opened and that have these terms, named or by default."""
    named = Q(settlement_terms=record) | (Q(settlement_terms=None) if by_default else Q(pk__in=[]))
    return (
        Competition.objects.filter(
            named, operator=operator_id, publish_on__lte=now, bidding_open__gt=now, cancelled_at=None
        )
        .exclude(archive_on__lte=now)
        .select_related("operator", "settlement_terms")
        .order_by("bidding_open", "ref")
    )


def fields_for(
    fields: dict[str, Any], product_type: str, *, pays_availability: bool, pays_service_fee: bool
) -> dict[str, Any]:
    """The fields as a contract gets them: with the mode of availability that follows from what it pays, if none is named."""
    availability = dict(fields["availability"])
    if not availability.get("mode"):
        mode = default_mode(
            product_type, pays_availability=pays_availability, pays_service_fee=pays_service_fee
        )
        availability["mode"] = mode.value
    return {**fields, "availability": availability}


def fields_of_competition(version: TermsVersion, competition: Competition) -> dict[str, Any]:
    """The fields of a version as the contracts of a competition get them."""
    prices = competition.price_fields
    return fields_for(
        version.fields,
        competition.product_type,
        pays_availability="availability_price" in prices,
        pays_service_fee="service_fee" in prices,
    )
