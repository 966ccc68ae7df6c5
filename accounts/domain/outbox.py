"""Mails about logins: kept as rows until a worker has sent them, so that no page waits for a mail server.

How long a page takes must not tell whether an address has a login either: it writes one row, whatever the mail says.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.core.mail import get_connection
from django.db import transaction

from accounts.models import OutgoingMail
from marketplace.jobs import publishing
from marketplace.notifications.letters import letter

log = structlog.get_logger(__name__)

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""How long to wait after each failed try. Links in these mails are short-lived: after the last try it is given up."""

MOST = 200
"""Mails that one run sends; the next run goes on."""


def send_later(*, to: str, title: str, lines: Sequence[str], link: str, link_title: str, now: datetime) -> None:
    """Write the mail in the caller's transaction, and wake a worker once that commits. ``link`` is a full address."""
    OutgoingMail.objects.create(
        to=to, title=title, lines=list(lines), link=link, link_title=link_title, created_at=now, next_try_at=now
    )
    if not publishing.is_held_back():
        transaction.on_commit(lambda: publishing.hand_over("accounts.deliver_mail"))


def deliver_due(now: datetime, most: int = MOST) -> int:
    """Send what is due; returns how many went out. Two workers never take the same mail: each row is locked."""
    sent = 0
    for _ in range(most):
        outcome = _deliver_one(now)
        if outcome is None:
            break
        sent += outcome
    return sent


@transaction.atomic
def _deliver_one(now: datetime) -> bool | None:
    """Whether the next mail went out; None when there is none."""
    mail = OutgoingMail.objects.select_for_update(skip_locked=True).filter(next_try_at__lte=now).first()
    if mail is None:
        return None
    message = letter(to=mail.to, title=mail.title, lines=mail.lines, link=mail.link, link_title=mail.link_title)
    try:
        get_connection().send_messages([message])
    except Exception as error:
        log.warning("mail_failed", mail=str(mail.pk), attempts=mail.attempts + 1, error=repr(error))
        _try_again_later(mail, now)
        return False
    mail.delete()
    return True


def _try_again_later(mail: OutgoingMail, now: datetime) -> None:
    if mail.attempts >= len(BACK_OFF):
        log.error("mail_given_up", mail=str(mail.pk))
        mail.delete()
        return
    mail.next_try_at = now + BACK_OFF[mail.attempts]
    mail.attempts += 1
    mail.save(update_fields=["attempts", "next_try_at"])
