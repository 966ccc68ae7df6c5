"""Bids as a support person sees them: only those whose gate is closed, as if there were no others."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from bidding.domain.queries import bids_for_admins
from bidding.models import Bid
from marketplace.web.support import LookOnly, to_row


@admin.register(Bid)
class BidAdmin(LookOnly):
    list_display = ("competition", "provider", "window", "capacity_mw", "decision", "submitted_at")
    list_filter = ("decision",)
    search_fields = ("ballot__competition__ref", "ballot__provider__name", "ballot__provider__code")
    exclude = ("nonce",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bid]:
        return bids_for_admins()

    @admin.display(description="competition", ordering="ballot__competition__ref")
    def competition(self, bid: Bid) -> str:
        """The competition, linked to its page."""
        return to_row(bid.ballot.competition)

    @admin.display(description="provider", ordering="ballot__provider__name")
    def provider(self, bid: Bid) -> str:
        """The bidder, linked to its page."""
        return to_row(bid.ballot.provider)
