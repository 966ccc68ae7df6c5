"""The public start page: what is wanted, what closes next; a town is a place as a postcode is."""

from datetime import timedelta

import pytest
import shapely
from django.urls import reverse

from competitions.domain.places.postcodes import place_of
from marketplace import clock
from tests.qualification import market

pytestmark = pytest.mark.django_db


def test_visitors_see_what_is_live_and_nothing_that_is_not_published(client):
    by = market.operator()
    market.competition(by, ref="LIVE_1", name="Evening peak")
    market.competition(
        by,
        ref="DRAFT_1",
        name="Hidden",
        publish_on=market.DURING + timedelta(hours=1),
        qualification_open=market.DURING + timedelta(hours=2),
    )
    with clock.set_to(market.DURING):
        page = client.get(reverse("accounts:home")).content.decode()
    assert "Evening peak" in page
    assert "Qualification closes" in page
    assert "Hidden" not in page
    assert 'name="place"' in page


def test_a_town_is_looked_up_by_its_name():
    latitude, longitude = place_of("durham")
    assert (round(latitude), round(longitude)) == (55, -2)
    assert place_of("Nowhere-on-Sea") is None


def test_near_a_town_is_what_lies_within_ten_kilometres(client):
    by = market.operator()
    beside = shapely.box(-1.55, 54.70, -1.50, 54.73)  # some 5 km south of Durham
    market.competition(by, ref="BESIDE", shape=beside)
    market.competition(by, ref="FAR", shape=shapely.box(0, 51, 1, 52))
    with clock.set_to(market.DURING):
        page = client.get(reverse("competitions:list"), {"place": "Durham"}).content.decode()
    assert "BESIDE" in page
    assert "FAR" not in page
