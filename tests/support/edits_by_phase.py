"""Competitions in each phase, and changes to them."""

from datetime import UTC, datetime

from competitions.enums import Phase
from competitions.models import Competition
from tests.competitions import files

INSTANTS = {
    Phase.DRAFT: datetime(2026, 1, 1, 13, tzinfo=UTC),
    Phase.ANNOUNCED: datetime(2026, 1, 3, tzinfo=UTC),
    Phase.QUALIFICATION_OPEN: datetime(2026, 1, 6, tzinfo=UTC),
    Phase.QUALIFICATION_CLOSED: datetime(2026, 1, 20, tzinfo=UTC),
    Phase.BIDDING_OPEN: datetime(2026, 1, 22, tzinfo=UTC),
    Phase.DECISION: datetime(2026, 1, 24, tzinfo=UTC),
    Phase.CONFIRMED: datetime(2026, 1, 25, tzinfo=UTC),
    Phase.CANCELLED: datetime(2026, 1, 25, tzinfo=UTC),
    Phase.ARCHIVED: datetime(2027, 1, 2, tzinfo=UTC),
}
DRAFT, ANNOUNCED, QUALIFYING, CLOSED, BIDDING = list(INSTANTS)[:5]
ALL = frozenset(INSTANTS)
BEFORE_CLOSE = frozenset({DRAFT, ANNOUNCED, QUALIFYING})
BEFORE_DECISION = BEFORE_CLOSE | {CLOSED, BIDDING}


def reach(phase):
    """Move the competition to what its clock alone does not bring about."""
    if phase is Phase.CONFIRMED:
        Competition.objects.update(confirmed_at=INSTANTS[phase])
    if phase is Phase.CANCELLED:
        Competition.objects.update(cancelled_at=INSTANTS[phase], cancellation_reason="No need")
    assert files.stored().phase(INSTANTS[phase]) is phase
