"""Status: one of those that the competition takes; one in development operates by the first service day."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db.models import Min

from competitions.enums import AssetStatus
from qualification.domain.criterion import Asked, DataCriterion
from qualification.domain.facts.asset_facts import NO_DAY, Days, Fact, Facts, Flags, OneOf, Record
from qualification.domain.facts.wording import day_in_words, labels_of

STATUSES = OneOf(tuple(AssetStatus.values))
DEVELOPING = STATUSES.number(AssetStatus.IN_DEVELOPMENT)


@dataclass(frozen=True)
class Taken:
    """The statuses taken, and the first service day as an ordinal, if there is one."""

    statuses: frozenset[str]
    first_service_day: int | None


class Status(DataCriterion[Taken]):
    code = "status"
    label = "Status"
    position = 40
    quick_way = "Check the status of {} asset{s}"
    facts = (Fact("status", STATUSES), Fact("operational_date", Days()))
    reads = ("asset_statuses",)
    derives = {"first_service_day": Min("periods__first_day")}

    def limit(self, asked: Asked) -> Taken:
        first: date | None = asked["first_service_day"]
        return Taken(frozenset(asked["asset_statuses"]), None if first is None else first.toordinal())

    def fails(self, limit: Taken, facts: Facts) -> Flags:
        failed = ~np.isin(facts["status"], STATUSES.among(limit.statuses))
        if limit.first_service_day is not None:
            failed |= (facts["status"] == DEVELOPING) & (facts["operational_date"] > limit.first_service_day)
        return failed

    def reason(self, limit: Taken, asset: Record) -> str:
        status = STATUSES.values[asset["status"]]
        if status in limit.statuses and limit.first_service_day is not None:
            own = asset["operational_date"]
            ready, first = "an unknown date" if own == NO_DAY else day_in_words(own), limit.first_service_day
            return f"It is to operate from {ready}, after the first service day, {day_in_words(first)}."
        return f"Its status is {AssetStatus(status).label}; taken: {_labels(limit)}."

    def remedy(self, limit: Taken) -> str:
        taken = f"One of these statuses: {_labels(limit)}"
        if AssetStatus.IN_DEVELOPMENT not in limit.statuses or limit.first_service_day is None:
            return f"{taken}."
        return f"{taken}; in development with an operational date by {day_in_words(limit.first_service_day)}."


def _labels(limit: Taken) -> str:
    return labels_of(STATUSES.values, limit.statuses, lambda value: AssetStatus(value).label)


CRITERION = Status()
