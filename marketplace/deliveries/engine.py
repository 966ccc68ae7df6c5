"""Sending what is due: claim, send, note. Each claim is a conditional update that only one worker can make.

At least once: a worker that dies between sending and noting leaves a claim. When that has grown old the row
is sent once more, and nothing is lost. Only that one gap can send a row twice.
"""

import time
from collections.abc import Collection, Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q, QuerySet

from marketplace import clock, request_ids, states
from marketplace.deliveries.channels import MAILS, Channel, Row, channels
from marketplace.deliveries.enums import DeliveryState
from marketplace.deliveries.sending import Sending

log = structlog.get_logger(__name__)

NOTE_AGAIN_SECONDS = (0.5, 1, 2, 4, 8, 15)

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
    """Send the first rows of one channel that are due, then close it; returns how many went out.

    As many are on their way at the same time as the channel says, to one address one after the other.
    """
    with closing(channel), Sending(channel) as sending:
        due = _due(channel, clock.now()).values_list("pk", channel.address_field)
        left = list(due[:most])
        sent = 0
        while left or sending.rows:
            next_ones = sending.next_of(left)
            if not next_ones:
                ended = sending.wait()
                channel.tried([row for row, _, _ in ended])
                sent += sum(_noted(channel, *each) for each in ended)
            elif not channel.is_reachable():
                left.clear()
            else:
                left = [each for each in left if each not in next_ones]
                _start(channel, sending, dict(next_ones))
        return sent


def _start(channel: Channel[Row], sending: Sending[Row], addresses: Mapping[Any, Any]) -> None:
    """Send those of the rows with these ids that this worker can claim, each to its address."""
    now = clock.now()
    for row in claim(channel, list(addresses), now):
        if _is_to_be_sent(channel, row, now):
            sending.start(row, addresses[row.pk], now)


def claim(channel: Channel[Row], pks: Collection[Any], now: datetime) -> list[Row]:
    """Take those of the rows for this worker that are due and that no other one has, and count the try."""
    taken = {channel.state_field: DeliveryState.SENDING, "claimed_at": now}
    with transaction.atomic():
        due = _due(channel, now).select_for_update(of=("self",), skip_locked=True)
        rows = list(due.filter(pk__in=pks))
        claimed = channel.rows().filter(pk__in=[row.pk for row in rows]).order_by()
        claimed.update(attempts=F("attempts") + 1, **taken)
    for row in rows:
        row.attempts += 1
        for name, value in taken.items():
            setattr(row, name, value)
    return rows


def _due(channel: Channel[Row], now: datetime) -> QuerySet[Row]:
    """The rows whose turn it is, in the order in which they are sent."""
    rows, behind = channel.rows().filter(_is_due(channel, now)), channel.behind_others()
    return rows if behind is None else rows.exclude(behind)


def _is_due(channel: Channel[Row], now: datetime) -> Q:
    waiting = Q(**{channel.state_field: DeliveryState.WAITING}) & (
        Q(next_try_at=None) | Q(next_try_at__lte=now)
    )
    left_behind = {
        channel.state_field: DeliveryState.SENDING,
        "claimed_at__lt": now - channel.schedule.claim_lasts,
    }
    return waiting | Q(**left_behind)


def _is_to_be_sent(channel: Channel[Row], row: Row, now: datetime) -> bool:
    """Whether a claimed row is still to be sent; one that isn't is left in the state that says so."""
    unsent = channel.why_not(row, now)
    if unsent is not None:
        leave(channel, row, unsent)
    elif channel.schedule.is_spent(row.attempts):
        _give_up(channel, row, now)
    else:
        return True
    return False


def _noted(channel: Channel[Row], row: Row, now: datetime, failure: Exception | None) -> bool:
    """Note what became of a row that was tried; returns whether it went out.

    A database that is away at that moment is asked again for half a minute: what went out and isn't noted would be
    sent once more.
    """
    for pause in NOTE_AGAIN_SECONDS:
        try:
            return _note(channel, row, now, failure)
        except (OperationalError, InterfaceError) as error:
            log.warning("delivery_not_noted", channel=channel.name, delivery=str(row.pk), error=repr(error))
            connection.close()
            time.sleep(pause)
    return _note(channel, row, now, failure)


def _note(channel: Channel[Row], row: Row, now: datetime, failure: Exception | None) -> bool:
    """The same, once, in the log under the request that set the row off."""
    with request_ids.under(row.request_id):
        if failure is not None:
            _failed(channel, row, failure, now)
            return False
        with transaction.atomic():
            if leave(channel, row, DeliveryState.SENT, error="", **channel.known_once_sent(row, now)):
                channel.sent(row, now)
        log.debug("delivery_sent", channel=channel.name, delivery=str(row.pk))
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
