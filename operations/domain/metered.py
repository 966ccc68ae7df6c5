"""Which units a member's meter data is about, and by which periods each is settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.models import Member
from contracts.models import ContractedAsset
from marketplace import clock
from operations.domain.units import (
    Known,
    contracts_by_asset,
    members_by_group,
    still_metered,
    units_of,
    units_of_provider,
)
from operations.models import DeliveryUnit
from qualification.models import Asset


@dataclass(frozen=True)
class Metered:
    """A unit or an asset of which nothing was told, with the periods of its contracts."""

    ref: str
    name: str
    provider: str
    asset: Asset | None
    unit: DeliveryUnit | None
    contracts: int
    minutes: int
    estimated_counts: bool


HALF_HOUR = 30
SHOWN = (
    *("provider", "asset", "group", "from_day"),
    *("asset__ref", "asset__name", "group__ref", "group__name", "provider__name"),
)
"""What lists show of a unit; the rest of thousands of assets is not loaded."""


def metered_of(member: Member) -> list[Metered]:
    """What the member's company has under contract or has told readings of; an operator's: its contracts' units."""
    return with_contracts(member, known_of(member))


def known_of(member: Member) -> list[Known]:
    """The same without their contracts, in their order: quick for thousands, of which a page is shown."""
    known = _own(member) if member.is_fsp else _bought(member)
    return sorted(known, key=lambda each: (_provider(member, each), each.ref))


def metered_unit(member: Member, unit_id: UUID) -> Metered | None:
    """One unit whose readings the member may see, without looking at the others."""
    unit = units_of(member).select_related("asset__provider").filter(pk=unit_id).first()
    return None if unit is None else with_contracts(member, [Known(unit.ref, unit.asset, unit)])[0]


def with_contracts(member: Member, known: Sequence[Known]) -> list[Metered]:
    """These units with the periods of their contracts, in their order."""
    groups = members_by_group(each.unit for each in known if each.asset is None and each.unit is not None)
    assets = {each.asset.pk for each in known if each.asset is not None} | {
        asset for members in groups.values() for asset in members
    }
    contracts = contracts_by_asset(assets)
    found = []
    for each in known:
        members = [each.asset.pk] if each.asset is not None else groups.get(each.key, [])
        under = {one.contract.pk: one for asset in members for one in contracts.get(asset, ())}
        if member.is_so:
            under = {pk: one for pk, one in under.items() if one.contract.buyer_id == member.organisation_id}
        terms = [one.terms for one in under.values() if one.terms is not None]
        found.append(
            Metered(
                each.ref,
                each.asset.name if each.asset is not None else each.unit.name if each.unit else "",
                _provider(member, each),
                each.asset,
                each.unit,
                len(under),
                min((one.period_minutes for one in terms), default=HALF_HOUR),
                bool(terms) and all(one.estimated_counts for one in terms),
            )
        )
    return found


def _provider(member: Member, known: Known) -> str:
    """Whose the unit is; a provider sees its own alone."""
    if member.is_fsp:
        return member.organisation.name
    return known.asset.provider.name if known.asset else known.unit.provider.name if known.unit else ""


def _own(member: Member) -> list[Known]:
    known = units_of_provider(member.organisation_id)
    under = set(
        ContractedAsset.objects.filter(
            still_metered(clock.now(), "contract__"), contract__seller=member.organisation_id
        ).values_list("asset_id", flat=True)
    )
    return [
        each
        for each in known.all()
        if each.unit is not None
        or (each.asset is not None and each.asset.pk in under - known.in_group.keys())
    ]


def _bought(member: Member) -> list[Known]:
    rows = ContractedAsset.objects.filter(contract__buyer=member.organisation_id).order_by()
    units = list(units_of(member).only(*SHOWN))
    own = {each.asset_id: each for each in units if each.asset_id}
    grouped = {each.group_id: each for each in units if each.group_id}
    assets = Asset.objects.filter(pk__in=rows.values("asset_id")).select_related("provider")
    found = [Known(each.ref, None, each) for each in grouped.values()]
    return found + [
        Known(each.ref, each, own.get(each.pk))
        for each in assets.only("ref", "name", "group", "provider", "provider__name").order_by()
        if each.group_id not in grouped
    ]


def unit_ids(metered: Sequence[Metered]) -> list[UUID]:
    """The units of those of which something was told."""
    return [each.unit.pk for each in metered if each.unit is not None]
