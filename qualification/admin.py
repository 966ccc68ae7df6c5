"""What admins keep: the types of assets. Assets, entries and applications are looked at: their owners change them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from marketplace.web.support import LookOnly, to_row
from qualification.models import Asset, AssetType, DpsApplication, Entry


@admin.register(AssetType)
class AssetTypeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Types can be added and renamed; their category stays, since verdicts stand on it."""

    list_display = ("name", "category")
    list_filter = ("category",)
    search_fields = ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: AssetType | None = None) -> tuple[str, ...]:
        return ("category",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OfProvider(LookOnly):
    """Rows of a provider, which is linked."""

    list_select_related = ("provider",)

    @admin.display(description="provider", ordering="provider__name")
    def its_provider(self, row: Any) -> str:
        """The company, linked to its page."""
        return to_row(row.provider)


@admin.register(Asset)
class AssetAdmin(OfProvider):
    list_display = ("ref", "name", "its_provider", "status", "asset_type", "postcode")
    list_filter = ("status", "asset_type__category")
    list_select_related = ("provider", "asset_type")
    search_fields = (
        "ref",
        "name",
        "postcode",
        "import_meter_id",
        "export_meter_id",
        "provider__name",
        "provider__code",
    )


@admin.register(Entry)
class EntryAdmin(OfProvider):
    list_display = ("competition", "its_provider", "state", "changed_at")
    list_filter = ("state",)
    list_select_related = ("provider", "competition")
    search_fields = ("competition__ref", "provider__name", "provider__code")


@admin.register(DpsApplication)
class DpsApplicationAdmin(OfProvider):
    """What became of them, when and by whom. The answers are between the two companies."""

    exclude = ("answers",)
    list_display = ("purchasing_system", "its_provider", "state", "submitted_at", "decided_at", "expires_on")
    list_filter = ("state",)
    list_select_related = ("provider", "purchasing_system")
    search_fields = ("purchasing_system__reference", "provider__name", "provider__code")
