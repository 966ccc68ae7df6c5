"""Confirming as somebody does who has just looked: with what stands at that moment."""

from bidding.domain.decisions import confirmation
from bidding.domain.decisions.proposals import seen_now
from bidding.domain.gate.closing import ensure_closed


def confirm_results(*, by, competition, now, seen=None):
    if by.is_so and by.organisation_id == competition.operator_id:
        ensure_closed(competition, now)
    return confirmation.confirm_results(
        by=by, competition=competition, seen=seen or seen_now(competition), now=now
    )
