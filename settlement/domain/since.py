"""What happened between two instants that may make a statement another one."""

from datetime import datetime
from uuid import UUID

from operations.enums import ExclusionState
from operations.models import ExcludedDay, LateNomination
from settlement.domain.differences import Since
from settlement.domain.results import Result, assets_of
from settlement.enums import AnswerKind
from settlement.models import DisputedLine, Statement


def since_of(statement: Statement, before: datetime, instant: datetime, result: Result) -> Since:
    """Late nominations accepted, days left out and disputes upheld after the one instant and up to the other."""
    operator = statement.contract.buyer_id
    assets = assets_of(result["dispatches"])
    return Since(
        late=_refs_of_late(operator, before, instant) if assets else (),
        left_out=_refs_left_out(operator, before, instant) if assets else (),
        upheld={
            (each.line.kind, each.line.reference)
            for each in DisputedLine.objects.filter(
                dispute__version__statement=statement,
                state=AnswerKind.UPHELD,
                answered_at__gt=before,
                answered_at__lte=instant,
            ).select_related("line")
        },
    )


def _refs_of_late(operator: UUID, before: datetime, instant: datetime) -> set[str]:
    found = LateNomination.objects.filter(
        operator=operator, accepted_at__gt=before, accepted_at__lte=instant
    ).select_related("nomination__unit__asset", "nomination__unit__group")
    return {each.nomination.unit.ref for each in found}


def _refs_left_out(operator: UUID, before: datetime, instant: datetime) -> set[str]:
    found = ExcludedDay.objects.filter(
        operator=operator,
        state=ExclusionState.APPROVED,
        answered_at__gt=before,
        answered_at__lte=instant,
    ).select_related("unit__asset", "unit__group")
    return {each.unit.ref for each in found}
