"""What bidding puts on the start page and on a competition's page. Nothing here counts bids before their gate closes."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.enums import Role
from bidding.domain.queries import competitions_to_bid_in, competitions_to_decide
from competitions.enums import Phase
from competitions.links import CompetitionLink, register_link
from competitions.models import Competition
from marketplace.web.dashboard import Panel, register_panel


def bids_panel(member: Any, now: datetime) -> Panel | None:
    """For a provider: where bidding is open to it."""
    if member is None or not member.is_fsp or not member.holds(Role.BIDS):
        return None
    open_now = list(competitions_to_bid_in(member, now))
    return Panel("Bids", reverse("bidding:list"), [one.ref for one in open_now[:4]], f"{len(open_now)} open to you")


def decisions_panel(member: Any, now: datetime) -> Panel | None:
    """For an operator: competitions whose bids wait for a decision."""
    if member is None or not member.is_so or not member.holds(Role.BIDS):
        return None
    waiting = list(competitions_to_decide(member, now).filter(confirmed_at=None))
    lines = [f"{one.ref}: {one.undecided_count} of {one.bid_count} undecided" for one in waiting[:4]]
    return Panel("Decisions", reverse("bidding:decisions"), lines, f"{len(waiting)} to confirm")


def competition_link(member: Any, competition: Competition, now: datetime) -> CompetitionLink | None:
    """On a competition's page: where to bid, or where to decide."""
    if member is None or not member.holds(Role.BIDS):
        return None
    if member.is_fsp and competitions_to_bid_in(member, now).filter(pk=competition.pk).exists():
        url = reverse("bidding:competition", args=[competition.pk])
        return CompetitionLink("You have entered, and bidding is open.", "Bid", url)
    is_own = member.is_so and member.organisation_id == competition.operator_id
    if is_own and competition.phase(now) in (Phase.DECISION, Phase.CONFIRMED):
        url = reverse("bidding:desk", args=[competition.pk])
        return CompetitionLink("Bidding is closed.", "Bids and decisions", url)
    return None


def register() -> None:
    """Have these shown; called once at start."""
    register_panel(bids_panel)
    register_panel(decisions_panel)
    register_link(competition_link)
