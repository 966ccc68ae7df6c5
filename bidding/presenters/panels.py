"""What bidding puts on the start page. Nothing here counts bids before their gate closes."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from accounts.enums import Role
from bidding.domain.queries import closed_competitions, competitions_to_bid_in, competitions_to_decide
from marketplace.web.dashboard import Panel


def bids_panel(member: Any, now: datetime) -> Panel | None:
    """For a provider: where bidding is open to it."""
    if member is None or not member.is_fsp or not member.holds(Role.BIDS):
        return None
    open_now = list(competitions_to_bid_in(member, now))
    return Panel(
        "Bids", reverse("bidding:list"), [one.ref for one in open_now[:4]], f"{len(open_now)} open to you"
    )


def decisions_panel(member: Any, now: datetime) -> Panel | None:
    """For an operator: competitions whose bids wait for a decision."""
    if member is None or not member.is_so or not member.holds(Role.BIDS):
        return None
    waiting = list(closed_competitions(member, now).filter(confirmed_at=None).values_list("pk", flat=True))
    first: QuerySet[Any] = competitions_to_decide(member, now).filter(pk__in=waiting[:4])
    lines = [f"{one.ref}: {one.undecided_count} of {one.bid_count} undecided" for one in first]
    return Panel("Decisions", reverse("bidding:decisions"), lines, f"{len(waiting)} to confirm")
