"""Meter ID: the asset has one, if the competition requires it."""

from typing import cast

from qualification.domain.criterion import Asked, DataCriterion
from qualification.domain.facts.asset_facts import UNKNOWN, Fact, Facts, Flags, MeterIds, Record

METERS = (Fact("import_meter_id", MeterIds()), Fact("export_meter_id", MeterIds()))


class MeterId(DataCriterion[bool]):
    code = "meter_id"
    label = "Meter ID"
    position = 80
    quick_way = "Add {} meter ID{s}"
    facts = METERS
    reads = ("meter_id_required",)

    def limit(self, asked: Asked) -> bool | None:
        return asked["meter_id_required"] or None

    def fails(self, limit: bool, facts: Facts) -> Flags:
        return cast(Flags, (facts["import_meter_id"] == UNKNOWN) & (facts["export_meter_id"] == UNKNOWN))

    def reason(self, limit: bool, asset: Record) -> str:
        return "It has no meter ID; one is required."

    def remedy(self, limit: bool) -> str:
        return "An import or export meter ID."


CRITERION = MeterId()
