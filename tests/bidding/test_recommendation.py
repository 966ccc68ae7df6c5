import itertools
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidding.domain.recommendation import budget_search, solver
from bidding.domain.recommendation.solver import OfferedBid, merit_order, recommend, uncovered_by

START = datetime(2026, 1, 21, 9, tzinfo=UTC)


def bid(number: int, window: str, mw: str, cost: str, minutes: int = 0) -> OfferedBid:
    return OfferedBid(f"b{number:03}", window, Decimal(mw), Decimal(cost), START + timedelta(minutes=minutes))


def rank(chosen, bids, required):
    """What the rule compares, smaller is better: shortfall, cost, number of bids, then the earliest
    submissions."""
    ordered = sorted(bids, key=lambda one: (one.submitted_at, one.id))
    accepted = frozenset(one.id for one in chosen)
    short = sum(uncovered_by(accepted, bids, required).values(), Decimal(0))
    places = [index for index, one in enumerate(ordered) if one.id in accepted]
    return short, sum((one.cost for one in chosen), Decimal(0)), len(chosen), places


def best_of_all_subsets(bids, required, budget):
    subsets = itertools.chain.from_iterable(
        itertools.combinations(bids, size) for size in range(len(bids) + 1)
    )
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
        bid(
            n,
            f"w{n % 40}",
            str(Decimal(draw.randint(50, 900)) / 1000),
            str(Decimal(draw.randint(1000, 90000)) / 100),
        )
        for n in range(400)
    ]
    budget = None
    if budget_share:
        budget = (recommend(bids, required).cost * Decimal(budget_share)).quantize(Decimal("0.01"))
    advice = recommend(bids, required, maximum_budget=budget)
    assert advice.is_optimal
    greedy = merit_order(bids, required, maximum_budget=budget)
    greedy_short = sum(uncovered_by(greedy, bids, required).values(), Decimal(0))
    greedy_cost = sum((one.cost for one in bids if one.id in greedy), Decimal(0))
    assert (advice.total_uncovered_mw, advice.cost) <= (greedy_short, greedy_cost)


def drawn_round(seed, *, windows, bids_each, mw_units, pounds):
    """A round with few different amounts, so that many sets of bids tie, and a budget that binds."""
    draw = random.Random(seed)
    required = {f"w{index}": Decimal(draw.randint(2, 9)) * mw_units for index in range(windows)}
    bids = [
        bid(
            number,
            f"w{number % windows}",
            str(draw.randint(1, 6) * mw_units),
            str(draw.randint(1, pounds)),
            number // 3,
        )
        for number in range(windows * bids_each)
    ]
    budget = (recommend(bids, required).cost * Decimal("0.6")).quantize(Decimal("0.01"))
    return bids, required, budget


@pytest.mark.parametrize("seed", range(6))
def test_the_search_within_a_budget_and_the_solver_agree_down_to_the_last_tie(seed, monkeypatch):
    pounds = 4 if seed % 2 else 5000
    bids, required, budget = drawn_round(seed, windows=5, bids_each=5, mw_units=Decimal("0.1"), pounds=pounds)
    searched = recommend(bids, required, maximum_budget=budget)
    free = recommend(bids, required)
    monkeypatch.setattr(solver, "choose_within", lambda *_, **__: None)
    monkeypatch.setattr(solver, "choose_freely", lambda *_, **__: None)
    assert free.accepted == recommend(bids, required, seconds=60).accepted
    solved = recommend(bids, required, maximum_budget=budget, seconds=60)
    assert searched.is_optimal
    assert solved.is_optimal
    assert searched.accepted == solved.accepted


def test_equal_bids_within_a_budget_are_taken_in_the_order_of_submission():
    required = {f"w{index}": Decimal(2) for index in range(60)}
    bids = [bid(number, f"w{number % 60}", "1", "10", 1000 - number) for number in range(240)]
    advice = recommend(bids, required, maximum_budget=Decimal(505))
    assert advice.is_optimal
    assert advice.accepted == {f"b{number:03}" for number in range(190, 240)}


def test_too_many_states_give_advice_within_the_budget_and_an_honest_gap(monkeypatch):
    bids, required, budget = drawn_round(3, windows=60, bids_each=3, mw_units=Decimal("0.1"), pounds=5000)
    best = recommend(bids, required, maximum_budget=budget)
    assert best.is_optimal
    monkeypatch.setattr(budget_search, "MOST_STATES", 8)
    monkeypatch.setattr(budget_search, "MOST_CANDIDATES", 16)
    monkeypatch.setattr(budget_search, "FEW_STATES", 8)
    advice = recommend(bids, required, maximum_budget=budget)
    assert not advice.is_optimal
    assert advice.cost <= budget
    assert best.total_uncovered_mw <= advice.total_uncovered_mw
    assert advice.total_uncovered_mw - advice.gap_mw <= best.total_uncovered_mw
    if advice.total_uncovered_mw == best.total_uncovered_mw:
        assert advice.cost - advice.gap_cost <= best.cost


def test_a_large_round_in_single_watts_is_proven_within_its_budget():
    draw = random.Random(11)
    required = {f"w{index}": Decimal(draw.randint(500_000, 5_000_000)) / 1_000_000 for index in range(100)}
    bids = [
        bid(
            number,
            f"w{number % 100}",
            str(Decimal(draw.randint(50_000, 900_000)) / 1_000_000),
            str(Decimal(draw.randint(1000, 90000)) / 100),
        )
        for number in range(1000)
    ]
    budget = (recommend(bids, required).cost * Decimal("0.7")).quantize(Decimal("0.01"))
    advice = recommend(bids, required, maximum_budget=budget, seconds=60)
    assert advice.is_optimal
    assert advice.cost <= budget


def test_prices_in_proportion_to_capacity_get_advice_that_wastes_next_to_nothing():
    draw = random.Random(5)
    required = {f"w{index}": Decimal(draw.randint(500, 5000)) / 1000 for index in range(100)}
    sizes = [Decimal(draw.randint(50, 900)) / 1000 for _ in range(1000)]
    bids = [bid(number, f"w{number % 100}", str(mw), str(mw * 300)) for number, mw in enumerate(sizes)]
    budget = (recommend(bids, required).cost * Decimal("0.7")).quantize(Decimal("0.01"))
    advice = recommend(bids, required, maximum_budget=budget)
    assert advice.gap_mw <= Decimal("0.001")
    assert budget - Decimal("0.60") <= advice.cost <= budget


def test_a_hundred_equal_bids_for_one_window_are_taken_in_the_order_of_submission():
    bids = [bid(number, "w", "0.1", "7", 1000 - number) for number in range(100)]
    advice = recommend(bids, {"w": Decimal("7.05")})
    assert advice.is_optimal
    assert advice.accepted == {f"b{number:03}" for number in range(29, 100)}
    within = recommend(bids, {"w": Decimal("7.05")}, maximum_budget=Decimal(455))
    assert within.is_optimal
    assert within.accepted == {f"b{number:03}" for number in range(35, 100)}


def test_without_any_time_the_gap_is_all_that_could_be_gained():
    required = {"w": Decimal(2), "v": Decimal(1)}
    bids = [bid(1, "w", "1", "10"), bid(2, "v", "1", "10")]
    advice = recommend(bids, required, seconds=0)
    assert not advice.is_optimal
    assert advice.gap_mw == advice.total_uncovered_mw == Decimal(3)


def test_a_solver_that_is_stopped_gives_advice_within_the_budget_and_an_honest_gap(monkeypatch):
    bids, required, budget = drawn_round(3, windows=4, bids_each=5, mw_units=Decimal("0.1"), pounds=5000)
    best = recommend(bids, required, maximum_budget=budget)
    assert best.is_optimal
    monkeypatch.setattr(solver, "choose_within", lambda *_, **__: None)
    monkeypatch.setattr(
        solver._Model, "_in_time", lambda model: model.highs.setOptionValue("time_limit", 0.0)
    )
    advice = recommend(bids, required, maximum_budget=budget)
    assert not advice.is_optimal
    assert advice.cost <= budget
    assert advice.total_uncovered_mw - advice.gap_mw <= best.total_uncovered_mw


def test_windows_are_chosen_alike_when_what_is_remembered_of_them_is_full(monkeypatch):
    bids, required, _ = drawn_round(2, windows=5, bids_each=4, mw_units=Decimal("0.1"), pounds=5000)
    first = recommend(bids, required)
    monkeypatch.setattr(solver, "MOST_REMEMBERED", 2)
    assert recommend(bids, required) == recommend(bids, required) == first
    remembered = {}
    monkeypatch.setattr(solver, "_alone", remembered)
    assert recommend(bids, required) == first
    assert 0 < len(remembered) <= 2
