"""The criteria of technical qualification: one module each, found here, and the judgement that they make
together.

A module in this package holds a :class:`~qualification.domain.criterion.Criterion` and names an instance of
it ``CRITERION``. Nothing else lists them: files, filters, reasons and the database take what is found here.
"""

from collections.abc import Iterable, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import numpy as np

from qualification.domain.criterion import AssetRequirements, Criterion, DataCriterion
from qualification.domain.facts.asset_facts import Fact, Facts, Keys, Whole, distinct


def _found() -> tuple[Criterion[Any], ...]:
    modules = [import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__)]
    found: list[Criterion[Any]] = sorted((each.CRITERION for each in modules), key=lambda each: each.position)
    for name in ("code", "label", "position"):
        if len({getattr(each, name) for each in found}) < len(found):
            raise ValueError(f"Two criteria have the same {name}.")
    return tuple(found)


ALL = _found()
BY_CODE: dict[str, Criterion[Any]] = {each.code: each for each in ALL}
BY_DATA: tuple[DataCriterion[Any], ...] = tuple(each for each in ALL if isinstance(each, DataCriterion))
FOR_PLANNED = tuple(each for each in BY_DATA if each.judges_planned)
BIT: dict[str, int] = {each.code: 1 << place for place, each in enumerate(ALL)}
CHOICES: list[tuple[str, str]] = [(each.code, each.label) for each in ALL]
"""Code and label of each, for files and filters."""

FACTS: tuple[Fact, ...] = distinct(
    [Fact("id", Keys()), Fact("provider_id", Keys("S16")), *(fact for each in ALL for fact in each.facts)]
)
"""All that the criteria need to know of an asset, after whose it is."""
DTYPE = np.dtype([(fact.name, fact.kind.numpy) for fact in FACTS])


def asked(requirements: AssetRequirements) -> list[str]:
    """The codes of the criteria that bind in the competition, in order: the others every asset passes."""
    return [each.code for each in ALL if each.code in requirements]


def failing(
    requirements: AssetRequirements, facts: Facts, among: Sequence[DataCriterion[Any]] = BY_DATA
) -> Whole:
    """For each asset the criteria that it fails by its data, as the sum of their :data:`BIT` values (0:
    none)."""
    failed = np.zeros(len(facts), dtype=np.int64)
    for criterion in among:
        if criterion.code in requirements:
            failed |= np.where(criterion.fails(requirements[criterion.code], facts), BIT[criterion.code], 0)
    return failed


def codes_of(bits: int) -> list[str]:
    """The criteria that a sum of bits stands for, in order."""
    return [code for code, bit in BIT.items() if bits & bit]


def reasons(requirements: AssetRequirements, facts: Facts, failed: Iterable[str]) -> dict[str, str]:
    """Why one asset (the only record of ``facts``) fails each of these criteria that bind, in words, by
    code."""
    return {
        code: BY_CODE[code].reason(requirements[code], facts[0]) for code in failed if code in requirements
    }


def remedies(requirements: AssetRequirements, failed: Iterable[str]) -> dict[str, str]:
    """What would make an asset pass each of these criteria that bind, in words, by code."""
    return {code: BY_CODE[code].remedy(requirements[code]) for code in failed if code in requirements}
