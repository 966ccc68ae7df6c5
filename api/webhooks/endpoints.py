"""An organisation's addresses: who sees them, and what is done with them."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.enums import Role
from accounts.models import Member
from api.enums import WebhookKind, scope_of
from api.models import WebhookDelivery, WebhookEndpoint
from api.webhooks import queue
from api.webhooks.signing import new_secret
from marketplace.audit.chain import record
from marketplace.deliveries.outward import BadAddress, NotTaken, check_address
from marketplace.errors import NotAllowed, Refused

MOST_ENDPOINTS = 20
ROTATION = timedelta(hours=24)
PING_KEY = re.compile(r"[\w-]{1,60}")


def endpoints_of(member: Member, scopes: Collection[str] | None = None) -> QuerySet[WebhookEndpoint]:
    """The addresses of the member's organisation; of a program, those that tell nothing beyond its ``scopes``."""
    own = WebhookEndpoint.objects.filter(organisation=member.organisation_id).select_related("organisation")
    if scopes is None:
        return own if member.holds(Role.ACCOUNT) and not member.is_seen_by_admin else own.none()
    return own.filter(kinds__contained_by=allowed_kinds(scopes))


def allowed_kinds(scopes: Collection[str]) -> list[str]:
    """The kinds that a program with these scopes may have its organisation told of."""
    return [kind for kind in WebhookKind.values if not scope_of(kind) or scope_of(kind) in scopes]


def deliveries_of(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    """What an address was told or waits for, the last first, each with its tries."""
    return endpoint.deliveries.order_by("-at", "-place").prefetch_related("tries")


def _check_may(by: Member, scopes: Collection[str] | None, kinds: Collection[str]) -> None:
    if scopes is None:
        if not by.holds(Role.ACCOUNT):
            raise NotAllowed("This needs the role Account.")
        return
    missing = sorted({scope_of(kind) for kind in kinds} - {"", *scopes})
    if missing:
        raise NotAllowed(f"This needs the scope {missing[0]}, which the token does not have.")


def _checked_kinds(kinds: Sequence[str]) -> list[str]:
    unknown = [each for each in kinds if each not in WebhookKind.values]
    if unknown or not kinds:
        raise Refused("Choose what the address is told of.")
    return [each for each in WebhookKind.values if each in kinds]


def _check_url(url: str) -> None:
    try:
        check_address(url)
    except (BadAddress, NotTaken) as error:
        raise Refused(str(error)) from None


@transaction.atomic
def add_endpoint(
    *, by: Member, url: str, kinds: Sequence[str], scopes: Collection[str] | None = None, now: datetime
) -> WebhookEndpoint:
    """Have an address told of these kinds; its ``secret`` is shown once. Raises ``Refused`` and ``NotAllowed``."""
    _check_may(by, scopes, kinds)
    chosen = _checked_kinds(kinds)
    _check_url(url)
    own = WebhookEndpoint.objects.filter(organisation=by.organisation_id)
    if own.filter(url=url).exists():
        raise Refused("This address is there already.")
    if own.count() >= MOST_ENDPOINTS:
        raise Refused(f"An organisation has at most {MOST_ENDPOINTS} webhooks.")
    made = WebhookEndpoint.objects.create(
        organisation_id=by.organisation_id,
        url=url,
        kinds=chosen,
        secret=new_secret(),
        made_at=now,
        made_by_id=by.user_id,
    )
    _record(by, made, "webhook added", {"url": (None, url), "kinds": (None, chosen)}, now)
    return made


@transaction.atomic
def change_endpoint(
    *,
    by: Member,
    endpoint_id: UUID,
    url: str,
    kinds: Sequence[str],
    is_on: bool,
    scopes: Collection[str] | None = None,
    now: datetime,
) -> WebhookEndpoint:
    """Change address, kinds, and whether it is called. Raises ``Refused`` and ``NotAllowed``."""
    found = locked_endpoint(by, endpoint_id, scopes)
    _check_may(by, scopes, kinds)
    chosen = _checked_kinds(kinds)
    if url != found.url:
        _check_url(url)
        if endpoints_like(found, url).exists():
            raise Refused("This address is there already.")
    before = {"url": found.url, "kinds": found.kinds, "is_on": found.is_on}
    after = {"url": url, "kinds": chosen, "is_on": is_on}
    changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
    if changes:
        found.url, found.kinds, found.is_on = url, chosen, is_on
        found.why_off = "" if is_on else found.why_off
        found.save(update_fields=["url", "kinds", "is_on", "why_off"])
        _record(by, found, "webhook changed", changes, now)
    return found


def endpoints_like(endpoint: WebhookEndpoint, url: str) -> QuerySet[WebhookEndpoint]:
    """The organisation's other endpoints with this address."""
    return WebhookEndpoint.objects.filter(organisation=endpoint.organisation_id, url=url).exclude(
        pk=endpoint.pk
    )


@transaction.atomic
def remove_endpoint(
    *, by: Member, endpoint_id: UUID, scopes: Collection[str] | None = None, now: datetime
) -> None:
    """Forget an address with its log. Raises ``NotAllowed``."""
    found = locked_endpoint(by, endpoint_id, scopes)
    _record(by, found, "webhook removed", {"url": (found.url, None)}, now)
    found.delete()


@transaction.atomic
def rotate_secret(
    *, by: Member, endpoint_id: UUID, scopes: Collection[str] | None = None, now: datetime
) -> WebhookEndpoint:
    """Give an address a new secret; for a day all it is told is signed with both. Raises ``NotAllowed``."""
    found = locked_endpoint(by, endpoint_id, scopes)
    found.former_secret, found.former_until = found.secret, now + ROTATION
    found.secret = new_secret()
    found.save(update_fields=["secret", "former_secret", "former_until"])
    _record(by, found, "webhook secret changed", {}, now)
    return found


@transaction.atomic
def send_ping(
    *, by: Member, endpoint_id: UUID, scopes: Collection[str] | None = None, now: datetime
) -> WebhookDelivery:
    """Have an address told a test, whatever kinds it wants. Raises ``Refused`` for one that is off, ``NotAllowed``."""
    found = locked_endpoint(by, endpoint_id, scopes)
    if not found.is_on:
        raise Refused("The webhook is switched off: switch it on first.")
    return queue.ping(found, now)


@transaction.atomic
def replay_deliveries(
    *,
    by: Member,
    endpoint_id: UUID,
    delivery_id: UUID | None = None,
    since: datetime | None = None,
    scopes: Collection[str] | None = None,
    now: datetime,
) -> int:
    """Send one delivery, or all that happened since an instant, once more; returns how many.

    Raises ``Refused`` for one that is off, and ``NotAllowed``.
    """
    found = locked_endpoint(by, endpoint_id, scopes)
    if not found.is_on:
        raise Refused("The webhook is switched off: switch it on first.")
    if delivery_id is None and since is None:
        raise Refused("Name a delivery, or an instant from which on all is sent again.")
    told = found.deliveries.filter(pk__in=[delivery_id] if delivery_id else []).values_list(
        "message_id", flat=True
    )
    of = Q(at__gte=since) if since is not None else Q(message_id__in=list(told))
    number = queue.replay(found, of, now)
    _record(by, found, "webhook replayed", {"deliveries": (None, number)}, now)
    return number


def locked_endpoint(by: Member, endpoint_id: UUID, scopes: Collection[str] | None) -> WebhookEndpoint:
    """The organisation's address, locked against every other change until the transaction ends. Raises ``NotAllowed``."""
    found = endpoints_of(by, scopes).select_for_update(of=("self",)).filter(pk=endpoint_id).first()
    if found is None:
        raise NotAllowed("Your organisation has no such webhook.")
    return found


def _record(
    by: Member,
    endpoint: WebhookEndpoint,
    action: str,
    changes: dict[str, tuple[object, object]],
    now: datetime,
) -> None:
    record(
        organisation_id=endpoint.organisation_id,
        by=by,
        action=action,
        subject=endpoint,
        changes=changes,
        now=now,
    )
