"""Statements as a support person sees them: states and times, no amounts."""

from django.contrib import admin

from marketplace.web.support import LookOnly, to_row
from settlement.models import StatementVersion


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
