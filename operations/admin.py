"""Dispatches and substitutions as a support person sees them: states and times, no amounts delivered."""

from django.contrib import admin

from marketplace.web.support import LookOnly, to_row
from operations.models import Dispatch, Substitution


@admin.register(Dispatch)
class DispatchAdmin(LookOnly):
    list_display = ("ref", "its_operator", "its_provider", "kind", "state", "start", "end", "issued_at")
    list_filter = ("state", "kind")
    list_select_related = ("operator", "contract__seller")
    search_fields = ("ref", "operator__name", "operator__code", "contract__seller__name")
    fields = (
        "ref",
        "operator",
        "contract",
        "kind",
        "state",
        "start",
        "end",
        "issued_at",
        "reminded_at",
        "alerted_at",
    )

    @admin.display(description="operator", ordering="operator__name")
    def its_operator(self, dispatch: Dispatch) -> str:
        """The operator, linked to its page."""
        return to_row(dispatch.operator)

    @admin.display(description="provider", ordering="contract__seller__name")
    def its_provider(self, dispatch: Dispatch) -> str:
        """The provider, linked to its page."""
        return to_row(dispatch.contract.seller)


@admin.register(Substitution)
class SubstitutionAdmin(LookOnly):
    list_display = ("contract", "from_day", "state", "proposed_at", "answered_at")
    list_filter = ("state",)
    list_select_related = ("contract__competition", "contract__seller")
    search_fields = ("contract__competition__ref", "contract__seller__name", "contract__buyer__name")
    fields = ("contract", "from_day", "state", "proposed_at", "answer", "answered_at")
