"""The search within a budget, asked directly: what it leaves to the solver, and what it finds by more slack."""

import itertools
import time

import pytest

from bidding.domain.recommendation import budget_search
from bidding.domain.recommendation.budget_search import Choice, Offer, choose_freely, choose_within

NOTHING = Choice((), is_proven=True, gap_uncovered=0, gap_cost=0)
HUGE = 2**62


def within(offers, required, budget, seconds=60) -> Choice | None:
    return choose_within(offers, required, budget, deadline=time.monotonic() + seconds)


def freely(offers, required, seconds=60) -> Choice | None:
    return choose_freely(offers, required, deadline=time.monotonic() + seconds)


def test_where_nothing_is_needed_or_offered_nothing_is_chosen():
    one = [Offer("w", 1, 10)]
    assert freely(one, 0) == freely([], 5) == NOTHING
    assert within(one, {"w": 0}, 100) == within([], {"w": 5}, 100) == NOTHING


def test_an_offer_for_a_window_that_needs_nothing_is_left_out():
    offers = [Offer("idle", 9, 1), Offer("w", 2, 10)]
    assert within(offers, {"w": 2, "idle": 0}, 100).chosen == (1,)


def test_a_budget_that_binds_nothing_gives_the_cheapest_that_covers():
    offers = [Offer("w", 1, 10), Offer("w", 1, 11), Offer("w", 2, 20), Offer("v", 1, 5)]
    assert within(offers, {"w": 2, "v": 1}, 1_000) == Choice(
        (2, 3), is_proven=True, gap_uncovered=0, gap_cost=0
    )


@pytest.mark.parametrize("budget", [0, 4])
def test_a_budget_below_every_cost_buys_nothing(budget):
    assert within([Offer("w", 1, 5), Offer("v", 2, 6)], {"w": 1, "v": 2}, budget) == NOTHING


def test_numbers_too_large_for_whole_words_are_left_to_the_solver():
    assert freely([Offer("w", 1, HUGE)], 1) is None
    assert within([Offer("w", 1, HUGE)], {"w": 1}, 5) is None
    assert within([Offer("w", 1, 5)], {"w": 1}, HUGE) is None
    weighed = [Offer("w", 2**40 - 1, 2**40 - 3), Offer("w", 2**39 - 5, 2**38 - 7)]
    assert within(weighed, {"w": 2**40}, 2**40) is None


def test_without_time_or_room_for_the_sets_they_are_left_to_the_solver(monkeypatch):
    offers = [Offer("w", 2**number, 3**number) for number in range(5)]
    assert freely(offers, 31, seconds=-1) is within(offers, {"w": 31}, 100, seconds=-1) is None
    monkeypatch.setattr(budget_search, "MOST_STATES", 8)
    assert freely(offers, 31) is within(offers, {"w": 31}, 100) is None


def test_a_search_that_is_whole_leaves_no_state_out(monkeypatch):
    monkeypatch.setattr(budget_search, "FEW_STATES", 2)
    monkeypatch.setattr(budget_search, "FEW_OPTIONS", 2)
    test_windows_of_one_large_offer_each_are_chosen_as_well_as_trying_all_does()


def test_windows_of_one_large_offer_each_are_chosen_as_well_as_trying_all_does():
    sizes = [(7, 13), (11, 17), (19, 40), (23, 31), (5, 29)]
    offers = [Offer(f"w{number}", *each) for number, each in enumerate(sizes)]
    required = {f"w{number}": capacity for number, (capacity, _) in enumerate(sizes)}
    for budget in range(131):
        fitting = [
            chosen
            for size in range(6)
            for chosen in itertools.combinations(range(5), size)
            if sum(sizes[each][1] for each in chosen) <= budget
        ]
        best = min(
            fitting,
            key=lambda chosen: (
                -sum(sizes[each][0] for each in chosen),
                sum(sizes[each][1] for each in chosen),
                len(chosen),
                chosen,
            ),
        )
        found = within(offers, required, budget)
        assert (found.chosen, found.is_proven) == (best, True)
