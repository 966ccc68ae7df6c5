"""Notifications to organisations: the right people of each, in its own words and time zone, with one query
for all."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.domain.queries import members_to_notify
from accounts.models import Organisation
from marketplace.notifications import Message
from marketplace.notifications.actions import notify_many

Words = tuple[str, list[str]]
"""Title, and lines of whole sentences."""


@dataclass(frozen=True)
class OrganisationMessage:
    """What one organisation is told; the fields are as in :class:`marketplace.notifications.Message`."""

    title: str
    lines: list[str]
    link: str
    key: str
    sealed_under: UUID | None = None
    worth_until: datetime | None = None


def notify_organisations(
    kind_code: str,
    organisations: Iterable[UUID],
    roles: Iterable[str],
    say: Callable[[Organisation], Words],
    *,
    link: str,
    key: str,
    now: datetime,
) -> None:
    """Notify the people of these organisations who hold one of the roles, in the caller's transaction.

    ``say`` is asked once for each organisation. The rest is as in :class:`marketplace.notifications.Message`.
    """
    notify_each_organisation(
        kind_code, organisations, roles, lambda to: OrganisationMessage(*say(to), link, key), now=now
    )


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

    def messages() -> Iterator[Message]:
        own_messages: dict[UUID, Sequence[OrganisationMessage]] = {}
        for user in members_to_notify(organisations, *roles):
            own = user.member.organisation
            if own.pk not in own_messages:
                own_messages[own.pk] = messages_for(own)
            for message in own_messages[own.pk]:
                yield Message(
                    user_id=user.pk,
                    title=message.title,
                    lines=message.lines,
                    link=message.link,
                    key=message.key,
                    organisation_id=own.pk,
                    sealed_under=message.sealed_under,
                    worth_until=message.worth_until,
                )

    notify_many(kind_code, messages(), now=now)
