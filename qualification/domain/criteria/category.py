"""Category: one of those that the competition takes."""

import numpy as np

from competitions.enums import AssetCategory
from qualification.domain.criterion import Asked, DataCriterion
from qualification.domain.facts.asset_facts import Fact, Facts, Flags, OneOf, Record
from qualification.domain.facts.wording import labels_of

CATEGORIES = OneOf(tuple(AssetCategory.values))


class Category(DataCriterion[frozenset[str]]):
    code = "category"
    label = "Category"
    position = 50
    quick_way = "Check the category of {} asset{s}"
    facts = (Fact("category", CATEGORIES, table="t"),)
    reads = ("asset_categories",)

    def limit(self, asked: Asked) -> frozenset[str]:
        return frozenset(asked["asset_categories"])

    def fails(self, limit: frozenset[str], facts: Facts) -> Flags:
        return ~np.isin(facts["category"], CATEGORIES.among(limit))

    def reason(self, limit: frozenset[str], asset: Record) -> str:
        own = AssetCategory(CATEGORIES.values[asset["category"]]).label
        return f"Its category is {own}; taken: {_labels(limit)}."

    def remedy(self, limit: frozenset[str]) -> str:
        return f"One of these categories: {_labels(limit)}."


def _labels(taken: frozenset[str]) -> str:
    return labels_of(CATEGORIES.values, taken, lambda value: AssetCategory(value).label)


CRITERION = Category()
