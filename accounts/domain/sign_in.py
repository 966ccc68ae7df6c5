"""How people sign in: second factors, the policy of an organisation about them, and open sessions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet

from accounts import rules
from accounts.domain.registration import Actor, PlatformAdmin
from accounts.models import Member, Organisation, User
from marketplace.audit import chain
from marketplace.errors import Refused

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What counts as a second factor; recovery codes only stand in for one."""


def factors_of(user: Any) -> QuerySet[Authenticator]:
    """The second factors that the user has set up."""
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS)
    return found


def why_second_factor(user: Any, member: Member | None) -> str:
    """Who asks this user for a second factor, as the start of a sentence; empty when nobody does."""
    if user.is_staff and settings.ADMIN_SECOND_FACTOR:
        return "Platform admins sign in"
    if settings.SECOND_FACTOR_FOR_ALL:
        return "Everybody here signs in"
    if member is not None and member.organisation.second_factor_required:
        return f"Everybody at {member.organisation} signs in"
    return ""


def lacks_second_factor(user: Any, member: Member | None) -> str:
    """:func:`why_second_factor`, for a user who is asked for one and has none; otherwise empty."""
    why = why_second_factor(user, member)
    return why if why and not factors_of(user).exists() else ""


def members_without_second_factor(organisation: Organisation) -> set[int]:
    """The ids of the active members who can't go on when it is required."""
    active = organisation.members.filter(is_active=True, client=None)
    with_one = Authenticator.objects.filter(type__in=FACTORS, user__in=active.values("user"))
    return set(active.exclude(user__in=with_one.values("user")).values_list("pk", flat=True))


@transaction.atomic
def set_second_factor_policy(*, by: Member, required: bool, now: datetime) -> None:
    """Require a second factor of every member, or no longer. Raises ``Refused`` for a member who has none,
    ``NotAllowed``."""
    rules.check_may_manage_team(by)
    organisation = Organisation.objects.select_for_update().get(pk=by.organisation_id)
    if required == organisation.second_factor_required:
        return
    if required and not factors_of(by.user).exists():
        raise Refused("Set up a second factor for yourself first: otherwise you would shut yourself out.")
    organisation.second_factor_required = required
    organisation.save(update_fields=["second_factor_required"])
    chain.record(
        organisation_id=organisation.pk,
        by=by,
        action="second factor required" if required else "second factor no longer required",
        subject=organisation,
        changes={"second factor required": (not required, required)},
        now=now,
    )


def check_factor_may_go(authenticator: Authenticator, member: Member | None) -> None:
    """Raise ``Refused`` for the last second factor of somebody who is asked for one. Lock the user before."""
    why = why_second_factor(authenticator.user, member)
    if why and not factors_of(authenticator.user).exclude(pk=authenticator.pk).exists():
        raise Refused(f"{why} with a second factor, and this is your only one: set up another one first.")


@transaction.atomic
def remove_second_factors(*, by: PlatformAdmin, user: User, now: datetime) -> int:
    """Take away all second factors of somebody who lost them, and end their sessions; returns how many there
    were.

    The caller has made sure who is asking. Raises ``Refused`` for oneself and for somebody without any.
    """
    if by.user_id == user.pk:
        raise Refused("Your own second factors are removed under “How you sign in”, not here.")
    User.objects.select_for_update().get(pk=user.pk)
    kinds = sorted(factors_of(user).values_list("type", flat=True))
    if not kinds:
        raise Refused(f"{user.email} has no second factor.")
    Authenticator.objects.filter(user=user).delete()
    end_sessions(user)
    record(
        user=user,
        by=by,
        action="second factors removed by support",
        changes={"factors": (kinds, [])},
        now=now,
    )
    return len(kinds)


def open_sessions(user: Any, now: datetime) -> QuerySet[UserSession]:
    """The sessions in which the user is signed in, the one seen last first."""
    alive = Session.objects.filter(expire_date__gt=now).values("session_key")
    found: QuerySet[UserSession] = UserSession.objects.filter(user_id=user.pk, session_key__in=alive)
    return found.order_by("-last_seen_at", "pk")


def end_sessions(user: Any, keep: str | None = None) -> int:
    """End the open sessions of a user except the one with the key ``keep``; returns how many."""
    sessions = UserSession.objects.filter(user_id=user.pk).exclude(session_key=keep or "")
    keys = list(sessions.values_list("session_key", flat=True))
    for key in keys:
        SessionStore().delete(key)
    sessions.filter(session_key__in=keys).delete()
    return len(keys)


@transaction.atomic
def end_all_sessions(*, by: PlatformAdmin, user: User, now: datetime) -> int:
    """Sign somebody out everywhere, as support is asked to or sees fit; returns how many sessions there
    were."""
    ended = end_sessions(user)
    record(user=user, by=by, action="sessions ended by support", changes={"sessions": (ended, 0)}, now=now)
    return ended


def clear_expired_sessions() -> None:
    """Forget sessions that have run out, and what was noted of them."""
    SessionStore.clear_expired()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


@transaction.atomic
def end_session(session: UserSession, *, now: datetime) -> None:
    """End one session, whose owner asks for it."""
    SessionStore().delete(session.session_key)
    record(
        user=session.user,
        action="session ended",
        changes={"network address": (str(session.ip), None)},
        now=now,
    )
    session.delete()


@transaction.atomic
def register_nobody(*, password: str) -> None:
    """Do what making a new login takes, and undo it: so that nobody can tell by the time whether one was
    made."""
    user = User.objects.create_user(f"{uuid4()}@nobody.invalid", password)
    EmailAddress.objects.create(user=user, email=user.email, primary=True)
    transaction.set_rollback(True)


def actor_of(user: Any) -> Actor:
    """Who acts, for the audit log: the member, or a person who belongs to no organisation."""
    member = Member.objects.select_related("user", "organisation").filter(user_id=user.pk).first()
    return member or PlatformAdmin(user)


def record(
    *, user: Any, action: str, changes: Mapping[str, tuple[Any, Any]], now: datetime, by: Actor | None = None
) -> None:
    """Record a change to a login in the log of its organisation; without one, in the platform's."""
    actor = actor_of(user)
    chain.record(
        organisation_id=actor.organisation_id,
        by=by or actor,
        action=action,
        subject=user,
        changes=changes,
        now=now,
    )
