"""What subscriptions of OpenADR are told of: dispatches as events, to the provider and to the operator's own programs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from api.models import AdrSubscription
from api.openadr import notices
from api.openadr.door import Told
from api.openadr.events import of_dispatch
from marketplace import states
from marketplace.deliveries import channels
from marketplace.deliveries.enums import DeliveryState
from marketplace.notifications.enums import MAIL_TRANSITIONS
from operations.domain.dispatch_queries import dispatches_of
from operations.enums import MessageKind
from operations.models import Message
from operations.signals import messages_written

states.register(
    states.Machine("api.AdrNotice", "state", DeliveryState, DeliveryState.WAITING, MAIL_TRANSITIONS)
)
channels.register(notices.Notices, channels.WEBHOOKS)

OPERATIONS: Mapping[str, str] = {
    MessageKind.DISPATCH_ISSUED: "CREATE",
    MessageKind.DISPATCH_AMENDED: "UPDATE",
    MessageKind.DISPATCH_STOPPED: "UPDATE",
    MessageKind.DISPATCH_EMERGENCY_STOPPED: "UPDATE",
    MessageKind.DISPATCH_CANCELLED: "DELETE",
}


@receiver(messages_written, dispatch_uid="api.openadr_of_messages")
def tell_of_messages(sender: Any, messages: Sequence[Message], now: datetime, **signal: Any) -> None:
    """Each change of a dispatch as the change of an event, of a dispatch in order."""
    for each in messages:
        operation, dispatch = OPERATIONS.get(each.kind), each.dispatch
        if operation is None or dispatch is None:
            continue
        parties = {each.receiver_id} | (set() if dispatch.is_own_test else {dispatch.operator_id})
        for party in sorted(parties):
            notices.tell(
                party,
                "EVENT",
                operation,
                dispatch.contract_id,
                lambda to, of=dispatch.pk: _event(to, of, now),  # type: ignore[misc]
                key=str(each.pk),
                at=now,
                thread=str(dispatch.pk),
                is_urgent=each.kind == MessageKind.DISPATCH_EMERGENCY_STOPPED,
                worth_until=dispatch.end,
            )


def _event(to: AdrSubscription, dispatch_id: Any, now: datetime) -> Told | None:
    found = dispatches_of(to.client.member).filter(pk=dispatch_id).first()
    return of_dispatch(found, now) if found is not None else None
