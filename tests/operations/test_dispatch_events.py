"""What the clock, the contract and other people bring to dispatches: reminders, schedules, withdrawals, races, plans."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from accounts.enums import Role
from bidding.models import Bid
from contracts.domain.lifecycle import sign_contract, withdraw_contract
from contracts.domain.queries import contracts_of
from contracts.models import Contract
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.deliveries.enums import DeliveryState
from marketplace.errors import NotAllowed, Refused
from marketplace.notifications.actions import set_preferences
from marketplace.notifications.channel import NotificationMails
from marketplace.notifications.models import Notification
from operations.domain import watching
from operations.domain.dispatch_notifications import profile_text
from operations.domain.dispatch_plan import Offer, fill, issue_plan, plan_of
from operations.domain.dispatch_queries import contracts_to_call
from operations.domain.dispatch_warnings import (
    clashes_of_each,
    clashing_dispatches,
    named,
    warned_of,
    warnings_of,
)
from operations.domain.dispatching import (
    acknowledge_dispatch,
    cancel_dispatch,
    decline_dispatch,
    stop_dispatch,
)
from operations.domain.messages import messages_of
from operations.domain.scheduled import issue_scheduled
from operations.domain.watching import acknowledge_stop, overdue_numbers, times_repeated, watch_dispatches
from operations.enums import DISPATCH_TRANSITIONS, DispatchState
from operations.models import Dispatch, DispatchEvent, Message
from qualification.models import Asset
from tests.operations.metered import another_contract
from tests.operations.metered import issue as called
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


def told(member, kind=None):
    found = Notification.objects.filter(user=member.user, kind__startswith="dispatch")
    return [each.title for each in (found.filter(kind=kind) if kind else found).order_by("created_at", "pk")]


def words_of(kind):
    return Notification.objects.filter(kind=kind).latest("created_at").lines


def test_every_step_is_mailed_to_the_provider_and_none_can_be_turned_off(scene):
    with pytest.raises(Refused, match="can't be turned off"):
        set_preferences(user=scene.north.user, audience="fsp", chosen={"dispatch": (False, False)})
    dispatch = issue(scene)
    act(cancel_dispatch, scene.buyer, dispatch)
    titles = sorted(told(scene.north, "dispatch"), key=len)
    assert titles[0] == f"Dispatch {dispatch.ref} is cancelled"
    assert titles[1].startswith(f"Dispatch {dispatch.ref}: 0.5 MW from ")
    states = Notification.objects.filter(kind="dispatch").values_list("mail_state", flat=True)
    assert set(states) == {DeliveryState.WAITING}
    assert not told(scene.south)


def test_half_the_time_gone_and_no_answer_in_time_are_told_once(scene):
    dispatch = issue(scene)
    for seconds, north, buyer in (
        (60, 0, 0),
        (450, 1, 0),
        (460, 1, 0),
        (900, 1, 0),
        (901, 1, 1),
        (960, 1, 1),
    ):
        with clock.set_to(dispatch.issued_at + timedelta(seconds=seconds)):
            watch_dispatches(clock.now())
        assert len(told(scene.north, "dispatch_half_time")) == north, seconds
        assert len(told(scene.buyer, "dispatch_unanswered")) == buyer, seconds
    dispatch.refresh_from_db()
    assert dispatch.holds_its_time, "it stands: availability was accepted"
    assert "The dispatch stands, and can still be acknowledged late." in words_of("dispatch_unanswered")


@pytest.mark.parametrize(("minutes", "tells"), [(8, "notify_half_time"), (16, "notify_unanswered")])
def test_of_two_runs_at_once_each_tells_only_of_what_the_other_has_not(scene, monkeypatch, minutes, tells):
    dispatch = issue(scene)
    issue(scene, start=30, end=60)
    tell = getattr(watching, tells)

    def while_another_run_goes_ahead(*about):
        monkeypatch.setattr(watching, tells, tell)
        assert watch_dispatches(clock.now()) == 1, "the second; the first is being told of"
        tell(*about)

    monkeypatch.setattr(watching, tells, while_another_run_goes_ahead)
    with clock.set_to(dispatch.issued_at + minutes * MINUTE):
        assert watch_dispatches(clock.now()) == 1


def test_monitoring_counts_overdue_answers_while_they_matter_and_stops_until_they_are_acknowledged(scene):
    dispatch = issue(scene)
    with clock.set_to(dispatch.issued_at + 16 * MINUTE):
        watch_dispatches(clock.now())
        assert overdue_numbers(clock.now()) == (1, 0)
    assert overdue_numbers(dispatch.end) == (0, 0), "it is over"
    act(acknowledge_dispatch, scene.north, dispatch)
    assert overdue_numbers(clock.now()) == (0, 0)
    with clock.set_to(minute(scene, 5)):
        act(stop_dispatch, scene.buyer, dispatch, is_emergency=True)
    assert [overdue_numbers(minute(scene, after)) for after in (9, 10)] == [(0, 0), (0, 1)]
    acknowledge_stop(by=scene.north, message_id=messages_of(scene.north).last().pk, now=clock.now())
    assert overdue_numbers(minute(scene, 10)) == (0, 0)


def test_an_answer_ends_reminders(scene):
    dispatch = issue(scene)
    act(acknowledge_dispatch, scene.north, dispatch)
    with clock.set_to(dispatch.issued_at + 16 * MINUTE):
        assert watch_dispatches(clock.now()) == 0


def test_without_promised_availability_the_time_of_an_unanswered_one_is_let_go(scene):
    give(scene, "none")
    dispatch = issue(scene)
    with clock.set_to(dispatch.issued_at + 16 * MINUTE):
        watch_dispatches(clock.now())
    dispatch.refresh_from_db()
    assert not dispatch.holds_its_time
    assert "The dispatch is void: no availability was accepted." in words_of("dispatch_unanswered")


def test_a_dispatch_past_midnight_is_told_with_both_its_days():
    start = datetime(2026, 2, 9, 23, 30, tzinfo=UTC)
    buyer = SimpleNamespace(zone=ZoneInfo("Europe/London"))
    contract = SimpleNamespace(buyer=buyer, competition=SimpleNamespace(power_type="active"))
    told = [profile_text(contract, Decimal(1), start, start + each) for each in (20 * MINUTE, 60 * MINUTE)]
    assert told == [
        "1 MW from 9 February 2026, 23:30 GMT to 23:50",
        "1 MW from 9 February 2026, 23:30 GMT to 10 February 2026, 00:30 GMT",
    ]


def test_an_emergency_stop_is_told_again_until_somebody_acknowledges_it(scene):
    dispatch = issue(scene)
    act(acknowledge_dispatch, scene.north, dispatch)
    with clock.set_to(minute(scene, 5)):
        act(stop_dispatch, scene.buyer, dispatch, is_emergency=True)
    for after, number in ((1, 1), (5, 2), (6, 2), (10, 3)):
        with clock.set_to(minute(scene, 5 + after)):
            watch_dispatches(clock.now())
        assert len(told(scene.north, "dispatch_emergency")) == number
    stop = messages_of(scene.north).last()
    with pytest.raises(NotAllowed):
        acknowledge_stop(by=scene.south, message_id=stop.pk, now=clock.now())
    acknowledge_stop(by=scene.north, message_id=stop.pk, now=clock.now())
    with clock.set_to(minute(scene, 20)):
        watch_dispatches(clock.now())
    assert len(told(scene.north, "dispatch_emergency")) == 3
    entries = AuditEntry.objects.filter(action="emergency stop acknowledged")
    assert entries.count() == 2


@pytest.mark.parametrize(
    ("minutes", "times"), [(4, 0), (5, 1), (119, 23), (120, 24), (179, 24), (180, 25), (24 * 60, 46)]
)
def test_an_emergency_stop_is_repeated_every_five_minutes_for_two_hours_then_every_hour(minutes, times):
    assert times_repeated(minutes * MINUTE) == times


def test_an_emergency_stop_of_yesterday_is_still_told_again(scene):
    dispatch = issue(scene)
    act(acknowledge_dispatch, scene.north, dispatch)
    with clock.set_to(minute(scene, 5)):
        act(stop_dispatch, scene.buyer, dispatch, is_emergency=True)
    with clock.set_to(minute(scene, 24 * 60)):
        watch_dispatches(clock.now())
        watch_dispatches(clock.now())
    assert len(told(scene.north, "dispatch_emergency")) == 2


def test_the_mail_of_an_emergency_stop_overtakes_all_that_wait(scene):
    dispatch = issue(scene)
    act(acknowledge_dispatch, scene.north, dispatch)
    with clock.set_to(minute(scene, 5)):
        act(stop_dispatch, scene.buyer, dispatch, is_emergency=True)
    first = NotificationMails().rows().filter(mail_state=DeliveryState.WAITING)[0]
    assert first.kind == "dispatch_emergency"


def test_withdrawing_stops_what_runs_and_cancels_what_comes_in_one_transaction(scene):
    running, coming = issue(scene), issue(scene, start=30, end=60)
    act(acknowledge_dispatch, scene.north, running)
    with clock.set_to(minute(scene, 10)):
        withdraw_contract(by=scene.buyer, contract=scene.contract, reason="No need.", now=clock.now())
    running.refresh_from_db()
    coming.refresh_from_db()
    assert (running.end, coming.state) == (minute(scene, 10), DispatchState.CANCELLED)
    last = AuditEntry.objects.filter(organisation_id=scene.buyer.organisation_id).order_by("-sequence")
    actions = list(last.values_list("action", flat=True)[:4])
    assert actions[0] == "contract withdrawn", "the dispatches end first"
    assert [each.kind for each in messages_of(scene.north)][-2:] == ["dispatch_stopped", "dispatch_cancelled"]


def test_withdrawing_leaves_what_was_void_already_as_it_is(scene):
    give(scene, "none")
    dispatch = issue(scene)
    with clock.set_to(dispatch.issued_at + 16 * MINUTE):
        withdraw_contract(by=scene.buyer, contract=scene.contract, reason="No need.", now=clock.now())
    dispatch.refresh_from_db()
    assert (dispatch.state, dispatch.events.count()) == (DispatchState.ISSUED, 1)


def scheduled(scene, product="Peak Reduction"):
    type(scene.competition).objects.filter(pk=scene.competition.pk).update(product_type=product)
    Contract.objects.filter(pk=scene.contract.pk).update(signable_from=None)
    contract = contracts_of(scene.buyer).get(pk=scene.contract.pk)
    sign_contract(by=scene.buyer, contract=contract, now=clock.now())
    return Dispatch.objects.filter(contract=contract).order_by("start")


def test_signing_dispatches_each_occurrence_where_the_award_is_the_instruction(scene):
    made = list(scheduled(scene))
    assert made
    assert {(each.state, each.kind, each.mw) for each in made} == {("acknowledged", "scheduled", Decimal(1))}
    assert all(each.end - each.start <= scene.contract.maximum_run_time for each in made)
    numbers = [each.number for each in messages_of(scene.north)]
    assert numbers == list(range(1, len(made) + 1))
    assert len(told(scene.north, "dispatch")) == 1, "one mail for all"
    assert DispatchEvent.objects.count() == 2 * len(made)


def test_an_occurrence_that_is_dispatched_already_is_not_scheduled_again(scene):
    made = list(scheduled(scene))
    contract = contracts_of(scene.buyer).get(pk=scene.contract.pk)
    assert issue_scheduled(by=scene.buyer, contract=contract, now=clock.now()) == []
    assert Dispatch.objects.count() == len(made)


def test_signing_any_other_product_dispatches_nothing(scene):
    assert not scheduled(scene, "Operational Utilisation").exists()


def test_a_plan_takes_the_cheapest_first_and_the_last_one_in_part(scene):
    contracts = list(contracts_to_call(scene.buyer))
    start, end = minute(scene, 0), minute(scene, 30)
    plan = plan_of(contracts, Decimal("0.25"), start, end, clock.now())
    assert [(each.contract.pk, each.mw) for each in plan.calls] == [(scene.contract.pk, Decimal("0.25"))]
    short = plan_of(contracts, Decimal(5), start, end, clock.now())
    assert short.short == 4
    late = plan_of(contracts, Decimal(1), minute(scene, -90), minute(scene, -70), clock.now())
    assert [refusal.rule for refusal in late.left_out[0].refusals]


def test_a_plan_is_sent_whole_or_not_at_all_and_twice_it_is_one(scene):
    calls = [(scene.contract.pk, HALF)]
    span = {"start": minute(scene, 0), "end": minute(scene, 30), "ref": "P-1", "now": clock.now()}
    first = issue_plan(by=scene.buyer, calls=calls, **span)
    assert issue_plan(by=scene.buyer, calls=calls, **span) == first
    with pytest.raises(Refused, match="Nothing was sent"):
        issue_plan(by=scene.buyer, calls=calls, **{**span, "ref": "P-2"})
    assert Dispatch.objects.count() == 1
    with pytest.raises(NotAllowed):
        issue_plan(by=scene.north, calls=calls, **{**span, "ref": "P-3"})


def test_a_plan_calls_one_contract_at_least_and_200_at_most(scene):
    span = {"start": minute(scene, 0), "end": minute(scene, 30), "ref": "P-1", "now": clock.now()}
    for calls, sentence in (
        ([], "The plan calls no contract."),
        ([(scene.contract.pk, HALF)] * 201, "A plan calls at most 200 contracts."),
    ):
        with pytest.raises(Refused, match=sentence):
            issue_plan(by=scene.buyer, calls=calls, **span)


def test_a_plan_spares_the_dearer_ones_once_it_is_filled(scene):
    cheap, dear = (Contract(pk=number, utilisation_price=price) for number, price in ((1, 20), (2, 30)))
    offers = [Offer(each, Fraction(1), each.utilisation_price) for each in (dear, cheap)]
    plan = fill(offers, Decimal(1), minute(scene, 0), minute(scene, 30))
    assert [(each.contract, each.mw, each.cost) for each in plan.calls] == [(cheap, 1, 10)]
    assert ([each.contract for each in plan.spare], plan.short) == ([dear], 0)


def test_warnings_name_no_other_contract(scene):
    asked = (scene.contract, HALF, minute(scene, 0), minute(scene, 30), clock.now())
    of_readings = warnings_of(*asked)
    assert of_readings == [
        "No meter data in the last 7 days of N1, N2.",
        "No baseline is possible for N1, N2 by what is there now; what has none delivers nothing that counts.",
    ]
    scene.contract.bid.window.minimum_aggregate_mw = Decimal(1)
    assert warnings_of(*asked) == [
        "The window's minimum aggregate size is 1 MW; this asks for less.",
        *of_readings,
    ]


@pytest.fixture
def sharing(scene):
    """Another contract of North that counts on N1, which is called in the first half-hour of service."""
    bid = Bid.objects.get(decision="rejected", ballot__provider=scene.north.organisation)
    other = another_contract(scene, scene.contract, bid, scene.assets["N1"])
    return called(scene, other, minute(scene, 0), minute(scene, 30), HALF)


def hindrances(scene, start, end, contract=None):
    return [
        each.sentence
        for each in warned_of(
            contract or scene.contract, HALF, minute(scene, start), minute(scene, end), clock.now()
        )
        if each.hinders
    ]


def test_an_asset_that_another_contract_calls_at_that_time_is_named_without_the_contract(scene, sharing):
    told = ["N1 is also called by another contract at that time; what is delivered counts once."]
    assert hindrances(scene, 0, 30) == hindrances(scene, 29, 60) == told
    assert hindrances(scene, 30, 60) == []
    assert hindrances(scene, 0, 30, contract=sharing.contract) == []
    assert clashing_dispatches(scene.contract, minute(scene, 0), minute(scene, 30)) == {sharing: ["N1"]}
    asked = [(scene.contract, minute(scene, start), minute(scene, start + 30)) for start in (30, 0)]
    assert clashes_of_each(asked) == [{}, {sharing: ["N1"]}]
    assert clashes_of_each(asked, not_of=scene.buyer.organisation_id) == [{}, {}]
    Dispatch.objects.filter(pk=sharing.pk).update(holds_its_time=False)
    assert hindrances(scene, 0, 30) == []


def test_an_asset_recovers_from_its_last_dispatch_under_whichever_contract(scene, sharing):
    Asset.objects.filter(ref="N1").update(recovery_time=timedelta(minutes=45))
    [told] = hindrances(scene, 74, 104)
    assert told.startswith("N1 needs 0:45 hours to recover from its last dispatch: until ")
    assert hindrances(scene, 75, 105) == []


def test_assets_that_are_mothballed_or_archived_are_named(scene):
    Asset.objects.filter(ref="N1").update(status="mothballed")
    assert hindrances(scene, 0, 30) == ["N1 is mothballed."]
    Asset.objects.filter(ref="N2").update(status="mothballed")
    assert hindrances(scene, 0, 30) == ["N1, N2 are mothballed."]


def test_of_many_assets_the_first_five_are_named():
    refs = [f"N{number}" for number in range(1, 8)]
    assert named(refs[:5]) == "N1, N2, N3, N4, N5"
    assert named(refs) == "N1, N2, N3, N4, N5 and 2 more"


ROLES = ("operator", "operator without the role", "provider", "provider without the role", "other provider")


def person(scene, who):
    others = tuple(set(Role.values) - {Role.OPERATIONS})
    return {
        "operator": lambda: scene.buyer,
        "operator without the role": lambda: base.member(scene.buyer.organisation, others),
        "provider": lambda: scene.north,
        "provider without the role": lambda: base.member(scene.north.organisation, others),
        "other provider": lambda: scene.south,
    }[who]()


MAY = {
    DispatchState.ACKNOWLEDGED: "provider",
    DispatchState.DECLINED: "provider",
    DispatchState.CANCELLED: "operator",
}


@pytest.mark.parametrize("before", list(DispatchState))
def test_every_step_by_every_role_is_taken_or_refused_by_the_table(scene, before):
    def step(to, by, dispatch):
        if to is DispatchState.ACKNOWLEDGED:
            act(acknowledge_dispatch, by, dispatch)
        elif to is DispatchState.DECLINED:
            act(decline_dispatch, by, dispatch, reason="Outage")
        else:
            act(cancel_dispatch, by, dispatch)

    for after, who in product(MAY, ROLES):
        with transaction.atomic():
            dispatch = issue(scene)
            if before in MAY:
                step(before, person(scene, MAY[before]), dispatch)
            events = dispatch.events.count()
            entries = AuditEntry.objects.count()
            by = person(scene, who)
            allowed = who == MAY[after] and (after in DISPATCH_TRANSITIONS[before])
            if allowed:
                step(after, by, dispatch)
                assert dispatch.state == after, (before, after, who)
                assert AuditEntry.objects.count() == entries + 2, "an entry in each party's log"
            elif who == MAY[after] and after is before:
                step(after, by, dispatch)
                assert dispatch.events.count() == events, "said twice, recorded once"
            else:
                refusal = Refused if who == MAY[after] else NotAllowed
                with pytest.raises(refusal):
                    step(after, by, dispatch)
                dispatch.refresh_from_db()
                assert (dispatch.state, dispatch.events.count()) == (before, events), (before, after, who)
            transaction.set_rollback(True)


def test_a_worker_that_dies_between_issue_and_mail_loses_nothing(scene):
    """The mail waits in the transaction of the dispatch: whoever sends next finds it; without a commit there is neither."""
    dispatch = issue(scene)
    waiting = Notification.objects.filter(kind="dispatch", mail_state=DeliveryState.WAITING)
    assert waiting.count() == 1
    with transaction.atomic():
        issue(scene, start=30, end=60)
        transaction.set_rollback(True)
    assert (Dispatch.objects.get(), waiting.count(), Message.objects.count()) == (dispatch, 1, 1)
    next_one = issue(scene, start=30, end=60)
    assert [each.number for each in messages_of(scene.north)] == [1, 2], "no number is lost with it"
    assert next_one.pk != dispatch.pk
