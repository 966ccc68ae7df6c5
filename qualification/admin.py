"""What admins keep: the types of assets. Assets and verdicts are their owners' and the rules' business."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from qualification.models import AssetType


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
