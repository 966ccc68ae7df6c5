"""Meter IDs that two providers list. A provider learns only that there is another; an operator learns who."""

import uuid
from collections.abc import Collection

from django.db.models import Q

from accounts.models import Member
from qualification.models import Asset


def meter_clashes(member: Member, assets: Collection[Asset]) -> dict[uuid.UUID, tuple[str, ...]]:
    """Those of the assets whose meter ID another provider lists too, with the others' names for an operator
    only."""
    meters = {meter for each in assets for meter in _meters(each)}
    if not meters:
        return {}
    listed = Asset.objects.filter(Q(import_meter_id__in=meters) | Q(export_meter_id__in=meters))
    columns = ("import_meter_id", "export_meter_id", "provider_id", "provider__name")
    owners: dict[str, dict[uuid.UUID, str]] = {}
    for first, second, owner, name in listed.exclude(status="archived").values_list(*columns):
        for meter in {first, second} - {""}:
            owners.setdefault(meter, {})[owner] = name
    clashes = {}
    for each in assets:
        found = {owner: name for meter in _meters(each) for owner, name in owners.get(meter, {}).items()}
        found.pop(each.provider_id, None)
        if found:
            clashes[each.pk] = tuple(sorted(found.values())) if member.is_so else ()
    return clashes


def _meters(asset: Asset) -> set[str]:
    return {asset.import_meter_id, asset.export_meter_id} - {""}
