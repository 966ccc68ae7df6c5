"""Whose contracts are whose."""

from django.db.models import Count, Q, QuerySet

from accounts.models import Member
from contracts.models import Contract, ContractDocument


def contracts_of(member: Member) -> QuerySet[Contract]:
    """The contracts in which the member's organisation buys or sells, with what a list shows of them."""
    return (
        Contract.objects.filter(Q(buyer=member.organisation_id) | Q(seller=member.organisation_id))
        .select_related("competition", "buyer", "seller")
        .annotate(asset_count=Count("assets"))
        .order_by("-awarded_at", "competition__ref", "period_name", "window_name", "id")
    )


def documents_of(member: Member) -> QuerySet[ContractDocument]:
    """The documents of those contracts, oldest first."""
    party = Q(contract__buyer=member.organisation_id) | Q(contract__seller=member.organisation_id)
    return ContractDocument.objects.filter(party).select_related("file").defer("file__content").order_by("added_at")
