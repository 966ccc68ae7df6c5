"""Delivery units: whose series there are, which assets and meters they stand for, and under which contracts they run."""

import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Member
from competitions.domain.settlement_terms import SettlementTerms
from competitions.domain.terms_fields import terms_of
from competitions.enums import AssetStatus
from contracts.enums import ContractStatus
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from marketplace.keys import key_form
from marketplace.text import text_fault
from operations.models import DeliveryUnit
from qualification.domain.meters.numbers import core_of
from qualification.models import Asset

STANDING = (ContractStatus.AWARDED, ContractStatus.SIGNED)
STILL_ASKED = timedelta(days=62)
"""So long after a contract stopped its readings are still asked for: until the deadline of its last month, and longer."""
Unit = DeliveryUnit | Asset


@dataclass(frozen=True)
class Known:
    """A unit of a provider as files name it; ``unit`` is None while nothing was told of the asset."""

    ref: str
    asset: Asset | None
    unit: DeliveryUnit | None

    @property
    def key(self) -> UUID:
        """The id of what it stands for."""
        return (
            self.unit.pk
            if self.asset is None and self.unit is not None
            else self.asset.pk
            if self.asset
            else uuid.UUID(int=0)
        )


@dataclass
class Units:
    """The units of a provider by ref and by meter, and the members of groups that have no series of their own."""

    by_ref: dict[str, Known] = field(default_factory=dict)
    by_meter: dict[str, list[tuple[Known, str]]] = field(default_factory=lambda: defaultdict(list))
    in_group: dict[UUID, DeliveryUnit] = field(default_factory=dict)

    def all(self) -> list[Known]:
        """In the order of their refs."""
        return sorted(self.by_ref.values(), key=lambda each: each.ref)


IMPORT, EXPORT, BOTH = "import", "export", "both"
READ = (
    *("provider", "ref", "name", "group", "import_meter_id", "export_meter_id"),
    *("maximum_import_mw", "maximum_export_mw", "delivery_unit"),
)
"""What is asked of an asset where its readings are read; the rest of thousands is not loaded."""


def units_of_provider(provider_id: UUID, named: Iterable[str] | None = None) -> Units:
    """Every asset of the provider that is not archived, and every group metered as one.

    With ``named`` those alone that these texts, refs or meters, may mean, and the groups of these assets.
    """
    assets = Asset.objects.filter(provider=provider_id).exclude(status=AssetStatus.ARCHIVED)
    groups = DeliveryUnit.objects.filter(provider=provider_id, group__isnull=False).select_related("group")
    refs: set[str] = set()
    if named is not None:
        texts = list(named)
        refs = {key for key in map(key_form, texts) if text_fault(key) is None}
        meters = {core for core in map(core_in, texts) if core is not None}
        assets = assets.filter(pk__in=_ids_of(assets, refs, meters))
    found = Units()
    by_group: dict[UUID | None, list[UUID]] = defaultdict(list)
    for asset in assets.select_related("delivery_unit").only(*READ).order_by("ref", "pk"):
        known = Known(asset.ref, asset, getattr(asset, "delivery_unit", None))
        found.by_ref[key_form(asset.ref)] = known
        for meter, direction in _meters(asset):
            found.by_meter[meter].append((known, direction))
        if asset.group_id is not None:
            by_group[asset.group_id].append(asset.pk)
    if named is not None:
        groups = groups.filter(Q(group__ref_key__in=refs) | Q(group__in=by_group))
    for unit in groups:
        found.by_ref[key_form(unit.ref)] = Known(unit.ref, None, unit)
        found.in_group.update(dict.fromkeys(by_group.get(unit.group_id, ()), unit))
    return found


def _ids_of(assets: QuerySet[Asset], refs: Collection[str], meters: Collection[str]) -> set[UUID]:
    """The assets that have one of these refs, by the index of refs, or one of these meters."""
    found = set(assets.filter(ref__key_form__in=refs).values_list("pk", flat=True))
    if meters:
        of_meters = assets.filter(Q(import_meter_id__in=meters) | Q(export_meter_id__in=meters))
        found.update(of_meters.values_list("pk", flat=True))
    return found


def core_in(text: str) -> str | None:
    """The 13 digits of the meter that a text names, with blanks or without; None where it names none."""
    return core_of("".join(text.split()))


def _meters(asset: Asset) -> list[tuple[str, str]]:
    imported, exported = asset.import_meter_id, asset.export_meter_id
    if imported and imported == exported:
        return [(imported, BOTH)]
    told = [(imported, BOTH if not exported else IMPORT), (exported, EXPORT)]
    return [(meter, direction) for meter, direction in told if meter]


def units_of(member: Member) -> QuerySet[DeliveryUnit]:
    """The units whose series the member may read: a provider's own, an operator's those of its contracts' assets."""
    units = DeliveryUnit.objects.select_related("asset", "group", "provider")
    if member.is_fsp:
        return units.filter(provider=member.organisation_id)
    bought = ContractedAsset.objects.filter(contract__buyer=member.organisation_id).values("asset_id")
    groups = Asset.objects.filter(pk__in=bought, group__isnull=False).values("group")
    return units.filter(Q(asset__in=bought) | Q(group__in=groups))


def made_units(provider_id: UUID, assets: Iterable[Asset]) -> dict[UUID, DeliveryUnit]:
    """The units of these assets by asset, made where there are none yet."""
    wanted = {each.pk: each for each in assets}
    DeliveryUnit.objects.bulk_create(
        [DeliveryUnit(provider_id=provider_id, asset=each) for each in wanted.values()], ignore_conflicts=True
    )
    found = DeliveryUnit.objects.filter(asset__in=wanted).select_related("asset")
    return {each.asset.pk: each for each in found if each.asset is not None}


@dataclass(frozen=True)
class UnderContract:
    """A contract as one of its units meets it."""

    contract: Contract
    terms: SettlementTerms | None


def still_metered(now: datetime, prefix: str = "") -> Q:
    """Of contracts those that are run, and those that stopped so lately that their readings may still come."""
    since = now - STILL_ASKED
    stopped = Q(**{f"{prefix}ended_at__gt": since}) | Q(**{f"{prefix}withdrawn_at__gt": since})
    return Q(**{f"{prefix}status__in": STANDING}) | stopped


def contracts_by_asset(asset_ids: Collection[UUID]) -> dict[UUID, list[UnderContract]]:
    """The contracts that count on each of these assets, those among them that stopped lately."""
    rows = ContractedAsset.objects.filter(still_metered(clock.now(), "contract__"), asset_id__in=asset_ids)
    pairs = list(rows.order_by("contract_id", "asset_ref").values_list("asset_id", "contract_id"))
    contracts = Contract.objects.filter(pk__in={contract for _, contract in pairs})
    known = {
        each.pk: UnderContract(each, None if each.terms is None else terms_of(each.terms))
        for each in contracts.select_related("competition", "buyer")
    }
    found: dict[UUID, list[UnderContract]] = defaultdict(list)
    for asset, contract in dict.fromkeys(pairs):
        found[asset].append(known[contract])
    return found


def members_by_group(units: Iterable[DeliveryUnit]) -> dict[UUID, list[UUID]]:
    """The assets of each of these groups metered as one, by unit."""
    by_group = {each.group_id: each.pk for each in units if each.group_id is not None}
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for asset_id, group_id in Asset.objects.filter(group__in=by_group).values_list("pk", "group_id"):
        found[by_group[group_id]].append(asset_id)
    return found


class DeliveringUnits:
    """The delivering units of contracts on any day: units, or assets of which nothing was told yet.

    Members of a group metered as one are one unit, from the day on from which it holds; what substitutions change counts as
    it was approved up to an instant. Loaded in a few queries however many days are asked for.
    """

    def __init__(self, contract_ids: Collection[UUID], instant: datetime | None = None) -> None:
        rows = (
            ContractedAsset.objects.filter(contract__in=contract_ids)
            .defer("data")
            .order_by("contract_id", "asset_ref", "id")
        )
        self._rows: dict[UUID, list[ContractedAsset]] = defaultdict(list)
        for row in rows:
            self._rows[row.contract_id].append(row)
        ids = {row.asset_id for own in self._rows.values() for row in own}
        self._assets = Asset.objects.in_bulk(ids)
        own_units = DeliveryUnit.objects.filter(asset__in=self._assets).select_related("asset")
        self._own = {each.asset_id: each for each in own_units}
        group_ids = {each.group_id for each in self._assets.values() if each.group_id}
        grouped = DeliveryUnit.objects.filter(group__in=group_ids).select_related("group", "provider")
        self._grouped = {each.group_id: each for each in grouped}
        self._instant = instant
        self._changes = {contract: self._days_of_change(own) for contract, own in self._rows.items()}
        self._found: dict[tuple[UUID, int], dict[str, Unit]] = {}

    def on(self, contract_id: UUID, day: date) -> Mapping[str, Unit]:
        """The contract's units on a local day by ref, in the order of the assets' refs."""
        key = contract_id, bisect_right(self._changes.get(contract_id, []), day)
        if key not in self._found:
            self._found[key] = self._units(contract_id, day)
        return self._found[key]

    def _days_of_change(self, rows: Iterable[ContractedAsset]) -> list[date]:
        days = {unit.from_day for unit in self._grouped.values() if unit.from_day is not None}
        for row in rows:
            if row.from_day is not None:
                days.add(row.from_day)
            if row.last_day is not None:
                days.add(row.last_day + timedelta(days=1))
        return sorted(days)

    def _units(self, contract_id: UUID, day: date) -> dict[str, Unit]:
        found: dict[str, Unit] = {}
        for row in self._rows.get(contract_id, ()):
            asset = self._assets.get(row.asset_id)
            if asset is None or not row.delivers_on(day, self._instant):
                continue
            as_one = self._grouped.get(asset.group_id) if asset.group_id else None
            if as_one is not None and (as_one.from_day is None or as_one.from_day <= day):
                found.setdefault(as_one.ref, as_one)
            else:
                unit = self._own.get(asset.pk, asset)
                found[unit.ref] = unit
        return found


def units_of_contracts(
    contract_ids: Collection[UUID], day: date, instant: datetime | None = None
) -> dict[UUID, list[Unit]]:
    """The delivering units of each contract on a day, in the order of refs."""
    units = DeliveringUnits(contract_ids, instant)
    return {each: list(units.on(each, day).values()) for each in contract_ids}
