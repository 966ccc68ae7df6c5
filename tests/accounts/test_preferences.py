"""What a user chooses for themselves of how pages look and behave."""

import pytest

from accounts.domain.preferences import choose_single_keys, choose_theme
from accounts.enums import Theme
from tests.accounts import people

pytestmark = pytest.mark.django_db


def test_a_theme_is_one_of_those_there_are_and_is_kept_for_the_user_alone():
    one, other = people.operator().user, people.operator("EAST").user
    kept = []
    for theme in (Theme.DARK, "purple", ""):
        choose_theme(user=one, theme=theme)
        one.refresh_from_db()
        kept.append(one.theme)
    other.refresh_from_db()
    assert (kept, other.theme == Theme.DARK) == ([Theme.DARK] * 3, False)


def test_single_letters_act_as_shortcuts_where_the_user_wants_it():
    user = people.operator().user
    for wanted in (True, False):
        choose_single_keys(user=user, wanted=wanted)
        user.refresh_from_db()
        assert user.single_keys is wanted
