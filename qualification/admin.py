"""What admins keep: the types of assets; and applications to DPSs, to look at.

Assets and verdicts are their owners' and the rules' business.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from qualification.models import AssetType, DpsApplication


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


@admin.register(DpsApplication)
class DpsApplicationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Applications to look at: what became of them, when and by whom. The answers are between the two companies."""

    list_display = ("purchasing_system", "provider", "state", "submitted_at", "decided_at", "expires_on")
    list_filter = ("state", "purchasing_system__operator")
    list_select_related = ("purchasing_system", "provider")
    search_fields = ("provider__name", "provider__code", "purchasing_system__reference")
    exclude = ("answers",)
    date_hierarchy = "submitted_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
