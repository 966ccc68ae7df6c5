"""How planned assets stand in their competitions, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from competitions.models import Competition
from qualification.domain import criteria
from qualification.domain.criterion import AssetRequirements
from qualification.domain.verdicts.planned import facts_of_planned
from qualification.domain.verdicts.requirements import requirements_of
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
    requirements = requirements_of(Competition.objects.filter(pk__in=ids), now)
    frozen = set(Freeze.objects.filter(competition__in=ids).values_list("competition_id", flat=True))
    return [_line(each, requirements[each.competition_id], each.competition_id in frozen) for each in listed]


def _line(planned: PlannedAsset, asked: AssetRequirements, is_frozen: bool) -> PlannedLine:
    verdict = getattr(planned, "verdict", None)
    if verdict is None or (not is_frozen and not set(verdict.failed) <= set(asked)):
        return PlannedLine(planned, is_judged=False)
    (facts,) = facts_of_planned([planned])
    failed = [each for each in criteria.FOR_PLANNED if each.code in verdict.failed and each.code in asked]
    return PlannedLine(
        planned,
        True,
        tuple(
            (
                each.planned_reason(asked[each.code], facts),
                "" if is_frozen else each.planned_remedy(asked[each.code]),
            )
            for each in failed
        ),
    )
