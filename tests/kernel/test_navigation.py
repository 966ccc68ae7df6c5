"""The top bar is made of what the apps register."""

import pytest

from marketplace.web.navigation import destinations_for, register_destination


class Somebody:
    def __init__(self, *, is_so: bool) -> None:
        self.is_so = is_so


def titles(member) -> list[str]:
    return [each.title for each in destinations_for(member)]


def test_each_side_of_the_market_has_its_pages_in_the_order_of_its_work():
    common_end = ["Contracts", "Files", "Team", "Audit log"]
    assert titles(Somebody(is_so=True)) == [
        "Competitions",
        "Areas",
        "DPS",
        "Assets",
        "Decisions",
        *common_end,
    ]
    assert titles(Somebody(is_so=False)) == ["Competitions", "DPS", "Assets", "Entries", "Bids", *common_end]
    assert titles(None) == ["Competitions", "Operators", "Market data"]


def test_two_pages_do_not_share_a_place():
    with pytest.raises(ValueError, match="Position 10 of the navigation is taken by Competitions"):
        register_destination("Tenders", "competitions:list", {"visitors": 10})
    assert titles(None) == ["Competitions", "Operators", "Market data"]


def test_registering_again_changes_nothing():
    register_destination("Competitions", "competitions:list", {"visitors": 10})
    assert titles(None) == ["Competitions", "Operators", "Market data"]
