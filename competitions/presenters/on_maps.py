"""What the map tells of a competition: how its phase is drawn, and how its ref is written on it."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse

from competitions.enums import Phase
from competitions.models import Competition
from competitions.presenters.phases import STEPS, step_of

LIVE = (
    Phase.ANNOUNCED,
    Phase.QUALIFICATION_OPEN,
    Phase.QUALIFICATION_CLOSED,
    Phase.BIDDING_OPEN,
    Phase.DECISION,
)
DASHES: Mapping[str, str] = {"draft": "1 4", "announced": "4 4", "waiting": "8 3 2 3", "decision": "8 4"}
"""As ``map.js`` draws the outline of a phase; the others are drawn through."""
SERIES = re.compile(r"^[A-Z]{2,6}\d{0,4}_(?=.)")
"""What refs of one operator and year begin with alike."""


def short_ref(ref: str) -> str:
    """NRN26_GATE is written GATE where there is little room."""
    return SERIES.sub("", ref)


def shape_properties(competition: Competition, now: datetime) -> dict[str, Any]:
    """What the map knows of a shape: its phase, its label, and what is told when it is pointed at."""
    step = step_of(competition.phase(now), visibility_only=competition.is_visibility_only)
    return {
        "ref": competition.ref,
        "label": short_ref(competition.ref),
        "title": competition.name,
        "text": f"{competition.operator.name}, {step.word}",
        "url": reverse("competitions:competition", args=[competition.ref]),
        "phase": step.colour,
    }


def legend(phases: Iterable[Phase] = LIVE) -> list[dict[str, str]]:
    """The phases that a map shows, in order, as its legend draws them."""
    steps = [STEPS[phase] for phase in phases]
    return [
        {"label": step.word, "colour": step.colour, "dashes": DASHES.get(step.colour, "")} for step in steps
    ]
