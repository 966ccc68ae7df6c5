"""What of a contract may be called: each limit exactly at its number, in a sentence that names it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from competitions.domain.settlement_terms import AvailabilityMode
from marketplace.calendar import HolidayRule
from operations.domain.limits import Callable, Rule, refusals_of_amendment, refusals_of_issue
from operations.domain.occurrences import Stretch, Window, occurrences

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 6, 16, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def served(start=time(16), end=time(20), first=date(2026, 6, 15), last=date(2026, 6, 19)):
    window = Window(first, last, frozenset(range(7)), start, end, HolidayRule.IGNORE)
    return occurrences(window, frozenset(), LONDON)


CONTRACT = Callable(
    status="Signed",
    can_run=True,
    mode=AvailabilityMode.FIXED,
    capacity_mw=Fraction(1),
    occurrences=served(),
    maximum_run=timedelta(hours=2),
    minimum_run=timedelta(minutes=30),
    response_time=timedelta(minutes=15),
    zone=LONDON,
)


def at(hour, minute=0, day=16):
    """A local time in June 2026, an hour ahead of UTC."""
    return datetime(2026, 6, day, hour, minute, tzinfo=LONDON).astimezone(UTC)


def call(start, end, mw="1"):
    return Stretch(start, end, Fraction(mw))


def broken(contract, asked, now=NOW):
    return {each.rule: each.sentence for each in refusals_of_issue(contract, asked, now)}


def test_a_day_of_which_the_clocks_skip_the_whole_service_has_none():
    """On 29 March 2026 clocks go from 01:00 to 02:00: 01:15 to 01:45 is no time that day."""
    days = served(time(1, 15), time(1, 45), date(2026, 3, 28), date(2026, 3, 30))
    assert [(each.day.day, each.minutes) for each in days] == [(28, 30), (30, 30)]


def test_a_dispatch_within_every_limit_is_refused_by_none():
    assert broken(CONTRACT, call(at(16), at(18))) == {}
    assert broken(CONTRACT, call(at(18), at(20), "0.000001")) == {}


def test_only_an_awarded_or_signed_contract_is_called():
    ended = replace(CONTRACT, status="Ended", can_run=False)
    assert broken(ended, call(at(16), at(17))) == {
        Rule.STATUS: "The contract is ended, so it can't be dispatched."
    }


@pytest.mark.parametrize("mw", ["0", "-1"])
def test_some_mw_are_asked_for(mw):
    assert broken(CONTRACT, call(at(16), at(17), mw)) == {Rule.MW: "A dispatch asks for more than 0 MW."}


def test_the_start_leaves_the_required_response_time():
    now = at(16, 45)
    assert broken(CONTRACT, call(at(17), at(18)), now) == {}
    late = broken(CONTRACT, call(at(17), at(18)), now + timedelta(seconds=1))
    assert list(late) == [Rule.RESPONSE_TIME]
    assert "0:15 hours from now: the window's required response time" in late[Rule.RESPONSE_TIME]
    at_once = replace(CONTRACT, response_time=timedelta(0))
    assert broken(at_once, call(at(17), at(18)), at(17)) == {}
    assert broken(at_once, call(at(17), at(18)), at(17, 1)) == {
        Rule.RESPONSE_TIME: "The start is in the past."
    }


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (at(15, 59), at(17)),
        (at(19), at(20, 1)),
        (at(21), at(22)),
        (at(19, day=16), at(17, day=17)),
    ],
)
def test_start_and_end_lie_in_one_occurrence(start, end):
    found = broken(replace(CONTRACT, maximum_run=timedelta(days=2)), call(start, end))
    assert list(found) == [Rule.OCCURRENCE]


def test_back_to_back_occurrences_are_two():
    """A window of whole days has an occurrence a day: no dispatch runs over midnight."""
    whole = replace(CONTRACT, occurrences=served(time(0), time(0)))
    assert list(broken(whole, call(at(23, 30), at(0, 30, day=17)))) == [Rule.OCCURRENCE]
    overnight = replace(CONTRACT, occurrences=served(time(22), time(2)))
    assert broken(overnight, call(at(23, 30), at(0, 30, day=17))) == {}


def test_fixed_availability_is_the_capacity_less_unavailability():
    assert Rule.AVAILABILITY in broken(CONTRACT, call(at(16), at(17), "1.000001"))
    less = replace(CONTRACT, unavailable=[call(at(17), at(18), "0.4")])
    assert broken(less, call(at(16), at(17))) == {}
    assert broken(less, call(at(17), at(18), "0.4")) == {}
    assert broken(less, call(at(16, 30), at(17, 30))) == {
        Rule.AVAILABILITY: (
            "From 16 June 2026, 17:00 BST on 0.4 MW are accepted and available, less than is asked."
        )
    }


def test_declared_availability_is_what_was_accepted_a_later_answer_replacing_an_earlier():
    declared = replace(
        CONTRACT,
        mode=AvailabilityMode.DECLARED,
        accepted=[call(at(16), at(19), "0.8"), call(at(17), at(18), "0.5")],
    )
    assert broken(declared, call(at(16), at(17), "0.8")) == {}
    assert list(broken(declared, call(at(16, 30), at(17, 30), "0.8"))) == [Rule.AVAILABILITY]
    assert "0 MW are accepted" in broken(declared, call(at(18, 30), at(19, 30), "0.1"))[Rule.AVAILABILITY]


def test_without_availability_the_capacity_is_the_limit():
    free = replace(CONTRACT, mode=AvailabilityMode.NONE, unavailable=[call(at(16), at(20), "0")])
    assert broken(free, call(at(16), at(17))) == {}
    assert broken(free, call(at(16), at(17), "1.5")) == {Rule.CAPACITY: "The contract's capacity is 1 MW."}


def test_run_times_are_held_to_the_minute():
    assert broken(CONTRACT, call(at(16), at(16, 30))) == {}
    assert broken(CONTRACT, call(at(16), at(16, 29))) == {
        Rule.MINIMUM_RUN_TIME: "The window's minimum run time is 0:30 hours; this is shorter."
    }
    assert broken(CONTRACT, call(at(16), at(18, 1))) == {
        Rule.MAXIMUM_RUN_TIME: "The bid's maximum run time is 2:00 hours; this is longer."
    }
    assert list(broken(CONTRACT, call(at(17), at(17)))) == [Rule.MINIMUM_RUN_TIME]


def test_one_contract_has_one_dispatch_at_an_instant():
    busy = replace(CONTRACT, called=[call(at(17), at(18))])
    assert broken(busy, call(at(16), at(17))) == {}
    assert broken(busy, call(at(18), at(19))) == {}
    for start, end in ((at(16, 30), at(17, 1)), (at(17, 59), at(19)), (at(17, 10), at(17, 50))):
        assert list(broken(busy, call(start, end))) == [Rule.OVERLAP]


def test_every_limit_that_is_broken_is_told_at_once():
    busy = replace(CONTRACT, can_run=False, status="Withdrawn", called=[call(at(16), at(19))])
    assert set(broken(busy, call(at(16), at(19), "2"), at(16))) == {
        Rule.STATUS,
        Rule.RESPONSE_TIME,
        Rule.AVAILABILITY,
        Rule.MAXIMUM_RUN_TIME,
        Rule.OVERLAP,
    }


def test_a_dispatch_over_a_change_of_the_clock_is_held_in_instants():
    """Clocks go back on 25 October 2026: the window 00:00 to 03:00 has four hours, and two of them may be called."""
    night = replace(CONTRACT, occurrences=served(time(0), time(3), date(2026, 10, 24), date(2026, 10, 26)))
    start = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    before = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert broken(night, call(start, start + timedelta(hours=2)), before) == {}
    longer = broken(night, call(start, start + timedelta(hours=2, minutes=1)), before)
    assert list(longer) == [Rule.MAXIMUM_RUN_TIME]
    day_long = replace(night, maximum_run=timedelta(days=1))
    assert broken(day_long, call(start, datetime(2026, 10, 25, 3, tzinfo=UTC)), before) == {}
    assert list(broken(day_long, call(start, datetime(2026, 10, 25, 3, 1, tzinfo=UTC)), before)) == [
        Rule.OCCURRENCE
    ]


PRESENT = [call(at(17), at(18), "0.5")]


BEFORE = at(16, 30)


def amended(asked, now=BEFORE, contract=CONTRACT, present=PRESENT):
    return {each.rule: each.sentence for each in refusals_of_amendment(contract, present, asked, now)}


def test_an_amendment_counts_from_after_now_up_to_the_present_end():
    assert amended(call(at(17, 30), at(18), "1")) == {}
    assert amended(call(at(18), at(18, 30), "1")) == {}, "longer, from the end on"
    assert list(amended(call(at(18, 1), at(19), "1"))) == [Rule.OCCURRENCE]
    assert list(amended(call(at(17, 30), at(18)), now=at(17, 30))) == [Rule.OCCURRENCE]
    assert list(amended(call(at(17, 40), at(18)), now=at(17, 30))) == [Rule.RESPONSE_TIME]
    assert amended(call(at(17, 45), at(18)), now=at(17, 30)) == {}


def test_the_limits_of_an_issue_hold_for_an_amendment_with_the_whole_run():
    assert list(amended(call(at(17, 30), at(19, 1)))) == [Rule.MAXIMUM_RUN_TIME]
    assert list(amended(call(at(17, 15), at(17, 20)))) == [Rule.MINIMUM_RUN_TIME]
    assert list(amended(call(at(17, 30), at(18), "1.1"))) == [Rule.AVAILABILITY]
    assert list(amended(call(at(17, 30), at(18), "0"))) == [Rule.MW]
    next_one = replace(CONTRACT, called=[call(at(18), at(19))])
    assert list(amended(call(at(17, 30), at(18, 30)), contract=next_one)) == [Rule.OVERLAP]
