"""The dates of a competition as steps in a row, the next one with how long it takes until then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from competitions.domain.timeline import timeline_of
from competitions.models import Competition, ServicePeriod
from marketplace.dates import left_text, season_text, short_day_text

DONE = {
    "Qualification opens": "Qualification opened",
    "Qualification closes": "Qualification closed",
    "Bidding opens": "Bidding opened",
    "Bidding closes": "Bidding closed",
}
COMING = {"Published": "Publication", "Results confirmed": "Results", "Archived": "Archive"}


@dataclass(frozen=True)
class StepLine:
    """A step as it is read: its title, its date, how long until then where it is the next; done, now or
    later."""

    title: str
    at: str
    left: str
    is_done: bool
    is_now: bool
    full: str = ""


def stepper_of(
    competition: Competition, periods: Sequence[ServicePeriod], zone: ZoneInfo, now: datetime
) -> list[StepLine]:
    """The competition's dates in order, with the first day of service."""
    steps = timeline_of(competition, now)
    lines = [
        (
            step.at.astimezone(zone).date(),
            StepLine(
                (DONE if step.is_done else COMING).get(step.title, step.title),
                season_text(step.at, zone, now),
                left_text(step.at, now) if step.is_now else "",
                step.is_done,
                step.is_now,
            ),
        )
        for step in steps
    ]
    first = min((period.first_day for period in periods), default=None)
    if first is not None:
        lines.append((first, _service(first, now, competition.operator.zone)))
    return [line for _, line in sorted(lines, key=lambda pair: pair[0])]


def _service(first: date, now: datetime, zone: ZoneInfo) -> StepLine:
    today = now.astimezone(zone).date()
    is_done = first <= today
    year = "" if abs((first - today).days) <= 270 else f" {first.year}"
    return StepLine(
        "Service started" if is_done else "Service starts",
        f"{short_day_text(first)}{year}",
        "",
        is_done,
        False,
    )
