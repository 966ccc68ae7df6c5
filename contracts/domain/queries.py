"""Whose contracts are whose."""

from datetime import date, datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Member
from contracts.enums import ContractStatus
from contracts.models import Contract, ContractDocument, ContractedAsset
from marketplace.prepared import asked


def contracts_of(member: Member) -> QuerySet[Contract]:
    """The contracts in which the member's organisation buys or sells, with what a list shows of them."""
    related = ("competition", "buyer", "seller", "terms_version__record")
    return _own(member).select_related(*related).annotate(asset_count=_asset_count())


def contracts_listed(member: Member) -> QuerySet[Contract]:
    """The same contracts in the same order, with what a line of a list tells alone."""
    return _own(member).select_related("competition", "buyer", "seller").only(*_LISTED)


def _own(member: Member) -> QuerySet[Contract]:
    own = Contract.objects.filter(**{"buyer" if member.is_so else "seller": member.organisation_id})
    return own.order_by("-awarded_at", "competition__ref", "period_name", "window_name", "id")


_LISTED = (
    "status",
    "period_name",
    "window_name",
    "first_day",
    "end_day",
    "capacity_mw",
    "expected_cost",
    "competition__ref",
    "competition__power_type",
    "buyer__name",
    "buyer__currency",
    "seller__name",
)


def _asset_count() -> Coalesce:
    """Counted by itself for each contract shown, so that no list joins all assets of all contracts."""
    of_one = ContractedAsset.objects.filter(contract=OuterRef("pk"), last_day=None)
    counted = of_one.order_by().values("contract").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)


def documents_of(member: Member) -> QuerySet[ContractDocument]:
    """The documents of those contracts, oldest first."""
    party = Q(contract__buyer=member.organisation_id) | Q(contract__seller=member.organisation_id)
    return (
        ContractDocument.objects.filter(party)
        .select_related("file")
        .defer("file__content")
        .order_by("added_at")
    )


def contracts_to_sign(member: Member, now: datetime) -> QuerySet[Contract]:
    """For an operator: the contracts that it may mark as signed, the one that waits longest first."""
    if not member.is_so:
        return Contract.objects.none()
    ready = Q(signable_from=None) | Q(signable_from__lte=now)
    own = Contract.objects.filter(ready, buyer=member.organisation_id, status=ContractStatus.AWARDED)
    return own.select_related("competition", "seller").order_by("awarded_at", "id")


def contracts_without_terms(member: Member) -> QuerySet[Contract]:
    """For an operator: the contracts that were awarded before there were settlement terms and have none yet."""
    if not member.is_so:
        return Contract.objects.none()
    own = Contract.objects.filter(buyer=member.organisation_id)
    return (
        lacking_terms(own)
        .select_related("competition", "buyer", "seller")
        .order_by("first_day", "competition__ref", "period_name", "window_name", "id")
    )


def lacking_terms(contracts: QuerySet[Contract]) -> QuerySet[Contract]:
    """Those of the contracts that have no settlement terms and may still get them."""
    return contracts.filter(_LACKING)


_LACKING = Q(terms_version=None) & ~Q(status=ContractStatus.WITHDRAWN)


def contract_counts(member: Member) -> tuple[int, int]:
    """How many contracts the member's organisation has, and how many of them lack settlement terms."""

    def counted() -> None:
        own = _own(member).order_by()
        own.aggregate(every=Count("pk"), lacking=Count("pk", filter=_LACKING))

    [[every, lacking]] = asked(
        "contracts.counts", Contract, counted, whose=member, own=member.organisation_id
    )
    return every, lacking


def contracts_in_service(member: Member, first: date, last: date) -> QuerySet[Contract]:
    """The contracts of the member's organisation, awarded or signed, with service between these days, inclusive."""
    party = "buyer" if member.is_so else "seller"
    standing = Contract.objects.filter(
        **{party: member.organisation_id}, status__in=[ContractStatus.AWARDED, ContractStatus.SIGNED]
    )
    return (
        standing.filter(first_day__lte=last, end_day__gt=first)
        .select_related("competition", "buyer")
        .order_by("id")
    )


def contracted_assets_of(member: Member) -> QuerySet[ContractedAsset]:
    """The assets that stand in the contracts of the member's organisation today, once for each contract."""
    party = "contract__buyer" if member.is_so else "contract__seller"
    return ContractedAsset.objects.filter(**{party: member.organisation_id}, last_day=None)


def assets_of_contract(member: Member, contract: Contract) -> QuerySet[ContractedAsset]:
    """The assets of a contract in which the member's organisation buys or sells, as they were frozen."""
    party = Q(contract__buyer=member.organisation_id) | Q(contract__seller=member.organisation_id)
    return ContractedAsset.objects.filter(party, contract=contract).order_by("asset_ref", "pk")
