"""How organisations and their people come to the platform."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core import signing
from django.db import transaction

from accounts import rules
from accounts.domain.terms import TERMS_VERSIONS
from accounts.enums import OrganisationKind, Role, TermsKind
from accounts.models import Invitation, Member, Organisation, TermsAcceptance, User
from marketplace.audit.chain import record
from marketplace.errors import Refused

SALT = "accounts.invitation"


@dataclass(frozen=True)
class PlatformAdmin:
    """A platform admin as the actor of an audited action: belongs to no organisation."""

    user: User
    organisation_id: None = None

    @property
    def user_id(self) -> int:
        return self.user.pk

    @property
    def email(self) -> str:
        return self.user.email


Actor = Member | PlatformAdmin


def lock_team(organisation_id: UUID) -> None:
    """Let nobody else change who is in this organisation until the transaction ends.

    Taken before any invitation or member is locked: seats and holders of Account are counted behind it.
    """
    Organisation.objects.select_for_update().get(pk=organisation_id)


def invitation_token(invitation: Invitation) -> str:
    """The signed text of an invitation's link; a re-sent invitation has another."""
    return signing.dumps([str(invitation.pk), invitation.sent_at.isoformat()], salt=SALT)


def invitation_of(token: str) -> Invitation:
    """The invitation behind a link. Raises ``Refused`` for a link that is forged, cut or replaced by a newer
    one."""
    try:
        key, sent_at = signing.loads(token, salt=SALT)
        invitation = Invitation.objects.select_related("organisation").get(pk=UUID(key))
    except (signing.BadSignature, ValueError, Invitation.DoesNotExist):
        raise Refused("This link is not complete. Copy the whole link from the email.") from None
    if invitation.sent_at.isoformat() != sent_at:
        raise Refused("This invitation was sent again: use the link of the newest email.")
    return invitation


@transaction.atomic
def register_operator(
    *, by: Actor | None, organisation: Organisation, emails: Iterable[str], now: datetime
) -> list[Invitation]:
    """Store a new system operator and invite its first people, who hold every role.

    ``organisation`` is unsaved and has passed its form.
    """
    organisation.kind = OrganisationKind.SYSTEM_OPERATOR
    organisation.save()
    _record(
        organisation, by, "organisation registered", organisation, {"name": (None, organisation.name)}, now
    )
    return [
        invite(by=by, organisation=organisation, email=email, roles=list(Role.values), now=now)
        for email in emails
    ]


@transaction.atomic
def register_provider(*, user: User, organisation: Organisation, now: datetime) -> Member:
    """Store the company of a verified user, who accepts both terms and becomes its first member with every
    role.

    Raises ``Refused`` for anyone who belongs to an organisation already, or whose email is not verified.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    if Member.objects.filter(user=locked).exists():
        raise Refused("You already belong to an organisation.")
    if not EmailAddress.objects.filter(user=locked, verified=True).exists():
        raise Refused("Verify your email address first.")
    organisation.kind = OrganisationKind.FLEX_SERVICE_PROVIDER
    organisation.save()
    member = Member.objects.create(user=locked, organisation=organisation, roles=list(Role.values))
    for kind, version in TERMS_VERSIONS.items():
        TermsAcceptance.objects.create(
            kind=kind,
            version=version,
            user=locked,
            organisation=organisation if kind == TermsKind.SERVICE else None,
            accepted_at=now,
        )
    _record(
        organisation,
        member,
        "organisation registered",
        organisation,
        {"name": (None, organisation.name)},
        now,
    )
    return member


class AlreadyInvited(Refused):
    """The address has an open invitation, which may be sent again instead."""

    def __init__(self, invitation: Invitation) -> None:
        super().__init__(f"{invitation.email} is invited already. You can send the invitation again.")
        self.invitation = invitation


@transaction.atomic
def invite(
    *, by: Actor | None, organisation: Organisation, email: str, roles: list[str], now: datetime
) -> Invitation:
    """Invite an address; a first person gets every role, a later one Procurement unless told otherwise.

    Raises ``Refused`` when no seat is free and for the address of a member, :class:`AlreadyInvited` when it
    has an open invitation, ``NotAllowed``.
    """
    if isinstance(by, Member):
        rules.check_may_manage_team(by)
    lock_team(organisation.pk)
    _check_is_no_member(organisation, email)
    waiting = organisation.invitations.filter(
        email__iexact=email, accepted_at=None, withdrawn_at=None
    ).first()
    if waiting is not None:
        raise AlreadyInvited(waiting)
    rules.check_seat_is_free(organisation, now)
    invitation = Invitation.objects.create(
        organisation=organisation, email=email.lower(), roles=roles, sent_at=now
    )
    _record(
        organisation, by, "member invited", invitation, {"email": (None, email), "roles": (None, roles)}, now
    )
    return invitation


def _check_is_no_member(organisation: Organisation, email: str) -> None:
    colleague = organisation.members.select_related("user").filter(user__email__iexact=email).first()
    if colleague is not None and colleague.is_active:
        raise Refused(f"{colleague.email} is a member already: change their roles in the list of members.")
    if colleague is not None:
        raise Refused(
            f"{colleague.email} is a member who was deactivated: re-activate them in the list of members."
        )


@transaction.atomic
def accept_invitation(
    *, invitation: Invitation, name: str, password: str | None, signed_in: User | None, now: datetime
) -> Member:
    """Make the invited person a member: with a new login, or the one that is signed in with the invited
    address.

    Raises ``Refused`` when the invitation is no longer open or the address can't be used.
    """
    lock_team(invitation.organisation_id)
    locked = (
        Invitation.objects.select_for_update(of=["self"]).select_related("organisation").get(pk=invitation.pk)
    )
    rules.check_invitation_is_open(locked, now)
    user = _login_for(locked, name, password, signed_in)
    if Member.objects.filter(user=user).exists():
        raise Refused(
            "This email address already belongs to an organisation on the platform. "
            "Ask for an invitation to another address."
        )
    member = Member.objects.create(user=user, organisation=locked.organisation, roles=locked.roles)
    TermsAcceptance.objects.create(
        kind=TermsKind.USER, version=TERMS_VERSIONS[TermsKind.USER], user=user, accepted_at=now
    )
    locked.accepted_at = now
    locked.save(update_fields=["accepted_at"])
    _record(locked.organisation, member, "invitation accepted", member, {"roles": (None, member.roles)}, now)
    return member


def _login_for(invitation: Invitation, name: str, password: str | None, signed_in: User | None) -> User:
    existing = User.objects.filter(email__iexact=invitation.email).first()
    if existing is not None:
        if signed_in != existing:
            raise Refused(
                f"{invitation.email} has a login already: sign in with it, then open the link again."
            )
        return existing
    user = User.objects.create_user(invitation.email, password, name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@transaction.atomic
def change_roles(*, by: Member, member: Member, roles: list[str], now: datetime) -> None:
    """Give a colleague exactly these roles. Raises ``Refused`` for the last holder of Account,
    ``NotAllowed``."""
    rules.check_may_manage_team(by)
    lock_team(by.organisation_id)
    locked = Member.objects.select_related("organisation", "user").get(
        pk=member.pk, organisation=by.organisation_id
    )
    rules.check_account_stays_held(locked, roles)
    before, locked.roles = locked.roles, roles
    locked.save(update_fields=["roles"])
    _record(locked.organisation, by, "roles changed", locked, {"roles": (before, roles)}, now)


def _record(
    organisation: Organisation,
    by: Actor | None,
    action: str,
    subject: Any,
    changes: Mapping[str, Any],
    now: datetime,
) -> None:
    record(organisation_id=organisation.pk, by=by, action=action, subject=subject, changes=changes, now=now)
