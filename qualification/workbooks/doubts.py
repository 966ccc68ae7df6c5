"""What a row of assets says that can't be meant: told as warnings, while the row is taken."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from competitions.enums import AssetStatus
from marketplace import geo
from marketplace.numbers import count_text, exact_text
from marketplace.units import capacity_unit
from marketplace.workbooks.declare import Problem, Row
from qualification.enums import CapacityType
from qualification.models import Asset, PlannedAsset
from qualification.workbooks.drafts import Draft, Known

CARRIED: tuple[tuple[Decimal, int], ...] = ((Decimal("0.4"), 2), (Decimal(11), 20), (Decimal(33), 100))
"""Up to which voltage (kV) a connection carries at most how much power (MW or MVAr)."""
TOO_MUCH = "{amount} {unit} is more than a connection at {voltage} kV carries ({limit} {unit}): are these kW or kVAr?"
SAME_METER = "The meter ID {meter} is given for {others} as well."
MOST_NAMED = 3
METERS = ("import_meter_id", "export_meter_id")
LIMITED = (*CapacityType.values, "maximum_import_mw", "maximum_export_mw", "capacity_mw")


def doubts_of(row: Row, record: Asset | PlannedAsset, known: Known) -> list[Problem]:
    """Warnings on the place and the capacities of an asset as its row makes it."""
    found = []
    if isinstance(record, Asset) and not record.is_place_approximate:
        place = _place_doubt(record, known)
        if place is not None:
            found.append(row.problem(*place, level="warning"))
    return found + [row.problem(name, sentence, level="warning") for name, sentence in _too_much(record)]


def _place_doubt(asset: Asset, known: Known) -> tuple[str, str] | None:
    """Column and sentence."""
    told = geo.point_doubt(asset.latitude, asset.longitude, known.provider.country)
    if told is not None:
        return "latitude", told
    centre = known.postcodes.get(asset.postcode) if asset.postcode else None
    told = geo.postcode_doubt(asset.latitude, asset.longitude, asset.postcode, centre)
    return None if told is None else ("postcode", told)


def _too_much(record: Asset | PlannedAsset) -> Iterable[tuple[str, str]]:
    voltage: Decimal | None = record.voltage_kv
    limit = next((most for kv, most in CARRIED if voltage is not None and voltage <= kv), None)
    if voltage is None or limit is None:
        return
    for name in LIMITED:
        amount = getattr(record, name, None)
        if amount is not None and amount > limit:
            shown = exact_text(amount)
            yield (
                name,
                TOO_MUCH.format(
                    amount=shown, unit=capacity_unit(name), voltage=exact_text(voltage), limit=limit
                ),
            )


def shared_meters(drafts: Iterable[Draft], stored: Mapping[str, Asset]) -> Iterable[Problem]:
    """A warning for each row whose meter ID stands on another of the provider's own assets, archived ones
    apart."""
    rows = [draft for draft in drafts if isinstance(draft.record, Asset)]
    owners: dict[str, set[str]] = defaultdict(set)
    written = {draft.record.ref for draft in rows}
    for asset in (
        *(each for each in stored.values() if each.ref not in written),
        *(draft.record for draft in rows),
    ):
        if asset.status != AssetStatus.ARCHIVED:
            for name in METERS:
                owners[getattr(asset, name)].add(asset.ref)
    for draft in rows:
        yield from _shared_by(draft.row, draft.record, owners)


def _shared_by(row: Row, asset: Any, owners: Mapping[str, set[str]]) -> Iterable[Problem]:
    if asset.status == AssetStatus.ARCHIVED:
        return
    for meter in dict.fromkeys(getattr(asset, name) for name in METERS):
        others = sorted(owners[meter] - {asset.ref}) if meter else []
        if others:
            column = next(name for name in METERS if getattr(asset, name) == meter)
            more = len(others) - MOST_NAMED
            named = ", ".join(others[:MOST_NAMED]) + (f" and {count_text(more)} more" if more > 0 else "")
            yield row.problem(column, SAME_METER.format(meter=meter, others=named), level="warning")
