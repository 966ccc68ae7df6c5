"""Whose notifications are whose. Sealing holds here too: what is sealed only its person sees, until the seal
opens."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace.audit.queries import without_sealed
from marketplace.deliveries.enums import DeliveryState
from marketplace.members import Member
from marketplace.notifications.models import Notification, Preference
from marketplace.prepared import asked

MOST_COUNTED = 100
"""The number in the top bar stops here, and so does the work of counting."""


def notifications_of(user: Any, *, seen_by_another: bool = False) -> QuerySet[Notification]:
    """The person's list, newest first; without what is sealed when somebody else looks through their eyes."""
    if not user.is_authenticated:
        return Notification.objects.none()
    own = Notification.objects.filter(user=user, in_list=True).order_by("-created_at", "id")
    return without_sealed(own) if seen_by_another else own


def unread_count(request: HttpRequest) -> int:
    """How many are new of the list that is seen, up to :data:`MOST_COUNTED`."""

    def counted() -> int:
        return list_seen_in(request).filter(read_at=None).order_by()[:MOST_COUNTED].count()

    if not request.user.is_authenticated or getattr(request, "viewing_as", False):
        return counted()
    [[number]] = asked("notifications.unread", Notification, counted, whose=None, person=request.user.pk)
    return int(number)


def person_seen_in(request: HttpRequest) -> Any:
    """The user who makes the request, or the one through whose eyes an admin looks."""
    member: Member | None = getattr(request, "member", None)
    return member.user if member is not None and getattr(request, "viewing_as", False) else request.user


def list_seen_in(request: HttpRequest) -> QuerySet[Notification]:
    """The list of the user who makes the request, or of the member through whose eyes an admin looks."""
    return notifications_of(person_seen_in(request), seen_by_another=getattr(request, "viewing_as", False))


def preferences_of(user: Any) -> dict[str, Preference]:
    """What the person chose, by kind."""
    return {preference.kind: preference for preference in Preference.objects.filter(user=user)}


def notifications_for_admins() -> QuerySet[Notification]:
    """Everybody's, newest first, without what is under a seal that is still closed."""
    visible = without_sealed(Notification.objects.all())
    return visible.select_related("user").order_by("-created_at", "id")


def narrowed(notifications: QuerySet[Notification], shown: str) -> QuerySet[Notification]:
    """Only the new ones, if ``shown`` says "new"."""
    return notifications.filter(read_at=None) if shown == "new" else notifications


def old_notifications(before: datetime) -> QuerySet[Notification]:
    """What was told before this moment, and no mail of it is on its way."""
    on_its_way = [DeliveryState.WAITING, DeliveryState.SENDING]
    return Notification.objects.filter(created_at__lt=before).exclude(mail_state__in=on_its_way)
