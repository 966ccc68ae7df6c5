"""Nominated: B(p) = the provider's own forecast, received before the deadline (operations, section 8.2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from competitions.domain.settlement_terms import NominationTerms
from marketplace.calendar import local_instant
from operations.domain.baselines.asked import Asked, Baseline, none_because

HALF_HOUR = 30


@dataclass(frozen=True)
class Nomination:
    """Net kW for the period that starts at ``period_start``; ``late_accepted``: counts although it came too
    late."""

    period_start: datetime
    kw: Fraction
    submitted_at: datetime
    late_accepted: bool = False


@dataclass(frozen=True)
class WeekNomination:
    """Net kW for a local half-hour of each week, until another one of the same half-hour replaces it."""

    weekday: int
    minute: int
    kw: Fraction
    submitted_at: datetime


def nominated(
    asked: Asked,
    nominations: Iterable[Nomination],
    terms: NominationTerms,
    weeks: Iterable[WeekNomination] = (),
) -> Baseline:
    """kW × h of the last nomination that counts, period by period; without one a period has no baseline.

    One for the period itself goes before one of the week.
    """
    counting: dict[datetime, Nomination] = {}
    for each in sorted(nominations, key=lambda nomination: nomination.submitted_at):
        if each.late_accepted or each.submitted_at < _deadline(asked, each.period_start, terms):
            counting[each.period_start] = each
    by_half_hour: dict[tuple[int, int], list[WeekNomination]] = {}
    for week in sorted(weeks, key=lambda each: each.submitted_at):
        by_half_hour.setdefault((week.weekday, week.minute), []).append(week)
    energy = {}
    for period in asked.periods:
        start = asked.start_of(period)
        kw = counting[start].kw if start in counting else _of_week(asked, start, by_half_hour, terms)
        if kw is not None:
            energy[period] = kw * asked.hours
    return Baseline(energy) if energy else none_because("Nothing was nominated in time.")


def _of_week(
    asked: Asked,
    start: datetime,
    weeks: Mapping[tuple[int, int], Sequence[WeekNomination]],
    terms: NominationTerms,
) -> Fraction | None:
    local = start.astimezone(asked.zone)
    minute = (local.hour * 60 + local.minute) // HALF_HOUR * HALF_HOUR
    due = _deadline(asked, start, terms)
    told = [each for each in weeks.get((local.weekday(), minute), ()) if each.submitted_at < due]
    return told[-1].kw if told else None


def _deadline(asked: Asked, period_start: datetime, terms: NominationTerms) -> datetime:
    day = period_start.astimezone(asked.zone).date() - timedelta(days=terms.days_before)
    return local_instant(day, terms.time, asked.zone)
