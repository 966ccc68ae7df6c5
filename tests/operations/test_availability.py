"""Availability through the actions: declared, answered, notified as missing; who may, until when, what is told."""

from copy import deepcopy
from datetime import date, time, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import Role
from contracts.domain.lifecycle import withdraw_contract
from contracts.models import Contract
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from marketplace.notifications.models import Notification
from operations.domain.accepting import (
    Accepted,
    Answer,
    answer,
    answer_waiting,
    digest_of,
    planned,
    waiting_for,
)
from operations.domain.availability_reminders import notify_due, undeclared_of
from operations.domain.issuing import issue_dispatch
from operations.domain.messages import messages_of
from operations.domain.missing import notify_unavailability, shorten_unavailability
from operations.domain.promising import (
    DayDeclared,
    Declared,
    copy_week,
    declare,
    declare_days,
    declare_period,
)
from operations.enums import UnavailabilityReason
from operations.models import AvailabilityAnswer, AvailabilityDeclaration, Unavailability
from tests.operations import availability_scene as scenes
from tests.operations.availability_scene import ANSWER, LOCK, OPEN, WEEK, at, pieces
from tests.qualification import market as base

pytestmark = pytest.mark.django_db
MOMENT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
MONDAY = WEEK
FULL = ("16:00-20:00", 1.0)


@pytest.fixture(scope="module")
def once(module_database):
    return scenes.made()


@pytest.fixture
def scene(once):
    return deepcopy(once)


def say(scene, day, mw, start=None, end=None, by=None, contract=None, now=OPEN):
    told = DayDeclared((contract or scene.first).pk, day, Decimal(mw), start, end)
    with clock.set_to(now):
        return declare_days(by=by or scene.north, days=[told], now=now)


def accept(scene, day, mw, start=16, end=20, by=None, contract=None, now=LOCK):
    told = Accepted((contract or scene.first).pk, at(day, start), at(day, end), Decimal(mw))
    with clock.set_to(now):
        return answer(by=by or scene.buyer, stretches=[told], now=now)


def accept_all(scene, what=Answer.ALL, now=LOCK, **more):
    with clock.set_to(now):
        return answer_waiting(by=scene.buyer, what=what, now=now, **more)


def miss(scene, start, end, mw="0", now=OPEN, by=None, contract=None, reason=UnavailabilityReason.OUTAGE):
    with clock.set_to(now):
        return notify_unavailability(
            by=by or scene.north,
            contract_id=(contract or scene.first).pk,
            start=start,
            end=end,
            mw=Decimal(mw),
            reason=reason,
            now=now,
        )


def test_what_is_not_declared_is_the_capacity_and_a_later_declaration_replaces_an_earlier(scene):
    assert pieces(scene.first, MONDAY, OPEN) == [(*FULL, 0.0, 0.0, "open")]
    say(scene, MONDAY, "0.6")
    say(scene, MONDAY, "0.25", time(17), time(18, 1))
    assert [each[:2] for each in pieces(scene.first, MONDAY, OPEN)] == [
        ("16:00-17:00", 0.6),
        ("17:00-18:01", 0.25),
        ("18:01-20:00", 0.6),
    ]
    assert AvailabilityDeclaration.objects.count() == 2


def test_declaring_the_same_again_adds_nothing(scene):
    assert say(scene, MONDAY, "0.6") == 1
    assert say(scene, MONDAY, "0.6") == 0
    assert AvailabilityDeclaration.objects.count() == 1
    assert AuditEntry.objects.filter(action="availability declared").count() == 2


def test_a_declaration_stands_in_both_logs(scene):
    say(scene, MONDAY, "0.6")
    entries = AuditEntry.objects.filter(action="availability declared")
    assert {each.organisation_id for each in entries} == {
        scene.buyer.organisation_id,
        scene.north.organisation_id,
    }


def test_declarations_are_taken_until_the_very_instant_of_the_lock(scene):
    assert say(scene, MONDAY, "0.6", now=LOCK - MOMENT) == 1
    with pytest.raises(Refused, match="were locked on 5 February 2026, 00:00 GMT"):
        say(scene, MONDAY, "0.5", now=LOCK)
    assert say(scene, MONDAY + timedelta(days=7), "0.5", now=LOCK) == 1


def test_of_a_file_or_page_all_is_declared_or_nothing(scene):
    days = [
        DayDeclared(scene.first.pk, MONDAY, Decimal("0.5")),
        DayDeclared(scene.first.pk, MONDAY + timedelta(days=1), Decimal("1.5")),
    ]
    with clock.set_to(OPEN), pytest.raises(Refused, match="from 0 to the contract's 1 MW"):
        declare_days(by=scene.north, days=days, now=OPEN)
    assert not AvailabilityDeclaration.objects.exists()


def test_two_stretches_at_once_may_not_cover_the_same_time(scene):
    days = [
        DayDeclared(scene.first.pk, MONDAY, Decimal("0.5"), time(16), time(18)),
        DayDeclared(scene.first.pk, MONDAY, Decimal("0.4"), time(17), time(19)),
    ]
    with clock.set_to(OPEN), pytest.raises(Refused, match="cover the same time"):
        declare_days(by=scene.north, days=days, now=OPEN)


def test_only_the_sellers_operations_declare_and_only_the_buyers_answer(scene):
    others = [
        scene.south,
        scene.buyer,
        base.member(scene.north.organisation, tuple(set(Role.values) - {Role.OPERATIONS})),
    ]
    for other in others:
        with pytest.raises(NotAllowed):
            say(scene, MONDAY, "0.5", by=other)
        with pytest.raises(NotAllowed):
            miss(scene, at(9, 16), at(9, 20), by=other, now=ANSWER)
    for other in (
        scene.north,
        base.member(base.operator()),
        base.member(scene.buyer.organisation, tuple(set(Role.values) - {Role.OPERATIONS})),
    ):
        with pytest.raises(NotAllowed):
            accept(scene, 9, "0.5", by=other)
    assert not AvailabilityDeclaration.objects.exists()
    assert not AvailabilityAnswer.objects.exists()


def test_a_provider_sees_its_own_promises_only(scene):
    say(scene, MONDAY, "0.6")
    say(scene, MONDAY, "2", by=scene.south, contract=scene.second)
    mine = undeclared_of(scene.north, OPEN, timedelta(days=7))
    assert [each[0] for each in mine] == []
    accept_all(scene)
    assert {each.body["contract"] for each in messages_of(scene.north)} == {str(scene.first.pk)}
    assert {each.body["contract"] for each in messages_of(scene.south)} == {str(scene.second.pk)}


def test_a_week_is_copied_day_by_day_where_something_was_declared(scene):
    say(scene, MONDAY, "0.25", time(17), time(18))
    with clock.set_to(OPEN):
        done = copy_week(
            by=scene.north,
            contract_ids=[scene.first.pk],
            source=MONDAY,
            target=MONDAY + timedelta(days=7),
            now=OPEN,
        )
    assert done == 3
    assert [each[:2] for each in pieces(scene.first, MONDAY + timedelta(days=7), OPEN)] == [
        ("16:00-17:00", 1.0),
        ("17:00-18:00", 0.25),
        ("18:00-20:00", 1.0),
    ]
    assert pieces(scene.first, MONDAY + timedelta(days=8), OPEN) == [(*FULL, 0.0, 0.0, "open")]


def test_copying_to_a_locked_week_changes_nothing(scene):
    say(scene, MONDAY, "0.25")
    with clock.set_to(LOCK):
        done = copy_week(
            by=scene.north, contract_ids=[scene.first.pk], source=MONDAY, target=MONDAY, now=LOCK
        )
    assert done == 0


def test_the_whole_period_is_declared_at_once_but_for_what_is_locked(scene):
    with clock.set_to(LOCK):
        done = declare_period(
            by=scene.north,
            contract_id=scene.first.pk,
            mw=Decimal("0.5"),
            start=time(16, 30),
            end=time(20),
            now=LOCK,
        )
    assert done == 7 * 7
    assert pieces(scene.first, MONDAY, LOCK) == [(*FULL, 0.0, 0.0, "locked")]
    assert [each[:2] for each in pieces(scene.first, date(2026, 4, 5), LOCK)] == [
        ("16:00-16:30", 1.0),
        ("16:30-20:00", 0.5),
    ]


def test_a_day_without_service_and_a_time_outside_it_are_refused(scene):
    with pytest.raises(Refused, match="no service on 6 April 2026"):
        say(scene, date(2026, 4, 6), "0.5")
    with pytest.raises(Refused, match="one service window of one day"):
        say(scene, MONDAY, "0.5", time(15, 59), time(17))


def test_overnight_service_belongs_to_the_day_on_which_it_starts(scene):
    Contract.objects.filter(pk=scene.first.pk).update(start=time(22), end=time(6))
    say(scene, MONDAY, "0.5", time(1), time(3))
    assert [each[:2] for each in pieces(scene.first, MONDAY, OPEN)] == [
        ("22:00-01:00", 1.0),
        ("01:00-03:00", 0.5),
        ("03:00-06:00", 1.0),
    ]
    stored = AvailabilityDeclaration.objects.get()
    assert (stored.start, stored.end) == (at(10, 1), at(10, 3))
    say(scene, MONDAY, "0.4", time(22), time(0))
    assert pieces(scene.first, MONDAY, OPEN)[0][:2] == ("22:00-00:00", 0.4)


def test_a_service_day_is_as_long_as_the_clocks_make_it(scene):
    """On 29 March 2026 the clocks skip 01:00 to 02:00."""
    Contract.objects.filter(pk=scene.first.pk).update(start=time(0), end=time(3))
    day = date(2026, 3, 29)
    say(scene, day, "0.5")
    stored = AvailabilityDeclaration.objects.get()
    assert stored.end - stored.start == timedelta(hours=2)
    say(scene, day - timedelta(days=7), "0.25", time(1), time(2))
    with clock.set_to(OPEN):
        copied = copy_week(
            by=scene.north,
            contract_ids=[scene.first.pk],
            source=date(2026, 3, 16),
            target=date(2026, 3, 23),
            now=OPEN,
        )
    assert copied == 2
    assert [each[1] for each in pieces(scene.first, day, OPEN)] == [1.0]


def test_a_public_holiday_without_service_is_not_declared(scene):
    """Good Friday 2026 is 3 April."""
    Contract.objects.filter(pk=scene.first.pk).update(public_holidays="exclude")
    with pytest.raises(Refused, match="no service on 3 April 2026"):
        say(scene, date(2026, 4, 3), "0.5")
    assert say(scene, date(2026, 4, 2), "0.5") == 1


def test_answers_come_from_the_lock_until_the_instant_of_the_answer(scene):
    say(scene, MONDAY, "0.6")
    with pytest.raises(Refused, match="may change until 5 February 2026, 00:00 GMT"):
        accept(scene, 9, "0.6", now=LOCK - MOMENT)
    with pytest.raises(Refused, match=r"0\.6 MW are declared, less than is accepted"):
        accept(scene, 9, "0.7")
    assert accept(scene, 9, "0.6", now=ANSWER - MOMENT) == 1
    with pytest.raises(Refused, match="was due on 5 February 2026, 12:00 GMT"):
        accept(scene, 10, "0.6", now=ANSWER)
    assert pieces(scene.first, MONDAY, ANSWER - MOMENT) == [("16:00-20:00", 0.6, 0.6, 0.6, "accepted")]


def test_what_is_accepted_may_be_raised_and_never_lowered(scene):
    accept(scene, 9, "0.5", 17, 18)
    with pytest.raises(Refused, match=r"0\.5 MW are accepted already; that is never lowered"):
        accept(scene, 9, "0.4", 16, 20)
    accept(scene, 9, "0.8", 17, 18)
    assert pieces(scene.first, MONDAY, ANSWER) == [
        ("16:00-17:00", 1.0, 0.0, 0.0, "released"),
        ("17:00-18:00", 1.0, 0.8, 0.8, "accepted"),
        ("18:00-20:00", 1.0, 0.0, 0.0, "released"),
    ]
    with pytest.raises(Refused, match="never lowered"):
        accept(scene, 9, "0", 17, 18)


def test_released_availability_may_still_be_accepted_until_the_answer(scene):
    accept_all(scene, Answer.NONE)
    assert pieces(scene.first, MONDAY, LOCK) == [(*FULL, 0.0, 0.0, "released")]
    assert accept(scene, 9, "1") == 1
    assert pieces(scene.first, MONDAY, LOCK) == [(*FULL, 1.0, 1.0, "accepted")]


@pytest.mark.parametrize(
    ("unanswered", "mw", "state"), [("released", 0.0, "released"), ("accepted", 1.0, "accepted")]
)
def test_what_is_not_answered_is_what_the_terms_say(scene, unanswered, mw, state):
    scenes.give_terms(scene, unanswered=unanswered)
    assert pieces(scene.first, MONDAY, ANSWER - MOMENT) == [(*FULL, 0.0, 0.0, "locked")]
    assert pieces(scene.first, MONDAY, ANSWER) == [(*FULL, mw, mw, state)]


def test_accepting_up_to_what_is_required_takes_the_cheapest_and_then_the_earliest(scene):
    assert accept_all(scene, Answer.REQUIRED) == 14
    assert pieces(scene.second, MONDAY, ANSWER) == [("16:00-20:00", 3.0, 2.0, 2.0, "accepted")]
    assert pieces(scene.first, MONDAY, ANSWER) == [(*FULL, 0.0, 0.0, "released")]


def test_of_one_price_the_earliest_declaration_is_accepted_first(scene):
    Contract.objects.update(availability_price=Decimal(10))
    say(scene, MONDAY, "1")
    say(scene, MONDAY, "3", by=scene.south, contract=scene.second, now=OPEN + MINUTE)
    accept_all(scene, Answer.REQUIRED)
    assert pieces(scene.first, MONDAY, ANSWER) == [(*FULL, 1.0, 1.0, "accepted")]
    assert pieces(scene.second, MONDAY, ANSWER) == [("16:00-20:00", 3.0, 1.0, 1.0, "accepted")]


def test_what_was_accepted_before_counts_towards_what_is_required_and_stays(scene):
    accept(scene, 9, "1")
    accept_all(scene, Answer.REQUIRED)
    assert pieces(scene.first, MONDAY, ANSWER) == [(*FULL, 1.0, 1.0, "accepted")]
    assert pieces(scene.second, MONDAY, ANSWER) == [("16:00-20:00", 3.0, 1.0, 1.0, "accepted")]


def test_an_answer_to_everything_is_given_as_it_was_shown_or_not_at_all(scene):
    with clock.set_to(LOCK):
        seen = digest_of(planned(scene.buyer, Answer.REQUIRED, LOCK))
    accept(scene, 9, "1")
    with pytest.raises(Refused, match="since your page was made"):
        accept_all(scene, Answer.REQUIRED, seen=seen)
    assert AvailabilityAnswer.objects.count() == 1


def test_when_all_is_answered_nothing_waits(scene):
    assert {each.promise.contract.pk for each in waiting_for(scene.buyer, LOCK)} == {
        scene.first.pk,
        scene.second.pk,
    }
    assert accept_all(scene) == 14
    assert waiting_for(scene.buyer, LOCK) == []
    with pytest.raises(Refused, match="Nothing waits"):
        accept_all(scene)


def test_answers_write_gapless_messages_and_tell_the_provider(scene):
    accept_all(scene, Answer.REQUIRED)
    assert [(each.number, each.kind) for each in messages_of(scene.south)] == [(1, "availability_accepted")]
    assert [(each.number, each.kind) for each in messages_of(scene.north)] == [(1, "availability_released")]
    body = messages_of(scene.south).get().body
    assert body["stretches"][0] == {
        "start": "2026-02-09T16:00:00Z",
        "end": "2026-02-09T20:00:00Z",
        "mw": "2",
    }
    told = Notification.objects.get(user=scene.south.user, kind="availability_answered")
    assert told.title == "Availability: 7 stretches accepted"
    first = told.lines[1]
    assert first.startswith(f"{scene.competition.ref}, ")
    assert first.endswith(": 2 MW accepted.")
    assert AuditEntry.objects.filter(action="availability accepted").count() == 2


def test_accepted_availability_is_what_may_be_dispatched(scene):
    accept(scene, 9, "0.6", 16, 18)

    def call(mw, start, end):
        with clock.set_to(ANSWER), transaction.atomic():
            return issue_dispatch(
                by=scene.buyer,
                contract_id=scene.first.pk,
                mw=Decimal(mw),
                start=at(9, start),
                end=at(9, end),
                now=ANSWER,
            )

    with pytest.raises(Refused, match=r"0\.6 MW are accepted and available"):
        call("0.7", 16, 17)
    with pytest.raises(Refused, match=r"From 9 February 2026, 18:00 GMT on 0 MW are accepted"):
        call("0.5", 17, 19)
    assert call("0.6", 16, 17).mw == Decimal("0.6")
    miss(scene, at(9, 17), at(9, 20), "0.2", now=ANSWER)
    with pytest.raises(Refused, match=r"From 9 February 2026, 17:00 GMT on 0\.2 MW"):
        call("0.5", 17, 18)


def test_an_unavailability_reduces_what_is_accepted_from_its_start_and_tells_both(scene):
    accept(scene, 9, "0.6")
    notice = miss(scene, at(9, 18), at(9, 20), "0.2", now=at(9, 19))
    assert pieces(scene.first, MONDAY, at(9, 19)) == [
        ("16:00-18:00", 1.0, 0.6, 0.6, "accepted"),
        ("18:00-20:00", 1.0, 0.6, 0.2, "reduced"),
    ]
    told = Notification.objects.filter(kind="unavailability")
    assert {each.user_id for each in told} == {scene.buyer.user_id, scene.north.user_id}
    assert miss(scene, at(9, 18), at(9, 20), "0.2", now=at(9, 19)).pk == notice.pk
    with pytest.raises(Refused, match=r"At no time of it are more than 0\.6 MW accepted"):
        miss(scene, at(9, 16), at(9, 20), "0.6", now=at(9, 15))


def test_what_lies_ahead_of_an_unavailability_can_be_taken_back(scene):
    accept(scene, 9, "1")
    notice = miss(scene, at(9, 16), at(9, 20), now=at(9, 15))

    def shorten(end, now, by=None):
        with clock.set_to(now):
            return shorten_unavailability(by=by or scene.north, notice_id=notice.pk, end=end, now=now)

    with pytest.raises(NotAllowed):
        shorten(at(9, 18), at(9, 17), by=scene.south)
    with pytest.raises(Refused, match="not moved or made longer"):
        shorten(at(9, 21), at(9, 17))
    with pytest.raises(Refused, match="has passed"):
        shorten(at(9, 17), at(9, 17, 30))
    shorten(at(9, 18), at(9, 17, 30))
    assert [each[3] for each in pieces(scene.first, MONDAY, at(9, 18))] == [0.0, 1.0]
    assert Unavailability.objects.get().notified_end == at(9, 20)


def test_a_notice_is_taken_back_whole_before_it_begins(scene):
    accept(scene, 9, "1")
    notice = miss(scene, at(9, 16), at(9, 20), now=at(9, 15))
    with clock.set_to(at(9, 15)):
        shorten_unavailability(by=scene.north, notice_id=notice.pk, end=at(9, 16), now=at(9, 15))
    assert pieces(scene.first, MONDAY, at(9, 18)) == [(*FULL, 1.0, 1.0, "accepted")]


def test_an_unavailability_has_a_reason_from_the_list(scene):
    accept(scene, 9, "1")
    with pytest.raises(Refused, match=r"Choose a reason from the list\."):
        miss(scene, at(9, 16), at(9, 20), now=at(9, 15), reason="sunshine")
    assert not Unavailability.objects.exists()


def test_a_notice_shortened_twice_to_the_same_end_is_shortened_once(scene):
    accept(scene, 9, "1")
    notice = miss(scene, at(9, 16), at(9, 20), now=at(9, 15))
    told = {"by": scene.north, "end": at(9, 18), "now": at(9, 15)}
    with clock.set_to(at(9, 15)):
        first, second = (shorten_unavailability(notice_id=notice.pk, **told) for _ in range(2))
        with pytest.raises(NotAllowed, match="no such notice"):
            shorten_unavailability(notice_id=uuid4(), **told)
    assert first == second
    assert AuditEntry.objects.filter(action="unavailability shortened").count() == 2, "one in each log"


def test_fixed_availability_is_accepted_by_the_award_and_may_be_missing(scene):
    scenes.give_terms(scene, "fixed")
    assert pieces(scene.first, MONDAY, OPEN) == [(*FULL, 1.0, 1.0, "accepted")]
    with pytest.raises(Refused, match="is not declared, by its settlement terms"):
        say(scene, MONDAY, "0.5")
    miss(scene, at(9, 18), at(9, 20), "0.2")
    assert [each[3:] for each in pieces(scene.first, MONDAY, OPEN)] == [(1.0, "accepted"), (0.2, "reduced")]


def test_without_promised_availability_there_is_nothing_to_declare_or_miss(scene):
    scenes.give_terms(scene, "none")
    with pytest.raises(Refused, match="is not declared"):
        say(scene, MONDAY, "0.5")
    with pytest.raises(Refused, match="No availability is promised"):
        miss(scene, at(9, 16), at(9, 20))


def test_a_withdrawn_contract_is_available_until_that_instant_and_declared_no_more(scene):
    accept(scene, 9, "1")
    stop = at(9, 17)
    with clock.set_to(stop):
        withdraw_contract(by=scene.buyer, contract=scene.first, reason="Over", now=stop)
    assert [each[3] for each in pieces(scene.first, MONDAY, stop)] == [1.0, 0.0]
    assert pieces(scene.first, MONDAY + timedelta(days=1), stop) == []
    with pytest.raises(Refused, match="The contract is withdrawn"):
        say(scene, date(2026, 3, 9), "0.5", now=stop)


def test_the_database_keeps_what_was_said(scene):
    say(scene, MONDAY, "0.6")
    accept(scene, 9, "0.6")
    for model, field in ((AvailabilityDeclaration, "mw"), (AvailabilityAnswer, "mw")):
        with pytest.raises(IntegrityError, match="never changed or removed"), transaction.atomic():
            model.objects.update(**{field: 0})
    stored = AvailabilityDeclaration.objects.get()
    for wrong in (
        {"start": stored.end, "end": stored.start},
        {"mw": -1},
        {"start": stored.start + timedelta(seconds=1)},
        {"declared_at": stored.start},
    ):
        row = {
            each.name: getattr(stored, each.attname)
            for each in AvailabilityDeclaration._meta.fields
            if each.name not in ("id", "contract")
        }
        with pytest.raises(IntegrityError), transaction.atomic():
            AvailabilityDeclaration.objects.create(contract=scene.first, **row | wrong)


def test_instants_are_declared_to_the_minute(scene):
    with clock.set_to(OPEN), pytest.raises(Refused, match="whole minutes"):
        declare(
            by=scene.north,
            stretches=[Declared(scene.first.pk, at(9, 16) + timedelta(seconds=30), at(9, 17), Decimal(1))],
            now=OPEN,
        )


def told(kind):
    return [(each.user_id, each.title) for each in Notification.objects.filter(kind=kind).order_by("pk")]


def test_who_declared_nothing_is_reminded_once_a_day_before_the_lock(scene):
    say(scene, MONDAY, "3", by=scene.south, contract=scene.second)
    notify_due(LOCK - timedelta(days=1) - MOMENT)
    assert told("availability_to_declare") == []
    for now in (LOCK - timedelta(days=1), LOCK - MINUTE):
        notify_due(now)
    assert told("availability_to_declare") == [(scene.north.user_id, "Declare availability for 1 contract")]


def test_the_operator_is_reminded_two_hours_and_a_quarter_before_the_answer_with_the_mw_at_stake(scene):
    notify_due(ANSWER - timedelta(hours=2) - MOMENT)
    assert told("availability_to_answer") == []
    for now in (
        ANSWER - timedelta(hours=2),
        ANSWER - timedelta(hours=1),
        ANSWER - timedelta(minutes=15),
        ANSWER - MINUTE,
    ):
        notify_due(now)
    assert [title for _, title in told("availability_to_answer")] == ["Answer up to 4 MW of availability"] * 2


def test_nothing_answered_is_asked_for_no_more(scene):
    accept_all(scene)
    notify_due(ANSWER - timedelta(minutes=15))
    assert told("availability_to_answer") == []


def test_what_the_terms_release_at_the_answer_is_told_and_written_once(scene):
    accept(scene, 9, "1")
    for now in (ANSWER - MOMENT, ANSWER, ANSWER + MINUTE):
        notify_due(now)
    assert [each.kind for each in messages_of(scene.north)] == [
        "availability_accepted",
        "availability_released",
    ]
    assert len(messages_of(scene.north).last().body["stretches"]) == 6
    assert [each.kind for each in messages_of(scene.south)] == ["availability_released"]
