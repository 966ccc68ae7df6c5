"""What competitions show on an operator's public page."""

from datetime import datetime

from django.urls import reverse

from accounts.models import Organisation
from accounts.presenters.profile_parts import ProfileLine, ProfilePart
from competitions.domain.queries import (
    by_next_deadline,
    competitions_visible_to,
)
from competitions.models import Competition

MOST_LINES = 20


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
