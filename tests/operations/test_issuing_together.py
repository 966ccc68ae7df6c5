"""Many dispatches issued at once: the same as one after the other, in as many queries as one."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from contracts.domain.given_terms import give_terms
from contracts.domain.queries import contracts_of
from contracts.models import Contract
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.audit.verification import verify
from marketplace.errors import NotAllowed, Refused
from operations.domain.dispatch_plan import issue_plan
from operations.domain.instructions import Instruction
from operations.domain.issuing import NotIssued, issue_dispatches
from operations.domain.messages import messages_of
from operations.models import Dispatch, DispatchEvent, Message
from tests.bidding.market import AFTER
from tests.operations.scene import HALF, contracted, minute
from tests.support.running_contract import an_hour_before_service

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def once(module_database):
    return contracted()


@pytest.fixture
def scene(once):
    """North's and South's contracts, an hour before their service, which runs at the same time."""
    with an_hour_before_service(once) as made:
        made.souths = contracts_of(made.south).get()
        Contract.objects.filter(pk=made.souths.pk).update(terms_version=None, terms=None)
        give_terms(by=made.buyer, contract_ids=[made.souths.pk], version=made.terms_version, now=AFTER)
        yield made


def told(scene, contract, start, mw=HALF, **more):
    return Instruction(contract.pk, mw, minute(scene, start), minute(scene, start + 10), **more)


def together(scene, *instructions):
    return issue_dispatches(by=scene.buyer, instructions=instructions, now=clock.now())


def test_each_has_its_event_both_logs_entries_and_its_providers_next_message(scene):
    asked = [
        told(scene, scene.contract, 0, ref="A"),
        told(scene, scene.souths, 0, Decimal(2), ref="B", reason="Overload"),
        told(scene, scene.contract, 20, ref="C"),
    ]
    made = together(scene, *asked)
    assert [each.ref for each in made] == ["A", "B", "C"]
    assert [(each.contract_id, each.mw, each.start, each.end) for each in made] == [
        (each.contract_id, each.mw, each.start, each.end) for each in asked
    ]
    assert list(DispatchEvent.objects.order_by("pk").values_list("dispatch__ref", "place", "kind")) == [
        (ref, 1, "issue") for ref in "ABC"
    ]
    assert [(each.number, each.body["ref"]) for each in messages_of(scene.north)] == [(1, "A"), (2, "C")]
    assert [(each.number, each.body["reason"]) for each in messages_of(scene.south)] == [(1, "Overload")]
    issued = AuditEntry.objects.filter(action="dispatch issued").order_by("sequence")
    logs = {
        member.organisation_id: [
            each.subject_label for each in issued if each.organisation_id == member.organisation_id
        ]
        for member in (scene.buyer, scene.north, scene.south)
    }
    assert list(logs.values()) == [["A", "B", "C"], ["A", "C"], ["B"]]
    assert list(verify()) == []
    titles = scene.north.user.notifications.filter(kind="dispatch").values_list("title", flat=True)
    assert sorted(each.split(":")[0] for each in titles) == ["Dispatch A", "Dispatch C"]


def test_many_take_the_queries_of_one(scene):
    for _ in range(2):
        with CaptureQueriesContext(connection) as one:
            together(scene, told(scene, scene.contract, 0 if not Dispatch.objects.exists() else 10))
    with CaptureQueriesContext(connection) as many:
        together(
            scene,
            *(told(scene, scene.contract, start) for start in (30, 40, 50)),
            *(told(scene, scene.souths, start) for start in (30, 40, 50)),
        )
    first_of_south = 2
    assert len(many) <= len(one) + first_of_south


@pytest.mark.parametrize("place", [0, 1])
def test_one_that_is_refused_keeps_all_from_being_issued_and_is_named(scene, place):
    asked = [told(scene, scene.souths, 0), told(scene, scene.souths, 20)]
    asked[place] = told(scene, scene.contract, 0, Decimal(2))
    with pytest.raises(NotIssued, match="accepted and available") as refused:
        together(scene, *asked)
    assert refused.value.place == place
    calls = [(each.contract_id, each.mw) for each in asked]
    span = {"start": minute(scene, 0), "end": minute(scene, 10)}
    with pytest.raises(Refused, match=r"with North.*Nothing was sent\."):
        issue_plan(by=scene.buyer, calls=calls, ref="P", now=clock.now(), **span)
    assert not Dispatch.objects.exists()
    assert not Message.objects.exists()


def test_two_of_one_contract_at_an_instant_are_refused_in_one_batch_too(scene):
    with pytest.raises(NotIssued, match="Another dispatch of the contract runs") as refused:
        together(scene, told(scene, scene.contract, 0), told(scene, scene.contract, 5))
    assert refused.value.place == 1
    assert not Dispatch.objects.exists()


def test_the_same_ref_twice_in_one_batch_is_one_dispatch_and_with_other_content_none(scene):
    same = told(scene, scene.contract, 0, ref="A")
    first, second = together(scene, same, same)
    assert first == second == Dispatch.objects.get()
    with pytest.raises(NotIssued, match="Another dispatch was issued under the ref A"):
        together(scene, told(scene, scene.souths, 0, ref="B"), told(scene, scene.contract, 20, ref="a"))
    assert Dispatch.objects.count() == 1


def test_a_batch_with_a_contract_of_another_operator_or_without_the_role_is_issued_to_nobody(scene):
    scene.buyer.roles = [Role.CONTRACTS]
    with pytest.raises(NotAllowed, match="needs the role Operations"):
        together(scene, told(scene, scene.contract, 0))
    with pytest.raises(NotAllowed, match="no such contract"):
        issue_dispatches(
            by=scene.north,
            instructions=[told(scene, scene.contract, 0), told(scene, scene.souths, 0)],
            now=clock.now(),
        )
    assert not Dispatch.objects.exists()
