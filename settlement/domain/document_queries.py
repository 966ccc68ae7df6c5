"""Whose documents and agreements are whose."""

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from accounts.models import Member, Organisation
from contracts.models import Contract
from settlement.models import Document, DocumentLine, SelfBillingAgreement


def documents_of(member: Member) -> QuerySet[Document]:
    """The documents in which the member's organisation buys or sells, newest first."""
    party = "buyer" if member.is_so else "seller"
    return (
        Document.objects.filter(**{party: member.organisation_id})
        .select_related("buyer", "seller", "credits", "credited_by", "payment")
        .order_by("-month", "-issued_on", "seller__name", "-number")
    )


def with_lines(documents: QuerySet[Document]) -> QuerySet[Document]:
    """The same with what their files tell: lines, and the contracts of these."""
    lines = DocumentLine.objects.order_by("place").select_related("contract__competition")
    return documents.prefetch_related(Prefetch("lines", lines))


def months_of(member: Member) -> list[date]:
    """The months that the member's documents are about, newest first."""
    return list(documents_of(member).order_by("-month").values_list("month", flat=True).distinct())


def agreements_of(member: Member) -> QuerySet[SelfBillingAgreement]:
    """The agreements of the member's organisation, open ones and those that hold first."""
    party = "buyer" if member.is_so else "seller"
    return (
        SelfBillingAgreement.objects.filter(**{party: member.organisation_id})
        .select_related("buyer", "seller")
        .annotate(document_count=Count("documents"))
        .order_by("-to_day", "-from_day", "seller__name", "buyer__name", "id")
    )


def agreements_to_answer(member: Member) -> QuerySet[SelfBillingAgreement]:
    """For a provider: the agreements that wait for its answer."""
    if not member.is_fsp:
        return SelfBillingAgreement.objects.none()
    return agreements_of(member).filter(accepted_at=None, closed_at=None)


def agreements_on(buyer: UUID, sellers: Collection[UUID], day: date) -> dict[UUID, SelfBillingAgreement]:
    """The agreements of a buyer that hold on a day, by seller."""
    valid = SelfBillingAgreement.objects.filter(
        buyer=buyer,
        seller__in=sellers,
        accepted_at__isnull=False,
        closed_at=None,
        from_day__lte=day,
        to_day__gte=day,
    )
    return {each.seller_id: each for each in valid}


def sellers_of(member: Member) -> QuerySet[Organisation]:
    """For an operator: the providers that it has contracts with."""
    sold = Contract.objects.filter(buyer=member.organisation_id).order_by().values("seller")
    return Organisation.objects.filter(pk__in=sold).order_by("name", "pk")


def named_documents(member: Member, ids: Iterable[UUID]) -> QuerySet[Document]:
    """Those of the member's documents that are named, in the order of numbers."""
    return documents_of(member).filter(Q(pk__in=list(ids))).order_by("number")
