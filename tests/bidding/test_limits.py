"""The limits of a ballot, as pure functions: many cases, and what holds for all."""

import uuid
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidding.domain.ballots.limits import (
    BidTerms,
    OfferedAsset,
    OfferElsewhere,
    Pricing,
    WindowTerms,
    breaches,
    listed,
    warnings,
    warnings_elsewhere,
)
from bidding.domain.ballots.offers import BallotOffer, BiddingContext, PresentBallot, assess
from bidding.domain.ballots.overlaps import Hours, overlap

HOUR = timedelta(hours=1)
KEY = uuid.UUID(int=1)
BOTH = ("availability_price", "utilisation_price")
AUCTION = Pricing(BOTH)


def window(**fields) -> WindowTerms:
    return WindowTerms(**{"label": "Winter/Evening", "capacity_required_mw": Decimal(5)} | fields)


def terms(mw="1", run_time=HOUR, **prices) -> BidTerms:
    given_prices = prices or {"availability_price": "1", "utilisation_price": "2"}
    return BidTerms(
        KEY, Decimal(mw), run_time, **{name: Decimal(price) for name, price in given_prices.items()}
    )


def found(*bids, assets=("3",), pricing=AUCTION, **fields) -> set[tuple[int | None, str]]:
    told = breaches(
        bids,
        windows={KEY: window(**fields)},
        pricing=pricing,
        assets=[OfferedAsset(f"A{number}", Decimal(mw)) for number, mw in enumerate(assets)],
    )
    return {(each.bid, each.field) for each in told}


def test_a_good_bid_breaks_nothing():
    assert found(terms()) == set()


@pytest.mark.parametrize("mw", ["0", "-1", "0.0000001", "3.000001", "100000000000000000000000"])
def test_capacity_must_be_above_zero_exact_and_within_the_limit(mw):
    assert found(terms(mw)) == {(0, "capacity_mw")}


def test_of_reactive_power_the_sentences_speak_of_mvar():
    windows = {KEY: window(unit="MVAr", minimum_aggregate_mw=Decimal(1))}
    assets = [OfferedAsset("A", Decimal(7))]
    told = [
        each.sentence
        for mw in ("0", "0.5", "6", "8")
        for each in breaches([terms(mw)], windows=windows, pricing=AUCTION, assets=assets)
    ]
    assert told == [
        "The capacity must be above 0 MVAr.",
        "0.5 MVAr is below the window's minimum aggregate size of 1 MVAr.",
        "6 MVAr is more than the 5 MVAr that the window requires.",
        "8 MVAr is more than the 5 MVAr that the window requires.",
    ]


def test_the_smaller_of_qualified_and_required_is_the_limit():
    assert found(terms("3")) == set()
    assert found(terms("3"), capacity_required_mw=Decimal("2.9")) == {(0, "capacity_mw")}
    assert found(terms("6"), assets=("3", "3")) == {(0, "capacity_mw")}
    assert found(terms("5"), assets=("3", "3")) == set()


def test_splits_respect_the_limit_together_and_each_the_minimum():
    assert found(terms("1.5"), terms("1.5")) == set()
    assert found(terms("1.5"), terms("1.500001")) == {(0, "capacity_mw"), (1, "capacity_mw")}
    assert found(terms("1"), terms("0.5"), minimum_aggregate_mw=Decimal(1)) == {(1, "capacity_mw")}


def test_a_sum_too_high_says_of_how_many_bids_it_is_and_which_limit_it_passes():
    def sentences(*bids, required):
        windows = {KEY: window(capacity_required_mw=Decimal(required))}
        assets = [OfferedAsset("A", Decimal(3))]
        return {each.sentence for each in breaches(bids, windows=windows, pricing=AUCTION, assets=assets)}

    of_two = "The 2 bids for this window sum to 4 MW, more than the 3 MW that"
    assert sentences(terms("4"), required=3) == {"4 MW is more than the 3 MW that the window requires."}
    assert sentences(terms("2"), terms("2"), required=3) == {f"{of_two} the window requires."}
    assert sentences(terms("2"), terms("2"), required=5) == {
        f"{of_two} the ballot's assets are qualified for."
    }


def test_run_time_must_be_above_zero_and_reach_the_windows_minimum():
    assert found(terms(run_time=timedelta())) == {(0, "maximum_run_time")}
    assert found(terms(run_time=HOUR), minimum_run_time=2 * HOUR) == {(0, "maximum_run_time")}
    assert found(terms(run_time=2 * HOUR), minimum_run_time=2 * HOUR) == set()


def test_prices_are_those_of_the_type_not_negative_with_two_decimals():
    assert found(terms(availability_price="1")) == {(0, "utilisation_price")}
    assert found(terms(availability_price="1", utilisation_price="2", service_fee="0")) == {
        (0, "service_fee")
    }
    assert found(terms(availability_price="-0.01", utilisation_price="1.001")) == {(0, name) for name in BOTH}
    assert found(terms(availability_price="0", utilisation_price="1.10")) == set()


def test_the_highest_price_may_be_asked_and_a_penny_more_may_not():
    assert found(terms(availability_price="999999999.99", utilisation_price="1")) == set()
    assert found(terms(availability_price="1000000000.00", utilisation_price="1")) == {
        (0, "availability_price")
    }


def test_fixed_prices_are_the_operators():
    fixed = Pricing(BOTH, {"availability_price": Decimal("1.00"), "utilisation_price": Decimal("2.00")})
    assert found(terms(), pricing=fixed) == set()
    assert found(terms(availability_price="0.99", utilisation_price="2"), pricing=fixed) == {
        (0, "availability_price")
    }


def test_prices_are_named_in_the_operators_currency():
    fixed = Pricing(BOTH, {"availability_price": Decimal("1.00"), "utilisation_price": None}, "EUR")
    sentences = [
        each.sentence
        for each in breaches(
            [terms(availability_price="0.99", utilisation_price="1000000000")],
            windows={KEY: window()},
            pricing=fixed,
            assets=[OfferedAsset("A", Decimal(3))],
        )
    ]
    assert sentences == [
        "This competition's prices are fixed: the availability price (€/MW/h) must be €1.00.",
        "A price can be at most €999,999,999.99.",
    ]


def test_an_empty_ballot_and_one_without_assets_are_refused():
    assert found() == {(None, "bids")}
    assert found(terms(), assets=()) == {(None, "assets")}


def test_slow_or_short_assets_are_warned_of_by_name():
    assets = [
        OfferedAsset("SLOW", Decimal(1), response_time=2 * HOUR),
        OfferedAsset("SHORT", Decimal(1), maximum_run_time=timedelta(minutes=30)),
        OfferedAsset("UNKNOWN", Decimal(1)),
        OfferedAsset("JUST", Decimal(1), response_time=HOUR, maximum_run_time=HOUR),
    ]
    told = warnings([terms()], windows={KEY: window(required_response_time=HOUR)}, assets=assets)
    assert [(each.field, "SLOW" in each.sentence, "SHORT" in each.sentence) for each in told] == [
        ("window_id", True, False),
        ("maximum_run_time", False, True),
    ]
    assert not any("JUST" in each.sentence for each in told)


MW = st.decimals(min_value=Decimal("0.000001"), max_value=20, places=6)


@given(offered=st.lists(MW, min_size=1, max_size=5), assets=st.lists(MW, min_size=1, max_size=4), required=MW)
def test_whatever_is_accepted_never_exceeds_the_limit_and_whatever_fits_is_accepted(
    offered, assets, required
):
    told = found(*(terms(mw) for mw in offered), assets=assets, capacity_required_mw=required)
    assert (told == set()) == (sum(offered) <= min(sum(assets), required))


LABELS = st.sampled_from(["A", "B", "C"])
ASSETS = st.frozensets(st.integers(1, 4).map(lambda number: uuid.UUID(int=number)), max_size=4)


@st.composite
def ballots(draw):
    """Ballots that stand, sharing no asset."""
    held = draw(st.dictionaries(st.integers(1, 4), LABELS, max_size=4))
    return {
        label: PresentBallot(
            uuid.uuid4(),
            label,
            True,
            frozenset(uuid.UUID(int=key) for key, own in held.items() if own == label),
            (),
        )
        for label in set(held.values())
    }


@given(present=ballots(), offers=st.dictionaries(LABELS, st.none() | ASSETS, max_size=3))
def test_ballots_placed_together_never_share_an_asset_whatever_stands_and_is_refused(present, offers):
    assets = {uuid.UUID(int=number): OfferedAsset(f"A{number}", Decimal(1)) for number in (1, 2, 3)}
    bidding = BiddingContext("C1", {KEY: window()}, Pricing(BOTH), assets, present)
    told = assess(bidding, [BallotOffer(label, keys, (terms("1"),)) for label, keys in offers.items()])
    after = {label: ballot.assets for label, ballot in present.items()}
    after |= {each.offer.label: each.assets for each in told if each.is_good}
    held = [key for keys in after.values() for key in keys]
    assert len(held) == len(set(held))
    assert all(each.assets <= set(assets) for each in told if each.is_good)


def hours(first_day=1, last_day=28, weekdays=range(7), start=16, end=20, rule="ignore") -> Hours:
    days = (date(2026, 2, first_day), date(2026, 2, last_day))
    return Hours(*days, tuple(weekdays), time(start), time(end), rule, "GB", "SCT")


@pytest.mark.parametrize(
    ("other", "meets"),
    [
        (hours(), True),
        (hours(start=20, end=22), False),
        (hours(start=19, end=20), True),
        (hours(weekdays=[5, 6]), True),
        (hours(first_day=2, last_day=6, weekdays=[5, 6]), False),
        (hours(start=22, end=17), True),
        (hours(start=22, end=16), False),
        (hours(start=0, end=0), True),
    ],
)
def test_windows_overlap_when_a_day_has_both_at_the_same_time(other, meets):
    assert overlap(hours(), other) is meets
    assert overlap(other, hours()) is meets


def test_weekdays_and_weekends_do_not_overlap_unless_a_night_runs_over():
    assert not overlap(hours(weekdays=range(5)), hours(weekdays=[5, 6]))
    assert overlap(hours(weekdays=[4], start=22, end=6), hours(weekdays=[5], start=5, end=7))


def test_the_same_mw_offered_at_the_same_time_is_warned_of():
    other = uuid.UUID(int=2)
    windows = {KEY: window(hours=hours()), other: window(label="Winter/Night", hours=hours(start=19, end=23))}
    offered = [terms("2"), replace(terms("1.5"), window_id=other)]
    told = warnings(offered, windows=windows, assets=[OfferedAsset("A", Decimal(3))])
    assert [(each.bid, each.field) for each in told] == [(0, "capacity_mw"), (1, "capacity_mw")]
    assert warnings(offered, windows=windows, assets=[OfferedAsset("A", Decimal("3.5"))]) == []


A, B = uuid.UUID(int=11), uuid.UUID(int=12)


def sentences_elsewhere(*elsewhere: OfferElsewhere) -> list[tuple[int | None, str]]:
    told = warnings_elsewhere(
        [terms()],
        windows={KEY: window(hours=hours())},
        assets={A: OfferedAsset("A", Decimal(1)), B: OfferedAsset("B", Decimal(1))},
        elsewhere=elsewhere,
    )
    return [(each.bid, each.sentence) for each in told]


def test_an_asset_also_offered_in_another_competition_is_warned_of_only_at_the_same_time():
    foreign = uuid.UUID(int=13)
    same = OfferElsewhere("OTHER/Evening", hours(start=19, end=22), frozenset({A, foreign}))
    later = OfferElsewhere("OTHER/Night", hours(start=20, end=22), frozenset({A, B}))
    without = OfferElsewhere("OTHER/Early", hours(), frozenset({foreign}))
    assert sentences_elsewhere(later, without) == []
    assert sentences_elsewhere(later, without, same) == [
        (0, "Also offered at the same time in OTHER/Evening: A.")
    ]


@pytest.mark.parametrize(
    ("count", "last"),
    [
        (3, "Also offered at the same time in OTHER/2: A."),
        (4, "And in 1 other window of other competitions."),
        (5, "And in 2 other windows of other competitions."),
    ],
)
def test_three_windows_elsewhere_are_named_and_the_others_counted(count, last):
    told = sentences_elsewhere(
        *(OfferElsewhere(f"OTHER/{number}", hours(), frozenset({A})) for number in range(count))
    )
    assert [sentence for _, sentence in told][-1] == last
    assert len(told) == min(count, 4)


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "A"), (3, "A, B, C"), (4, "A, B, C and 1 other"), (5, "A, B, C and 2 others")],
)
def test_of_many_refs_three_are_listed_and_the_others_counted(count, text):
    assert listed("ABCDE"[:count]) == text


def test_the_capacity_that_would_mend_it_is_told_of_a_single_bid_and_of_no_sum():
    def repairs(*bids):
        assets = [OfferedAsset("A", Decimal(3))]
        told = breaches(bids, windows={KEY: window()}, pricing=AUCTION, assets=assets)
        return [each.repair for each in told]

    assert repairs(terms("4")) == ["3"]
    assert repairs(terms("2"), terms("2")) == ["", ""]
