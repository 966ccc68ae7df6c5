"""What an organisation's webhooks are told of: what the organisation is told, whoever of its people hears of it, its
messages, its ballots and its files."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.dispatch import receiver

from accounts.domain.organisation_notifications import About, OrganisationMessage
from accounts.signals import organisations_told
from api.enums import WebhookKind
from api.models import WebhookDelivery, WebhookEndpoint
from api.webhooks import queue
from api.webhooks.channel import Webhooks
from api.webhooks.kinds_of_notification import KINDS
from bidding.models import Ballot
from bidding.signals import ballot_recorded
from marketplace import states
from marketplace.deliveries import channels
from marketplace.deliveries.enums import DeliveryState
from marketplace.jobs.enums import FINISHED
from marketplace.jobs.models import Job
from marketplace.jobs.signals import job_ended
from marketplace.notifications import declare
from marketplace.notifications.enums import MAIL_TRANSITIONS
from operations.domain.ways import Went, register_way
from operations.enums import MessageKind
from operations.models import Message
from operations.signals import messages_written

declare(*KINDS)
states.register(
    states.Machine("api.WebhookDelivery", "state", DeliveryState, DeliveryState.WAITING, MAIL_TRANSITIONS)
)
channels.register(Webhooks, channels.WEBHOOKS)

OF_NOTIFICATIONS: Mapping[str, WebhookKind] = {
    "competition_published": WebhookKind.COMPETITION_PUBLISHED,
    "competition_changed": WebhookKind.COMPETITION_CHANGED,
    "competition_cancelled": WebhookKind.COMPETITION_CANCELLED,
    "verdict_changed": WebhookKind.QUALIFICATION_CHANGED,
    "entry_lost": WebhookKind.ENTRY_LOST,
    "bidding_open": WebhookKind.BIDDING_OPENED,
    "bidding_closing": WebhookKind.BIDDING_CLOSING,
    "results_confirmed": WebhookKind.RESULTS_CONFIRMED,
    "dispatch_unanswered": WebhookKind.DISPATCH_UNANSWERED,
    "meter_data_missing": WebhookKind.METERING_MISSING,
    "statement_issued": WebhookKind.STATEMENT_ISSUED,
    "statement_final": WebhookKind.STATEMENT_FINAL,
}
BY_A_WORD: Mapping[str, tuple[str, Mapping[str, WebhookKind]]] = {
    "contract_status": (
        "status",
        {
            "awarded": WebhookKind.CONTRACT_AWARDED,
            "signed": WebhookKind.CONTRACT_SIGNED,
            "ended": WebhookKind.CONTRACT_ENDED,
            "withdrawn": WebhookKind.CONTRACT_WITHDRAWN,
        },
    ),
    "invoice_data": (
        "change",
        {
            "made": WebhookKind.DOCUMENT_MADE,
            "credited": WebhookKind.DOCUMENT_MADE,
            "paid": WebhookKind.DOCUMENT_PAID,
        },
    ),
}
"""Notifications of one kind that programs hear of as several: the field that tells them apart, and what its words are."""
OF_MESSAGES: Mapping[str, WebhookKind] = {
    MessageKind.DISPATCH_ISSUED: WebhookKind.DISPATCH_ISSUED,
    MessageKind.DISPATCH_AMENDED: WebhookKind.DISPATCH_AMENDED,
    MessageKind.DISPATCH_STOPPED: WebhookKind.DISPATCH_STOPPED,
    MessageKind.DISPATCH_EMERGENCY_STOPPED: WebhookKind.DISPATCH_STOPPED,
    MessageKind.DISPATCH_CANCELLED: WebhookKind.DISPATCH_CANCELLED,
    MessageKind.AVAILABILITY_ACCEPTED: WebhookKind.AVAILABILITY_ACCEPTED,
    MessageKind.AVAILABILITY_RELEASED: WebhookKind.AVAILABILITY_RELEASED,
}


@receiver(organisations_told, dispatch_uid="api.webhooks_of_what_organisations_are_told")
def tell_of_what_organisations_are_told(
    sender: Any,
    kind: str,
    messages: Mapping[UUID, Sequence[OrganisationMessage]],
    now: datetime,
    **signal: Any,
) -> None:
    """The words that the organisation's people read, and refs and IDs of what they are about."""
    told = []
    for organisation_id, own in messages.items():
        for each in own:
            found = _kind_of(kind, each.about)
            if found is not None:
                words = {"title": each.title, "lines": each.lines, "url": f"{settings.SITE_URL}{each.link}"}
                data = {**words, "key": each.key, **each.about}
                told.append(queue.Told(organisation_id, found, data, each.key, now))
    queue.tell_all(told)


def _kind_of(notification: str, about: About) -> WebhookKind | None:
    if notification in BY_A_WORD:
        name, kinds = BY_A_WORD[notification]
        return kinds.get(about[name])
    return OF_NOTIFICATIONS.get(notification)


@receiver(messages_written, dispatch_uid="api.webhooks_of_messages")
def tell_of_messages(sender: Any, messages: Sequence[Message], now: datetime, **signal: Any) -> None:
    """Each message whole, under its own id; of a dispatch in order, and not past its end."""
    queue.tell_all(
        [
            queue.Told(
                each.receiver_id,
                OF_MESSAGES[each.kind],
                {"id": str(each.pk), "number": each.number, **each.body},
                key=str(each.pk),
                at=now,
                thread=str(each.dispatch_id or ""),
                is_urgent=each.kind == MessageKind.DISPATCH_EMERGENCY_STOPPED,
                worth_until=each.dispatch.end if each.dispatch is not None else None,
            )
            for each in messages
            if each.kind in OF_MESSAGES
        ]
    )


def _went(messages: Collection[Message]) -> Iterator[Went]:
    """How messages, all to one receiver, went by its webhooks; of one that was replayed the edition that was taken."""
    kinds = {each: OF_MESSAGES[each.kind] for each in messages if each.kind in OF_MESSAGES}
    endpoints = WebhookEndpoint.objects.filter(organisation__in={each.receiver_id for each in kinds})
    of = {
        queue.message_id(endpoint, kind, str(message.pk)): message.pk
        for endpoint in endpoints
        for message, kind in kinds.items()
    }
    rows = WebhookDelivery.objects.filter(endpoint__in=endpoints, message_id__in=of).order_by("edition")
    went: dict[str, Went] = {}
    for row in rows.defer("body"):
        state = DeliveryState(row.state)
        if row.message_id not in went or went[row.message_id].state != DeliveryState.SENT:
            failed = row.attempts - (state == DeliveryState.SENDING)
            told = (of[row.message_id], "Webhook", state, row.sent_at, failed)
            went[row.message_id] = Went(*told)
    yield from went.values()


register_way(_went)


@receiver(ballot_recorded, dispatch_uid="api.webhooks_of_ballots")
def tell_of_ballots(
    sender: Any, ballot: Ballot, actions: Mapping[UUID, str], now: datetime, **signal: Any
) -> None:
    """To the bidder alone: what was done to which of its bids."""
    done = [{"id": str(bid), "action": action} for bid, action in actions.items()]
    data = {"competition": ballot.competition.ref, "ballot": ballot.label, "id": str(ballot.pk), "bids": done}
    key = f"{ballot.pk} {now.isoformat()}"
    queue.tell([ballot.provider_id], WebhookKind.BALLOT_RECORDED, data, key=key, at=now)


@receiver(job_ended, dispatch_uid="api.webhooks_of_jobs")
def tell_of_jobs(sender: Any, job: Job, to: str, now: datetime, **signal: Any) -> None:
    """A file of the organisation came to its end, or waits to be applied."""
    if job.organisation_id is None or to not in FINISHED:
        return
    data = {
        "id": str(job.pk),
        "kind": job.kind,
        "state": str(to),
        "url": f"{settings.SITE_URL}/jobs/{job.pk}/",
    }
    queue.tell([job.organisation_id], WebhookKind.JOB_DONE, data, key=f"{job.pk} {to}", at=now)
