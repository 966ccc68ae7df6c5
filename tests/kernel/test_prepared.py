"""A query whose text is kept finds what it would have found, and keeps nobody's key."""

import uuid
from copy import copy

import pytest

from accounts.enums import Role
from accounts.models import Organisation
from marketplace import prepared
from marketplace.prepared import NotNamed, asked
from tests.accounts import people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def none_kept(monkeypatch):
    monkeypatch.setattr(prepared, "_kept", {})


def _named(key):
    return asked(
        "test.named",
        Organisation,
        lambda: list(Organisation.objects.filter(pk=key).values_list("name")),
        whose=None,
        own=key,
    )


def test_the_same_text_finds_each_time_what_belongs_to_the_key_that_is_given():
    first, second = people.provider("NORTH").organisation, people.provider("SOUTH").organisation
    assert _named(first.pk) == [(first.name,)]
    assert _named(second.pk) == [(second.name,)]
    assert first.name != second.name


def test_the_text_is_built_once(django_assert_num_queries):
    key = people.provider().organisation.pk
    with django_assert_num_queries(2):
        _named(key)  # once to build it, once to ask
    with django_assert_num_queries(1):
        _named(uuid.uuid4())


def test_who_may_see_more_or_less_has_a_text_of_their_own():
    full = people.provider()
    fewer, watched = copy(full), copy(full)
    fewer.roles = [Role.PROCUREMENT]
    watched.is_seen_by_admin = True

    def number(member) -> int:
        rows = Organisation.objects.filter(pk=full.organisation_id)
        sees = member.holds(Role.BIDS) and not member.is_seen_by_admin
        shown = rows if sees else rows.filter(name="")
        [[found]] = asked(
            "test.sees", Organisation, lambda: shown.count(), whose=member, own=full.organisation_id
        )
        return found

    assert [number(each) for each in (full, fewer, watched, full)] == [1, 0, 0, 1]


@pytest.mark.parametrize("unnamed", [uuid.UUID(int=7), "a text that is as long as a key", 43])
def test_a_key_that_is_not_named_is_refused(unnamed):
    own = uuid.uuid4()
    field = (
        "name" if isinstance(unnamed, str) else "seats" if isinstance(unnamed, int) else "competitions__pk"
    )
    with pytest.raises(NotNamed):
        asked(
            "test.unnamed",
            Organisation,
            lambda: Organisation.objects.filter(pk=own, **{field: unnamed}).exists(),
            whose=None,
            own=own,
        )
