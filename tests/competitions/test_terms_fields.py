"""Settlement terms as nested fields: their defaults, what is refused, and that nothing is lost when they are written."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competitions.domain.curves import READY_MADE, curve_of
from competitions.domain.settlement_terms import AvailabilityMode, Until, UnusableTerms, default_mode
from competitions.domain.terms_fields import fields_of, terms_of, told_terms_of


def test_the_defaults_are_those_of_the_rules():
    assert fields_of(terms_of({})) == {
        "period_minutes": 30,
        "baseline": {
            "method": "recent_days",
            "kw": "0",
            "working": [10, 10, 5],
            "other": [4, 4, 2],
            "select": "middle",
            "lookback_days": 60,
            "adjustment": None,
            "before_minutes": 30,
        },
        "estimated_counts": False,
        "availability": {
            "mode": "fixed",
            "factor": "none",
            "curve": {"kind": "table", "points": [["0", "0"], ["1", "1"]]},
            "declined_forfeits": True,
        },
        "acknowledge_minutes": 15,
        "utilisation": {
            "curve": {"kind": "table", "points": [["0", "0"], ["1", "1"]]},
            "basis": "period",
            "cap": "1",
            "tests_paid": True,
        },
        "penalty": {"price": "0", "multiple": "0", "tolerance": "0", "cap": "none"},
        "nomination": {"days_before": 1, "time": "12:00"},
        "declaration": {
            "cycle": "weekly",
            "lock": {"day": "Wednesday", "time": "24:00"},
            "answer": {"day": "Thursday", "time": "12:00"},
            "unanswered": "released",
            "default": "full",
        },
        "statement": {"meter_day": 10, "dispute_days": 10, "correction_months": 12},
    }


def test_a_day_ahead_cycle_locks_at_ten_and_is_answered_at_two():
    told = terms_of({"declaration": {"cycle": "day_ahead"}}).declaration
    assert (told.lock, told.answer) == (Until(None, 600), Until(None, 840))


REFUSED = [
    ({"baseline": {"working": [11, 10, 5]}}, "More working days are used than looked at: 11 of 10."),
    ({"baseline": {"other": [3, 4, 2]}}, "The middle 3 of 4 other days is not the middle."),
    ({"baseline": {"working": [8, 10, 11]}}, "The least number of working days must be 1 to 10."),
    ({"baseline": {"adjustment": {"cap": "-0.1"}}}, "The cap of an adjustment is 0 or more."),
    ({"baseline": {"adjustment": {"minutes": 1_441}}}, "An adjustment and its gap are a day long at most."),
    ({"baseline": {"adjustment": {"gap_minutes": 1_441}}}, "An adjustment and its gap are a day long at"),
    ({"baseline": {"lookback_days": 0}}, "A baseline looks 1 to 366 days back."),
    ({"baseline": {"lookback_days": 367}}, "A baseline looks 1 to 366 days back."),
    ({"baseline": {"before_minutes": 1_441}}, "The minutes before are those of a day at most."),
    ({"nomination": {"time": "12:00+01:00"}}, "The time of nominations must be like 12:00"),
    ({"nomination": {"time": "noon"}}, "The time of nominations must be like 12:00"),
    ({"utilisation": {"cap": "-1"}}, "up to a share above 0 and up to 2"),
    ({"utilisation": {"cap": "2.1"}}, "up to a share above 0 and up to 2"),
    (
        {"utilisation": {"curve": {"kind": "table", "points": [["1", "1"], ["0", "0"]]}}},
        "must not fall from one point to the next",
    ),
    ({"penalty": {"tolerance": "1"}}, "The tolerance is 0 or more and below 1."),
    ({"penalty": {"price": "-1"}}, "A penalty is 0 or more."),
    ({"acknowledge_minutes": 0}, "The time to acknowledge is 1 to 44,640 minutes."),
    ({"acknowledge_minutes": 44_641}, "The time to acknowledge is 1 to 44,640 minutes."),
    ({"period_minutes": 10}, "The settlement period is 1, 5, 15 or 30 minutes."),
    ({"declaration": {"lock": {"day": "Friday", "time": "12:00"}}}, "answered after they are locked"),
    ({"declaration": {"lock": {"day": "Wodensday", "time": "12:00"}}}, "on a day from Monday to Sunday"),
    ({"declaration": {"cycle": "day_ahead", "lock": "24:30"}}, "times from 00:00 to 24:00"),
    ({"statement": {"meter_day": 31}}, "a day from 1 to 28 of the next month"),
    ({"utilisation": {"curve": "sinus"}}, "There is no curve named “sinus”."),
    ({"utilisation": 7}, "The terms' utilisation must be a group of fields."),
    ({"baseline": 7}, "The terms' baseline must be a method or a group of fields."),
    ({"baseline": "sinus"}, "The baseline's method is one of"),
    ({"baseline": {"working": [10, 10]}}, "Days of a baseline are three numbers"),
    ({"baseline": {"adjustment": 7}}, "The terms' adjustment must be a group of fields."),
    ({"nomination": {"time": "noon"}}, "The time of nominations must be like 12:00, not “noon”."),
    ({"estimated_counts": "perhaps"}, "estimated_counts is yes or no, not “perhaps”."),
    ({"baseline": {"lookback_days": "1.5"}}, "must be a whole number, not “1.5”."),
    ({"penalty": {"price": "dear"}}, "must be a number, not “dear”."),
    ({"penalty": {"price": "NaN"}}, "must be a number, not “NaN”."),
    ({"penalty": {"price": "1e999999999"}}, "must be a number, not “1e999999999”."),
    (
        {"utilisation": {"curve": {"kind": "table", "points": [["0", "0"], ["1", "1e-999999999"]]}}},
        "A point of a curve must be a number, not “1e-999999999”.",
    ),
    ({"utilisation": {"curve": {"kind": "table", "points": [["0"]]}}}, "Each point of a curve is a pair"),
    ({"utilisation": {"curve": {"kind": "table", "points": []}}}, "A curve needs at least one point."),
    ({"utilisation": {"curve": {"kind": "line"}}}, "A curve is of the kind table or grace_slope."),
]
BELOW_NOUGHT = "The grace and the slope of a curve are 0 or more."
TOO_SHORT = [
    ({"utilisation": {"curve": {"kind": "grace_slope", "slope": "-1"}}}, BELOW_NOUGHT),
    ({"availability": {"curve": {"kind": "grace_slope", "grace": "-0.01"}}}, BELOW_NOUGHT),
    (
        {"baseline": {"adjustment": {"minutes": 29}}},
        "An adjustment is as long as a settlement period at least.",
    ),
    (
        {"baseline": {"method": "meter_before", "before_minutes": 14}, "period_minutes": 15},
        "The minutes before are as long as a settlement period at least.",
    ),
]
"""What contracts may hold since before it was refused."""


@pytest.mark.parametrize(("told", "sentence"), REFUSED, ids=lambda value: str(value)[:60])
def test_what_can_not_be_is_refused_in_a_sentence(told, sentence):
    with pytest.raises(UnusableTerms, match=sentence.replace("(", r"\(").split(" is not the")[0]):
        terms_of(told)


@pytest.mark.parametrize(("told", "sentence"), TOO_SHORT, ids=lambda value: str(value)[:60])
def test_what_was_taken_once_is_refused_where_it_is_told_now_and_still_read_where_it_is_stored(
    told, sentence
):
    with pytest.raises(UnusableTerms, match=sentence):
        told_terms_of(told)
    assert fields_of(terms_of(told))


def test_an_adjustment_and_the_minutes_before_may_be_as_short_as_one_period():
    told = {"method": "meter_before", "before_minutes": 5, "adjustment": {"minutes": 5}}
    assert told_terms_of({"baseline": told, "period_minutes": 5}).baseline.before_minutes == 5
    assert told_terms_of({"baseline": {"before_minutes": 5}}), "read only with the meter before"


def test_yes_and_no_are_told_in_words_too():
    told = [
        terms_of({"estimated_counts": each}).estimated_counts
        for each in (True, "Yes", "true", False, "no", "FALSE")
    ]
    assert told == [True, True, True, False, False, False]


def test_an_odd_rest_is_right_where_the_highest_are_chosen():
    assert terms_of({"baseline": {"select": "high", "other": [3, 4, 2]}}).baseline.other.used == 3


SHARES = st.decimals(min_value=0, max_value=1, places=4).map(str)
CURVES = st.one_of(
    st.sampled_from(sorted(READY_MADE)),
    st.lists(st.tuples(SHARES, SHARES), min_size=1, max_size=6).map(
        lambda points: {"kind": "table", "points": sorted(list(each) for each in points)}
    ),
    st.fixed_dictionaries({"kind": st.just("grace_slope"), "grace": SHARES, "slope": SHARES}),
)


@given(curve=CURVES, cap=SHARES, minutes=st.integers(1, 44_640), share=SHARES)
def test_what_is_written_is_read_as_the_same_terms(curve, cap, minutes, share):
    terms = terms_of(
        {
            "utilisation": {"curve": curve},
            "availability": {"curve": curve},
            "acknowledge_minutes": minutes,
            "baseline": {"adjustment": {"cap": cap}},
        }
    )
    written = json.loads(json.dumps(fields_of(terms)))
    assert terms_of(written) == terms
    assert curve_of(written["utilisation"]["curve"]).share(Fraction(share)) == terms.utilisation.curve.share(
        Fraction(share)
    )


@pytest.mark.parametrize(
    ("product", "availability", "fee", "mode"),
    [
        ("Operational Utilisation", False, False, AvailabilityMode.NONE),
        ("Variable Availability + Operational Utilisation", False, False, AvailabilityMode.NONE),
        ("Variable Availability + Operational Utilisation", True, False, AvailabilityMode.DECLARED),
        ("Scheduled Availability + Operational Utilisation", True, False, AvailabilityMode.FIXED),
        ("", False, True, AvailabilityMode.FIXED),
        ("", True, False, AvailabilityMode.FIXED),
    ],
)
def test_the_mode_of_availability_follows_from_what_is_paid(product, availability, fee, mode):
    assert default_mode(product, pays_availability=availability, pays_service_fee=fee) is mode
