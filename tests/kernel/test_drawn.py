"""What is drawn once is drawn anew for other values, and escaped."""

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse, set_script_prefix
from django.utils.safestring import mark_safe

from marketplace.web.drawn import drawn
from marketplace.web.navigation import Count, NavigationGroup, NavigationItem
from tests.accounts import people

LINKS = "shell/side_links.html"


def groups(count=None, title="Bids", *, is_here=False):
    return (NavigationGroup("Take part", (NavigationItem(title, "/bidding/", is_here, "gavel", "", count),)),)


def test_the_same_values_are_drawn_once():
    assert drawn(LINKS, groups=groups(Count(3))) is drawn(LINKS, groups=groups(Count(3)))


def test_every_value_that_is_shown_tells_apart():
    found = {
        drawn(LINKS, groups=each)
        for each in (
            groups(),
            groups(Count(3)),
            groups(Count(4)),
            groups(Count(4, is_due=True)),
            groups(is_here=True),
            groups(title="Ballots"),
        )
    }
    assert len(found) == 6
    assert sum("waiting for you" in each for each in found) == 1
    assert sum('aria-current="page"' in each for each in found) == 1


def test_text_is_escaped_though_the_same_text_was_safe_before():
    foot = {"is_public": True, "has_links": False, "support_email": "help@example.org"}
    assert "<b>" in drawn("shell/foot.html", times=mark_safe("<b>now</b>"), **foot)
    assert "<b>" not in drawn("shell/foot.html", times="<b>now</b>", **foot)


@pytest.mark.django_db
def test_the_foot_of_a_page_is_the_readers(settings):
    settings.SUPPORT_EMAIL = "desk@example.org"
    client = Client()
    page = client.get("/how-it-works/").content.decode()
    assert "pub-foot" in page
    assert "mailto:desk@example.org" in page
    client.force_login(people.provider().user)
    assert "pub-foot" not in client.get(reverse("accounts:home")).content.decode()


def shown(text, **values):
    return Template(text).render(Context({"request": RequestFactory().get("/"), **values}))


def test_an_address_in_a_template_is_that_of_its_page():
    assert shown('{% url "help" %}') == shown('{% url "help" %}') == reverse("help")
    assert shown('{% url "bidding:list" as to %}[{{ to }}]') == f"[{reverse('bidding:list')}]"
    with pytest.raises(NoReverseMatch):
        shown('{% url "no_such_page" %}')


def test_an_address_with_arguments_is_looked_up_for_each():
    pages = [shown('{% url "accounts:brand_css" code %}', code=code) for code in ("NORTH", "SOUTH")]
    assert pages == [reverse("accounts:brand_css", args=[code]) for code in ("NORTH", "SOUTH")]


def test_an_address_follows_the_prefix_under_which_the_site_is_served():
    before = shown('{% url "help" %}')
    set_script_prefix("/flexibility/")
    try:
        assert shown('{% url "help" %}') == f"/flexibility{before}"
    finally:
        set_script_prefix("/")
