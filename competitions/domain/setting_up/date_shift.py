"""The dates of a competition moved by a number of days, each keeping its local time of day. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from competitions import rules
from competitions.domain.setting_up.changes import label_of
from competitions.domain.setting_up.terms import Terms, WindowTerms
from competitions.enums import Phase
from competitions.rules import DATES
from marketplace.calendar import local_instant


@dataclass(frozen=True)
class Stays:
    """A date that is not moved, and why, in a sentence."""

    label: str
    reason: str


def moved(terms: Terms, days: int, zone: ZoneInfo, *, with_periods: bool = True) -> Terms:
    """The terms with every date ``days`` later (earlier where negative).

    An instant keeps its time of day in ``zone``; where the clocks skip that time it is the first that exists.
    Raises ``OverflowError`` for dates beyond the calendar.
    """
    header = {
        key: moved_instant(value, days, zone) if key in DATES else value
        for key, value in terms.header.items()
    }
    step = timedelta(days=days if with_periods else 0)
    windows = tuple(
        replace(window, first_day=window.first_day + step, last_day=window.last_day + step)
        for window in terms.windows
    )
    return replace(terms, header=header, windows=windows)


def moved_ahead(
    terms: Terms, days: int, zone: ZoneInfo, *, phase: Phase, now: datetime, with_periods: bool = True
) -> tuple[Terms, list[Stays]]:
    """The terms with the dates that lie ahead and may still change ``days`` later, and what stays as it is.

    A service period moves whole, if it has not begun. Raises ``OverflowError`` for dates beyond the calendar.
    """
    everywhere = moved(terms, days, zone)
    header, stays = dict(terms.header), []
    for key in DATES:
        before, after = terms.header[key], everywhere.header[key]
        if before is None:
            continue
        reason = _why_date_stays(key, before, after, phase, now)
        if reason is None:
            header[key] = after
        else:
            stays.append(Stays(label_of(key), reason))
    windows = terms.windows
    if with_periods:
        windows, kept = _periods_ahead(terms, everywhere, phase, zone, now)
        stays += kept
    return replace(terms, header=header, windows=windows), stays


def _why_date_stays(key: str, before: datetime, after: datetime, phase: Phase, now: datetime) -> str | None:
    if before <= now:
        return "It is in the past."
    if after <= now:
        return "It would lie in the past."
    return rules.refusal_of_edit(key, label_of(key), before, after, phase, now)


def _periods_ahead(
    terms: Terms, everywhere: Terms, phase: Phase, zone: ZoneInfo, now: datetime
) -> tuple[tuple[WindowTerms, ...], list[Stays]]:
    refusal = rules.refusal_of_edit(
        "windows", label_of("windows"), terms.windows, everywhere.windows, phase, now
    )
    if refusal is not None:
        return terms.windows, [Stays("Service periods", refusal)] if terms.windows else []
    today = now.astimezone(zone).date()
    begun = {window.period: None for window in terms.windows if window.first_day <= today}
    pairs = zip(terms.windows, everywhere.windows, strict=True)
    windows = tuple(window if window.period in begun else later for window, later in pairs)
    return windows, [Stays(f"Service period {name}", "It has begun.") for name in begun]


def moved_instant(instant: datetime | None, days: int, zone: ZoneInfo) -> datetime | None:
    """An instant ``days`` later at the same local time of day."""
    if instant is None:
        return None
    local = instant.astimezone(zone)
    return local_instant(local.date() + timedelta(days=days), local.time(), zone)
