"""Capacity: what the asset offers of the capacity that the competition buys is above zero."""

import numpy as np

from qualification.domain.criterion import Asked, AssetRequirements, DataCriterion
from qualification.domain.facts.asset_facts import (
    CAPACITY_SCALE,
    Decimals,
    Fact,
    Facts,
    Flags,
    Record,
    Whole,
)
from qualification.enums import RELEVANT_CAPACITIES, CapacityType

Types = tuple[str, ...]


class Capacity(DataCriterion[Types]):
    code = "capacity"
    label = "Capacity"
    position = 30
    quick_way = "Give the capacity of {} asset{s}"
    facts = tuple(Fact(each, Decimals(CAPACITY_SCALE)) for each in CapacityType.values)
    reads = ("power_type", "need_direction")
    judges_planned = True

    def limit(self, asked: Asked) -> Types:
        """The types of capacity that count."""
        return tuple(str(each) for each in RELEVANT_CAPACITIES[asked["power_type"], asked["need_direction"]])

    def fails(self, limit: Types, facts: Facts) -> Flags:
        return _sum(limit, facts) <= 0

    def reason(self, limit: Types, asset: Record) -> str:
        verb = "are" if len(limit) > 1 else "is"
        return f"It offers none of the capacity that is bought: its {_names(limit, 'and')} {verb} 0."

    def remedy(self, limit: Types) -> str:
        return f"Some {_names(limit, 'or')} above 0."

    def planned_reason(self, limit: Types, asset: Record) -> str:
        own = _names(tuple(each for each in CapacityType.values if asset[each] > 0), "and")
        return f"Its capacity is {own}; bought: {_names(limit, 'or')}."

    def planned_remedy(self, limit: Types) -> str:
        return f"Capacity in {_names(limit, 'or')}."


def relevant_capacity(requirements: AssetRequirements, facts: Facts) -> Whole:
    """The capacity that counts in the competition, in millionths: the sum over its capacity types."""
    return _sum(requirements[Capacity.code], facts)


def _sum(types: Types, facts: Facts) -> Whole:
    total = np.zeros(len(facts), dtype=np.int64)
    for each in types:
        total += facts[each]
    return total


def _names(types: Types, between: str) -> str:
    return f" {between} ".join(CapacityType(each).label.lower() for each in types)


CRITERION = Capacity()
