"""What may still happen to a dispatch: who is too late, what is said twice, what can't be taken back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from marketplace.errors import Refused
from operations.domain.answers import (
    check_acknowledge,
    check_amend,
    check_cancel,
    check_decline,
    check_stop,
    next_amendment,
    response_at,
)
from operations.domain.profiles import Event, EventType, Response

START = datetime(2026, 6, 16, 16, tzinfo=UTC)


def minute(number):
    return START + timedelta(minutes=number)


ISSUE = Event(EventType.ISSUE, minute(-60), minute(0), minute(120), Fraction(1, 2))
DUE = minute(-45)
MOMENT = timedelta(microseconds=1)
STANDS = {"acknowledge_minutes": 15, "stands_unanswered": True}
VOIDS = {"acknowledge_minutes": 15, "stands_unanswered": False}


def event(kind, at, **more):
    return Event(EventType(kind), at, **more)


ACKNOWLEDGED = [ISSUE, event("acknowledge", DUE)]
DECLINED = [ISSUE, event("decline", DUE)]
CANCELLED = [ISSUE, event("cancel", DUE)]


def refused(check, *given, **more):
    with pytest.raises(Refused) as refusal:
        check(*given, **more)
    return refusal.value.sentence


def test_an_acknowledgement_at_the_deadlines_instant_is_in_time():
    for terms in (STANDS, VOIDS):
        assert check_acknowledge([ISSUE], DUE, **terms) is True
        assert response_at([ISSUE], DUE, **terms) is None
        assert response_at(ACKNOWLEDGED, DUE, **terms) is Response.ACKNOWLEDGED


def test_one_that_is_late_counts_where_the_dispatch_stands_and_else_finds_it_void():
    late = DUE + MOMENT
    assert response_at([ISSUE], late, **STANDS) is Response.UNANSWERED
    assert check_acknowledge([ISSUE], late, **STANDS) is True
    assert response_at([ISSUE, event("acknowledge", late)], late, **STANDS) is Response.LATE
    assert response_at([ISSUE], late, **VOIDS) is Response.UNANSWERED_VOID
    assert "the dispatch is void" in refused(check_acknowledge, [ISSUE], late, **VOIDS)


def test_the_start_ends_the_time_to_answer():
    soon = replace(ISSUE, at=minute(-5))
    assert check_acknowledge([soon], minute(0), **VOIDS) is True
    assert "is void" in refused(check_acknowledge, [soon], minute(0) + MOMENT, **VOIDS)


def test_the_same_said_twice_is_recorded_once():
    assert check_acknowledge(ACKNOWLEDGED, minute(1), **VOIDS) is False
    assert check_decline(DECLINED, minute(1), "", **VOIDS) is False
    assert check_cancel(CANCELLED, minute(1)) is False
    stopped = [*ACKNOWLEDGED, event("stop", minute(30))]
    assert check_stop(stopped, minute(40), **STANDS) is False


def test_declining_needs_a_reason_and_is_possible_until_the_start():
    assert check_decline([ISSUE], minute(0) - MOMENT, "Outage", **STANDS) is True
    assert "Say why" in refused(check_decline, [ISSUE], DUE, " ", **STANDS)
    assert "has begun" in refused(check_decline, [ISSUE], minute(0), "Outage", **STANDS)
    assert "is void" in refused(check_decline, [ISSUE], DUE + MOMENT, "Outage", **VOIDS)
    assert "was acknowledged" in refused(check_decline, ACKNOWLEDGED, minute(-10), "Outage", **STANDS)
    assert "was cancelled" in refused(check_decline, CANCELLED, minute(-10), "Outage", **STANDS)
    assert "can't be taken back" in refused(check_acknowledge, DECLINED, minute(-10), **STANDS)


def test_a_dispatch_is_cancelled_before_its_start_and_stopped_after_it():
    for events in ([ISSUE], ACKNOWLEDGED):
        assert check_cancel(events, minute(0) - MOMENT) is True
        assert "stop it" in refused(check_cancel, events, minute(0))
        assert "cancel it" in refused(check_stop, events, minute(0) - MOMENT, **STANDS)
        assert check_stop(events, minute(0), **STANDS) is True
        assert check_stop(events, minute(120) - MOMENT, **STANDS) is True
        assert "is over" in refused(check_stop, events, minute(120), **STANDS)
    assert "nothing to cancel" in refused(check_cancel, DECLINED, minute(-10))
    assert "nothing to acknowledge" in refused(check_acknowledge, CANCELLED, minute(-10), **STANDS)
    assert "unanswered and void" in refused(check_stop, [ISSUE], minute(10), **VOIDS)
    assert "is declined and void" in refused(check_stop, DECLINED, minute(10), **VOIDS)


def test_a_stop_and_an_acknowledgement_that_cross_both_count():
    stopped = [ISSUE, event("stop", minute(30))]
    assert check_acknowledge(stopped, minute(31), **STANDS) is True
    assert response_at([*stopped, event("acknowledge", minute(31))], minute(40), **STANDS) is Response.LATE


def test_an_amendment_changes_what_stands_now_and_nothing_that_is_over_stopped_or_void():
    more = event("amend", minute(20), start=minute(40), end=minute(150), mw=Fraction(1), amendment=2)
    assert next_amendment(ACKNOWLEDGED) == 2
    assert next_amendment([*ACKNOWLEDGED, more]) == 3
    assert check_amend(ACKNOWLEDGED, minute(20), **STANDS).end == minute(120)
    assert check_amend([ISSUE], DUE, **VOIDS).end == minute(120), "its answer is not due yet"
    bound = [*ACKNOWLEDGED, more, event("acknowledge", minute(39), amendment=2)]
    assert check_amend(bound, minute(130), **STANDS).end == minute(150)
    assert "is over" in refused(check_amend, [*ACKNOWLEDGED, more], minute(130), **STANDS)
    assert "was stopped" in refused(
        check_amend, [*ACKNOWLEDGED, event("emergency_stop", minute(5))], minute(6), **STANDS
    )
    assert "unanswered and void" in refused(check_amend, [ISSUE], DUE + MOMENT, **VOIDS)
    assert "was declined" in refused(check_amend, DECLINED, minute(1), **STANDS)


def test_an_amendment_is_acknowledged_before_its_instant():
    more = event("amend", minute(20), start=minute(40), end=minute(150), mw=Fraction(1), amendment=2)
    less = event("amend", minute(21), start=minute(60), end=minute(120), mw=Fraction(1, 4), amendment=3)
    events = [*ACKNOWLEDGED, more, less]
    assert check_acknowledge(events, minute(40) - MOMENT, amendment=2, **STANDS) is True
    assert "the profile before stands" in refused(
        check_acknowledge, events, minute(40), amendment=2, **STANDS
    )
    assert check_acknowledge(events, minute(100), amendment=3, **STANDS) is True, "it binds already"
    assert "no amendment 4" in refused(check_acknowledge, events, minute(40), amendment=4, **STANDS)
    twice = [*events, event("acknowledge", minute(30), amendment=2)]
    assert check_acknowledge(twice, minute(50), amendment=2, **STANDS) is False
