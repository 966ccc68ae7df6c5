"""Tokens of programs: got for a secret, good for an hour, and only while the program may act at all."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.domain.clients import digest_of, is_within
from accounts.domain.terms import service_terms_due
from accounts.enums import Scope
from accounts.models import ApiClient, ApiSecret, ApiToken
from marketplace.errors import NotAllowed, Refused
from marketplace.prepared import loaded

LASTS = timedelta(minutes=60)
NOTED_EVERY = timedelta(minutes=1)
MOST_TOKENS = 100
_READ = frozenset(
    {
        Scope.ASSETS_READ,
        Scope.COMPETITIONS_READ,
        Scope.CONTRACTS_READ,
        Scope.DISPATCH_READ,
    }
)
OPENADR_SCOPES: Mapping[str, frozenset[str]] = {
    "read_all": _READ,
    "read_targets": _READ,
    "read_bl": _READ,
    "read_ven_objects": _READ,
    "write_programs": frozenset(),
    "write_vens": frozenset(),
    "write_events": frozenset({Scope.DISPATCH_WRITE}),
    "write_reports": frozenset({Scope.DISPATCH_WRITE, Scope.METERING_WRITE}),
    "write_subscriptions": frozenset({Scope.DISPATCH_READ}),
}
"""What the scopes of OpenADR stand for: as far as the program has these, it gets them."""
LOADED = ("client", "client__member", "client__member__user", "client__member__organisation")


class UnknownSecret(Refused):
    """The id and the secret belong to no program that works."""

    def __init__(self) -> None:
        super().__init__("The client id and the secret don't belong together, or have ended.")


class UnknownScope(Refused):
    """A scope was asked for that the program does not have."""

    def __init__(self, scopes: Collection[str]) -> None:
        super().__init__(f"The program does not have the scope {', '.join(sorted(scopes))}.")


@dataclass(frozen=True)
class NewToken:
    """A token in the one moment in which it can be read."""

    text: str
    scopes: tuple[str, ...]
    seconds: int


@dataclass(frozen=True)
class Acting:
    """A program that acts, within these scopes."""

    client: ApiClient
    scopes: frozenset[str]


@transaction.atomic
def issue_token(
    *, client_id: str, secret: str, scopes: Collection[str] = (), address: str, now: datetime
) -> NewToken:
    """A token for a program that knows a secret of its own; for all its scopes, or those asked for.

    Raises :class:`UnknownSecret`, :class:`UnknownScope`, and ``NotAllowed`` for a program that may not act.
    """
    found = (
        ApiSecret.objects.select_related(*LOADED)
        .filter(digest=digest_of(secret), client=client_id, ended_at=None)
        .first()
    )
    if found is None or found.client.revoked_at is not None:
        raise UnknownSecret
    check_may_act(found.client, address)
    given = sorted(_given(frozenset(scopes), frozenset(found.client.scopes)))
    text = f"token-{secrets.token_urlsafe(32)}"
    _keep_few(found.client, now)
    ApiToken.objects.create(
        digest=digest_of(text), client=found.client, secret=found, scopes=given, ends_at=now + LASTS
    )
    ApiSecret.objects.filter(pk=found.pk).update(last_used_at=now)
    return NewToken(text, tuple(given), int(LASTS.total_seconds()))


def _given(asked: frozenset[str], held: frozenset[str]) -> frozenset[str]:
    """The scopes of a token: all that the program has, unless some are asked for. Raises :class:`UnknownScope`."""
    standard = asked & OPENADR_SCOPES.keys()
    lacking = asked - standard - held
    if lacking:
        raise UnknownScope(lacking)
    meant = frozenset[str]().union(*(OPENADR_SCOPES[each] for each in standard)) & held
    given = (asked - standard) | meant
    if asked and not given:
        raise UnknownScope(asked)
    return given or held


def acting_client(text: str, *, address: str, now: datetime) -> Acting | None:
    """The program behind a token; None for a token that is unknown or over.

    Raises ``NotAllowed`` for a program that may not act, or not from there.
    """
    found = loaded(ApiToken, *LOADED, digest=digest_of(text))
    if found is None or found.ends_at <= now or found.client.revoked_at is not None:
        return None
    check_may_act(found.client, address)
    _note_use(found.client, address, now)
    return Acting(found.client, frozenset(found.scopes) & frozenset(found.client.scopes))


def check_may_act(client: ApiClient, address: str) -> None:
    """Raise ``NotAllowed`` for a program that was shut out, comes from elsewhere, or whose company has new terms to
    accept."""
    member = client.member
    if not member.is_active or not member.user.is_active:
        raise NotAllowed("This program is deactivated.")
    if not is_within(address, client.addresses):
        raise NotAllowed(f"This program may not come from {address}: its addresses are on the Team page.")
    if service_terms_due(member.organisation):
        raise NotAllowed(
            "Your organisation has to accept the present service terms first: a holder of the role Account does so "
            "after signing in."
        )


def forget_ended_tokens(now: datetime) -> None:
    """Remove tokens that are over."""
    ApiToken.objects.filter(ends_at__lte=now).delete()


def _keep_few(client: ApiClient, now: datetime) -> None:
    """Let a program that asks for a token with each request not fill the table: its oldest ones end."""
    client.tokens.filter(ends_at__lte=now).delete()
    kept = client.tokens.order_by("-ends_at").values_list("pk", flat=True)[: MOST_TOKENS - 1]
    client.tokens.exclude(pk__in=list(kept)).delete()


def _note_use(client: ApiClient, address: str, now: datetime) -> None:
    if client.last_used_at is not None and now - client.last_used_at < NOTED_EVERY:
        return
    ApiClient.objects.filter(pk=client.pk).update(last_used_at=now, last_used_from=address[:45])
