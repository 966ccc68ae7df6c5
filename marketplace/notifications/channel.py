"""How the mails of notifications are sent: one conversation with the server for many, the same Message-ID at
each try."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Case, Q, QuerySet, When

from marketplace.deliveries.enums import DeliveryState
from marketplace.deliveries.mail_server import MailServer
from marketplace.deliveries.schedule import Schedule, minutes
from marketplace.jobs.kinds import registry
from marketplace.notifications.kinds import codes_that_tell_of_bids, urgent_codes
from marketplace.notifications.mails import mail_of
from marketplace.notifications.models import Notification


class NotificationMails:
    """The channel of notifications; see :class:`marketplace.deliveries.channels.Channel`."""

    name = "notifications"
    state_field = "mail_state"
    address_field = "user_id"
    since_field = "created_at"
    at_once = 1
    schedule = Schedule(minutes(1, 5, 30, 120, 480))

    def __init__(self) -> None:
        self._server = MailServer()

    def rows(self) -> QuerySet[Notification]:
        """What is urgent first, then the oldest."""
        is_later = Case(When(kind__in=urgent_codes(), then=0), default=1)
        return Notification.objects.select_related("user").order_by(is_later, "created_at", "pk")

    def uncounted(self) -> Q:
        """What is sealed, and what tells that somebody has not bid."""
        return Q(sealed_under__isnull=False) | Q(kind__in=codes_that_tell_of_bids())

    def behind_others(self) -> None:
        """None: no mail waits for another one."""

    def is_reachable(self) -> bool:
        """Whether the mail server answers; while it doesn't, mails wait as long as it takes."""
        return self._server.is_reachable()

    def why_not(self, row: Notification, now: datetime) -> DeliveryState | None:
        """Lapsed when it comes too late to help, unwanted when it no longer concerns the person."""
        if row.worth_until is not None and row.worth_until <= now:
            return DeliveryState.LAPSED
        return None if _still_concerns(row) else DeliveryState.UNWANTED

    def send(self, row: Notification, now: datetime) -> None:
        """Hand the mail to the server."""
        self._server.send(mail_of(row, row.user.email, now))

    def tried(self, rows: Sequence[Notification]) -> None:
        """Nothing is kept of a try."""

    def known_once_sent(self, row: Notification, now: datetime) -> Mapping[str, Any]:
        """When, and to which address: a person may change theirs."""
        return {"sent_at": now, "sent_to": row.user.email}

    def sent(self, row: Notification, now: datetime) -> None:
        """Nothing more."""

    def given_up(self, row: Notification, now: datetime) -> None:
        """The person still has it in their list; admins see the mail as given up and may have it sent
        again."""

    def close(self) -> None:
        """End the conversation with the server."""
        self._server.close()


def _still_concerns(row: Notification) -> bool:
    """Whether the person may still act, and for the organisation that it concerns."""
    if not row.user.is_active:
        return False
    if row.organisation_id is None or registry.load_member is None:
        return True
    member = registry.load_member(row.user_id)
    return member is not None and member.organisation_id == row.organisation_id
