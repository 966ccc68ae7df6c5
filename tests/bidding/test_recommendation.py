import itertools
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidding.domain.recommendation import OfferedBid, merit_order, recommend, uncovered_by

START = datetime(2026, 1, 21, 9, tzinfo=UTC)


def bid(number: int, window: str, mw: str, cost: str, minutes: int = 0) -> OfferedBid:
    return OfferedBid(f"b{number:03}", window, Decimal(mw), Decimal(cost), START + timedelta(minutes=minutes))


def rank(chosen, bids, required):
    """What the rule compares, smaller is better: shortfall, cost, number of bids, then the earliest submissions."""
    ordered = sorted(bids, key=lambda one: (one.submitted_at, one.id))
    accepted = frozenset(one.id for one in chosen)
    short = sum(uncovered_by(accepted, bids, required).values(), Decimal(0))
    places = [index for index, one in enumerate(ordered) if one.id in accepted]
    return short, sum((one.cost for one in chosen), Decimal(0)), len(chosen), places


def best_of_all_subsets(bids, required, budget):
    subsets = itertools.chain.from_iterable(itertools.combinations(bids, size) for size in range(len(bids) + 1))
    affordable = (s for s in subsets if budget is None or sum((one.cost for one in s), Decimal(0)) <= budget)
    return min(affordable, key=lambda subset: rank(subset, bids, required))


@given(data=st.data())
@settings(max_examples=500, deadline=None)
def test_the_recommendation_is_the_best_of_all_subsets(data):
    windows = ["w1", "w2", "w3"][: data.draw(st.integers(1, 3))]
    required = {w: Decimal(data.draw(st.integers(1, 30))) / 10 for w in windows}
    bids = [
        bid(
            number,
            data.draw(st.sampled_from(windows)),
            str(Decimal(data.draw(st.integers(1, 20))) / 10),
            str(Decimal(data.draw(st.integers(0, 12)))),
            data.draw(st.integers(0, 3)),
        )
        for number in range(data.draw(st.integers(0, 7)))
    ]
    budget = data.draw(st.one_of(st.none(), st.integers(0, 40).map(Decimal)))
    advice = recommend(bids, required, maximum_budget=budget)
    best = best_of_all_subsets(bids, required, budget)
    assert advice.accepted == frozenset(one.id for one in best)
    assert advice.cost == sum((one.cost for one in best), Decimal(0))
    assert advice.is_optimal


def test_a_window_that_the_offers_cannot_cover_gets_all_they_have():
    bids = [bid(1, "w", "0.5", "10"), bid(2, "w", "0.25", "900")]
    advice = recommend(bids, {"w": Decimal("1")})
    assert advice.accepted == {"b001", "b002"}
    assert advice.uncovered_mw == {"w": Decimal("0.25")}


def test_a_dear_whole_bid_beats_two_cheap_ones_that_together_cost_more():
    bids = [bid(1, "w", "0.6", "60"), bid(2, "w", "0.6", "60"), bid(3, "w", "1", "110")]
    advice = recommend(bids, {"w": Decimal("1")})
    assert advice.accepted == {"b003"}
    assert merit_order(bids, {"w": Decimal("1")}) == {"b001", "b002"}


def test_the_budget_goes_where_it_covers_the_most_megawatts():
    bids = [bid(1, "w1", "1", "100"), bid(2, "w2", "2", "100")]
    advice = recommend(bids, {"w1": Decimal(1), "w2": Decimal(2)}, maximum_budget=Decimal("150"))
    assert advice.accepted == {"b002"}
    assert advice.uncovered_mw == {"w1": Decimal(1)}


def test_a_bid_for_an_unknown_window_is_an_error():
    with pytest.raises(KeyError):
        recommend([bid(1, "elsewhere", "1", "1")], {"w": Decimal(1)})


def test_one_micro_megawatt_counts_beside_thousands():
    bids = [bid(1, "w", "9999.999999", "5"), bid(2, "w", "10000", "6")]
    assert recommend(bids, {"w": Decimal("10000")}).accepted == {"b002"}


@pytest.mark.parametrize("budget_share", [None, "0.6"])
def test_large_rounds_are_never_dearer_or_shorter_than_merit_order(budget_share):
    draw = random.Random(7)
    required = {f"w{index}": Decimal(draw.randint(500, 3000)) / 1000 for index in range(40)}
    bids = [
        bid(n, f"w{n % 40}", str(Decimal(draw.randint(50, 900)) / 1000), str(Decimal(draw.randint(1000, 90000)) / 100))
        for n in range(400)
    ]
    budget = None
    if budget_share:
        budget = (recommend(bids, required).cost * Decimal(budget_share)).quantize(Decimal("0.01"))
    advice = recommend(bids, required, maximum_budget=budget)
    greedy = merit_order(bids, required, maximum_budget=budget)
    greedy_short = sum(uncovered_by(greedy, bids, required).values(), Decimal(0))
    greedy_cost = sum((one.cost for one in bids if one.id in greedy), Decimal(0))
    assert (advice.total_uncovered_mw, advice.cost) <= (greedy_short, greedy_cost)
