"""What a new ballot's table is filled with from an earlier one: pure functions, numbers worked by hand."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest

from bidding.domain.ballots.drafts import drawn_from, fitted, limit_of, matched
from bidding.domain.ballots.limits import BidTerms, Pricing, WindowTerms

HOUR = timedelta(hours=1)
MORNING, EVENING = uuid.UUID(int=1), uuid.UUID(int=2)
OF_BOTH = Pricing(("availability_price", "utilisation_price"))


def window(label="Winter/Evening", required="5", least="0", **other) -> WindowTerms:
    return WindowTerms(label, Decimal(required), Decimal(least), **other)


def bid(mw: str, run_time: timedelta = HOUR) -> BidTerms:
    return BidTerms(uuid.UUID(int=9), Decimal(mw), run_time, Decimal(3), Decimal(70), Decimal(11))


def drawn(earlier, windows, qualified="10", pricing=OF_BOTH) -> list[tuple[uuid.UUID, Decimal]]:
    made = drawn_from(earlier, windows=windows, pricing=pricing, qualified_mw=Decimal(qualified))
    return [(each.window_id, each.capacity_mw) for each in made]


@pytest.mark.parametrize(
    ("required", "least", "qualified", "limit"),
    [
        ("5", "0", "3", "3"),
        ("5", "0", "8", "5"),
        ("5", "3", "3", "3"),
        ("5", "3.1", "3", None),
        ("5", "0", "0", None),
    ],
)
def test_the_limit_is_what_the_assets_have_up_to_what_is_required_unless_too_few_for_the_minimum(
    required, least, qualified, limit
):
    found = limit_of(window(required=required, least=least), Decimal(qualified))
    assert found == (limit and Decimal(limit))


def test_a_bid_is_cut_to_the_limit_raised_to_the_minimum_and_runs_as_long_as_asked():
    asked = window(required="5", least="2", minimum_run_time=2 * HOUR)
    for offered, fits in (("8", "4"), ("3", "3"), ("1", "2")):
        made = fitted(bid(offered), EVENING, asked, Decimal(4))
        assert (made.window_id, made.capacity_mw, made.maximum_run_time) == (EVENING, Decimal(fits), 2 * HOUR)
    assert fitted(bid("3"), EVENING, asked, Decimal("1.9")) is None
    assert fitted(bid("3", 3 * HOUR), EVENING, asked, Decimal(4)).maximum_run_time == 3 * HOUR


def test_a_window_takes_from_its_namesake_in_the_same_period_then_in_the_last_one_then_from_the_only_one():
    now = {MORNING: window("Winter/Morning"), EVENING: window("Winter/Evening")}
    both = ["Winter/Evening", "Spring/Evening", "Spring/Morning"]
    assert matched(both, now) == {MORNING: "Spring/Morning", EVENING: "Winter/Evening"}
    assert matched(["Autumn/Evening", "Spring/Evening"], now) == {EVENING: "Spring/Evening"}
    assert matched(["Autumn/Night"], now) == {MORNING: "Autumn/Night", EVENING: "Autumn/Night"}
    assert matched(["Autumn/Night", "Spring/Noon"], now) == {}


def test_bids_for_a_window_share_what_the_assets_have_and_what_is_required():
    earlier = [("Winter/Evening", bid("3")), ("Winter/Evening", bid("4")), ("Winter/Evening", bid("1"))]
    assert drawn(earlier, {EVENING: window(required="5")}) == [(EVENING, Decimal(3)), (EVENING, Decimal(2))]
    assert drawn(earlier, {EVENING: window(required="9")}, qualified="7.5") == [
        (EVENING, Decimal(3)),
        (EVENING, Decimal(4)),
        (EVENING, Decimal("0.5")),
    ]


def test_a_bid_that_falls_below_the_minimum_once_others_are_in_is_left_out():
    earlier = [("Winter/Evening", bid("3")), ("Winter/Evening", bid("2"))]
    assert drawn(earlier, {EVENING: window(required="5", least="2.5")}) == [(EVENING, Decimal(3))]


def test_each_window_is_filled_from_its_own_earlier_one_and_by_all_that_the_assets_have():
    earlier = [("Winter/Morning", bid("3")), ("Winter/Evening", bid("4"))]
    windows = {MORNING: window("Winter/Morning"), EVENING: window("Winter/Evening")}
    assert drawn(earlier, windows, qualified="4") == [(MORNING, Decimal(3)), (EVENING, Decimal(4))]


def test_prices_not_asked_for_go_and_fixed_ones_are_the_operators():
    fixed = Pricing(
        ("availability_price", "utilisation_price"),
        {"availability_price": None, "utilisation_price": Decimal(99)},
    )
    [made] = drawn_from(
        [("Winter/Evening", bid("1"))], windows={EVENING: window()}, pricing=fixed, qualified_mw=Decimal(1)
    )
    assert (made.availability_price, made.utilisation_price, made.service_fee) == (
        Decimal(3),
        Decimal(99),
        None,
    )
