"""The terms in force, who has accepted which version, and asking again when a version is new."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import transaction

from accounts.domain.queries import acting_member, team_of
from accounts.enums import Role, TermsKind
from accounts.models import Member, Organisation, TermsAcceptance, User
from marketplace.audit.chain import record
from marketplace.errors import NotAllowed
from marketplace.prepared import asked

TERMS_VERSIONS: Mapping[str, str] = {TermsKind.USER: "2026-11", TermsKind.SERVICE: "2026-11"}


def version_of(kind: str) -> str:
    """The version in force of these terms."""
    return TERMS_VERSIONS[kind]


def versions_in_force() -> str:
    """The versions in one word: another word, and everybody is asked again."""
    return " ".join(TERMS_VERSIONS[kind] for kind in sorted(TERMS_VERSIONS))


def terms_due(user: User) -> list[str]:
    """Which terms the user must accept again before going on: those accepted in an earlier version only.

    User terms are each person's own; service terms were accepted for the company.
    """
    due = []
    own = TermsAcceptance.objects.filter(user=user, kind=TermsKind.USER)
    if _is_outdated(own.values_list("version", flat=True), TermsKind.USER):
        due.append(str(TermsKind.USER))
    member = acting_member(user.pk)
    if member is not None and service_terms_due(member.organisation):
        due.append(str(TermsKind.SERVICE))
    return due


def service_terms_due(company: Organisation) -> bool:
    """Whether the service terms must be accepted again for the company, those accepted being of an earlier version."""
    accepted = company.accepted_terms.filter(kind=TermsKind.SERVICE).order_by().values_list("version")
    versions = asked(
        "accounts.service_terms", TermsAcceptance, lambda: list(accepted), whose=None, company=company.pk
    )
    return _is_outdated((version for (version,) in versions), TermsKind.SERVICE)


def may_accept(kind: str, member: Member | None) -> bool:
    """Each person accepts the user terms; only Account holders accept service terms for their company."""
    return kind == TermsKind.USER or (member is not None and member.holds(Role.ACCOUNT))


def who_may_accept_for(organisation_of: Member) -> list[Member]:
    """The active Account holders of the member's organisation."""
    return list(team_of(organisation_of).filter(is_active=True, roles__contains=[Role.ACCOUNT]))


def accept_terms(*, user: User, kinds: Collection[str], now: datetime) -> None:
    """Store that the user accepts the present version of these terms, service terms for the company.

    Accepting twice stores it once. Raises ``NotAllowed`` for service terms without the role Account.
    """
    member = acting_member(user.pk)
    for kind in kinds:
        if not may_accept(kind, member):
            raise NotAllowed("Only an Account holder accepts the service terms for the company.")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if member is not None:
            Organisation.objects.select_for_update().get(pk=member.organisation_id)
        for kind in sorted(set(kinds) & set(terms_due(user))):
            version = TERMS_VERSIONS[kind]
            company = member.organisation if member is not None and kind == TermsKind.SERVICE else None
            made = TermsAcceptance.objects.create(
                kind=kind, version=version, user=user, organisation=company, accepted_at=now
            )
            if member is not None:
                record(
                    organisation_id=member.organisation_id,
                    by=member,
                    action="terms accepted",
                    subject=made,
                    changes={"kind": (None, kind), "version": (None, version)},
                    now=now,
                )


def _is_outdated(accepted: Iterable[str], kind: str) -> bool:
    versions = set(accepted)
    return bool(versions) and TERMS_VERSIONS[kind] not in versions
