"""Finding a place on the map of competitions, and looking at a file of areas before it is saved."""

import json

import pytest
import shapely
from django.urls import reverse
from playwright.sync_api import expect

from competitions.models import Postcode
from marketplace import clock
from marketplace.jobs.actions import start_upload
from marketplace.jobs.worker import run_now
from tests.browser.looks import looked_at
from tests.support.browser_buyer import buyer

__all__ = ["buyer"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_a_place_is_searched_by_keyboard_and_marked_on_the_map(open_as, buyer):
    Postcode.objects.create(code="EH21 8RE", sector="EH21 8", latitude="55.950000", longitude="-3.050000")
    page = open_as(buyer)
    page.goto(reverse("competitions:list"))
    page.get_by_label("Ref, name, area or postcode").focus()
    page.keyboard.type("eh21 8re")
    page.keyboard.press("Enter")
    expect(page.locator("#found [data-place]")).to_contain_text("EH21 8RE is marked on the map")
    expect(page.locator("#found")).to_contain_text("C1")
    expect(page.locator("[data-live-map]")).to_have_attribute("data-place", "55.950000,-3.050000")
    looked_at(page, "place")
    page.get_by_label("Ref, name, area or postcode").fill("EH21 8ZZ")
    expect(page.locator("#found")).to_contain_text("Where EH21 8ZZ lies is not known here")
    expect(page.locator("[data-live-map]")).to_have_attribute("data-place", "")


def test_a_file_of_areas_is_looked_at_on_a_map_with_what_it_reaches(open_as, buyer):
    squares = [("MONKTONHALL", -3.2), ("NEWHAILES", -3.0), ("NEWHAILES", -2.9)]
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": json.loads(shapely.to_geojson(shapely.box(west, 55.9, west + 0.1, 56.0))),
        }
        for name, west in squares
    ]
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    params = {"layer": None, "reference_field": "name"}
    job = start_upload(
        by=buyer,
        kind="competitions.areas",
        filename="areas.geojson",
        data=data,
        params=params,
        now=clock.now(),
    )
    run_now(job.pk)
    page = open_as(buyer)
    page.goto(reverse("jobs:job", args=[job.pk]))
    expect(page.locator("[data-map]")).to_have_attribute("data-drawn", "2")
    expect(page.get_by_text("The file holds 2 areas of")).to_be_visible()
    expect(page.get_by_text("2 features share this reference")).to_be_visible()
    looked_at(page, "areas-preview")
