"""Webhooks: the addresses to which an organisation has its events posted, with the log of what was sent to each."""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from ninja import Query, Router
from pydantic import Field

from accounts.enums import Role, Scope
from api.auth import Declared
from api.enums import WebhookKind
from api.models import WebhookDelivery, WebhookEndpoint
from api.operations import Answer, reads, writes
from api.paging import Listed, Page, listed
from api.problems import of_request
from api.requests import ProgramRequest
from api.shapes import Instant, Line, Shown, Told
from api.webhooks import endpoints
from marketplace import clock
from marketplace.deliveries.enums import DeliveryState

router = Router(tags=["Webhooks"])
ANY = Declared(scope="")
ASKED = Declared(scope="", is_heavy=True)
READERS: Mapping[str, str] = {
    Scope.BIDS_READ: Role.BIDS,
    Scope.CONTRACTS_READ: Role.CONTRACTS,
    Scope.DISPATCH_READ: Role.OPERATIONS,
    Scope.SETTLEMENT_READ: Role.CONTRACTS,
}
"""The role with which the operations of a scope are read; others are read with any."""


class WebhookShape(Shown):
    """An address and the kinds of events that are posted to it; the secret is in no answer but the one that made it."""

    id: str
    url: str
    kinds: list[WebhookKind]
    is_on: bool
    why_off: str = Field(description="Why it was switched off by itself; blank unless it was.")
    former_secret_until: Instant | None = Field(description="Until when the secret before signs too.")
    made_at: Instant


class NewWebhookShape(WebhookShape):
    """The same, with the secret that signs what is posted; it is shown this once."""

    secret: str


class WebhookTold(Told):
    """Where to post, and what."""

    url: Line = Field(max_length=500, description="An https address of the public Internet.")
    kinds: list[WebhookKind] = Field(min_length=1, max_length=len(WebhookKind.values))


class WebhookChanged(WebhookTold):
    """What the webhook is to be from now on."""

    is_on: bool = True


class TryShape(Shown):
    """One time at which it was posted."""

    at: Instant
    milliseconds: int
    status: int | None = Field(description="Null: no answer came.")
    said: str = Field(description="What was answered, up to 500 characters, or why nothing was.")


class DeliveryShape(Shown):
    """One event for one address, with every time at which it was posted. A replay is a delivery of its own."""

    id: str
    webhook_id: str
    message_id: str = Field(description="The header webhook-id: the same however often it is sent.")
    kind: WebhookKind
    at: Instant
    state: DeliveryState
    next_try_at: Instant | None
    sent_at: Instant | None
    body: dict[str, Any]
    tries: list[TryShape]


class DeliveryFilter(Page):
    """Which deliveries."""

    state: DeliveryState | None = None
    kind: WebhookKind | None = None


class ReplayTold(Told):
    """One delivery, or all that happened since an instant."""

    delivery_id: uuid.UUID | None = None
    since: Instant | None = None


class Replayed(Shown):
    """How many are sent once more."""

    count: int


def scopes_of(request: ProgramRequest) -> list[str]:
    """The scopes with which the program may read by itself: those of its token for which it holds the role."""
    assert request.acting is not None
    held = request.acting.scopes
    return [each for each in held if each not in READERS or request.member.holds(READERS[each])]


@reads(router, "/webhooks", ANY, returns=Listed[WebhookShape])
def webhooks(request: ProgramRequest, asked: Query[Page]) -> Listed[WebhookShape]:
    """The webhooks of your organisation that tell nothing beyond what the program may read."""
    own = endpoints.endpoints_of(request.member, scopes_of(request))
    return listed(own, asked, ("made_at", "pk"), lambda shown: [_shape(each) for each in shown])


@writes(router, "POST", "/webhooks", ASKED, returns=NewWebhookShape, made=True)
def post_webhook(request: ProgramRequest, body: WebhookTold) -> Answer:
    """Have events posted to an address; the answer holds the secret, once."""
    made = endpoints.add_endpoint(
        by=request.member,
        url=body.url,
        kinds=body.kinds,
        scopes=scopes_of(request),
        now=clock.now(),
    )
    return Answer(_with_secret(made), 201)


@reads(router, "/webhooks/{uuid:webhook_id}", ANY, returns=WebhookShape)
def webhook(request: ProgramRequest, webhook_id: uuid.UUID) -> WebhookShape:
    """One webhook."""
    return _shape(_own(request, webhook_id))


def _lock(request: ProgramRequest, webhook_id: uuid.UUID) -> None:
    endpoints.locked_endpoint(request.member, _own(request, webhook_id).pk, scopes_of(request))


@writes(router, "PUT", "/webhooks/{uuid:webhook_id}", ASKED, returns=WebhookShape, locks=_lock)
def put_webhook(request: ProgramRequest, webhook_id: uuid.UUID, body: WebhookChanged) -> WebhookShape:
    """Change its address or kinds, or switch it off and on."""
    changed = endpoints.change_endpoint(
        by=request.member,
        endpoint_id=_own(request, webhook_id).pk,
        url=body.url,
        kinds=body.kinds,
        is_on=body.is_on,
        scopes=scopes_of(request),
        now=clock.now(),
    )
    return _shape(changed)


@writes(router, "DELETE", "/webhooks/{uuid:webhook_id}", ANY, returns=WebhookShape, locks=_lock)
def delete_webhook(request: ProgramRequest, webhook_id: uuid.UUID) -> WebhookShape:
    """Remove a webhook with its log: nothing is posted there any more."""
    found = _own(request, webhook_id)
    shape = _shape(found)
    endpoints.remove_endpoint(
        by=request.member, endpoint_id=found.pk, scopes=scopes_of(request), now=clock.now()
    )
    return shape


@writes(router, "POST", "/webhooks/{uuid:webhook_id}/secret", ANY, returns=NewWebhookShape, locks=_lock)
def post_webhook_secret(request: ProgramRequest, webhook_id: uuid.UUID) -> NewWebhookShape:
    """Give the webhook a new secret; for a day the former signs beside it."""
    changed = endpoints.rotate_secret(
        by=request.member,
        endpoint_id=_own(request, webhook_id).pk,
        scopes=scopes_of(request),
        now=clock.now(),
    )
    return _with_secret(changed)


@writes(
    router, "POST", "/webhooks/{uuid:webhook_id}/test", ANY, returns=DeliveryShape, made=True, locks=_lock
)
def post_webhook_test(request: ProgramRequest, webhook_id: uuid.UUID) -> Answer:
    """Post a ping to the webhook; read its delivery to see what was answered."""
    made = endpoints.send_ping(
        by=request.member,
        endpoint_id=_own(request, webhook_id).pk,
        scopes=scopes_of(request),
        now=clock.now(),
    )
    return Answer(_deliveries([made])[0], 201)


@reads(router, "/webhooks/{uuid:webhook_id}/deliveries", ANY, returns=Listed[DeliveryShape])
def webhook_deliveries(
    request: ProgramRequest, webhook_id: uuid.UUID, asked: Query[DeliveryFilter]
) -> Listed[DeliveryShape]:
    """What was sent to a webhook in the last thirty days, or waits, the last first."""
    rows = endpoints.deliveries_of(_own(request, webhook_id))
    if asked.state is not None:
        rows = rows.filter(state=asked.state)
    if asked.kind is not None:
        rows = rows.filter(kind=asked.kind)
    return listed(rows, asked, ("-place", "pk"), _deliveries)


@writes(router, "POST", "/webhooks/{uuid:webhook_id}/deliveries/replay", ANY, returns=Replayed)
def post_webhook_replay(request: ProgramRequest, webhook_id: uuid.UUID, body: ReplayTold) -> Replayed:
    """Send one delivery, or all that happened since an instant, once more, under the same message ids."""
    number = endpoints.replay_deliveries(
        by=request.member,
        endpoint_id=_own(request, webhook_id).pk,
        delivery_id=body.delivery_id,
        since=body.since,
        scopes=scopes_of(request),
        now=clock.now(),
    )
    return Replayed(count=number)


def _own(request: ProgramRequest, webhook_id: uuid.UUID) -> WebhookEndpoint:
    found = endpoints.endpoints_of(request.member, scopes_of(request)).filter(pk=webhook_id).first()
    if found is None:
        raise of_request("not_found", "There is no such webhook among yours.")
    return found


def _facts(of: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": str(of.pk),
        "url": of.url,
        "kinds": [WebhookKind(each) for each in of.kinds],
        "is_on": of.is_on,
        "why_off": of.why_off,
        "former_secret_until": of.former_until,
        "made_at": of.made_at,
    }


def _shape(of: WebhookEndpoint) -> WebhookShape:
    return WebhookShape(**_facts(of))


def _with_secret(of: WebhookEndpoint) -> NewWebhookShape:
    return NewWebhookShape(**_facts(of), secret=of.secret)


def _deliveries(of: Sequence[WebhookDelivery]) -> list[DeliveryShape]:
    return [
        DeliveryShape(
            id=str(each.pk),
            webhook_id=str(each.endpoint_id),
            message_id=each.message_id,
            kind=WebhookKind(each.kind),
            at=each.at,
            state=DeliveryState(each.state),
            next_try_at=each.next_try_at,
            sent_at=each.sent_at,
            body=json.loads(each.body),
            tries=[
                TryShape(at=one.at, milliseconds=one.milliseconds, status=one.status, said=one.said)
                for one in each.tries.all()
            ],
        )
        for each in of
    ]
