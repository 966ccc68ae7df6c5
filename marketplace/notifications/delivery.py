"""Sending the mails: claim, send, mark. Each step of the claim is a conditional update, so that two never send one.

A worker that dies between sending and marking leaves a claim; when it has grown old the mail is sent once more with
the same Message-ID. Nothing is lost, and what comes twice can be recognised.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.core.mail import get_connection
from django.db.models import F, Q

from marketplace import clock
from marketplace.jobs.kinds import registry
from marketplace.notifications.enums import MAIL_TRANSITIONS, MailState
from marketplace.notifications.letters import letter_of
from marketplace.notifications.models import Notification

log = structlog.get_logger(__name__)

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480))
"""How long to wait after each failed try; a mail that failed once more than this is given up."""

CLAIM_LASTS = timedelta(minutes=10)
"""After this a mail that is being sent counts as left behind. Longer than any try: EMAIL_TIMEOUT ends that."""

MOST = 500
"""Mails that one run sends; the next run goes on."""


def deliver_due(now: datetime, most: int = MOST) -> int:
    """Send the mails that are due; returns how many went out.

    While the mail server can't be reached no mail is claimed and no try is counted.
    """
    due = list(
        Notification.objects.filter(_is_due(now)).order_by("created_at", "pk").values_list("pk", flat=True)[:most]
    )
    if not due:
        return 0
    server = get_connection()
    sent = 0
    try:
        for pk in due:
            if not _can_reach(server):
                break
            sent += _deliver(pk, server)
    finally:
        with suppress(Exception):
            server.close()
    return sent


def _can_reach(server: Any) -> bool:
    try:
        server.open()
    except Exception as error:
        log.warning("mail_server_unreachable", error=repr(error))
        return False
    return True


def _is_due(now: datetime) -> Q:
    waiting = Q(mail_state=MailState.WAITING) & (Q(next_try_at=None) | Q(next_try_at__lte=now))
    return waiting | Q(mail_state=MailState.SENDING, claimed_at__lt=now - CLAIM_LASTS)


def _deliver(pk: UUID, server: Any) -> bool:
    now = clock.now()
    due = Notification.objects.filter(_is_due(now), pk=pk)
    if not due.update(mail_state=MailState.SENDING, attempts=F("attempts") + 1, claimed_at=now):
        return False  # another worker has it
    mine = Notification.objects.select_related("user").get(pk=pk)
    if mine.worth_until is not None and mine.worth_until <= now:
        return _end(mine, MailState.LAPSED)
    if not _still_concerns(mine):
        return _end(mine, MailState.UNWANTED)
    if mine.attempts > len(BACK_OFF) + 1:
        return _end(mine, MailState.GIVEN_UP)
    try:
        server.send_messages([letter_of(mine, mine.user.email, now)])
    except Exception as error:
        with suppress(Exception):
            server.close()  # the next one starts a conversation of its own
        return _failed(mine, error, now)
    _end(mine, MailState.SENT, sent_at=now, sent_to=mine.user.email, error="")
    return True


def _still_concerns(mine: Notification) -> bool:
    """Whether the person may still act, and for the organisation that it concerns."""
    if not mine.user.is_active:
        return False
    if mine.organisation_id is None or registry.load_member is None:
        return True
    member = registry.load_member(mine.user_id)
    return member is not None and member.organisation_id == mine.organisation_id


def _failed(mine: Notification, error: Exception, now: datetime) -> bool:
    told = f"{type(error).__name__}: {error}"[:500]
    log.warning("mail_failed", notification=str(mine.pk), attempt=mine.attempts, error=type(error).__name__)
    if mine.attempts > len(BACK_OFF):
        return _end(mine, MailState.GIVEN_UP, error=told)
    return _end(mine, MailState.WAITING, error=told, next_try_at=now + BACK_OFF[mine.attempts - 1])


def _end(mine: Notification, to: MailState, **fields: Any) -> bool:
    """Leave the claim for ``to``, unless another worker has taken it over; returns False, for what is not sent."""
    if to not in MAIL_TRANSITIONS[MailState.SENDING]:
        raise ValueError(f"A mail that is being sent never becomes {to}.")
    held = Notification.objects.filter(pk=mine.pk, mail_state=MailState.SENDING, attempts=mine.attempts)
    held.update(mail_state=to, **fields)
    return False
