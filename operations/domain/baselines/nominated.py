"""Nominated: B(p) = the provider's own forecast, received before the deadline (operations, section 8.2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from competitions.domain.settlement_terms import NominationTerms
from marketplace.calendar import local_instant
from operations.domain.baselines.asked import Asked, Baseline, none_because


@dataclass(frozen=True)
class Nomination:
    """Net kW for the period that starts at ``period_start``; ``late_accepted``: counts although it came too
    late."""

    period_start: datetime
    kw: Fraction
    submitted_at: datetime
    late_accepted: bool = False


def nominated(asked: Asked, nominations: Iterable[Nomination], terms: NominationTerms) -> Baseline:
    """kW × h of the last nomination that counts, period by period; without one a period has no baseline."""
    counting: dict[datetime, Nomination] = {}
    for each in sorted(nominations, key=lambda nomination: nomination.submitted_at):
        if each.late_accepted or each.submitted_at < _deadline(asked, each.period_start, terms):
            counting[each.period_start] = each
    energy = {
        period: counting[start].kw * asked.hours
        for period in asked.periods
        if (start := asked.start_of(period)) in counting
    }
    return Baseline(energy) if energy else none_because("Nothing was nominated in time.")


def _deadline(asked: Asked, period_start: datetime, terms: NominationTerms) -> datetime:
    day = period_start.astimezone(asked.zone).date() - timedelta(days=terms.days_before)
    return local_instant(day, terms.time, asked.zone)
