"""What statements came to by where, when and with what: zone, area, round, contract and the provider's asset groups."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from accounts.models import Member
from bidding.domain.results.regulator import zone_name_of
from competitions.models import Boundary
from contracts.models import Contract, ContractedAsset
from qualification.models import Asset
from settlement.domain.figures import Figures, counted_lines, summed

NO_ROUND, NO_AREA, NO_GROUP = "No round", "No area", "No group"
Labels = Mapping[UUID, Collection[str]]


@dataclass(frozen=True)
class Dimension:
    """What figures are grouped by. ``overlaps`` says where one contract may count in several groups."""

    code: str
    label: str
    overlaps: str
    labels: Callable[[Member, Sequence[Contract]], Labels]
    for_providers_alone: bool = False


def dimensions_for(member: Member) -> list[Dimension]:
    """What the member may group by: how a provider groups its assets is its own."""
    return [each for each in DIMENSIONS if member.is_fsp or not each.for_providers_alone]


def grouped_by(member: Member, dimension: Dimension, since: date) -> list[Figures]:
    """The figures of the member's statements from a month on, group by group."""
    key = "version__statement__contract"
    rows = list(summed(counted_lines(member, since), key))
    contracts = list(
        Contract.objects.filter(pk__in={row[key] for row in rows})
        .select_related("competition")
        .order_by("pk")
    )
    labels = dimension.labels(member, contracts)
    found: dict[str, Figures] = {}
    for row in rows:
        for label in labels[row[key]]:
            found.setdefault(label, Figures(label)).add(row)
    return [found[name] for name in sorted(found)]


def _zones(member: Member, contracts: Sequence[Contract]) -> Labels:
    parts = _boundaries(contracts)
    return {each.pk: [zone_name_of(parts[each.competition_id]) or each.competition.ref] for each in contracts}


def _areas(member: Member, contracts: Sequence[Contract]) -> Labels:
    parts = _boundaries(contracts)
    return {
        each.pk: _or({part.area.reference for part in parts[each.competition_id] if part.area}, NO_AREA)
        for each in contracts
    }


def _rounds(member: Member, contracts: Sequence[Contract]) -> Labels:
    return {each.pk: [each.competition.round_name or NO_ROUND] for each in contracts}


def _contracts(member: Member, contracts: Sequence[Contract]) -> Labels:
    return {
        each.pk: [f"{each.competition.ref}, {each.period_name}, {each.window_name}"] for each in contracts
    }


def _groups(member: Member, contracts: Sequence[Contract]) -> Labels:
    """The groups in which the assets of each contract are now."""
    counted = ContractedAsset.objects.filter(contract__in=contracts)
    assets = defaultdict(set)
    for contract, asset in counted.order_by().values_list("contract", "asset_id"):
        assets[contract].add(asset)
    own = Asset.objects.filter(provider=member.organisation_id, pk__in=set().union(*assets.values()))
    group = dict(own.filter(group__isnull=False).values_list("pk", "group__ref"))
    return {each.pk: _or({group.get(asset, "") for asset in assets[each.pk]}, NO_GROUP) for each in contracts}


def _or(names: Iterable[str], nothing: str) -> list[str]:
    return sorted(name or nothing for name in names) or [nothing]


def _boundaries(contracts: Sequence[Contract]) -> Mapping[UUID, Sequence[Boundary]]:
    found: dict[UUID, list[Boundary]] = defaultdict(list)
    parts = Boundary.objects.filter(competition__in={each.competition_id for each in contracts})
    for part in parts.select_related("area").order_by("position", "pk"):
        found[part.competition_id].append(part)
    return found


DIMENSIONS = (
    Dimension("zone", "Zone", "", _zones),
    Dimension("area", "Area", "A contract whose competition has several areas counts in each.", _areas),
    Dimension("round", "Round", "", _rounds),
    Dimension("contract", "Contract", "", _contracts),
    Dimension(
        "group",
        "Asset group",
        "A contract with assets of several groups counts in each, whole.",
        _groups,
        for_providers_alone=True,
    ),
)
