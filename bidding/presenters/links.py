"""What a competition's page says of bidding, to those whom it concerns."""

from datetime import datetime

from django.urls import reverse

from accounts.models import Member
from bidding import rules
from bidding.domain.ballots.submitting import has_entered
from competitions.models import Competition
from competitions.presenters.links import CompetitionLink


def bidding_link(member: Member | None, competition: Competition, now: datetime) -> CompetitionLink | None:
    """To a provider that has entered, where it bids; to the operator, once bidding has closed, where it
    decides.

    What it says depends on no bid.
    """
    close = competition.bidding_close
    if member is None or close is None or competition.cancelled_at is not None:
        return None
    if rules.can_bid(member) and has_entered(competition, member.organisation):
        url = reverse("bidding:competition", args=[competition.pk])
        if rules.is_bidding_open(competition, now):
            return CompetitionLink("Bidding is open and you have entered.", "Bid", url)
        return (
            CompetitionLink("You have entered this competition.", "Your bids", url) if close <= now else None
        )
    if rules.can_decide(member, competition) and close <= now:
        url = reverse("bidding:desk", args=[competition.pk])
        return CompetitionLink("Bidding has closed.", "Decide on the bids", url)
    return None
