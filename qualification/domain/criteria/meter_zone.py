"""Meter in zone: a meter ID of the asset is on the operator's list for the competition's areas, if it asks
for that."""

import uuid
from collections.abc import Mapping
from datetime import datetime

import numpy as np

from qualification.domain.criteria.meter_id import METERS
from qualification.domain.criterion import Asked, DataCriterion
from qualification.domain.facts.asset_facts import UNKNOWN, Facts, Flags, Record, Whole
from qualification.models import MeterList


class MeterZone(DataCriterion[Whole]):
    code = "meter_zone"
    label = "Meter in zone"
    position = 90
    quick_way = "Check {} meter ID{s}"
    facts = METERS
    reads = ("meter_id_in_zone",)

    def load_further(self, competitions: Mapping[uuid.UUID, Asked], now: datetime) -> None:
        """The meter IDs on the lists of the areas in the boundary."""
        listed: dict[uuid.UUID, set[str]] = {
            each: set() for each, asked in competitions.items() if asked["meter_id_in_zone"]
        }
        if listed:
            lists = MeterList.objects.filter(area__boundaries__competition__in=listed)
            for competition_id, meter_ids in lists.values_list("area__boundaries__competition", "meter_ids"):
                if competition_id in listed:
                    listed[competition_id].update(meter_ids)
        for each, meters in listed.items():
            competitions[each]["zone"] = meters

    def limit(self, asked: Asked) -> Whole | None:
        """The meter IDs, as sorted whole numbers."""
        return (
            np.array(sorted(map(int, asked["zone"])), dtype=np.int64) if asked["meter_id_in_zone"] else None
        )

    def fails(self, limit: Whole, facts: Facts) -> Flags:
        return ~(np.isin(facts["import_meter_id"], limit) | np.isin(facts["export_meter_id"], limit))

    def reason(self, limit: Whole, asset: Record) -> str:
        if asset["import_meter_id"] == UNKNOWN and asset["export_meter_id"] == UNKNOWN:
            return "It has no meter ID; one on the operator's list for the areas is needed."
        return "None of its meter IDs is on the operator's list for the areas."

    def remedy(self, limit: Whole) -> str:
        return "A meter ID that the operator lists for the areas; ask the operator."


CRITERION = MeterZone()
