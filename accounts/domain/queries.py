"""Whose people and organisations are whose."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum

from accounts.enums import OrganisationKind
from accounts.models import ApiClient, Invitation, Member, Organisation, User
from marketplace.audit.models import ChainHead
from marketplace.prepared import asked, loaded


def acting_member(user_id: int) -> Member | None:
    """The member behind a user, with the organisation; None for someone who belongs to none."""
    return loaded(Member, "user", "organisation", user=user_id)


def member_of(user: User) -> Member | None:
    """The member behind a user who is at hand, with the organisation; as :func:`acting_member`, for every page."""
    member = loaded(Member, "organisation", user=user.pk)
    if member is not None:
        member.user = user
    return member


def member_who_may_act(user_id: int) -> Member | None:
    """The member behind a user while they may act at all; what a worker asks before it acts for them."""
    member = acting_member(user_id)
    return member if member is not None and member.is_active and member.user.is_active else None


def team_of(member: Member) -> QuerySet[Member]:
    """The people of one's own organisation; its programs are in :func:`clients_of`."""
    return (
        Member.objects.filter(organisation=member.organisation_id, client=None)
        .select_related("user")
        .order_by("user__email")
    )


def open_invitations_of(member: Member) -> QuerySet[Invitation]:
    """The invitations of one's own organisation that nobody has used yet."""
    return Invitation.objects.filter(organisation=member.organisation_id, accepted_at=None, withdrawn_at=None)


def members_to_notify(organisations: UUID | Iterable[UUID], *roles: str) -> QuerySet[User]:
    """The people of these organisations who may act and hold one of the roles (none given: any), in a steady
    order.

    Each with ``member.organisation`` loaded, so that one query serves many organisations.
    """
    wanted = [organisations] if isinstance(organisations, UUID) else list(organisations)
    people = User.objects.filter(
        is_active=True, member__is_active=True, member__organisation__in=wanted, member__client=None
    )
    if roles:
        people = people.filter(member__roles__overlap=list(roles))
    return people.select_related("member__organisation").order_by("pk")


def organisation_names(ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of these organisations, by id."""
    return dict(Organisation.objects.filter(pk__in=list(ids)).order_by().values_list("pk", "name"))


def operators_mark() -> int:
    """How many entries the operators' chains have together: another number after whatever any of them did."""

    def counted() -> None:
        operators = Organisation.objects.filter(kind=OrganisationKind.SYSTEM_OPERATOR).values("pk")
        ChainHead.objects.filter(organisation_id__in=operators).aggregate(Sum("count"))

    [[count]] = asked("accounts.operators_mark", ChainHead, counted, whose=None)
    return int(count or 0)


def members_for_admins() -> QuerySet[Member]:
    """Every person of every organisation, for platform admins only."""
    everybody = Member.objects.select_related("user", "organisation")
    return everybody.filter(client=None).order_by("organisation__name", "user__email")


def clients_of(member: Member) -> QuerySet[ApiClient]:
    """The programs of one's own organisation, those that were revoked last."""
    own = ApiClient.objects.filter(member__organisation=member.organisation_id).select_related("member")
    return own.prefetch_related("secrets").order_by(F("revoked_at").asc(nulls_first=True), "name", "id")


def organisation_to_edit(member: Member) -> Organisation:
    """A copy of the member's own organisation that a form may write on, apart from the one the request acts
    for."""
    return Organisation.objects.get(pk=member.organisation_id)


def operators_named(text: str) -> QuerySet[Organisation]:
    """The system operators whose name or code has the text in it."""
    named = Q(name__icontains=text) | Q(code__iexact=text)
    return Organisation.objects.filter(named, kind=OrganisationKind.SYSTEM_OPERATOR).order_by("name")
