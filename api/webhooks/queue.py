"""Writing what an organisation's addresses are told, in the transaction of what happened."""

import json
import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, Q

from api.enums import WebhookKind
from api.models import WebhookDelivery, WebhookEndpoint
from marketplace.canonical_json import text_of
from marketplace.deliveries.channels import WEBHOOKS
from marketplace.deliveries.waking import wake_on_commit

SCHEMA = 1
OF_MESSAGES = uuid.UUID("5d8f5c64-2f5b-4f0e-9f4e-6f2f0b0c8a11")


def tell(
    organisations: Collection[uuid.UUID],
    kind: WebhookKind,
    data: Mapping[str, Any],
    *,
    key: str,
    at: datetime,
    thread: str = "",
    is_urgent: bool = False,
    worth_until: datetime | None = None,
) -> None:
    """Have the addresses of these organisations that want this kind told, once a ``key``."""
    endpoints = WebhookEndpoint.objects.filter(
        organisation__in=organisations, is_on=True, kinds__contains=[kind]
    )
    rows = [
        WebhookDelivery(
            endpoint=each,
            message_id=message_id(each, kind, key),
            kind=kind,
            thread=thread,
            is_urgent=is_urgent,
            at=at,
            body=body_of(kind, data, at),
            worth_until=worth_until,
        )
        for each in endpoints
    ]
    if not rows:
        return
    for row, place in zip(rows, _places(len(rows)), strict=True):
        row.place = place
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
    wake_on_commit(WEBHOOKS)


def message_id(endpoint: WebhookEndpoint, kind: str, key: str) -> str:
    """The same for the same thing told to the same address."""
    return f"msg_{uuid.uuid5(OF_MESSAGES, f'{endpoint.pk} {kind} {key}').hex}"


def body_of(kind: str, data: Mapping[str, Any], at: datetime) -> str:
    """What is posted: what happened, when, and its particulars."""
    told = {"type": kind, "timestamp": _instant(at), "schema": SCHEMA, "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=text_of)


def _instant(at: datetime) -> str:
    return text_of(at).replace("+00:00", "Z")


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
        wake_on_commit(WEBHOOKS)
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
