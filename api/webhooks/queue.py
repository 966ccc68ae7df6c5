"""Writing what an organisation's addresses are told, in the transaction of what happened."""

import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, Q

from api.enums import WebhookKind
from api.models import WebhookDelivery, WebhookEndpoint
from marketplace.canonical_json import text_of
from marketplace.dates import instant_text
from marketplace.deliveries.channels import WEBHOOKS
from marketplace.deliveries.waking import wake_on_commit

SCHEMA = 1
OF_MESSAGES = uuid.UUID("5d8f5c64-2f5b-4f0e-9f4e-6f2f0b0c8a11")


@dataclass(frozen=True)
class Told:
    """What one organisation is told, once a ``key``; of a ``thread`` in order, and not after ``worth_until``."""

    organisation_id: uuid.UUID
    kind: WebhookKind
    data: Mapping[str, Any]
    key: str
    at: datetime
    thread: str = ""
    is_urgent: bool = False
    worth_until: datetime | None = None


def tell(
    organisations: Collection[uuid.UUID], kind: WebhookKind, data: Mapping[str, Any], **more: Any
) -> None:
    """Have these organisations told the same; ``more`` are the other fields of :class:`Told`."""
    tell_all([Told(each, kind, data, **more) for each in organisations])


def tell_all(told: Collection[Told]) -> None:
    """Have the addresses of these organisations that want these kinds told, in as many queries for many as for one."""
    if not told:
        return
    endpoints: dict[uuid.UUID, list[WebhookEndpoint]] = defaultdict(list)
    for endpoint in WebhookEndpoint.objects.filter(
        organisation__in={each.organisation_id for each in told},
        is_on=True,
        kinds__overlap=list({each.kind for each in told}),
    ):
        endpoints[endpoint.organisation_id].append(endpoint)
    rows = [
        _row(endpoint, each)
        for each in told
        for endpoint in endpoints[each.organisation_id]
        if each.kind in endpoint.kinds
    ]
    if not rows:
        return
    for row, place in zip(rows, _places(len(rows)), strict=True):
        row.place = place
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
    wake_on_commit(WEBHOOKS, len(rows))


def _row(endpoint: WebhookEndpoint, told: Told) -> WebhookDelivery:
    return WebhookDelivery(
        endpoint=endpoint,
        message_id=message_id(endpoint, told.kind, told.key),
        kind=told.kind,
        thread=told.thread,
        is_urgent=told.is_urgent,
        at=told.at,
        body=body_of(told.kind, told.data, told.at),
        worth_until=told.worth_until,
    )


def message_id(endpoint: WebhookEndpoint, kind: str, key: str) -> str:
    """The same for the same thing told to the same address."""
    return f"msg_{uuid.uuid5(OF_MESSAGES, f'{endpoint.pk} {kind} {key}').hex}"


def body_of(kind: str, data: Mapping[str, Any], at: datetime) -> str:
    """What is posted: what happened, when, and its particulars."""
    told = {"type": kind, "timestamp": instant_text(at), "schema": SCHEMA, "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=text_of)


def _places(number: int) -> list[int]:
    """The next places in the order of telling."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('api_webhook_place') FROM generate_series(1, %s)", [number])
        return [place for (place,) in cursor.fetchall()]


def replay(endpoint: WebhookEndpoint, of: Q, at: datetime) -> int:
    """Send what an address was told once more, under the same ids; returns how many."""
    told = list(WebhookDelivery.objects.filter(of, endpoint=endpoint, edition=1).order_by("place"))
    last = dict(
        WebhookDelivery.objects.filter(endpoint=endpoint, message_id__in=[each.message_id for each in told])
        .order_by()
        .values_list("message_id")
        .annotate(Max("edition"))
    )
    rows = [
        WebhookDelivery(
            endpoint=endpoint,
            message_id=each.message_id,
            edition=last[each.message_id] + 1,
            kind=each.kind,
            thread=each.thread,
            is_urgent=each.is_urgent,
            at=each.at,
            body=each.body,
            place=place,
        )
        for each, place in zip(told, _places(len(told)) if told else [], strict=True)
    ]
    WebhookDelivery.objects.bulk_create(rows)
    if rows:
        wake_on_commit(WEBHOOKS, len(rows))
    return len(rows)


def ping(endpoint: WebhookEndpoint, at: datetime) -> WebhookDelivery:
    """Tell one address that it is reached."""
    key = uuid.uuid4().hex
    made = WebhookDelivery.objects.create(
        endpoint=endpoint,
        message_id=message_id(endpoint, WebhookKind.PING, key),
        kind=WebhookKind.PING,
        at=at,
        body=body_of(WebhookKind.PING, {"webhook": str(endpoint.pk)}, at),
        place=_places(1)[0],
    )
    wake_on_commit(WEBHOOKS)
    return made
