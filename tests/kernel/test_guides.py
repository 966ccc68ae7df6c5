"""The guides are read in the product: safe, found by their words, leading to one another."""

import pytest
from django.urls import reverse

from marketplace import guides
from marketplace.web.templatetags.marketplace import term


@pytest.mark.parametrize("name", guides.FILES)
def test_every_guide_has_a_title_sections_and_no_dead_link(name):
    guide = guides.guide_of(name)
    assert guide.title
    assert guide.sections
    assert "<script" not in guide.html
    assert '.md"' not in guide.html
    assert all(f'id="{section.anchor}"' in guide.html for section in guide.sections)


@pytest.mark.django_db
def test_help_is_open_to_everybody_and_finds_sections(client):
    page = client.get(reverse("help"), {"q": "company qualification"})
    assert page.context["found"][0].title.startswith("Company qualification")
    for name in guides.FILES:
        assert client.get(reverse("help_guide", args=[name])).status_code == 200
    assert client.get(reverse("help_guide", args=["settings"])).status_code == 404
    assert client.get(reverse("how_it_works")).status_code == 200


def test_words_of_the_market_carry_their_meaning():
    assert "passes all criteria" in term("Eligible")
    assert "takes part in a competition" in term("Entered", of="entry")
    assert term("Nonsense") == "Nonsense"
