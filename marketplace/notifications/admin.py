"""Mails as a support person sees them: what went out, what was given up; nothing under a closed seal."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace import clock
from marketplace.errors import Refused
from marketplace.notifications.actions import send_again
from marketplace.notifications.models import Notification
from marketplace.notifications.queries import notifications_for_admins
from marketplace.web.support import LookOnly, support_person


@admin.register(Notification)
class NotificationAdmin(LookOnly):
    list_display = ("created_at", "user", "kind_title", "title", "mail_state", "attempts", "sent_at", "error")
    list_filter = ("mail_state", "kind", "created_at")
    search_fields = ("user__email", "title", "sent_to")
    date_hierarchy = "created_at"
    actions = ("have_sent_again",)
    list_select_related = ("user",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        return notifications_for_admins()

    @admin.action(description="Send the mail again", permissions=["view"])
    def have_sent_again(self, request: HttpRequest, queryset: QuerySet[Notification]) -> None:
        """Queue the mails again; those that were never to be sent are named."""
        by = support_person(request)
        for notification in queryset:
            try:
                send_again(by=by, notification=notification, now=clock.now())
            except Refused as refusal:
                self.message_user(request, f"{notification}: {refusal}", messages.ERROR)
            else:
                self.message_user(request, f"“{notification}” is sent again to {notification.user}.")
