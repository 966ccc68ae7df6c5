"""Statements and documents as a support person sees them: states and times, no amounts."""

from django.contrib import admin

from marketplace.web.support import LookOnly, to_row
from settlement.models import Document, SelfBillingAgreement, StatementVersion


@admin.register(StatementVersion)
class StatementVersionAdmin(LookOnly):
    list_display = (
        "statement",
        "number",
        "its_operator",
        "its_provider",
        "kind",
        "state",
        "issued_at",
        "finalised_at",
    )
    list_filter = ("state", "kind")
    list_select_related = (
        "statement__contract__buyer",
        "statement__contract__seller",
        "statement__contract__competition",
    )
    search_fields = (
        "statement__contract__buyer__name",
        "statement__contract__seller__name",
        "statement__contract__competition__ref",
    )
    fields = (
        "statement",
        "number",
        "kind",
        "state",
        "data_instant",
        "issued_at",
        "dispute_until",
        "finalised_at",
    )

    @admin.display(description="operator", ordering="statement__contract__buyer__name")
    def its_operator(self, version: StatementVersion) -> str:
        """The operator, linked to its page."""
        return to_row(version.statement.contract.buyer)

    @admin.display(description="provider", ordering="statement__contract__seller__name")
    def its_provider(self, version: StatementVersion) -> str:
        """The provider, linked to its page."""
        return to_row(version.statement.contract.seller)


@admin.register(Document)
class DocumentAdmin(LookOnly):
    """Which documents were made for whom, without amounts."""

    list_display = ("number", "type", "its_buyer", "its_seller", "month", "issued_on", "its_payment")
    list_filter = ("type",)
    list_select_related = ("buyer", "seller", "payment")
    search_fields = ("number", "buyer__name", "buyer__code", "seller__name", "seller__code")
    fields = ("number", "type", "buyer", "seller", "month", "issued_on", "made_at")

    @admin.display(description="buyer", ordering="buyer__name")
    def its_buyer(self, document: Document) -> str:
        """The buyer, linked to its page."""
        return to_row(document.buyer)

    @admin.display(description="seller", ordering="seller__name")
    def its_seller(self, document: Document) -> str:
        """The seller, linked to its page."""
        return to_row(document.seller)

    @admin.display(description="paid", boolean=True)
    def its_payment(self, document: Document) -> bool:
        """Whether it is marked as paid."""
        return hasattr(document, "payment")


@admin.register(SelfBillingAgreement)
class SelfBillingAgreementAdmin(LookOnly):
    list_display = (
        "its_buyer",
        "its_seller",
        "from_day",
        "to_day",
        "proposed_at",
        "accepted_at",
        "closed_at",
    )
    list_select_related = ("buyer", "seller")
    search_fields = ("buyer__name", "buyer__code", "seller__name", "seller__code")

    @admin.display(description="buyer", ordering="buyer__name")
    def its_buyer(self, agreement: SelfBillingAgreement) -> str:
        """The buyer, linked to its page."""
        return to_row(agreement.buyer)

    @admin.display(description="seller", ordering="seller__name")
    def its_seller(self, agreement: SelfBillingAgreement) -> str:
        """The seller, linked to its page."""
        return to_row(agreement.seller)
