"""Run time: the asset's maximum run time is known and at least the competition's minimum, if it sets one."""

from typing import cast

from qualification.domain.criterion import Asked, DataCriterion
from qualification.domain.facts.asset_facts import (
    UNKNOWN,
    Durations,
    Fact,
    Facts,
    Flags,
    Record,
    microseconds,
)
from qualification.domain.facts.wording import duration_in_words


class RunTime(DataCriterion[int]):
    code = "run_time"
    label = "Run time"
    position = 130
    quick_way = "Give or correct {} maximum run time{s}"
    facts = (Fact("maximum_run_time", Durations()),)
    reads = ("minimum_run_time",)

    def limit(self, asked: Asked) -> int | None:
        return microseconds(asked["minimum_run_time"])

    def fails(self, limit: int, facts: Facts) -> Flags:
        own = facts["maximum_run_time"]
        return cast(Flags, (own == UNKNOWN) | (own < limit))

    def reason(self, limit: int, asset: Record) -> str:
        own, least = asset["maximum_run_time"], duration_in_words(limit)
        if own == UNKNOWN:
            return f"Its maximum run time is not given; at least {least} is needed."
        return f"Its maximum run time of {duration_in_words(own)} is below the minimum of {least}."

    def remedy(self, limit: int) -> str:
        return f"A maximum run time of at least {duration_in_words(limit)}."


CRITERION = RunTime()
