"""The navigation is made of what the apps register, in the groups and order that the table of labels
gives."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.test import RequestFactory

from marketplace.web import navigation
from marketplace.web.navigation import GROUPS, Count, destinations_for, groups_for, register_destination


class Somebody:
    def __init__(self, *, is_so: bool, roles=("account", "procurement", "bids", "contracts")) -> None:
        self.is_so, self.roles = is_so, roles
        self.organisation = SimpleNamespace(pk=1)

    def holds(self, role: str) -> bool:
        return role in self.roles


def titles(member) -> list[str]:
    return [each.title for each in destinations_for(member)]


def all_labels(audience) -> list[str]:
    return [label for _, labels in GROUPS[audience] for label in labels]


@pytest.mark.parametrize(
    ("audience", "member"), [("so", Somebody(is_so=True)), ("fsp", Somebody(is_so=False)), ("visitors", None)]
)
def test_labels_stand_in_the_order_of_the_table(audience, member):
    order = [all_labels(audience).index(title) for title in titles(member)]
    assert order == sorted(order)
    assert "Competitions" in titles(member)


def test_a_label_that_is_none_of_theirs_is_refused():
    with pytest.raises(ValueError, match="“Tenders” is not a label of the navigation"):
        register_destination("Tenders", "competitions:list", "visitors")
    with pytest.raises(ValueError, match="“Rounds” is not a label"):
        register_destination("Rounds", "competitions:list", "fsp")


def test_two_pages_do_not_share_a_label():
    before = titles(None)
    with pytest.raises(ValueError, match="“Competitions” in the navigation is taken by another page"):
        register_destination("Competitions", "accounts:operators", "visitors")
    assert titles(None) == before


def test_registering_again_changes_nothing():
    before = titles(None)
    register_destination("Competitions", "competitions:list", "visitors")
    assert titles(None) == before


def request_of(member, path="/"):
    request = RequestFactory().get(path)
    request.member = member
    return request


@pytest.fixture
def counts_nothing(monkeypatch, db):
    monkeypatch.setattr(navigation, "_count", lambda *of: None)


def test_links_and_groups_that_a_role_cannot_use_are_left_out(counts_nothing):
    found = {
        group.title: [item.title for item in group.items]
        for group in groups_for(request_of(Somebody(is_so=True, roles=())))
    }
    assert "Team" not in found.get("Settings", [])
    assert "Contracts" not in found
    assert "Competitions" in found["Manage"]


def test_the_longest_address_that_leads_here_is_marked(counts_nothing):
    here = [
        item.title
        for group in groups_for(request_of(Somebody(is_so=False), "/qualification/assets/new/"))
        for item in group.items
        if item.is_here
    ]
    assert here == ["Assets"]
    at_home = [
        item.title
        for group in groups_for(request_of(Somebody(is_so=False), "/"))
        for item in group.items
        if item.is_here
    ]
    assert at_home == ["Home"]


def test_a_count_is_asked_with_the_member_and_stands_beside_its_label(monkeypatch, db):
    somebody = Somebody(is_so=True)
    asked = []

    def count(member, now: datetime) -> Count:
        asked.append((member, now.tzinfo))
        return Count(3, is_due=True)

    areas = navigation._destinations["so"]["Areas"]
    only = navigation.Destination(areas.title, areas.url_name, "so", areas.role, count)
    monkeypatch.setitem(navigation._destinations, "so", {"Areas": only})
    [group] = groups_for(request_of(somebody))
    assert [(item.title, item.count) for item in group.items] == [("Areas", Count(3, is_due=True))]
    assert asked == [(somebody, UTC)]
