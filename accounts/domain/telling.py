"""Telling organisations things: the right people of each, in its own words and time zone, with one query for all."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.domain.queries import members_to_notify
from accounts.models import Organisation
from marketplace import notifications
from marketplace.notifications import Notice

Words = tuple[str, list[str]]
"""Title, and lines of whole sentences."""


@dataclass(frozen=True)
class Story:
    """What one organisation is told; the fields are as in :class:`marketplace.notifications.Notice`."""

    title: str
    lines: list[str]
    link: str
    key: str
    sealed_under: UUID | None = None
    worth_until: datetime | None = None


def tell(
    kind_code: str,
    organisations: Iterable[UUID],
    roles: Iterable[str],
    say: Callable[[Organisation], Words],
    *,
    link: str,
    key: str,
    now: datetime,
) -> None:
    """Tell the people of these organisations who hold one of the roles, in the caller's transaction.

    ``say`` is asked once for each organisation. The rest is as in :class:`marketplace.notifications.Notice`.
    """
    tell_stories(kind_code, organisations, roles, lambda to: Story(*say(to), link, key), now=now)


def tell_stories(
    kind_code: str,
    organisations: Iterable[UUID],
    roles: Iterable[str],
    story_for: Callable[[Organisation], Story],
    *,
    now: datetime,
) -> None:
    """The same for what leads each organisation to a page of its own."""

    def notices() -> Iterator[Notice]:
        told: dict[UUID, Story] = {}
        for user in members_to_notify(organisations, *roles):
            own = user.member.organisation
            if own.pk not in told:
                told[own.pk] = story_for(own)
            story = told[own.pk]
            yield Notice(
                user_id=user.pk,
                title=story.title,
                lines=story.lines,
                link=story.link,
                key=story.key,
                organisation_id=own.pk,
                sealed_under=story.sealed_under,
                worth_until=story.worth_until,
            )

    notifications.notify_many(kind_code, notices(), now=now)
