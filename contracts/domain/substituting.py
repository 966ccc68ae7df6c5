"""The assets of a contract on a day, and the exchange of some for others from a day on."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.models import Contract, ContractedAsset
from marketplace.errors import Refused
from qualification.domain.facts.data import frozen_data
from qualification.models import Asset


def assets_on(contract: Contract, day: date) -> list[ContractedAsset]:
    """The contract's assets, and planned ones, on a local day, in the order of their refs."""
    return [each for each in contract.assets.all() if each.delivers_on(day)]


def check_may_substitute(
    contract: Contract, add: Collection[UUID], remove: Collection[UUID], from_day: date
) -> None:
    """Raise ``Refused`` where an asset would be in the contract twice, or is not there to be removed.

    At least one asset stays.
    """
    rows = list(contract.assets.all())
    present = {each.asset_id: each for each in rows if each.delivers_on(from_day)}
    absent = [each for each in remove if each not in present or present[each].from_day == from_day]
    if absent:
        raise Refused("An asset that is to be removed is not in the contract on the day before.")
    later = [each for each in rows if each.from_day is not None and each.from_day > from_day]
    ending = [present[each] for each in remove if present[each].last_day is not None]
    if ending:
        raise Refused(f"{_refs(ending)} already has its last day under the contract.")
    twice = [each for each in (*present.values(), *later) if each.asset_id in add]
    if twice:
        raise Refused(f"{_refs(twice)} is in the contract already: an asset can't be in it twice.")
    if not add and not set(present) - set(remove):
        raise Refused("At least one asset stays in the contract.")


def substitute(
    contract: Contract, add: Sequence[Asset], remove: Collection[UUID], from_day: date, now: datetime
) -> dict[str, tuple[Any, Any]]:
    """Put assets into a contract from a local day on, and give others the day before as their last; what changed.

    Called in the transaction of the action, with the contract locked. Raises ``Refused`` as :func:`check_may_substitute`.
    """
    check_may_substitute(contract, [each.pk for each in add], remove, from_day)
    last_day = from_day - timedelta(days=1)
    removed = [each for each in assets_on(contract, from_day) if each.asset_id in set(remove)]
    for each in removed:
        each.last_day, each.removed_at = last_day, now
        each.save(update_fields=["last_day", "removed_at"])
    data = frozen_data([each.pk for each in add])
    ContractedAsset.objects.bulk_create(
        ContractedAsset(
            contract=contract,
            asset_id=each.pk,
            asset_ref=each.ref,
            data=data[each.pk],
            from_day=from_day,
            added_at=now,
        )
        for each in add
    )
    return {
        "added": (None, sorted(each.ref for each in add)),
        "removed": (None, sorted(each.asset_ref for each in removed)),
        "from": (None, from_day.isoformat()),
    }


def _refs(rows: Sequence[ContractedAsset]) -> str:
    return ", ".join(sorted({each.asset_ref for each in rows})[:5])
