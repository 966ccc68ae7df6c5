"""Declared availability: its deadlines, who is refused what, and what it comes to."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from competitions.domain.settlement_terms import AvailabilityMode, DeclarationTerms, Unanswered, Undeclared
from competitions.domain.terms_fields import terms_of
from marketplace.calendar import HolidayRule
from marketplace.errors import Refused
from operations.domain.declaring import (
    AvailabilityState,
    accepted_pieces,
    check_answer,
    check_declare,
    check_shorten,
    check_unavailability,
    deadlines_of,
    declared_pieces,
    overlapping,
    state_at,
)
from operations.domain.limits import Callable
from operations.domain.occurrences import Stretch, Window, occurrences

LONDON = ZoneInfo("Europe/London")
WEEKLY = DeclarationTerms()
DAY_AHEAD = terms_of({"declaration": {"cycle": "day_ahead"}}).declaration
SERVED = Window(
    date(2026, 6, 1), date(2026, 6, 30), frozenset(range(7)), time(16), time(20), HolidayRule.IGNORE
)
CONTRACT = Callable(
    status="Awarded",
    can_run=True,
    mode=AvailabilityMode.DECLARED,
    capacity_mw=Fraction(1),
    occurrences=occurrences(SERVED, frozenset(), LONDON),
    maximum_run=timedelta(hours=4),
    zone=LONDON,
)
MOMENT = timedelta(microseconds=1)


def local(day, hour, minute=0, month=6):
    return datetime(2026, month, day, hour, minute, tzinfo=LONDON).astimezone(UTC)


def stretch(start, end, mw="1", day=16):
    return Stretch(local(day, *start), local(day, *end), Fraction(mw))


WHOLE = stretch((16,), (20,))
OCCURRENCE = next(each for each in CONTRACT.occurrences if each.day == date(2026, 6, 16))
LOCK, ANSWER = local(11, 0), local(11, 12)
"""For Tuesday 16 June: Wednesday 10 June 24:00, and Thursday 11 June 12:00."""


def refused(check, *given):
    with pytest.raises(Refused) as refusal:
        check(*given)
    return refusal.value.sentence


@pytest.mark.parametrize("day", range(15, 22))
def test_a_week_from_monday_to_sunday_locks_and_is_answered_together(day):
    found = deadlines_of(date(2026, 6, day), WEEKLY, LONDON)
    assert (found.lock, found.answer) == (LOCK, ANSWER)


def test_the_week_before_and_after_have_their_own_deadlines():
    assert deadlines_of(date(2026, 6, 14), WEEKLY, LONDON).lock == local(4, 0)
    assert deadlines_of(date(2026, 6, 22), WEEKLY, LONDON).lock == local(18, 0)


def test_a_day_is_declared_and_answered_on_the_day_before():
    found = deadlines_of(date(2026, 6, 16), DAY_AHEAD, LONDON)
    assert (found.lock, found.answer) == (local(15, 10), local(15, 14))


def test_deadlines_keep_local_time_over_a_change_of_the_clock():
    """Clocks go back on Sunday 25 October 2026: Wednesday 24:00 before it is in summer time, after it is not."""
    assert deadlines_of(date(2026, 10, 26), WEEKLY, LONDON).lock == datetime(2026, 10, 21, 23, tzinfo=UTC)
    assert deadlines_of(date(2026, 11, 2), WEEKLY, LONDON).lock == datetime(2026, 10, 29, 0, tzinfo=UTC)
    assert deadlines_of(date(2026, 10, 26), DAY_AHEAD, LONDON).lock == datetime(2026, 10, 25, 10, tzinfo=UTC)


def test_declarations_come_before_the_lock_within_an_occurrence_and_the_capacity():
    for mw in ("0", "0.000001", "1"):
        check_declare(CONTRACT, WEEKLY, stretch((16,), (20,), mw), LOCK - MOMENT)
    assert "locked on 11 June 2026, 00:00 BST" in refused(check_declare, CONTRACT, WEEKLY, WHOLE, LOCK)
    for mw in ("1.000001", "-0.1"):
        sentence = refused(check_declare, CONTRACT, WEEKLY, stretch((16,), (17,), mw), LOCK - MOMENT)
        assert sentence == "Declare from 0 to the contract's 1 MW."
    assert "six decimals" in refused(
        check_declare, CONTRACT, WEEKLY, stretch((16,), (17,), "0.1234567"), LOCK - MOMENT
    )
    for start, end in (((15, 59), (17,)), ((19,), (20, 1)), ((17,), (17,))):
        assert "one service window" in refused(
            check_declare, CONTRACT, WEEKLY, stretch(start, end), LOCK - MOMENT
        )


def test_only_contracts_that_run_and_whose_terms_say_so_are_declared():
    ended = replace(CONTRACT, can_run=False, status="Ended")
    assert "The contract is ended" in refused(check_declare, ended, WEEKLY, WHOLE, LOCK - MOMENT)
    fixed = replace(CONTRACT, mode=AvailabilityMode.FIXED)
    assert "is not declared" in refused(check_declare, fixed, WEEKLY, WHOLE, LOCK - MOMENT)


def test_an_answer_comes_between_lock_and_its_deadline_up_to_what_is_declared():
    declared = [stretch((16,), (18,), "0.6")]
    check_answer(CONTRACT, WEEKLY, stretch((16,), (18,), "0.6"), declared, LOCK)
    check_answer(CONTRACT, WEEKLY, stretch((18,), (20,), "1"), declared, ANSWER - MOMENT)
    check_answer(CONTRACT, WEEKLY, stretch((16,), (20,), "0"), declared, LOCK)
    assert "may change until" in refused(check_answer, CONTRACT, WEEKLY, WHOLE, declared, LOCK - MOMENT)
    assert "stays as it is" in refused(check_answer, CONTRACT, WEEKLY, WHOLE, declared, ANSWER)
    assert "From 16 June 2026, 17:00 BST on 0.6 MW are declared" in refused(
        check_answer, CONTRACT, WEEKLY, stretch((17,), (19,), "0.7"), declared, LOCK
    )


def told(pieces):
    return [(each.start, each.end, each.mw) for each in pieces]


def test_what_is_not_declared_is_the_default_and_a_later_declaration_replaces_an_earlier():
    declared = [stretch((16,), (19,), "0.8"), stretch((17,), (18,), "0.2")]
    for default, mw in ((Undeclared.FULL, 1), (Undeclared.NONE, 0)):
        terms = replace(WEEKLY, default=default)
        assert told(declared_pieces(OCCURRENCE, terms, Fraction(1), declared)) == [
            (local(16, 16), local(16, 17), Fraction("0.8")),
            (local(16, 17), local(16, 18), Fraction("0.2")),
            (local(16, 18), local(16, 19), Fraction("0.8")),
            (local(16, 19), local(16, 20), Fraction(mw)),
        ]


def test_what_is_not_answered_is_released_or_accepted_by_the_terms():
    declared = [stretch((16,), (20,), "0.8")]
    answered = [stretch((17,), (18,), "0.5")]
    for unanswered, mw in ((Unanswered.RELEASED, "0"), (Unanswered.ACCEPTED, "0.8")):
        terms = replace(WEEKLY, unanswered=unanswered)
        assert [each.mw for each in accepted_pieces(OCCURRENCE, terms, Fraction(1), declared, answered)] == [
            Fraction(mw),
            Fraction("0.5"),
            Fraction(mw),
        ]


def test_states_follow_from_the_clock():
    def at(now, accepted="1", left="1"):
        return state_at(OCCURRENCE, WEEKLY, LONDON, Fraction(accepted), Fraction(left), now)

    assert at(LOCK - MOMENT) is AvailabilityState.OPEN
    assert at(LOCK) is AvailabilityState.LOCKED
    assert at(ANSWER) is AvailabilityState.ACCEPTED
    assert at(ANSWER, accepted="0") is AvailabilityState.RELEASED
    assert at(ANSWER, left="0.4") is AvailabilityState.REDUCED


def test_an_unavailability_leaves_less_than_is_accepted_also_in_the_past():
    accepted = [stretch((16,), (18,), "0.6")]
    check_unavailability(CONTRACT, stretch((17,), (20,), "0.2"), accepted)
    assert "At no time of it are more than 0.6 MW accepted" in refused(
        check_unavailability, CONTRACT, stretch((16,), (18,), "0.6"), accepted
    )
    assert "At no time" in refused(check_unavailability, CONTRACT, stretch((18,), (20,), "0"), accepted)
    assert "ends after its start" in refused(
        check_unavailability, CONTRACT, stretch((18,), (18,), "0"), accepted
    )


def test_an_unavailability_is_shortened_while_it_lies_ahead():
    notice = stretch((16,), (20,), "0")
    check_shorten(notice, local(16, 18), local(16, 18))
    check_shorten(notice, notice.start, notice.start - MOMENT)
    assert "has passed" in refused(check_shorten, notice, local(16, 18), local(16, 18) + MOMENT)
    for end in (local(16, 20), local(16, 21), local(16, 15)):
        assert "not moved or made longer" in refused(check_shorten, notice, end, local(16, 15))


def test_two_stretches_of_a_file_that_overlap_are_found():
    first, second, third = stretch((18,), (20,)), stretch((16,), (18,)), stretch((17, 59), (18, 30))
    assert overlapping([first, second]) is None
    assert overlapping([first, second, third]) == (second, third)
