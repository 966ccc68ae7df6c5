"""What competitions put on the start page."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.models import Organisation
from accounts.presenters.profile_parts import ProfileLine, ProfilePart
from competitions.domain.queries import (
    by_next_deadline,
    competitions_visible_to,
    live_competitions,
    operator_competitions,
)
from competitions.enums import Phase
from competitions.models import Competition
from marketplace.web.dashboard import Panel
from marketplace.web.templatetags.marketplace import moment

MOST_LINES = 20
NEXT = 3
OPEN = (Phase.QUALIFICATION_OPEN, Phase.BIDDING_OPEN)


def competitions_panel(member: Any, now: datetime) -> Panel | None:
    """How many competitions are live, and which close next."""
    if member is None:
        return None
    competitions = operator_competitions(member) if member.is_so else live_competitions(now)
    live = [one for one in by_next_deadline(competitions, now) if one.is_live(now)]
    counts = {phase: sum(one.phase(now) is phase for one in live) for phase in OPEN}
    lines = [f"{counts[phase]} {phase.label.lower()}" for phase in OPEN]
    lines += [
        f"{one.ref} closes {_told(_next_close(one, now), member)}"
        for one in live[:NEXT]
        if _next_close(one, now)
    ]
    return Panel("Competitions", reverse("competitions:list"), lines, f"{len(live)} live")


def _next_close(competition: Competition, now: datetime) -> datetime | None:
    closes = (competition.qualification_close, competition.bidding_close)
    return next((close for close in closes if close is not None and close > now), None)


def _told(close: datetime | None, member: Any) -> str:
    return moment(close, member.organisation.zone)


def profile_parts(operator: Organisation, now: datetime) -> list[ProfilePart]:
    """The operator's published competitions, for everyone: live ones, and the latest that are over."""
    published = competitions_visible_to(None, now).filter(operator=operator)
    live = [one for one in by_next_deadline(published, now) if one.is_live(now)]
    past = [
        one
        for one in published.order_by("-qualification_open", "ref")[: 3 * MOST_LINES]
        if not one.is_live(now)
    ]
    return [
        ProfilePart("Live competitions", _lines(live, now), "None at present.", reverse("competitions:list")),
        ProfilePart("Past competitions", _lines(past[:MOST_LINES], now), "None yet."),
    ]


def _lines(competitions: list[Competition], now: datetime) -> list[ProfileLine]:
    return [
        ProfileLine(
            f"{one.ref}: {one.name}",
            reverse("competitions:competition", args=[one.ref]),
            one.phase(now).label,
        )
        for one in competitions
    ]
