"""Voltage: between the competition's minimum and maximum, where it sets them."""

from dataclasses import dataclass

import numpy as np

from qualification.domain.criterion import Asked, DataCriterion
from qualification.domain.facts.asset_facts import (
    VOLTAGE_SCALE,
    Decimals,
    Fact,
    Facts,
    Flags,
    Record,
    scaled,
)
from qualification.domain.facts.wording import number_in_words


@dataclass(frozen=True)
class Range:
    """The least and the most, in 1/10,000 kV; None where there is none."""

    least: int | None = None
    most: int | None = None


class Voltage(DataCriterion[Range]):
    code = "voltage"
    label = "Voltage"
    position = 20
    quick_way = "Check {} voltage{s}"
    facts = (Fact("voltage_kv", Decimals(VOLTAGE_SCALE)),)
    reads = ("minimum_voltage_kv", "maximum_voltage_kv")
    judges_planned = True

    def limit(self, asked: Asked) -> Range | None:
        least, most = (scaled(asked[name], VOLTAGE_SCALE) for name in self.reads)
        return None if least is None and most is None else Range(least, most)

    def fails(self, limit: Range, facts: Facts) -> Flags:
        failed = np.zeros(len(facts), dtype=bool)
        if limit.least is not None:
            failed |= facts["voltage_kv"] < limit.least
        if limit.most is not None:
            failed |= facts["voltage_kv"] > limit.most
        return failed

    def reason(self, limit: Range, asset: Record) -> str:
        own = _kv(asset["voltage_kv"])
        if limit.least is not None and asset["voltage_kv"] < limit.least:
            return f"Its voltage of {own} is below the minimum of {_kv(limit.least)}."
        return f"Its voltage of {own} is above the maximum of {_kv(limit.most or 0)}."

    def remedy(self, limit: Range) -> str:
        limits = []
        if limit.least is not None:
            limits.append(f"at least {_kv(limit.least)}")
        if limit.most is not None:
            limits.append(f"at most {_kv(limit.most)}")
        return f"A voltage of {' and '.join(limits)}."


def _kv(voltage: int) -> str:
    return f"{number_in_words(voltage, VOLTAGE_SCALE)} kV"


CRITERION = Voltage()
