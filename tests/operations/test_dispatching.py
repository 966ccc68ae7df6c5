"""Dispatches through the actions: who may, what is refused, what is recorded, told and held, once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import Role
from bidding.domain.decisions.policy import change_policy
from contracts.domain.lifecycle import sign_contract, withdraw_contract
from contracts.models import Contract
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from operations.domain.dispatch_plan import plan_of
from operations.domain.dispatching import (
    acknowledge_dispatch,
    amend_dispatch,
    cancel_dispatch,
    decline_dispatch,
    response_of,
    stop_dispatch,
)
from operations.domain.messages import messages_of
from operations.domain.profiles import Response
from operations.enums import DISPATCH_TRANSITIONS, DispatchState
from operations.models import Dispatch, DispatchEvent, Message
from tests.operations.scene import HALF, MINUTE, act, contracted, give, issue, minute
from tests.qualification import market as base
from tests.support.running_contract import an_hour_before_service

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def once(module_database):
    return contracted()


@pytest.fixture
def scene(once):
    with an_hour_before_service(once) as made:
        yield made


def kinds(dispatch):
    return [each.kind for each in dispatch.events.order_by("place")]


def told(member):
    return [(each.number, each.kind) for each in messages_of(member)]


def test_a_dispatch_is_recorded_with_its_event_both_logs_and_the_providers_message(scene):
    dispatch = issue(scene, reason="Overload", incident_reference="INC-7")
    assert (dispatch.state, kinds(dispatch)) == (DispatchState.ISSUED, ["issue"])
    entries = AuditEntry.objects.filter(action="dispatch issued")
    assert {each.organisation_id for each in entries} == {
        scene.buyer.organisation_id,
        scene.north.organisation_id,
    }
    assert told(scene.north) == [(1, "dispatch_issued")]
    body = messages_of(scene.north).get().body
    assert (body["dispatch"], body["mw"], body["reason"], body["schema"]) == (
        str(dispatch.pk),
        "0.5",
        "Overload",
        1,
    )
    assert told(scene.south) == told(scene.buyer) == []


def test_a_reference_that_is_too_long_is_refused_and_not_cut(scene):
    with pytest.raises(Refused, match="An incident reference can have at most 60 characters"):
        issue(scene, incident_reference="I" * 61)
    assert not Dispatch.objects.exists()
    assert issue(scene, incident_reference="I" * 60).incident_reference == "I" * 60


def test_only_the_buyers_operations_dispatch_and_only_the_sellers_answer(scene):
    others = [
        base.member(scene.buyer.organisation, tuple(set(Role.values) - {Role.OPERATIONS})),
        scene.north,
        scene.south,
        base.member(base.operator()),
    ]
    for other in others:
        with pytest.raises(NotAllowed):
            issue(scene, by=other)
    assert not Dispatch.objects.exists()
    dispatch = issue(scene)
    for action, more in ((acknowledge_dispatch, {}), (decline_dispatch, {"reason": "Outage"})):
        for other in (
            scene.buyer,
            scene.south,
            base.member(scene.north.organisation, tuple(set(Role.values) - {Role.OPERATIONS})),
        ):
            with pytest.raises(NotAllowed):
                act(action, other, dispatch, **more)
    for action in (cancel_dispatch, stop_dispatch):
        for other in others:
            with pytest.raises(NotAllowed):
                act(action, other, dispatch)
    assert kinds(dispatch) == ["issue"]


def test_what_breaks_a_limit_is_refused_with_every_sentence_and_leaves_nothing(scene):
    with pytest.raises(Refused) as refusal:
        issue(scene, start=-1, end=30, mw=Decimal(2))
    assert "one service window" in refusal.value.sentence
    with pytest.raises(Refused, match="1 MW are accepted and available"):
        issue(scene, mw=Decimal("1.000001"))
    withdraw_contract(by=scene.buyer, contract=scene.contract, reason="No need.", now=clock.now())
    with pytest.raises(Refused, match="The contract is withdrawn"):
        issue(scene)
    assert (Dispatch.objects.count(), DispatchEvent.objects.count(), Message.objects.count()) == (0, 0, 0)


def test_a_contract_without_terms_is_not_dispatched(scene):
    Contract.objects.filter(pk=scene.contract.pk).update(terms_version=None, terms=None)
    with pytest.raises(Refused, match="no settlement terms yet"):
        issue(scene)


def test_the_same_ref_with_the_same_content_is_one_dispatch_and_with_another_refused(scene):
    first = issue(scene, ref="call-1")
    assert issue(scene, ref="CALL-1") == first
    with pytest.raises(Refused, match="Another dispatch was issued under the ref call-1"):
        issue(scene, ref="call-1", mw=Decimal("0.4"))
    with pytest.raises(Refused, match="Another dispatch of the contract runs"):
        issue(scene)
    act(acknowledge_dispatch, scene.north, first)
    assert issue(scene, ref="call-1") == first, "also once more has happened to it"
    assert (Dispatch.objects.count(), told(scene.north)) == (1, [(1, "dispatch_issued")])


def test_the_database_holds_one_dispatch_of_a_contract_at_an_instant(scene):
    first = issue(scene)
    with pytest.raises(IntegrityError, match="one_dispatch_of_a_contract"), transaction.atomic():
        Dispatch.objects.create(
            operator=first.operator,
            contract=first.contract,
            ref="twice",
            mw=1,
            start=first.start + MINUTE,
            end=first.end + MINUTE,
            issued_at=clock.now(),
            issued_by_id=1,
        )
    with pytest.raises(IntegrityError, match="never changed or removed"), transaction.atomic():
        DispatchEvent.objects.filter(dispatch=first).update(at=clock.now())
    issue(scene, start=30, end=60)


def test_messages_to_a_receiver_are_numbered_without_a_gap(scene):
    first, second = issue(scene), issue(scene, start=30, end=60)
    with pytest.raises(Refused):
        issue(scene, start=45, end=50)
    act(cancel_dispatch, scene.buyer, first)
    act(cancel_dispatch, scene.buyer, first)
    third = issue(scene, start=0, end=20)
    with clock.set_to(minute(scene, 5)):
        act(stop_dispatch, scene.buyer, third, is_emergency=True)
    assert told(scene.north) == [
        (1, "dispatch_issued"),
        (2, "dispatch_issued"),
        (3, "dispatch_cancelled"),
        (4, "dispatch_issued"),
        (5, "dispatch_emergency_stopped"),
    ]
    assert [each.number for each in messages_of(scene.north, after=3)] == [4, 5]
    assert second.state == DispatchState.ISSUED


def test_what_is_cancelled_stopped_or_void_holds_no_time(scene):
    cancelled = issue(scene)
    act(cancel_dispatch, scene.buyer, cancelled)
    stopped = issue(scene)
    with clock.set_to(minute(scene, 10)):
        act(stop_dispatch, scene.buyer, stopped)
        assert stopped.end == minute(scene, 10)
        later = issue(scene, start=11, end=30)
        act(acknowledge_dispatch, scene.north, later)
    assert later.holds_its_time


def test_without_promised_availability_silence_makes_it_void_and_frees_its_time(scene):
    give(scene, "none")
    first = issue(scene)
    with pytest.raises(Refused, match="Another dispatch of the contract runs"):
        issue(scene, start=10, end=40)
    with clock.set_to(clock.now() + 15 * MINUTE + timedelta(seconds=1)):
        assert response_of(first, scene.contract, clock.now()) is Response.UNANSWERED_VOID
        with pytest.raises(Refused, match="the dispatch is void"):
            act(acknowledge_dispatch, scene.north, first)
        second = issue(scene, start=10, end=40)
        act(decline_dispatch, scene.north, second, reason="Outage")
        assert not second.holds_its_time
        issue(scene, start=10, end=40)


def test_an_answer_is_given_once_and_a_late_one_counts_where_availability_is_promised(scene):
    dispatch = issue(scene)
    with clock.set_to(clock.now() + 16 * MINUTE):
        act(acknowledge_dispatch, scene.north, dispatch)
        act(acknowledge_dispatch, scene.north, dispatch)
        assert response_of(dispatch, scene.contract, clock.now()) is Response.LATE
        with pytest.raises(Refused, match="was acknowledged"):
            act(decline_dispatch, scene.north, dispatch, reason="Outage")
    assert (dispatch.state, kinds(dispatch)) == (DispatchState.ACKNOWLEDGED, ["issue", "acknowledge"])
    entries = AuditEntry.objects.filter(action="dispatch acknowledged")
    assert {each.organisation_id for each in entries} == {
        scene.buyer.organisation_id,
        scene.north.organisation_id,
    }


def test_a_declined_one_stands_where_availability_is_promised(scene):
    dispatch = issue(scene)
    act(decline_dispatch, scene.north, dispatch, reason="Outage")
    assert (dispatch.state, dispatch.holds_its_time) == (DispatchState.DECLINED, True)
    assert response_of(dispatch, scene.contract, clock.now()) is Response.DECLINED
    assert dispatch.events.get(kind="decline").reason == "Outage"
    with pytest.raises(Refused, match="was declined"):
        act(cancel_dispatch, scene.buyer, dispatch)


def test_a_longer_amendment_holds_its_time_until_its_instant_has_passed(scene):
    dispatch = issue(scene)
    act(acknowledge_dispatch, scene.north, dispatch)
    change = {"mw": Decimal(1), "since": minute(scene, 20), "end": minute(scene, 60)}
    act(amend_dispatch, scene.buyer, dispatch, **change)
    assert dispatch.end == minute(scene, 60)
    with pytest.raises(Refused, match="Another dispatch"):
        issue(scene, start=30, end=60)
    with clock.set_to(minute(scene, 20)):
        with pytest.raises(Refused, match="the profile before stands"):
            act(acknowledge_dispatch, scene.north, dispatch, amendment=2)
        issue(scene, start=30, end=60)
    dispatch.refresh_from_db()
    assert dispatch.end == minute(scene, 30)
    assert told(scene.north)[1] == (2, "dispatch_amended")


def test_an_amendment_that_is_acknowledged_in_time_binds(scene):
    dispatch = issue(scene)
    act(acknowledge_dispatch, scene.north, dispatch)
    change = {"mw": Decimal(1), "since": minute(scene, 20), "end": minute(scene, 60)}
    act(amend_dispatch, scene.buyer, dispatch, **change)
    act(acknowledge_dispatch, scene.north, dispatch, amendment=2)
    assert dispatch.end == minute(scene, 60)
    assert dispatch.state == DispatchState.ACKNOWLEDGED
    with clock.set_to(minute(scene, 30)):
        less = {"mw": HALF, "since": minute(scene, 31), "end": minute(scene, 40)}
        act(amend_dispatch, scene.buyer, dispatch, **less)
    assert dispatch.end == minute(scene, 40), "less binds at once"


@pytest.mark.parametrize("before", list(DispatchState))
@pytest.mark.parametrize("after", list(DispatchState)[1:])
def test_every_step_between_states_is_one_of_the_table(scene, before, after):
    dispatch = issue(scene)
    steps = {
        DispatchState.ACKNOWLEDGED: lambda: act(acknowledge_dispatch, scene.north, dispatch),
        DispatchState.DECLINED: lambda: act(decline_dispatch, scene.north, dispatch, reason="Outage"),
        DispatchState.CANCELLED: lambda: act(cancel_dispatch, scene.buyer, dispatch),
    }
    if before in steps:
        steps[before]()
    events = kinds(dispatch)
    if after in DISPATCH_TRANSITIONS[before]:
        steps[after]()
        assert dispatch.state == after
    elif after is before:
        steps[after]()
        assert (dispatch.state, kinds(dispatch)) == (before, events), "said twice, recorded once"
    else:
        with pytest.raises(Refused):
            steps[after]()
        dispatch.refresh_from_db()
        assert (dispatch.state, kinds(dispatch)) == (before, events)


def test_an_operator_may_dispatch_signed_contracts_only(scene):
    change_policy(
        by=scene.buyer, four_eyes=False, standstill_days=0, dispatch_needs_signature=True, now=clock.now()
    )
    with pytest.raises(Refused, match="not signed yet"):
        issue(scene)
    offer = [scene.contract.pk]
    span = (minute(scene, 0), minute(scene, 30))
    contract = Contract.objects.select_related("competition", "buyer", "bid__window").get(pk__in=offer)
    assert [
        str(each.refusals[0].rule) for each in plan_of([contract], HALF, *span, clock.now()).left_out
    ] == ["status"]
    sign_contract(by=scene.buyer, contract=scene.contract, now=clock.now())
    assert issue(scene).mw == HALF


def test_without_that_policy_an_awarded_contract_is_dispatched(scene):
    change_policy(by=scene.buyer, four_eyes=False, standstill_days=3, now=clock.now())
    assert issue(scene).mw == HALF
