"""Messages to organisations: numbered without a gap in the transaction of what they tell."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Member
from operations.enums import MessageKind, ReceiptKind
from operations.models import Dispatch, Message, MessageCounter, MessageReceipt
from operations.signals import messages_written

SCHEMA = 1
"""The version of the bodies' layout."""


def messages_of(member: Member, after: int = 0) -> QuerySet[Message]:
    """The messages to the member's organisation that follow the number ``after``, in their order."""
    return Message.objects.filter(receiver=member.organisation_id, number__gt=after).order_by("number")


@dataclass(frozen=True)
class Told:
    """What one message says, and of which dispatch."""

    kind: MessageKind
    body: Mapping[str, Any]
    dispatch: Dispatch | None


def write_message(
    receiver_id: UUID, kind: MessageKind, body: Mapping[str, Any], now: datetime, dispatch: Dispatch | None
) -> Message:
    """Add the receiver's next message; whoever writes another one waits until the transaction ends."""
    return write_messages(receiver_id, [Told(kind, body, dispatch)], now)[0]


def write_messages(receiver_id: UUID, told: Sequence[Told], now: datetime) -> list[Message]:
    """Add the receiver's next messages, in this order."""
    return write_messages_to_each([(receiver_id, each) for each in told], now)


def write_messages_to_each(told: Sequence[tuple[UUID, Told]], now: datetime) -> list[Message]:
    """Add each receiver's next messages, in this order: as many queries for many receivers as for one."""
    last = _numbers_taken(Counter(receiver_id for receiver_id, _ in told))
    rows = []
    for receiver_id, each in told:
        last[receiver_id] += 1
        body = {"schema": SCHEMA, "kind": each.kind.value, **each.body}
        message = Message(
            receiver_id=receiver_id,
            number=last[receiver_id],
            kind=each.kind,
            at=now,
            dispatch=each.dispatch,
            body=body,
        )
        rows.append(message)
    made = Message.objects.bulk_create(rows)
    messages_written.send(sender=Message, messages=made, now=now)
    return made


def _numbers_taken(wanted: Mapping[UUID, int]) -> dict[UUID, int]:
    """Take the next numbers of these receivers, so many of each, under a lock; returns the last one before them."""
    receivers = sorted(wanted)
    counters = MessageCounter.objects.filter(receiver__in=receivers).order_by("receiver")
    if len(counters) < len(receivers):
        empty = [MessageCounter(receiver_id=each) for each in receivers]
        MessageCounter.objects.bulk_create(empty, ignore_conflicts=True)
    locked = list(counters.select_for_update())
    before = {each.receiver_id: each.last for each in locked}
    for each in locked:
        each.last += wanted[each.receiver_id]
    MessageCounter.objects.bulk_update(locked, ["last"])
    return before


def note_shown(member: Member, messages: Collection[Message], now: datetime) -> None:
    """Note that a page of the receiver showed these messages: the first time counts."""
    _note(ReceiptKind.PAGE, member, messages, now)


def note_fetched(member: Member, messages: Collection[Message], now: datetime) -> None:
    """Note that a program of the receiver fetched these messages: the first time counts."""
    known = MessageReceipt.objects.filter(message__in=messages, kind=ReceiptKind.PROGRAM)
    fetched = set(known.values_list("message", flat=True))
    _note(ReceiptKind.PROGRAM, member, [each for each in messages if each.pk not in fetched], now)


def _note(kind: ReceiptKind, member: Member, messages: Collection[Message], now: datetime) -> None:
    new = [each for each in messages if each.receiver_id == member.organisation_id]
    receipts = [MessageReceipt(message=each, kind=kind, at=now, by_id=member.user_id) for each in new]
    MessageReceipt.objects.bulk_create(receipts, ignore_conflicts=True)


def messages_unseen(member: Member) -> QuerySet[Message]:
    """The messages to the member's organisation that no page of it has shown."""
    shown = MessageReceipt.objects.filter(message=OuterRef("pk"), kind=ReceiptKind.PAGE)
    return Message.objects.filter(~Exists(shown), receiver=member.organisation_id).order_by("number")
