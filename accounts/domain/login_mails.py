"""Mails about logins: kept as rows until a worker has sent them, so that no page waits for a mail server.

How long a page takes must not tell whether an address has a login either: it writes one row, whatever the
mail says.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from accounts.enums import LoginMailState
from accounts.models import LoginMail
from marketplace.deliveries.enums import DeliveryState
from marketplace.deliveries.mail_server import MailServer
from marketplace.deliveries.schedule import Schedule, minutes
from marketplace.deliveries.waking import wake_on_commit
from marketplace.notifications import Kind
from marketplace.notifications.mails import compose_mail

INVITATION = Kind("invitation", "Invitations", switchable=False, explanation="Only by email.")
SECURITY = Kind(
    "security", "How you sign in: passwords, second factors", switchable=False, explanation="Only by email."
)
KINDS = (INVITATION, SECURITY)
GIVEN_UP_KEPT = timedelta(days=30)
"""How long support finds that a mail was given up."""


def send_login_mail(
    *, to: str, title: str, lines: Sequence[str], link: str, link_title: str, now: datetime
) -> None:
    """Write the mail in the caller's transaction, and wake a worker once that commits. ``link`` is a full
    address."""
    LoginMail.objects.create(
        to=to,
        title=title,
        lines=list(lines),
        link=link,
        link_title=link_title,
        created_at=now,
        next_try_at=now,
    )
    wake_on_commit()


class LoginMails:
    """The channel of mails about logins; see :class:`marketplace.deliveries.channels.Channel`.

    Their links are short-lived: a server that can't be reached counts as a failed try, and after the last
    one, 81 minutes after the first, the mail is given up. A link that may open a login is erased as soon as
    it is not needed.
    """

    name = "login mails"
    state_field = "state"
    address_field = "to"
    since_field = "created_at"
    at_once = 1
    schedule = Schedule(minutes(1, 5, 15, 60))

    def __init__(self) -> None:
        self._server = MailServer()

    def rows(self) -> QuerySet[LoginMail]:
        """Oldest first."""
        return LoginMail.objects.order_by("created_at", "pk")

    def uncounted(self) -> None:
        """None: nothing here tells of bids."""

    def behind_others(self) -> None:
        """None: no mail waits for another one."""

    def is_reachable(self) -> bool:
        """True: these mails don't wait for the server, their tries are counted."""
        return True

    def why_not(self, row: LoginMail, now: datetime) -> DeliveryState | None:
        """None: each is wanted until it is given up."""
        return None

    def send(self, row: LoginMail, now: datetime) -> None:
        """Hand the mail to the server."""
        message = compose_mail(
            to=row.to, title=row.title, lines=row.lines, link=row.link, link_title=row.link_title
        )
        self._server.send(message)

    def tried(self, rows: Sequence[LoginMail]) -> None:
        """Nothing is kept of a try."""

    def known_once_sent(self, row: LoginMail, now: datetime) -> Mapping[str, Any]:
        """Nothing: the mail is forgotten."""
        return {}

    def sent(self, row: LoginMail, now: datetime) -> None:
        """Forget the mail."""
        LoginMail.objects.filter(pk=row.pk).delete()

    def given_up(self, row: LoginMail, now: datetime) -> None:
        """Erase what it said; that it was given up, and why, stays for support to see."""
        LoginMail.objects.filter(pk=row.pk).update(lines=[], link="")

    def close(self) -> None:
        """End the conversation with the server."""
        self._server.close()


def forget_given_up(now: datetime) -> None:
    """Forget the mails that were given up longer ago than :data:`GIVEN_UP_KEPT`."""
    LoginMail.objects.filter(state=LoginMailState.GIVEN_UP, created_at__lt=now - GIVEN_UP_KEPT).delete()
