"""How webhooks are sent: in order within a thread, what is urgent first, each try noted."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from api.enums import WebhookKind
from api.models import WebhookAttempt, WebhookDelivery
from api.webhooks.signing import headers
from api.webhooks.switching_off import switch_off
from marketplace.deliveries.enums import DeliveryState
from marketplace.deliveries.outward import BadAddress, NotTaken, post
from marketplace.deliveries.schedule import Schedule

PAUSES = (*(timedelta(seconds=each) for each in (5, 15, 60, 300, 900, 3600)), *([timedelta(hours=1)] * 23))
AT_ONCE = 8
"""Addresses that one process posts to at the same time."""
TELL_OF_BIDS = (WebhookKind.BIDDING_CLOSING, WebhookKind.BALLOT_RECORDED, WebhookKind.JOB_DONE)
"""Kinds whose number could tell before a close who has bid; a file that is done may be one of bids."""
UNSENT = [DeliveryState.WAITING, DeliveryState.SENDING]


class Webhooks:
    """The channel of webhooks; see :class:`marketplace.deliveries.channels.Channel`."""

    name = "webhooks"
    state_field = "state"
    address_field = "endpoint_id"
    since_field = "at"
    at_once = AT_ONCE
    schedule = Schedule(PAUSES, claim_lasts=timedelta(seconds=60))

    def rows(self) -> QuerySet[WebhookDelivery]:
        """What is urgent first."""
        return WebhookDelivery.objects.select_related("endpoint").order_by("-is_urgent", "place")

    def uncounted(self) -> Q:
        """What is sealed, and what tells that somebody has not bid."""
        return Q(kind__in=TELL_OF_BIDS)

    def behind_others(self) -> Q:
        """Of a dispatch nothing before what was told earlier of it is over."""
        before = WebhookDelivery.objects.filter(
            endpoint=OuterRef("endpoint"),
            thread=OuterRef("thread"),
            place__lt=OuterRef("place"),
            state__in=UNSENT,
        )
        return Q(Exists(before), ~Q(thread=""), is_urgent=False)

    def is_reachable(self) -> bool:
        """Each address is another's: one that is away keeps nobody waiting."""
        return True

    def why_not(self, row: WebhookDelivery, now: datetime) -> DeliveryState | None:
        """Unwanted where the address is off, lapsed where it helps nobody any more."""
        if not row.endpoint.is_on:
            return DeliveryState.UNWANTED
        return DeliveryState.LAPSED if row.worth_until is not None and row.worth_until <= now else None

    def __init__(self) -> None:
        self._tries: dict[UUID, WebhookAttempt] = {}

    def send(self, row: WebhookDelivery, now: datetime) -> None:
        """Post it."""
        endpoint = row.endpoint
        holding = [endpoint.secret]
        if endpoint.former_until is not None and endpoint.former_until > now:
            holding.append(endpoint.former_secret)
        begun = time.monotonic()
        try:
            answer = post(endpoint.url, row.body.encode(), headers(holding, row.message_id, row.body, now))
        except BadAddress as error:
            self._keep(row, now, begun, None, str(error))
            raise
        except NotTaken as error:
            self._keep(row, now, begun, error.status, f"{error} {error.text}".strip())
            raise
        self._keep(row, now, begun, answer.status, answer.text)

    def _keep(self, row: WebhookDelivery, now: datetime, begun: float, status: int | None, said: str) -> None:
        took = int((time.monotonic() - begun) * 1000)
        told = WebhookAttempt(delivery=row, at=now, milliseconds=took, status=status, said=said[:500])
        self._tries[row.pk] = told

    def tried(self, rows: Sequence[WebhookDelivery]) -> None:
        """Note the tries: when, how long each took and what was answered."""
        WebhookAttempt.objects.bulk_create(self._tries[row.pk] for row in rows if row.pk in self._tries)

    def known_once_sent(self, row: WebhookDelivery, now: datetime) -> Mapping[str, Any]:
        """When it was taken."""
        return {"sent_at": now + timedelta(milliseconds=self._tries[row.pk].milliseconds)}

    def sent(self, row: WebhookDelivery, now: datetime) -> None:
        """Nothing more."""

    def given_up(self, row: WebhookDelivery, now: datetime) -> None:
        """Switch the address off and tell whom it concerns."""
        switch_off(row.endpoint, now)

    def close(self) -> None:
        """Each post has a connection of its own."""
