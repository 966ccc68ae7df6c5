"""Notifying people, and what they do about a notification."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from marketplace import states
from marketplace.audit.chain import Actor
from marketplace.deliveries.enums import DeliveryState
from marketplace.deliveries.waking import wake_on_commit
from marketplace.errors import Refused
from marketplace.notifications.kinds import Kind, Message, kind_of, kinds_for
from marketplace.notifications.models import Notification, Preference

LONGEST = {"title": 200, "key": 200, "link": 500}


def notify(
    kind_code: str,
    *,
    to: Iterable[Any],
    title: str,
    lines: Sequence[str],
    link: str,
    key: str,
    now: datetime,
    organisation_id: UUID | None = None,
    sealed_under: UUID | None = None,
    worth_until: datetime | None = None,
) -> None:
    """Tell each of these users the same, in the caller's transaction; see :class:`Message` for the words.

    Raises ``KeyError`` for an unknown kind.
    """
    messages = (
        Message(user.pk, title, tuple(lines), link, key, organisation_id, sealed_under, worth_until)
        for user in to
    )
    notify_many(kind_code, messages, now=now)


def notify_many(kind_code: str, messages: Iterable[Message], *, now: datetime) -> None:
    """Write a notification for each message in the caller's transaction, and have it mailed once that
    commits.

    What was told before, by the same key, stays as it is. Preferences are those of now. The work doesn't grow
    with the number of people but by batches. Raises ``KeyError`` for an unknown kind.
    """
    kind = kind_of(kind_code)
    wanted = sorted(
        messages, key=lambda message: (message.user_id, message.key)
    )  # one order: no two wait in a circle
    if not wanted:
        return
    with transaction.atomic():
        preferences = _preferences(kind, {message.user_id for message in wanted})
        rows = [_row(kind, message, preferences.get(message.user_id), now) for message in wanted]
        Notification.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
        if any(row.mail_state == DeliveryState.WAITING for row in rows):
            wake_on_commit()


def _preferences(kind: Kind, user_ids: set[int]) -> dict[int, Preference]:
    if not kind.switchable:
        return {}
    chosen = Preference.objects.filter(kind=kind.code, user__in=user_ids)
    return {preference.user_id: preference for preference in chosen}


def _row(kind: Kind, message: Message, preference: Preference | None, now: datetime) -> Notification:
    if not message.link.startswith("/") or message.link.startswith("//"):
        raise ValueError(f"{message.link} is not a path on this site.")
    by_email = preference is None or preference.by_email
    return Notification(
        user_id=message.user_id,
        organisation_id=message.organisation_id,
        kind=kind.code,
        key=_fitting("key", message.key),
        title=_shortened(one_line(message.title)),
        lines=[one_line(line) for line in message.lines],
        link=_fitting("link", message.link),
        created_at=now,
        sealed_under=message.sealed_under,
        in_list=preference is None or preference.in_list,
        mail_state=DeliveryState.WAITING if by_email else DeliveryState.UNWANTED,
        worth_until=message.worth_until,
    )


def one_line(text: str) -> str:
    """The text without line breaks and control characters, so that it can be a mail's subject."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _shortened(title: str) -> str:
    most = LONGEST["title"]
    return title if len(title) <= most else title[: most - 1] + "…"


def _fitting(name: str, text: str) -> str:
    if len(text) > LONGEST[name]:
        raise ValueError(f"The {name} of a notification is too long: {text[:80]}…")
    return text


def mark_read(*, user: Any, notification: Notification, now: datetime) -> None:
    """Note when the person first saw it."""
    Notification.objects.filter(pk=notification.pk, user=user, read_at=None).update(read_at=now)


def mark_all_read(*, user: Any, now: datetime) -> int:
    """Note that the person saw all of their list; returns how many were new."""
    return Notification.objects.filter(user=user, in_list=True, read_at=None).update(read_at=now)


@transaction.atomic
def set_preferences(*, user: Any, audience: str | None, chosen: Mapping[str, tuple[bool, bool]]) -> None:
    """Keep how the person wants each kind: by email, in the list. Raises ``Refused`` for one that can't be
    chosen."""
    offered = {kind.code: kind for kind in kinds_for(audience)}
    for code, (by_email, in_list) in chosen.items():
        if code not in offered:
            raise Refused("This kind of notification doesn't concern your organisation.")
        if not offered[code].switchable and not (by_email and in_list):
            raise Refused(f"“{offered[code].title}” can't be turned off.")
        Preference.objects.update_or_create(
            user=user, kind=code, defaults={"by_email": by_email, "in_list": in_list}
        )
        if not by_email:
            _call_off(user, code)


@transaction.atomic
def unsubscribe(*, user: Any, kind_code: str) -> None:
    """Stop the mails of a kind; the list on the site goes on. Raises ``Refused`` for one that can't be turned
    off."""
    kind = kind_of(kind_code)
    if not kind.switchable:
        raise Refused(f"“{kind.title}” can't be turned off.")
    Preference.objects.update_or_create(user=user, kind=kind_code, defaults={"by_email": False})
    _call_off(user, kind_code)


def _call_off(user: Any, kind_code: str) -> None:
    waiting = Notification.objects.filter(user=user, kind=kind_code, mail_state=DeliveryState.WAITING)
    waiting.update(mail_state=DeliveryState.UNWANTED)


def send_again(*, by: Actor, notification: Notification, now: datetime) -> None:
    """Queue a mail again, as a message of its own; ``by`` is a platform admin. Raises ``Refused``."""
    with transaction.atomic():
        states.move(
            notification,
            "mail_state",
            DeliveryState.WAITING,
            by=by,
            action="mail sent again",
            now=now,
            organisation_id=notification.organisation_id,
            sealed_under=notification.sealed_under,
            attempts=0,
            next_try_at=None,
            worth_until=None,
            edition=notification.edition + 1,
        )
        wake_on_commit()
