"""What admins keep: the types of assets. Assets, entries and applications are looked at: their owners change
them."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest

from accounts.domain.registration import PlatformAdmin
from accounts.enums import OrganisationKind
from accounts.models import User
from competitions.models import Competition
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.support import LookOnly, to_row
from qualification.domain.entries.reopening import reopen_entry
from qualification.models import Asset, AssetType, DpsApplication, Entry, Override, Reopening


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

    list_select_related: ClassVar[tuple[str, ...]] = ("provider",)

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


@admin.register(Override)
class OverrideAdmin(LookOnly):
    list_display = (
        "competition",
        "asset",
        "decision",
        "reason",
        "decided_at",
        "decided_by_email",
        "is_latest",
    )
    list_filter = ("decision", "is_latest")
    list_select_related = ("competition", "asset")
    search_fields = ("competition__ref", "asset__ref", "asset__provider__name")


class ReopeningForm(forms.ModelForm):  # type: ignore[type-arg]
    """Whose missed entry is reopened, where, and why; saved by the action that the operator's page calls."""

    by: PlatformAdmin

    class Meta:
        model = Reopening
        fields = ("competition", "provider", "reason")

    def _post_clean(self) -> None:
        """What the rules refuse is an error of the form; nothing else is checked or saved."""
        if self.errors:
            return
        try:
            self.instance = reopen_entry(by=self.by, now=clock.now(), **self.cleaned_data)
        except Refused as refusal:
            self.add_error(None, refusal.sentence)

    def save(self, commit: bool = True) -> Reopening:
        self.save_m2m = self._save_m2m  # type: ignore[method-assign,attr-defined]
        given: Reopening = self.instance
        return given


@admin.register(Reopening)
class ReopeningAdmin(OfProvider):
    """Missed entries that were reopened. Adding one reopens it: the provider is told at once."""

    form = ReopeningForm
    list_display = ("competition", "its_provider", "reason", "reopened_at", "reopened_by_email")
    list_select_related = ("provider", "competition")
    search_fields = ("competition__ref", "provider__name", "provider__code")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_staff)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return super().get_readonly_fields(request, obj) if obj is not None else []

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        made: Any = super().get_form(request, obj, change, **kwargs)
        made.by = PlatformAdmin(cast(User, request.user))
        return made

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Only competitions between qualification close and bidding, and providers, can be chosen."""
        made = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if made is not None and made.queryset is not None:
            made.queryset = _choices(db_field.name, made.queryset)
        return made

    def save_model(self, request: HttpRequest, obj: Reopening, form: Any, change: bool) -> None:
        """The form has saved it already, by the action."""


def _choices(name: str, rows: "QuerySet[Any]") -> "QuerySet[Any]":
    if name == "provider":
        return rows.filter(kind=OrganisationKind.FLEX_SERVICE_PROVIDER).order_by("name")
    now = clock.now()
    between: QuerySet[Competition] = rows.filter(
        qualification_close__lte=now, cancelled_at=None, confirmed_at=None
    )
    return between.exclude(bidding_open__lte=now).exclude(archive_on__lte=now).order_by("ref")
