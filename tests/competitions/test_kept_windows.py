"""Pages read a competition's windows once for as long as it is not changed."""

from datetime import timedelta

import pytest

from competitions.domain.kept_windows import kept_windows
from tests.qualification import market

pytestmark = pytest.mark.django_db


def test_windows_are_read_once_and_anew_as_soon_as_the_competition_was_changed(django_assert_num_queries):
    here = market.competition(market.operator(), minimum_mw=("0", "0.5"))
    with django_assert_num_queries(1):
        found = kept_windows(here)
        assert kept_windows(here) is found
    assert [(each, each.period) for each in found] == [
        (each, each.period) for each in here.windows.select_related("period")
    ]
    here.windows.all().delete()
    here.changed_at += timedelta(microseconds=1)
    assert kept_windows(here) == ()


def test_what_is_kept_is_of_one_competition():
    first, second = market.competition(market.operator()), market.competition(market.operator())
    assert {each.competition_id for each in kept_windows(first)} == {first.pk}
    assert {each.competition_id for each in kept_windows(second)} == {second.pk}
