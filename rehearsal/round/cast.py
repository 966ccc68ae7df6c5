"""The parties of a rehearsal or demo: organisations with one member who holds every role."""

from allauth.account.models import EmailAddress

from accounts.enums import OrganisationKind, Role
from accounts.models import Member, Organisation, User
from rehearsal.round.file import OperatorEntry


def register_operator(told: OperatorEntry, *, email: str = "", password: str | None = None) -> Member:
    """A system operator with its first member."""
    organisation = Organisation.objects.create(
        kind=OrganisationKind.SYSTEM_OPERATOR,
        name=told.name,
        code=told.code,
        country=told.country,
        holiday_region=told.region,
        time_zone=told.time_zone,
        contact_email=email or f"{told.code.lower()}@operator.example",
    )
    return _first_member(organisation, password)


def register_provider(code: str, name: str, *, email: str = "", password: str | None = None) -> Member:
    """A flexible service provider with its first member."""
    organisation = Organisation.objects.create(
        kind=OrganisationKind.FLEX_SERVICE_PROVIDER,
        name=name,
        code=code,
        contact_email=email or f"{code.lower()}@provider.example",
    )
    return _first_member(organisation, password)


def _first_member(organisation: Organisation, password: str | None) -> Member:
    user = User.objects.create_user(organisation.contact_email, password, name=f"{organisation.name} desk")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return Member.objects.create(user=user, organisation=organisation, roles=list(Role.values))
