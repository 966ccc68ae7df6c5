"""Views of the list of competitions that other apps know of: what somebody takes part in, what can be entered
or bid in now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Q

from accounts.models import Member

Condition = Callable[[Member, datetime], Q]


@dataclass(frozen=True)
class ListView:
    """A view of the list: its name in the address, its title, whose it is, and which competitions are in
    it."""

    name: str
    title: str
    audience: Literal["so", "fsp"]
    condition: Condition


_views: dict[str, ListView] = {}


def register_view(view: ListView) -> None:
    """Offer a view above the list; called once at start."""
    _views.setdefault(view.name, view)


def views_for(member: Member | None) -> list[ListView]:
    """The views that the member's side of the market has, in the order in which they were registered."""
    if member is None:
        return []
    side = "so" if member.is_so else "fsp"
    return [each for each in _views.values() if each.audience == side]
