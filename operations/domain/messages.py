"""Messages to organisations: numbered without a gap in the transaction of what they tell."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from accounts.models import Member
from operations.enums import MessageKind
from operations.models import Dispatch, Message, MessageCounter

SCHEMA = 1
"""The version of the bodies' layout."""


def messages_of(member: Member, after: int = 0) -> QuerySet[Message]:
    """The messages to the member's organisation that follow the number ``after``, in their order."""
    return Message.objects.filter(receiver=member.organisation_id, number__gt=after).order_by("number")


def write_message(
    receiver_id: UUID, kind: MessageKind, body: Mapping[str, Any], now: datetime, dispatch: Dispatch | None
) -> Message:
    """Add the receiver's next message; whoever writes another one waits until the transaction ends."""
    MessageCounter.objects.get_or_create(receiver_id=receiver_id)
    MessageCounter.objects.filter(receiver=receiver_id).update(last=F("last") + 1)
    number = MessageCounter.objects.values_list("last", flat=True).get(receiver=receiver_id)
    told = {"schema": SCHEMA, "kind": kind.value, **body}
    return Message.objects.create(
        receiver_id=receiver_id, number=number, kind=kind, at=now, dispatch=dispatch, body=told
    )
