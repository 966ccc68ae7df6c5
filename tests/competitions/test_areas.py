"""Areas from large real files and small made ones: what the preview tells, what is stored, replaced,
archived, downloaded."""

import gzip
import json
import math
import struct
from io import BytesIO
from unittest import mock

import numpy as np
import pyogrio
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from competitions.domain.places.areas import archive_area, check, save_areas
from competitions.exports.files import write_area_file
from competitions.models import Area
from marketplace import clock, geo
from marketplace.audit.models import AuditEntry
from marketplace.audit.verification import verify
from marketplace.errors import Refused
from marketplace.geo import AreaShape
from marketplace.jobs.actions import start_upload
from marketplace.jobs.kinds import JobContext
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.queries import jobs_visible_to
from marketplace.jobs.worker import run_now
from rehearsal.round.uploads import hand_in_bytes
from tests.competitions import files
from tests.data_files import shared_data

pytestmark = pytest.mark.django_db
NOBODY = "00000000-0000-0000-0000-000000000000"
REAL = {
    "npg/primaries.geojson": ("PRIMARYNM", 574),
    "gb/gsp_regions.geojson": ("GSP", 317),
    "gb/gsp_regions_2018_epsg27700.geojson": ("RegionID", 325),
    "gb/dno_licence_areas.geojson": ("LongName", 14),
    "gb/leeds_postcode_sectors.geojson": ("sector", 142),
}


@pytest.fixture
def buyer():
    with clock.set_to(files.DRAFT):
        yield files.operator()


def context_of(buyer, field="name", report=lambda done, total: None, **params):
    return JobContext(
        job_id=NOBODY,
        member=buyer,
        params={"layer": None, "reference_field": field, **params},
        now=clock.now(),
        filename="areas.geojson",
        report=report,
    )


def square(reference, west=-3.1, size=0.1):
    return {
        "type": "Feature",
        "properties": {"name": reference},
        "geometry": json.loads(shapely.to_geojson(shapely.box(west, 55.9, west + size, 55.9 + size))),
    }


def collection(*features):
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def hand_in(buyer, data, field="name"):
    params = {"layer": None, "reference_field": field}
    return hand_in_bytes(by=buyer, kind="competitions.areas", name="areas.geojson", data=data, params=params)


@pytest.mark.parametrize("name", list(REAL))
def test_a_large_real_file_is_stored_and_its_downloads_are_read_by_other_tools_as_they_were_stored(
    buyer, name, tmp_path
):
    field, count = REAL[name]
    data = shared_data(name).read_bytes()
    report = hand_in(buyer, data, field)
    assert (report.created, report.errors) == (count, [])
    assert hand_in(buyer, data, field).unchanged == count
    stored = {area.reference: area for area in Area.objects.all()}
    assert AuditEntry.objects.filter(action="area created").count() == count
    assert not list(verify())
    for ending in ("gpkg", "geojson"):
        path = tmp_path / f"areas.{ending}"
        with path.open("wb") as target:
            write_area_file(context_of(buyer, format=ending), target)
        meta, _, shapes, (references, _) = pyogrio.raw.read(path, columns=["reference", "name"])
        assert meta["crs"] == "EPSG:4326"
        assert set(references) == set(stored)
        for reference, wkb in zip(references, shapes, strict=True):
            assert shapely.from_wkb(wkb).equals(geo.from_wkb(stored[reference].shape_wkb)), reference


def test_the_preview_tells_count_total_and_every_repair(buyer):
    bow = {"type": "Polygon", "coordinates": [[[-3, 55], [-2, 55], [-2, 56], [-3, 56], [-3, 55.5], [-3, 55]]]}
    bow["coordinates"][0][4:4] = [[-3, 55.5], [-3.0001, 55.5]]
    plan = check(
        context_of(buyer),
        collection(square("NORTH"), square("SOUTH", -2.0), {**square("BOW"), "geometry": bow}),
    )
    total = sum(float(change.fields[0][2].split(" ")[0].replace(",", "")) for change in plan.changes)
    assert plan.note == f"The file holds 3 areas of {total:,.2f} km² together."
    assert plan.summary()["note"] == plan.note
    assert [problem.message for problem in plan.problems] == [
        "BOW: Its outline touches or crosses itself and was repaired; the area changed by 0.0000 %."
    ]


def test_the_reading_of_a_large_file_tells_its_progress(buyer):
    told = []
    features = [square(f"A{number}", -3 + number * 0.001, 0.001) for number in range(120)]
    check(context_of(buyer, report=lambda done, total: told.append((done, total))), collection(*features))
    assert told == [(50, 120), (100, 120)]


def test_replacing_names_the_competitions_that_get_the_new_shape_and_those_that_keep_the_old(buyer):
    files.draw_area(buyer)
    files.upload(buyer, files.competition("LATER"))
    earlier = {
        "Publish On": "01/12/2025 09:00",
        "Qualification Open": "02/12/2025 12:00",
        "Qualification Close": "20/12/2025 17:00",
    }
    files.upload(buyer, files.competition("EARLIER", header=earlier))
    plan = check(context_of(buyer), collection(square("monktonhall", -3.2)))
    assert plan.note.endswith(
        "Competitions that get new shapes and are checked again: LATER."
        " Competitions that keep the shapes they were run with: EARLIER."
    )
    (change,) = plan.changes
    assert (change.unit, change.action) == ("MONKTONHALL", "update")
    assert change.note == (
        "Gets the new shape and is checked again: LATER. Keeps the shape it was run with: EARLIER."
    )
    before = {ref: bytes(files.stored(ref).boundary_shape.inside_wkb) for ref in ("LATER", "EARLIER")}
    assert hand_in(buyer, collection(square("monktonhall", -3.2))).updated == 1
    after = {ref: bytes(files.stored(ref).boundary_shape.inside_wkb) for ref in ("LATER", "EARLIER")}
    assert after["EARLIER"] == before["EARLIER"]
    assert geo.from_wkb(after["LATER"]).equals(shapely.box(-3.2, 55.9, -3.1, 56.0))
    assert Area.objects.get().reference == "MONKTONHALL"


def test_an_area_in_use_is_not_archived_and_an_archived_one_comes_back_by_upload(buyer):
    files.draw_area(buyer)
    files.draw_area(buyer, "SPARE", west=-2.0)
    files.upload(buyer, files.competition("C1"))
    used, spare = Area.objects.get(reference="MONKTONHALL"), Area.objects.get(reference="SPARE")
    with pytest.raises(Refused, match="used by C1"):
        archive_area(by=buyer, area=used, now=clock.now())
    used.refresh_from_db()
    assert used.archived_at is None
    archive_area(by=buyer, area=spare, now=clock.now())
    report = hand_in(buyer, collection(square("SPARE", -2.0)))
    assert (report.created, report.updated) == (0, 1)
    spare.refresh_from_db()
    assert spare.archived_at is None


def test_areas_are_taken_while_the_cache_is_away(buyer):
    away = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "unix:///nowhere/valkey.sock",
    }
    with override_settings(CACHES={"default": away}):
        hand_in(buyer, collection(square("A")))
    assert Area.objects.get().reference == "A"


def test_one_area_with_an_error_refuses_the_file_as_a_whole(buyer):
    point = {**square("SITE"), "geometry": {"type": "Point", "coordinates": [-3, 55]}}
    report = hand_in(buyer, collection(square("NORTH"), point))
    assert "SITE" in report.errors[0]["message"]
    assert not Area.objects.exists()


def test_storing_many_areas_takes_no_more_statements_than_a_few(buyer):
    def statements(count, west):
        areas = [
            AreaShape(
                f"{west} {n}", shapely.MultiPolygon([shapely.box(west, 50, west + 1, 51)]), 7000.0, 0.0, 1
            )
            for n in range(count)
        ]
        with CaptureQueriesContext(
            connection,
        ) as run:
            save_areas(by=buyer, areas=areas, now=clock.now())
        return len(run)

    statements(1, -3)  # the first entry of an organisation's log makes its chain
    assert statements(100, -1) == statements(2, -2)


def test_a_curved_outline_is_taken_as_many_short_straight_ones():
    corners = [(400000, 600000), (401000, 601000), (402000, 600000), (401000, 599000), (400000, 600000)]
    arcs = struct.pack("<BII", 1, 8, len(corners)) + b"".join(struct.pack("<dd", *each) for each in corners)
    target = BytesIO()
    pyogrio.raw.write(
        target,
        geometry=np.array([struct.pack("<BII", 1, 10, 1) + arcs], dtype=object),
        field_data=[np.array(["ROUND"], dtype=object)],
        fields=np.array(["name"], dtype=object),
        layer="areas",
        driver="GPKG",
        geometry_type="Unknown",
        crs="EPSG:27700",
    )
    reading = geo.read_areas(target.getvalue(), "curved.gpkg", layer=None, reference_field="name")
    (area,) = reading.areas
    assert area.area_km2 == pytest.approx(math.pi, rel=0.002), "a square through the corners has 2 km²"
    assert len(area.shape.geoms[0].exterior.coords) > 50


def test_a_file_without_any_attribute_is_refused_before_it_asks_for_one(buyer, client):
    client.force_login(buyer.user)
    bare = {"type": "Feature", "properties": {}, "geometry": square("X")["geometry"]}
    sent = SimpleUploadedFile("bare.geojson", collection(bare))
    listing = client.post(reverse("competitions:areas_upload"), {"file": sent})
    run_now(jobs_visible_to(buyer).get().pk)
    answer = client.get(listing.url)
    assert answer.status_code == 422
    assert "no attribute" in answer.content.decode()


def test_a_shape_too_small_to_be_an_area_is_an_error_that_names_it(buyer):
    report = hand_in(buyer, collection(square("DOT", size=0.00001)))
    assert "DOT" in report.errors[0]["message"]
    assert "m²" in report.errors[0]["message"]
    assert not Area.objects.exists()


def test_the_maps_of_many_areas_are_coarse_compressed_and_made_once(buyer, client):
    client.force_login(buyer.user)
    data = collection(*(square(f"A{number}", -3 + number * 0.001, 0.001) for number in range(210)))
    params = {"layer": None, "reference_field": "name"}
    with run_jobs_inline():
        job = start_upload(
            by=buyer,
            kind="competitions.areas",
            filename="a.geojson",
            data=data,
            params=params,
            now=clock.now(),
        )
        run_now(job.pk)
    with mock.patch("marketplace.geo.read_areas", side_effect=AssertionError("read again")):
        preview = client.get(
            reverse("competitions:areas_preview", args=[job.pk]), headers={"accept-encoding": "gzip"}
        )
    assert preview["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(preview.content))["features"]) == 210
    hand_in(buyer, data)
    address = reverse("competitions:areas_map")
    assert len(client.get(address).json()["features"]) == 210
    with CaptureQueriesContext(connection) as run:
        again = client.get(address).json()
    assert len(again["features"]) == 210
    assert not [each for each in run.captured_queries if "shape_wkb" in each["sql"]]
    area = Area.objects.get(reference="A7")
    client.post(reverse("competitions:area_rename", args=[area.pk]), {"display_name": "Seventh"})
    titles = {each["properties"]["title"] for each in client.get(address).json()["features"]}
    assert {"Seventh", "A8"} <= titles
