"""Mails as a support person sees them: what went out, what was given up; nothing under a closed seal."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace import clock
from marketplace.errors import Refused
from marketplace.notifications.actions import send_again
from marketplace.notifications.models import Notification
from marketplace.notifications.queries import notifications_for_admins


@dataclass(frozen=True)
class SupportPerson:
    """A platform admin as the actor of an audited action."""

    user_id: int
    email: str
    organisation_id: None = None


@admin.register(Notification)
class NotificationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("created_at", "user", "kind_title", "title", "mail_state", "attempts", "sent_at", "error")
    list_filter = ("mail_state", "kind", "created_at")
    search_fields = ("user__email", "title", "sent_to")
    date_hierarchy = "created_at"
    actions = ("have_sent_again",)
    list_select_related = ("user",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        return notifications_for_admins()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Send the mail again", permissions=["view"])
    def have_sent_again(self, request: HttpRequest, queryset: QuerySet[Notification]) -> None:
        """Queue the mails anew; those that were never to be sent are named."""
        by = SupportPerson(request.user.pk or 0, getattr(request.user, "email", ""))
        for notification in queryset:
            try:
                send_again(by=by, notification=notification, now=clock.now())
            except Refused as refusal:
                self.message_user(request, f"{notification}: {refusal}", messages.ERROR)
            else:
                self.message_user(request, f"“{notification}” is sent again to {notification.user}.")
