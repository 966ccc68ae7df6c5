"""Organisations, their people, and the links that they find in their mail."""

import re
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core import mail
from django.test import Client

from accounts.domain.registration import invite
from accounts.models import Invitation, Member, User
from marketplace import clock
from marketplace.deliveries.engine import deliver_due
from rehearsal.round.cast import register_operator, register_provider
from rehearsal.round.file import OperatorEntry

PASSWORD = "correct horse battery"
NOW = datetime.fromisoformat("2026-03-02T09:00:00+00:00")
WEEK = timedelta(days=7)


def operator(code: str = "NETZ") -> Member:
    return register_operator(
        OperatorEntry(code, f"{code} Networks", "GB", "SCT", "Europe/London"), password=PASSWORD
    )


def provider(code: str = "NORTH") -> Member:
    return register_provider(code, f"{code} Ltd", password=PASSWORD)


def teammate(of: Member, *roles: str, name: str = "mate") -> Member:
    user = User.objects.create_user(
        f"{name}@{of.organisation.code.lower()}.example", PASSWORD, name=name.title()
    )
    return Member.objects.create(user=user, organisation=of.organisation, roles=list(roles))


def invited(
    by: Member, email: str = "new@operator.example", roles: tuple[str, ...] = ("procurement",)
) -> Invitation:
    return invite(by=by, organisation=by.organisation, email=email, roles=list(roles), now=NOW)


def signed_in(member: Member | User) -> Client:
    client = Client()
    user = member.user if isinstance(member, Member) else member
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def delivered() -> list[mail.EmailMessage]:
    """Let the worker send what waits; everything that was sent so far."""
    with clock.set_to(datetime.fromisoformat("2100-01-01T00:00:00+00:00")):
        deliver_due()
    return mail.outbox


def link_in_mail(to: str) -> str:
    """The path of the link in the newest mail to the address."""
    message = [each for each in delivered() if to in each.to][-1]
    found = re.search(r"https?://([^/\s]+)(/\S+)", message.body)
    assert found, message.body
    assert found[1] in {"testserver", "localhost"} or found[1].startswith("localhost:"), found[1]
    return found[2]


def joins(client: Client, link: str, at: datetime = NOW, **values: str):
    """Fill in the page of an invitation's link."""
    form = {"name": "Ann Example", "password": PASSWORD, "accept_terms": "on"} | values
    with clock.set_to(at):
        return client.post(link, form)


def own_cache() -> dict[str, dict[str, str]]:
    """A cache that no other test empties or fills: tries at signing in are counted there."""
    own = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(uuid.uuid4())}
    return settings.CACHES | {"default": own}
