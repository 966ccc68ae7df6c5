"""Tests of a provider's channels: it starts one for itself, hears it by every channel and answers it."""

import uuid

from ninja import Query, Router

from accounts.enums import OrganisationKind, Role, Scope
from api.auth import Declared
from api.operations import Answer, reads, writes
from api.paging import Listed, Page, listed
from api.problems import of_request
from api.requests import ProgramRequest
from api.shapes import Told
from api.v1.dispatches import DispatchShape, dispatch_shape
from contracts.domain.queries import contracts_of
from marketplace import clock
from operations.domain.own_tests import own_tests_of, start_own_test

router = Router(tags=["Dispatches"])
FSP = OrganisationKind.FLEX_SERVICE_PROVIDER


class OwnTestTold(Told):
    """The contract that the test names."""

    contract_id: uuid.UUID


@reads(
    router,
    "/test-dispatches",
    Declared(Scope.DISPATCH_READ, FSP, Role.OPERATIONS),
    returns=Listed[DispatchShape],
)
def test_dispatches(request: ProgramRequest, asked: Query[Page]) -> Listed[DispatchShape]:
    """The tests that your organisation started to try its channels, the last start first."""
    now = clock.now()
    own = own_tests_of(request.member)
    return listed(own, asked, ("-start", "pk"), lambda shown: [dispatch_shape(each, now) for each in shown])


@writes(
    router,
    "POST",
    "/test-dispatches",
    Declared(Scope.DISPATCH_WRITE, FSP, Role.OPERATIONS),
    returns=DispatchShape,
    made=True,
)
def post_test_dispatch(request: ProgramRequest, body: OwnTestTold) -> Answer:
    """Send your organisation a TEST as a dispatch is sent. It counts nowhere; the operator doesn't see it."""
    if not contracts_of(request.member).filter(pk=body.contract_id).exists():
        raise of_request("not_found", "There is no such contract among yours.")
    made = start_own_test(by=request.member, contract_id=body.contract_id, now=clock.now())
    return Answer(dispatch_shape(own_tests_of(request.member).get(pk=made.pk), clock.now()), 201)
