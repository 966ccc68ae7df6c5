"""How many assets of a group metered as one serve an operator's contracts on a day: the devices of its fixed reference."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from contracts.models import ContractedAsset
from qualification.models import Asset

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Members:
    """The rows of contracts that count on members of one group, as known at an instant; none: its assets, ``apart``."""

    rows: Collection[ContractedAsset]
    apart: int
    instant: datetime

    @property
    def days_of_change(self) -> set[date]:
        """The days from which on members are added or no longer counted."""
        added = {row.from_day for row in self.rows if row.from_day is not None}
        return added | {row.last_day + DAY for row in self.rows if row.last_day is not None}

    def on(self, day: date) -> int:
        """How many there are on a local day."""
        if not self.rows:
            return self.apart
        return len({row.asset_id for row in self.rows if row.delivers_on(day, self.instant)})


def members_of(buyer: UUID, groups: Mapping[UUID, UUID], instant: datetime) -> dict[UUID, Members]:
    """By unit, the members of its group; ``groups`` names the group of each unit."""
    units = {group: unit for unit, group in groups.items()}
    assets = dict(Asset.objects.filter(group__in=units).values_list("pk", "group"))
    rows: dict[UUID, list[ContractedAsset]] = defaultdict(list)
    for row in ContractedAsset.objects.filter(contract__buyer=buyer, asset_id__in=assets).defer("data"):
        rows[assets[row.asset_id]].append(row)
    held = list(assets.values())
    return {unit: Members(rows.get(group, ()), held.count(group), instant) for group, unit in units.items()}
