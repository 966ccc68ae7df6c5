"""A model that is loaded quickly is what Django would have made of its row."""

import pytest

from accounts.models import Member, Organisation
from tests.accounts import people

pytestmark = pytest.mark.django_db


def test_an_object_made_of_a_row_is_stored_whole_and_can_be_saved():
    key = people.provider("NORTH").organisation.pk
    found = Organisation.objects.get(pk=key)
    assert (found._state.adding, found._state.db) == (False, "default")
    assert found.get_deferred_fields() == set()
    found.name = "South"
    found.save()
    assert Organisation.objects.get(pk=key).name == "South"


def test_a_column_that_was_left_out_is_loaded_when_it_is_asked_for(django_assert_num_queries):
    stored = people.provider("NORTH").organisation
    [found] = Organisation.objects.filter(pk=stored.pk).only("code")
    assert "name" in found.get_deferred_fields()
    with django_assert_num_queries(1):
        assert found.name == stored.name


def test_a_row_that_comes_with_another_leaves_out_as_much(django_assert_num_queries):
    member = people.provider("NORTH")
    with django_assert_num_queries(1):
        found = Member.objects.select_related("organisation").only("organisation__name").get(pk=member.pk)
        assert found.organisation.name == member.organisation.name
