"""What the support pages (the Django admin) of all apps share: looking without touching, links."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class SupportPerson:
    """A platform admin as the actor of an audited action."""

    user_id: int
    email: str
    organisation_id: None = None


def support_person(request: HttpRequest) -> SupportPerson:
    """Who uses the admin pages."""
    return SupportPerson(request.user.pk or 0, getattr(request.user, "email", ""))


class LookOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows to find and read: their owners, or the rules, change them. Nothing is added, changed or deleted
    here."""

    list_per_page = 50
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Every column, so that no form is made."""
        left_out = set(self.exclude or ())
        return list(self.readonly_fields) or [
            each.name for each in self.opts.fields if each.name not in left_out
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def to_page(model: str, key: Any, text: str) -> SafeString:
    """A link to the admin page of one row: ``model`` as “app_model”."""
    return format_html('<a href="{}">{}</a>', reverse(f"admin:{model}_change", args=[key]), text)


def to_row(row: Model | None) -> SafeString | str:
    """A link to the admin page of a row; a dash for none."""
    if row is None:
        return "–"
    return to_page(f"{row._meta.app_label}_{row._meta.model_name}", row.pk, str(row))


def to_list(model: str, text: str, **narrowed: Any) -> SafeString:
    """A link to the admin list of ``model`` (“app_model”), narrowed by these lookups."""
    query = "&".join(f"{name}={value}" for name, value in narrowed.items())
    return format_html('<a href="{}?{}">{}</a>', reverse(f"admin:{model}_changelist"), query, text)
