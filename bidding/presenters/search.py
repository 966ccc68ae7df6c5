"""What the search finds among bids: a company's own ballots, as far as the member may know of them."""

from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member
from bidding.domain.queries import own_ballots
from bidding.enums import BallotState
from marketplace.web.search import MOST_OF_A_KIND, Found, Hit, found_of


def bids(member: Member, text: str, now: datetime) -> Found | None:
    """Own ballots that are not withdrawn, by label or by their competition's ref or name."""
    if not member.is_fsp or not member.holds(Role.BIDS):
        return None
    named = (
        Q(label__icontains=text) | Q(competition__ref__icontains=text) | Q(competition__name__icontains=text)
    )
    own = own_ballots(member).filter(named, state=BallotState.SUBMITTED)
    found = own.order_by("-changed_at", "pk")[: MOST_OF_A_KIND + 1]
    return found_of(
        "Your bids",
        [
            Hit(
                f"{one.competition.ref}, ballot {one.label}",
                one.competition.name,
                reverse("bidding:competition", args=[one.competition_id]),
            )
            for one in found
        ],
        reverse("bidding:list"),
    )
