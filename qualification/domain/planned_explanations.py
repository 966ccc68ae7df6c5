"""How planned assets stand in their competitions, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from competitions.models import Competition
from qualification.domain import criteria, reasons
from qualification.domain.criteria import FACTS, Facts, Terms
from qualification.domain.facts import terms_of
from qualification.enums import CapacityType, Criterion
from qualification.models import Freeze, PlannedAsset


@dataclass(frozen=True)
class PlannedLine:
    """A planned asset, whether it is judged yet, and each reason against it with what would make it pass."""

    planned: PlannedAsset
    is_judged: bool
    why: tuple[tuple[str, str], ...] = ()


def planned_lines(listed: Sequence[PlannedAsset], now: datetime) -> list[PlannedLine]:
    """How these planned assets stand, in their order; ``verdict`` is loaded with them."""
    ids = {each.competition_id for each in listed}
    terms = terms_of(Competition.objects.filter(pk__in=ids), now)
    frozen = set(Freeze.objects.filter(competition__in=ids).values_list("competition_id", flat=True))
    return [_line(each, terms[each.competition_id], each.competition_id in frozen) for each in listed]


def _line(planned: PlannedAsset, terms: Terms, is_frozen: bool) -> PlannedLine:
    verdict = getattr(planned, "verdict", None)
    if verdict is None:
        return PlannedLine(planned, is_judged=False)
    failed = [Criterion(each) for each in verdict.failed]
    told = reasons.reasons(terms, _facts(planned), failed)
    ways = dict(reasons.remedies(terms, failed))
    if Criterion.CAPACITY in told:
        bought = " or ".join(CapacityType(each).label.lower() for each in terms.capacities)
        own = CapacityType(planned.capacity_type).label.lower()
        told[Criterion.CAPACITY] = f"Its capacity is {own}; bought: {bought}."
        ways[Criterion.CAPACITY] = f"Capacity in {bought}."
    if is_frozen:
        ways = {}
    return PlannedLine(planned, True, tuple((reason, ways.get(each, "")) for each, reason in told.items()))


def _facts(planned: PlannedAsset) -> Facts:
    facts: Facts = np.zeros(1, dtype=FACTS)
    facts["voltage"] = criteria.scaled(planned.voltage_kv, criteria.VOLTAGE_SCALE) or 0
    facts["first_uploaded"] = criteria.instant(planned.first_uploaded_at)
    return facts
