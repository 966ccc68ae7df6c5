"""Contracts as a support person sees them."""

from django.contrib import admin

from contracts.models import Contract
from marketplace.web.support import LookOnly, to_row


@admin.register(Contract)
class ContractAdmin(LookOnly):
    list_display = (
        "competition",
        "window_name",
        "its_buyer",
        "its_seller",
        "status",
        "capacity_mw",
        "awarded_at",
    )
    list_filter = ("status",)
    list_select_related = ("competition", "buyer", "seller")
    search_fields = (
        "competition__ref",
        "buyer__name",
        "buyer__code",
        "seller__name",
        "seller__code",
        "window_name",
    )

    @admin.display(description="buyer", ordering="buyer__name")
    def its_buyer(self, contract: Contract) -> str:
        """The buyer, linked to its page."""
        return to_row(contract.buyer)

    @admin.display(description="seller", ordering="seller__name")
    def its_seller(self, contract: Contract) -> str:
        """The seller, linked to its page."""
        return to_row(contract.seller)
