"""What organisations are told: each in its own words and time zone, the right people of it by notification, and the apps
above by a signal, whoever of its people hears of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.domain.queries import members_to_notify
from accounts.models import Organisation
from accounts.signals import organisations_told
from marketplace.notifications import Message
from marketplace.notifications.actions import notify_many

Words = tuple[str, list[str]]
"""Title, and lines of whole sentences."""
About = Mapping[str, Any]
"""What programs are told beside the words: refs, IDs and codes of what it is about, by name."""


@dataclass(frozen=True)
class OrganisationMessage:
    """What one organisation is told, and what it is ``about``; the other fields are as in
    :class:`marketplace.notifications.Message`."""

    title: str
    lines: list[str]
    link: str
    key: str
    sealed_under: UUID | None = None
    worth_until: datetime | None = None
    about: About = field(default_factory=dict)


def notify_organisations(
    kind_code: str,
    organisations: Iterable[UUID],
    roles: Iterable[str],
    say: Callable[[Organisation], Words],
    *,
    link: str,
    key: str,
    about: Callable[[UUID], About] = lambda to: {},
    now: datetime,
) -> None:
    """Tell these organisations, and notify those of their people who hold one of the roles, in the caller's transaction.

    ``say`` and ``about`` are asked once for each organisation. The rest is as in
    :class:`marketplace.notifications.Message`.
    """

    def message_for(to: Organisation) -> OrganisationMessage:
        return OrganisationMessage(*say(to), link, key, about=about(to.pk))

    notify_each_organisation(kind_code, organisations, roles, message_for, now=now)


def notify_each_organisation(
    kind_code: str,
    organisations: Iterable[UUID],
    roles: Iterable[str],
    message_for: Callable[[Organisation], OrganisationMessage],
    *,
    now: datetime,
) -> None:
    """The same for what leads each organisation to a page of its own."""
    notify_organisations_of_many(kind_code, organisations, roles, lambda to: [message_for(to)], now=now)


def notify_organisations_of_many(
    kind_code: str,
    organisations: Iterable[UUID],
    roles: Iterable[str],
    messages_for: Callable[[Organisation], Sequence[OrganisationMessage]],
    *,
    now: datetime,
) -> None:
    """The same where an organisation is told of several things at once, each by its own key."""
    wanted = Organisation.objects.filter(pk__in=list(organisations)).order_by("pk")
    told = {each.pk: messages_for(each) for each in wanted}
    if not told:
        return
    people = members_to_notify(told, *roles)
    with transaction.atomic():
        notify_many(
            kind_code,
            [
                _to_person(user.pk, user.member.organisation_id, message)
                for user in people
                for message in told[user.member.organisation_id]
            ],
            now=now,
        )
        organisations_told.send(sender=Organisation, kind=kind_code, messages=told, now=now)


def _to_person(user_id: int, organisation_id: UUID, message: OrganisationMessage) -> Message:
    return Message(
        user_id=user_id,
        title=message.title,
        lines=message.lines,
        link=message.link,
        key=message.key,
        organisation_id=organisation_id,
        sealed_under=message.sealed_under,
        worth_until=message.worth_until,
    )
