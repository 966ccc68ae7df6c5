"""Every operation, asked with the token of everybody, while bids are sealed and after: what the declaration promises, no
trace of a rival's bids, nothing that breaks."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import transaction

from accounts.enums import Role, Scope
from accounts.models import ApiToken
from api.auth import Declared
from api.operations import operations
from bidding.domain.ballots.submitting import submit_ballot, withdraw_ballot
from marketplace import clock
from marketplace.jobs import public_files
from tests.api.addresses import path_of
from tests.api.programs import ROLES, Program, ask_with
from tests.bidding import market as bidding
from tests.qualification import market as base
from tests.support.walking import refusals_unlogged, undone, views_below

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def market(module_database):
    """A market in which North has bid, and a program of each of the cast."""
    of = bidding.market()
    with clock.set_to(bidding.BIDDING):
        submit_ballot(
            by=of.north,
            competition=of.competition,
            label="1",
            asset_ids=None,
            bids=[bidding.bid(of.windows[0])],
            now=bidding.BIDDING,
        )
        people = {
            "buyer": Program(of.buyer),
            "bidder": Program(of.north),
            "rival": Program(of.south),
            "other operator": Program(base.member(base.operator())),
            "bidder without roles": Program(of.north, name="Idle", roles=()),
            "bidder without scopes": Program(of.north, name="Blind", scopes=(Scope.MARKET_READ,)),
        }
        ApiToken.objects.update(ends_at=bidding.AFTER + timedelta(hours=1))
        public_files.refresh_due(bidding.BIDDING)
    return of, people


def promised(declared: Declared, program: Program) -> int:
    """The status that the declaration promises; 0: whatever the operation says."""
    client = program.client
    if declared.scope and declared.scope not in client.scopes:
        return 403
    if declared.kind and client.member.organisation.kind != declared.kind:
        return 404
    return 403 if declared.role and declared.role not in client.member.roles else 0


def answered(program, operation, of):
    with undone(), refusals_unlogged():
        return getattr(program, operation.method.lower())(path_of(operation, of))


def test_every_address_of_programs_belongs_to_an_operation_that_declares_who_may():
    named = {name for route, name in views_below("api/v1/") if name not in {"openapi", "api-root"}}
    assert named == set(operations)
    assert all(each.declared.role in {None, *ROLES, Role.ACCOUNT} for each in operations.values())


@pytest.mark.parametrize("instant", [bidding.BIDDING, bidding.AFTER], ids=["while sealed", "after the close"])
def test_everyone_gets_what_the_declaration_says_and_nothing_breaks(market, instant):
    of, people = market
    wrong = {}
    with clock.set_to(instant):
        for operation, (who, program) in product(operations.values(), people.items()):
            expected = promised(operation.declared, program)
            if expected and instant == bidding.AFTER:
                continue  # refused before the operation is asked what time it is
            status = answered(program, operation, of).status_code
            if status >= 500 or (expected and status != expected) or (not expected and status == 401):
                wrong[operation.id, who] = (status, expected)
    assert wrong == {}


def test_without_a_token_only_market_data_opens(market):
    of, _ = market
    with clock.set_to(bidding.BIDDING), refusals_unlogged():
        opened = [
            each.id
            for each in operations.values()
            if not each.declared.is_public
            and ask_with(None, each.method.lower(), path_of(each, of)).status_code != 401
        ]
        closed = [
            each.id
            for each in operations.values()
            if each.declared.is_public and ask_with(None, "get", path_of(each, of)).status_code != 200
        ]
    assert (opened, closed) == ([], [])
    assert all(each.path.startswith("/market/") for each in operations.values() if each.declared.is_public)


def traces(market, who):
    """What one of the cast is answered everywhere: status, length, ETag and bytes."""
    of, people = market
    found = {}
    with clock.set_to(bidding.BIDDING):
        for operation in operations.values():
            if operation.id == "me":
                continue  # its clock is held, its name is its own
            answer = answered(people[who], operation, of)
            told = answer.content.replace(answer["X-Request-ID"].encode(), b"")
            found[operation.id] = answer.status_code, len(told), answer.headers.get("ETag"), told
            if operation.id == "make_file":
                found[operation.id] = found[operation.id][:2]  # the job's id is a new one each time
    return found


@pytest.mark.parametrize("who", ["buyer", "rival", "other operator"])
def test_before_the_close_nobody_can_tell_whether_somebody_else_bids(market, who):
    of, _ = market
    with transaction.atomic():
        with_bid = traces(market, who)
        with clock.set_to(bidding.BIDDING):
            withdraw_ballot(by=of.north, competition=of.competition, label="1", now=bidding.BIDDING)
        without = traces(market, who)
        transaction.set_rollback(True)
    assert {key for key in with_bid if with_bid[key] != without[key]} == set()


def test_the_bidder_sees_its_own_ballot_and_after_the_close_still(market):
    of, people = market
    path = f"/competitions/{of.competition.ref}/ballots/1"
    for instant in (bidding.BIDDING, bidding.AFTER):
        with clock.set_to(instant):
            assert people["bidder"].get(path).json()["bids"][0]["capacity_mw"] == "1"
