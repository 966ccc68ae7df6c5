"""The navigation is made of what the apps register, in the groups and order that the table of labels
gives."""

import uuid
from copy import copy
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from marketplace import clock
from marketplace.audit.chain import record
from marketplace.audit.models import OpenedSeal
from marketplace.web import navigation
from marketplace.web.kept import KEPT
from marketplace.web.navigation import GROUPS, Count, destinations_for, groups_for, register_destination

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


class Somebody:
    is_seen_by_admin = False

    def __init__(self, *, is_so: bool, roles=("account", "procurement", "bids", "contracts")) -> None:
        self.is_so, self.roles = is_so, roles
        self.organisation = SimpleNamespace(pk=1)
        self.organisation_id, self.user_id = uuid.uuid4(), uuid.uuid4().int

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
    monkeypatch.setattr(navigation, "_counts", lambda *of: {})


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


@pytest.fixture
def counted(monkeypatch, db):
    """Counts how often a count is asked; what is asked of whom is the test's own."""
    asked = []

    def set_up():
        def count(member, now: datetime) -> Count:
            asked.append(member.user_id)
            return Count(len(asked))

        areas = navigation._destinations["so"]["Areas"]
        only = navigation.Destination(areas.title, areas.url_name, "so", areas.role, count)
        monkeypatch.setitem(navigation._destinations, "so", {"Areas": only})
        return asked

    return set_up


def number_shown_to(member) -> int:
    [group] = groups_for(request_of(member))
    [item] = group.items
    assert item.count is not None
    return item.count.number


def test_a_count_is_asked_once_in_a_while(counted):
    asked, somebody = counted(), Somebody(is_so=True)
    with clock.set_to(NOON):
        assert [number_shown_to(somebody) for _ in range(3)] == [1, 1, 1]
    with clock.set_to(NOON + KEPT):
        assert number_shown_to(somebody) == 2
    assert len(asked) == 2


def test_after_anything_the_organisation_did_its_counts_are_asked_again(counted):
    counted()
    somebody = Somebody(is_so=True)
    with clock.set_to(NOON):
        assert number_shown_to(somebody) == 1
        for number, organisation in enumerate((uuid.uuid4(), somebody.organisation_id), start=1):
            record(
                organisation_id=organisation,
                by=None,
                action="done",
                subject=OpenedSeal(pk=uuid.uuid4()),
                changes={},
                now=NOON,
            )
            assert number_shown_to(somebody) == number


def test_colleagues_with_the_same_roles_share_a_count_and_nobody_else(counted):
    counted()
    somebody, colleague, stranger = (Somebody(is_so=True) for _ in range(3))
    colleague.organisation_id = somebody.organisation_id
    seen_by_admin, with_fewer_roles = copy(somebody), copy(somebody)
    seen_by_admin.is_seen_by_admin = True
    with_fewer_roles.roles = ("procurement",)
    with clock.set_to(NOON):
        told = [
            number_shown_to(each) for each in (somebody, colleague, seen_by_admin, with_fewer_roles, stranger)
        ]
    assert told == [1, 1, 2, 3, 4]


def test_counts_tell_of_bids_so_they_leave_the_process_for_nowhere(counted, monkeypatch):
    counted()
    monkeypatch.setattr(cache, "set", lambda *kept, **more: pytest.fail(f"{kept} was sent to Valkey"))
    with clock.set_to(NOON):
        assert number_shown_to(Somebody(is_so=True)) == 1
