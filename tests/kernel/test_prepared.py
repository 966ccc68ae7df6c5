"""A query whose text is kept finds what it would have found, and keeps nobody's key."""

import uuid

import pytest

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
            own=own,
        )
