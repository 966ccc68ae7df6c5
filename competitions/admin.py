"""What a support person sets up or looks at: the DPSs that competitions may name, and the competitions themselves."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import record_change
from accounts.enums import OrganisationKind
from accounts.models import Organisation
from competitions.models import (
    Area,
    Competition,
    Postcode,
    PostcodeLoad,
    PurchasingSystem,
    TermsVersion,
)
from marketplace.web.support import LookOnly, to_row


@admin.register(PurchasingSystem)
class PurchasingSystemAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("reference", "name", "operator", "is_open")
    list_filter = ("is_open",)
    list_select_related = ("operator",)
    search_fields = ("reference", "name", "operator__name", "operator__code")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = Organisation.objects.filter(kind=OrganisationKind.SYSTEM_OPERATOR)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(
        self, request: HttpRequest, obj: PurchasingSystem | None = None
    ) -> tuple[str, ...]:
        return () if obj is None else ("operator", "reference")

    def has_delete_permission(self, request: HttpRequest, obj: PurchasingSystem | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: PurchasingSystem, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record_change(request, obj, obj.operator_id, form)


@admin.register(Area)
class AreaAdmin(LookOnly):
    """Areas to look at; their operator uploads, renames and archives them."""

    list_display = ("reference", "display_name", "operator", "area_km2", "updated_at", "archived_at")
    list_filter = ("operator",)
    list_select_related = ("operator",)
    search_fields = ("reference", "display_name", "operator__name", "operator__code")
    exclude = ("shape_wkb",)


@admin.register(Postcode)
class PostcodeAdmin(LookOnly):
    """Where postcodes lie; ``manage.py load_postcodes`` loads them."""

    list_display = ("code", "sector", "latitude", "longitude")
    search_fields = ("code__istartswith",)


@admin.register(PostcodeLoad)
class PostcodeLoadAdmin(LookOnly):
    list_display = ("file_name", "loaded_at", "added", "moved", "unchanged", "left_out")


@admin.register(Competition)
class CompetitionAdmin(LookOnly):
    """Competitions to look at; their operators change them. Nothing here tells of bids."""

    list_display = (
        "ref",
        "name",
        "its_operator",
        "qualification_open",
        "bidding_close",
        "confirmed_at",
        "cancelled_at",
    )
    list_filter = ("operator",)
    list_select_related = ("operator",)
    search_fields = ("ref", "name", "round_name", "operator__code", "operator__name")

    @admin.display(description="operator", ordering="operator__name")
    def its_operator(self, competition: Competition) -> str:
        """The operator, linked to its page."""
        return to_row(competition.operator)


@admin.register(TermsVersion)
class TermsVersionAdmin(LookOnly):
    """Settlement terms to look at; their operator makes versions, and none ever changes."""

    list_display = ("record", "number", "name", "operator", "made_at")
    list_select_related = ("record__operator",)
    search_fields = ("record__ref", "name", "record__operator__name", "record__operator__code")

    @admin.display(description="Operator")
    def operator(self, obj: TermsVersion) -> str:
        """Whose terms they are."""
        return str(obj.record.operator)
