"""Programs that act for an organisation: made, given secrets, changed and revoked by a holder of Account.

A secret has 256 random bits, so its plain SHA-256 tells nothing of it; it is shown once and kept nowhere.
"""

import ipaddress
import re
import secrets
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from accounts import rules
from accounts.domain.registration import lock_team
from accounts.enums import Role, Scope
from accounts.models import ApiClient, ApiSecret, Member, User
from marketplace.audit.chain import record
from marketplace.errors import Refused
from marketplace.numbers import counted

MOST_CLIENTS = 50
MOST_ADDRESSES = 20
SECRETS_AT_ONCE = 2
LONGEST_NAME = 60


@dataclass(frozen=True)
class NewSecret:
    """A secret in the one moment in which it can be read."""

    client: ApiClient
    text: str


@dataclass(frozen=True)
class ClientTerms:
    """What a program may do: its roles and scopes, and the networks it may come from."""

    name: str
    roles: Sequence[str]
    scopes: Sequence[str]
    addresses: Sequence[str] = ()


@transaction.atomic
def create_client(*, by: Member, terms: ClientTerms, now: datetime) -> NewSecret:
    """Make a program with its first secret.

    Raises ``Refused`` for a name that another program of the organisation has, no scope, an address that is
    none, too many programs, and ``NotAllowed``.
    """
    rules.check_may_manage_team(by)
    lock_team(by.organisation_id)
    checked = _checked(terms)
    _check_name_is_free(by, checked.name)
    if _own(by).filter(revoked_at=None).count() >= MOST_CLIENTS:
        raise Refused(
            f"An organisation has up to {MOST_CLIENTS} programs: revoke one that is no longer used."
        )
    key = f"client-{secrets.token_hex(8)}"
    user = User.objects.create_user(_mail_like(by, checked.name, key), None, name=checked.name)
    member = Member.objects.create(user=user, organisation=by.organisation, roles=list(checked.roles))
    client = ApiClient.objects.create(
        id=key,
        member=member,
        name=checked.name,
        scopes=list(checked.scopes),
        addresses=list(checked.addresses),
        created_at=now,
        created_by_id=by.user_id,
    )
    made = _new_secret(client, now)
    _record(by, "program made", client, {name: (None, value) for name, value in _facts(client).items()}, now)
    return made


@transaction.atomic
def change_client(*, by: Member, client: ApiClient, terms: ClientTerms, now: datetime) -> ApiClient:
    """Give a program another name, other roles, scopes or addresses; its tokens obey at once.

    Raises as :func:`create_client`, and ``Refused`` for one that was revoked.
    """
    locked = _locked(by, client)
    checked = _checked(terms)
    if checked.name != locked.name:
        _check_name_is_free(by, checked.name)
    before = _facts(locked)
    locked.name, locked.scopes, locked.addresses = checked.name, list(checked.scopes), list(checked.addresses)
    locked.save(update_fields=["name", "scopes", "addresses"])
    locked.member.roles, locked.member.user.name = list(checked.roles), checked.name
    locked.member.save(update_fields=["roles"])
    locked.member.user.save(update_fields=["name"])
    after = _facts(locked)
    changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
    if changes:
        _record(by, "program changed", locked, changes, now)
    return locked


@transaction.atomic
def add_secret(*, by: Member, client: ApiClient, now: datetime) -> NewSecret:
    """Give a program a second secret, so that it can be put in place before the first one is ended.

    Raises ``Refused`` while two work, and for a program that was revoked, ``NotAllowed``.
    """
    locked = _locked(by, client)
    working = locked.secrets.filter(ended_at=None).count()
    if working >= SECRETS_AT_ONCE:
        raise Refused("This program has two secrets already: end the one that it no longer uses first.")
    made = _new_secret(locked, now)
    _record(by, "secret of a program made", locked, {"secret": (None, f"…{made.text[-4:]}")}, now)
    return made


@transaction.atomic
def end_secret(*, by: Member, client: ApiClient, secret_id: int, now: datetime) -> None:
    """End one of a program's two secrets, and every token that it got.

    Raises ``Refused`` for the only one, since revoking the program is what is meant then, and ``NotAllowed``.
    """
    locked = _locked(by, client)
    working = list(locked.secrets.filter(ended_at=None))
    ended = next((each for each in working if each.pk == secret_id), None)
    if ended is None:
        raise Refused("This secret has ended already.")
    if len(working) == 1:
        raise Refused("This is the only secret of the program: make a new one first, or revoke the program.")
    ended.ended_at = now
    ended.save(update_fields=["ended_at"])
    ended.tokens.all().delete()
    _record(by, "secret of a program ended", locked, {"secret": (f"…{ended.ending}", None)}, now)


@transaction.atomic
def revoke_client(*, by: Member, client: ApiClient, now: datetime) -> None:
    """Shut a program out at once and for good. Revoking it again changes nothing. Raises ``NotAllowed``."""
    rules.check_may_manage_team(by)
    lock_team(by.organisation_id)
    locked = _own(by).select_related("member__user").get(pk=client.pk)
    if locked.revoked_at is not None:
        return
    locked.revoked_at = now
    locked.save(update_fields=["revoked_at"])
    locked.member.is_active = locked.member.user.is_active = False
    locked.member.save(update_fields=["is_active"])
    locked.member.user.save(update_fields=["is_active"])
    locked.secrets.filter(ended_at=None).update(ended_at=now)
    locked.tokens.all().delete()
    _record(by, "program revoked", locked, {"revoked at": (None, now.isoformat())}, now)


def network_of(text: str) -> str:
    """The network that a text names, in its usual form. Raises ``Refused`` for anything else."""
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise Refused(
            f"“{text.strip()[:50]}” is no address: write one such as 192.0.2.7, or a network such as 192.0.2.0/24."
        ) from None


def is_within(address: str, networks: Collection[str]) -> bool:
    """Whether an address lies in one of the networks; in any where none is named."""
    if not networks:
        return True
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in ipaddress.ip_network(each) for each in networks)


def digest_of(text: str) -> str:
    """What is kept of a secret or a token."""
    return sha256(text.encode()).hexdigest()


def _checked(terms: ClientTerms) -> ClientTerms:
    name = " ".join(terms.name.split())
    if not name:
        raise Refused("Give the program a name.")
    if len(name) > LONGEST_NAME:
        raise Refused(f"A program's name has up to {LONGEST_NAME} characters.")
    unknown = (set(terms.roles) - set(Role.values)) | (set(terms.scopes) - set(Scope.values))
    if unknown:
        raise Refused("Choose roles and scopes from the list.")
    if Role.ACCOUNT in terms.roles:
        raise Refused("A program can't hold the role Account: people manage the team.")
    if not terms.scopes:
        raise Refused("Choose at least one scope: a program without one can do nothing.")
    networks = list(dict.fromkeys(map(network_of, terms.addresses)))
    if len(networks) > MOST_ADDRESSES:
        raise Refused(f"Name up to {counted(MOST_ADDRESSES, 'address', 'addresses')}.")
    return ClientTerms(name, sorted(set(terms.roles)), sorted(set(terms.scopes)), networks)


def _check_name_is_free(by: Member, name: str) -> None:
    if _own(by).filter(revoked_at=None, name__iexact=name).exists():
        raise Refused(f"Your organisation has a program named “{name}” already.")


def _own(by: Member) -> Any:
    return ApiClient.objects.filter(member__organisation=by.organisation_id)


def _locked(by: Member, client: ApiClient) -> ApiClient:
    rules.check_may_manage_team(by)
    lock_team(by.organisation_id)
    locked: ApiClient = _own(by).select_related("member__user").get(pk=client.pk)
    if locked.revoked_at is not None:
        raise Refused("This program was revoked: make a new one.")
    return locked


def _new_secret(client: ApiClient, now: datetime) -> NewSecret:
    text = f"secret-{secrets.token_urlsafe(32)}"
    ApiSecret.objects.create(client=client, digest=digest_of(text), ending=text[-4:], created_at=now)
    return NewSecret(client, text)


def _mail_like(by: Member, name: str, key: str) -> str:
    """What stands in the audit log for the program: its name and its organisation, and no address of anybody."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "program"
    return f"{slug}.{key[-8:]}@programs.{by.organisation.code.lower()}.invalid"


def _facts(client: ApiClient) -> Mapping[str, Any]:
    return {
        "name": client.name,
        "roles": list(client.member.roles),
        "scopes": list(client.scopes),
        "addresses": list(client.addresses),
    }


def _record(
    by: Member, action: str, client: ApiClient, changes: Mapping[str, tuple[Any, Any]], now: datetime
) -> None:
    record(organisation_id=by.organisation_id, by=by, action=action, subject=client, changes=changes, now=now)
