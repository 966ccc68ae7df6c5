"""Who the token acts for."""

from ninja import Router

from accounts.enums import OrganisationKind, Role, Scope
from api.auth import Declared
from api.operations import reads
from api.requests import ProgramRequest
from api.shapes import Instant, Shown
from marketplace import clock

router = Router(tags=["Me"])


class Me(Shown):
    """The program, its organisation, and what it may do."""

    client_id: str
    name: str
    organisation: str
    organisation_code: str
    kind: OrganisationKind
    time_zone: str
    currency: str
    roles: list[Role]
    scopes: list[Scope]
    now: Instant


@reads(router, "/me", Declared(scope=""), returns=Me)
def me(request: ProgramRequest) -> Me:
    """Who the token acts for, and what it may do.

    The clock of the marketplace is among it: deadlines are read from that one.
    """
    member = request.member
    assert request.acting is not None
    return Me(
        client_id=request.client.pk,
        name=request.client.name,
        organisation=member.organisation.name,
        organisation_code=member.organisation.code,
        kind=OrganisationKind(member.organisation.kind),
        time_zone=member.organisation.time_zone,
        currency=member.organisation.currency,
        roles=[Role(each) for each in member.roles],
        scopes=[Scope(each) for each in sorted(request.acting.scopes)],
        now=clock.now(),
    )
