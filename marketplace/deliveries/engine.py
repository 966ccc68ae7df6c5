"""Sending what is due: claim, send, note. Each claim is a conditional update that only one worker can make.

At least once: a worker that dies between sending and noting leaves a claim. When that has grown old the row
is sent once more, and nothing is lost. Only that one gap can send a row twice.
"""

from contextlib import closing
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from marketplace import clock, states
from marketplace.deliveries.channels import MAILS, Channel, Row, channels
from marketplace.deliveries.enums import DeliveryState

log = structlog.get_logger(__name__)

BATCH = 50
"""Rows of one channel after which the others have their turn."""

MOST_BATCHES = 10
"""Batches of each channel in one run; the next run goes on."""


def deliver_due(lane: str = MAILS) -> int:
    """Send what is due in every channel of a lane, a batch of each in turn; returns how many went out."""
    total = 0
    for _ in range(MOST_BATCHES):
        sent = sum(deliver_batch(make()) for make in channels(lane))
        total += sent
        if not sent:
            break
    return total


def deliver_batch(channel: Channel[Row], most: int = BATCH) -> int:
    """Send the first rows of one channel that are due, then close it; returns how many went out."""
    with closing(channel):
        due = list(channel.rows().filter(_is_due(channel, clock.now())).values_list("pk", flat=True)[:most])
        sent = 0
        for pk in due:
            if not channel.is_reachable():
                break
            now = clock.now()
            row = claim(channel, pk, now)
            sent += row is not None and _deliver(channel, row, now)
        return sent


def claim(channel: Channel[Row], pk: Any, now: datetime) -> Row | None:
    """Take the row for this worker and count the try; None when another worker has it, or it is no longer
    due."""
    taken = {channel.state_field: DeliveryState.SENDING, "attempts": F("attempts") + 1, "claimed_at": now}
    if not channel.rows().filter(_is_due(channel, now), pk=pk).order_by().update(**taken):
        return None
    return channel.rows().get(pk=pk)


def _is_due(channel: Channel[Row], now: datetime) -> Q:
    waiting = Q(**{channel.state_field: DeliveryState.WAITING}) & (
        Q(next_try_at=None) | Q(next_try_at__lte=now)
    )
    left_behind = {
        channel.state_field: DeliveryState.SENDING,
        "claimed_at__lt": now - channel.schedule.claim_lasts,
    }
    return waiting | Q(**left_behind)


def _deliver(channel: Channel[Row], row: Row, now: datetime) -> bool:
    """Send a claimed row and note what became of it; returns whether it went out."""
    unsent = channel.why_not(row, now)
    if unsent is not None:
        leave(channel, row, unsent)
        return False
    if channel.schedule.is_spent(row.attempts):
        _give_up(channel, row, now)
        return False
    try:
        channel.send(row, now)
    except Exception as error:
        _failed(channel, row, error, now)
        return False
    with transaction.atomic():
        if leave(channel, row, DeliveryState.SENT, error=""):
            channel.sent(row, now)
    return True


def _failed(channel: Channel[Row], row: Row, error: Exception, now: datetime) -> None:
    said = f"{type(error).__name__}: {error}"[:500]
    names = {"channel": channel.name, "delivery": str(row.pk), "attempt": row.attempts}
    log.warning("delivery_failed", **names, error=type(error).__name__)
    again = channel.schedule.next_try(row.attempts, now)
    if again is None:
        _give_up(channel, row, now, error=said)
    else:
        leave(channel, row, DeliveryState.WAITING, error=said, next_try_at=again)


def _give_up(channel: Channel[Row], row: Row, now: datetime, **fields: Any) -> None:
    with transaction.atomic():
        if leave(channel, row, DeliveryState.GIVEN_UP, **fields):
            channel.given_up(row, now)
            log.error("delivery_given_up", channel=channel.name, delivery=str(row.pk), attempts=row.attempts)


def leave(channel: Channel[Row], row: Row, to: DeliveryState, **fields: Any) -> bool:
    """End the claim with the state ``to``; returns False, and does nothing, when another worker has taken it
    over.

    Raises ``ValueError`` for a state that the channel's table doesn't allow.
    """
    if not states.machine_of(row, channel.state_field).allows(DeliveryState.SENDING, to):
        raise ValueError(f"A delivery of {channel.name} that is being sent never becomes {to}.")
    return bool(_held(channel, row).update(**{channel.state_field: to}, **fields))


def _held(channel: Channel[Row], row: Row) -> QuerySet[Row]:
    """The row as this worker claimed it: a later claim has counted another try."""
    held = {channel.state_field: DeliveryState.SENDING, "attempts": row.attempts}
    return channel.rows().filter(pk=row.pk, **held).order_by()
