"""What a dispatch asks for at each instant, against a simulation that walks minute by minute."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.domain.profiles import Event, EventType, Response, requested

START = datetime(2026, 6, 16, 16, tzinfo=UTC)
LENGTH = 120


def minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


ISSUE = Event(EventType.ISSUE, minute(-60), minute(0), minute(LENGTH), Fraction(1))


def played(*events: Event, stands: bool = True):
    return requested([ISSUE, *events], acknowledge_minutes=15, stands_unanswered=stands)


def simulated(events: list[Event]) -> list[Fraction]:
    """MW at each minute: amendments that bind, in order of issue, each told by what held when it was
    issued."""

    def held(binding: list[Event]) -> dict[int, Fraction]:
        mw = dict.fromkeys(range(LENGTH), Fraction(1))
        for each in binding:
            since, till = (int((at - START).total_seconds() // 60) for at in (each.start, each.end))
            mw = {number: value for number, value in mw.items() if number < since}
            mw |= dict.fromkeys(range(max(since, 0), till), each.mw)
        return mw

    binding: list[Event] = []
    waiting: list[Event] = []
    stop = 10_000
    for event in events:
        if event.type is EventType.AMEND:
            now = held(binding)
            since, till = (int((at - START).total_seconds() // 60) for at in (event.start, event.end))
            is_more = any(event.mw > now.get(number, Fraction(0)) for number in range(max(since, 0), till))
            (waiting if is_more else binding).append(event)
        elif event.type is EventType.ACKNOWLEDGE:
            for each in [one for one in waiting if one.amendment == event.amendment]:
                waiting.remove(each)
                if event.at < each.start:
                    binding = sorted([*binding, each], key=events.index)
        elif event.type in (EventType.STOP, EventType.EMERGENCY_STOP):
            stop = min(stop, int((event.at - START).total_seconds() // 60))
    now = held(binding)
    return [now.get(number, Fraction(0)) if number < stop else Fraction(0) for number in range(240)]


@st.composite
def histories(draw):
    """Amendments with their answers and perhaps a stop, recorded in the order of time."""
    events = []
    clock = -50
    end = LENGTH
    for number in range(2, 2 + draw(st.integers(0, 4))):
        clock += draw(st.integers(0, 20))
        since = clock + 1 + draw(st.integers(0, 30))
        if since >= end:
            break
        till = max(since + 1, min(200, end + draw(st.integers(-30, 30))))
        mw = Fraction(draw(st.integers(1, 20)), 10)
        events.append(
            Event(EventType.AMEND, minute(clock), minute(max(since, 0)), minute(max(till, 1)), mw, number)
        )
        end = min(end, till)
        if draw(st.booleans()):
            clock += draw(st.integers(0, 40))
            events.append(Event(EventType.ACKNOWLEDGE, minute(clock), amendment=number))
    if draw(st.booleans()):
        clock = max(clock, 0) + draw(st.integers(1, 60))
        events.append(Event(draw(st.sampled_from([EventType.STOP, EventType.EMERGENCY_STOP])), minute(clock)))
    return events


@given(histories())
@settings(max_examples=300)
def test_the_profile_is_that_of_a_simulation_minute_by_minute(events):
    found = played(Event(EventType.ACKNOWLEDGE, minute(-59)), *events)
    asked = [found.energy(minute(number), minute(number + 1)) for number in range(240)]
    assert asked == [mw * 1000 / 60 for mw in simulated(events)]


@pytest.mark.parametrize(
    ("event", "stands", "response"),
    [
        (Event(EventType.ACKNOWLEDGE, minute(-45)), True, Response.ACKNOWLEDGED),
        (Event(EventType.ACKNOWLEDGE, minute(-44)), True, Response.LATE),
        (Event(EventType.ACKNOWLEDGE, minute(-44)), False, Response.UNANSWERED_VOID),
        (Event(EventType.DECLINE, minute(-1)), True, Response.DECLINED),
        (Event(EventType.DECLINE, minute(-50)), False, Response.DECLINED_VOID),
        (Event(EventType.DECLINE, minute(-1)), False, Response.UNANSWERED_VOID),
        (Event(EventType.CANCEL, minute(-1)), True, Response.CANCELLED),
        (None, True, Response.UNANSWERED),
        (None, False, Response.UNANSWERED_VOID),
    ],
)
def test_an_answer_counts_until_its_deadline_and_at_it(event, stands, response):
    found = played(*([event] if event else []), stands=stands)
    assert found.response == response
    assert found.has_effect is (", void" not in response and response != Response.CANCELLED)


def test_the_start_ends_the_time_to_answer():
    soon = Event(EventType.ISSUE, minute(-5), minute(0), minute(60), Fraction(1))
    for at, response in ((0, Response.ACKNOWLEDGED), (1, Response.LATE)):
        events = [soon, Event(EventType.ACKNOWLEDGE, minute(at))]
        assert requested(events, acknowledge_minutes=15, stands_unanswered=True).response == response


def test_an_amendment_for_more_binds_only_when_acknowledged_before_its_instant():
    more = Event(EventType.AMEND, minute(10), minute(30), minute(LENGTH), Fraction(2), 2)
    for at, energy in ((29, 3000), (30, 2000)):
        found = played(
            Event(EventType.ACKNOWLEDGE, minute(-59)),
            more,
            Event(EventType.ACKNOWLEDGE, minute(at), amendment=2),
        )
        assert found.energy(minute(0), minute(LENGTH)) == energy + (500 if at == 29 else 0)
