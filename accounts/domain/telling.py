"""Telling organisations things: the right people of each, in its own words and time zone, with one query for all."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from uuid import UUID

from accounts.domain.queries import members_to_notify
from accounts.models import Organisation
from marketplace import notifications
from marketplace.notifications import Notice

Words = tuple[str, list[str]]
"""Title, and lines of whole sentences."""


def tell(
    kind_code: str,
    organisations: Iterable[UUID],
    roles: Iterable[str],
    say: Callable[[Organisation], Words],
    *,
    link: str,
    key: str,
    now: datetime,
    sealed_under: UUID | None = None,
    worth_until: datetime | None = None,
) -> None:
    """Tell the people of these organisations who hold one of the roles, in the caller's transaction.

    ``say`` is asked once for each organisation. The rest is as in :class:`marketplace.notifications.Notice`.
    """

    def notices() -> Iterator[Notice]:
        said: dict[UUID, Words] = {}
        for user in members_to_notify(organisations, *roles):
            own = user.member.organisation
            if own.pk not in said:
                said[own.pk] = say(own)
            title, lines = said[own.pk]
            yield Notice(user.pk, title, lines, link, key, own.pk, sealed_under, worth_until)

    notifications.notify_many(kind_code, notices(), now=now)
