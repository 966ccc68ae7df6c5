"""What competitions put on the start page."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from competitions.domain.queries import live_competitions, operator_competitions
from competitions.enums import Phase
from marketplace.web.dashboard import Panel, register_panel

OPEN = (Phase.QUALIFICATION_OPEN, Phase.BIDDING_OPEN)


def competitions_panel(member: Any, now: datetime) -> Panel | None:
    """How many competitions are live, and which close next."""
    if member is None:
        return None
    competitions = operator_competitions(member) if member.is_so else live_competitions(now)
    live = [one for one in competitions if one.is_live(now)]
    counts = {phase: sum(one.phase(now) is phase for one in live) for phase in OPEN}
    lines = [f"{counts[phase]} {phase.label.lower()}" for phase in OPEN]
    return Panel("Competitions", reverse("competitions:list"), lines, f"{len(live)} live")


def register() -> None:
    """Have the panel shown; called once at start."""
    register_panel(competitions_panel)
