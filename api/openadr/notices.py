"""Notices of subscriptions: written in the transaction of what happened, posted by the one delivery engine."""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.enums import Role, Scope
from api.doors import Told
from api.models import AdrNotice, AdrSubscription
from api.webhooks.channel import AT_ONCE, PAUSES, UNSENT
from marketplace.deliveries.channels import WEBHOOKS
from marketplace.deliveries.enums import DeliveryState
from marketplace.deliveries.outward import post
from marketplace.deliveries.schedule import Schedule
from marketplace.deliveries.waking import wake_on_commit


class Notices:
    """The channel of notices; see :class:`marketplace.deliveries.channels.Channel`."""

    name = "openadr"
    state_field = "state"
    address_field = "url"
    since_field = "at"
    at_once = AT_ONCE
    schedule = Schedule(PAUSES, claim_lasts=timedelta(seconds=60))

    def __init__(self) -> None:
        self._taken: dict[UUID, datetime] = {}

    def rows(self) -> QuerySet[AdrNotice]:
        """What is urgent first."""
        loaded = AdrNotice.objects.select_related("subscription__client__member")
        return loaded.order_by("-is_urgent", "place")

    def uncounted(self) -> None:
        """None: nothing here tells of bids."""

    def behind_others(self) -> Q:
        """Of an event nothing before what was told earlier of it is over."""
        before = AdrNotice.objects.filter(
            subscription=OuterRef("subscription"),
            url=OuterRef("url"),
            thread=OuterRef("thread"),
            place__lt=OuterRef("place"),
            state__in=UNSENT,
        )
        return Q(Exists(before), ~Q(thread=""), is_urgent=False)

    def is_reachable(self) -> bool:
        """Each address is another's: one that is away keeps nobody waiting."""
        return True

    def why_not(self, row: AdrNotice, now: datetime) -> DeliveryState | None:
        """Unwanted where the program may read no dispatches any more, lapsed where it helps nobody."""
        if not may_be_told(row.subscription):
            return DeliveryState.UNWANTED
        return DeliveryState.LAPSED if row.worth_until is not None and row.worth_until <= now else None

    def send(self, row: AdrNotice, now: datetime) -> None:
        """Post it, with the token that the subscriber gave."""
        headers = {"Content-Type": "application/json", "User-Agent": "marketplace-openadr"}
        if row.token:
            headers["Authorization"] = f"Bearer {row.token}"
        begun = time.monotonic()
        post(row.url, row.body.encode(), headers)
        self._taken[row.pk] = now + timedelta(seconds=time.monotonic() - begun)

    def tried(self, rows: Sequence[AdrNotice]) -> None:
        """Nothing is kept of a try."""

    def known_once_sent(self, row: AdrNotice, now: datetime) -> Mapping[str, Any]:
        """When it was taken."""
        return {"sent_at": self._taken.pop(row.pk, now)}

    def sent(self, row: AdrNotice, now: datetime) -> None:
        """Nothing more."""

    def given_up(self, row: AdrNotice, now: datetime) -> None:
        """The subscriber reads what it missed at the address of the object."""

    def close(self) -> None:
        """Each post has a connection of its own."""


def may_be_told(subscription: AdrSubscription) -> bool:
    """Whether a program may still read what it subscribed to."""
    client = subscription.client
    return (
        client.revoked_at is None
        and Scope.DISPATCH_READ in client.scopes
        and client.member.holds(Role.OPERATIONS)
    )


@dataclass(frozen=True)
class Change:
    """A change of an object that an organisation's programs are told of, once a ``key``; of a ``thread`` in order."""

    organisation_id: UUID
    kind: str
    operation: str
    program_id: UUID
    about: Callable[[AdrSubscription], Told | None]
    key: str
    at: datetime
    thread: str = ""
    is_urgent: bool = False
    worth_until: datetime | None = None


def subscribed_to(kind: str) -> list[UUID]:
    """The organisations a program of which wants to be told of objects of this kind."""
    found = AdrSubscription.objects.filter(wanted__contains=[{"objects": [kind]}]).order_by()
    return sorted(set(found.values_list("client__member__organisation", flat=True)))


def tell_all(changes: Sequence[Change]) -> None:
    """Have the subscriptions that want them told of these changes, in their order."""
    if not changes:
        return
    parties = {each.organisation_id for each in changes}
    subscriptions: dict[UUID, list[AdrSubscription]] = defaultdict(list)
    found = AdrSubscription.objects.filter(client__member__organisation__in=parties)
    for each in found.select_related("client__member__organisation").order_by("made_at", "pk"):
        subscriptions[each.client.member.organisation_id].append(each)
    rows = [
        row
        for change in changes
        for subscription in subscriptions[change.organisation_id]
        if subscription.program_id in (None, change.program_id)
        for row in _rows(subscription, change)
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('api_webhook_place') FROM generate_series(1, %s)", [len(rows)])
        places = [place for (place,) in cursor.fetchall()]
    for row, place in zip(rows, places, strict=True):
        row.place = place
    AdrNotice.objects.bulk_create(rows, ignore_conflicts=True)
    wake_on_commit(WEBHOOKS, len(rows))


def _rows(subscription: AdrSubscription, change: Change) -> list[AdrNotice]:
    """A notice for each address of the subscription that wants the change."""
    wanted = [each for each in subscription.wanted if _wants(each, change.kind, change.operation)]
    shown = change.about(subscription) if wanted and may_be_told(subscription) else None
    if shown is None or not set(subscription.targets or []) <= set(shown.get("targets", [])):
        return []
    told = {"objectType": change.kind, "operation": change.operation, "object": shown}
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return [
        AdrNotice(
            subscription=subscription,
            url=each["callbackUrl"],
            token=each.get("bearerToken", ""),
            key=change.key,
            thread=change.thread,
            is_urgent=change.is_urgent,
            at=change.at,
            body=body,
            worth_until=change.worth_until,
        )
        for each in wanted
    ]


def _wants(wanted: dict[str, Any], kind: str, operation: str) -> bool:
    return kind in wanted["objects"] and operation in wanted["operations"]
