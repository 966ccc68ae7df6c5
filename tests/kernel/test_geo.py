"""Reading areas as operators send them, and shapes on the ground, against counts of other kinds."""

import io
import itertools
import json
import math
import random

import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import Geod
from shapely import MultiPolygon, Polygon

from marketplace import geo
from tests.data_files import shared_data, shared_files

EARTH = Geod(ellps="WGS84")
SQUARE = Polygon([(-3.0, 55.9), (-2.9, 55.9), (-2.9, 56.0), (-3.0, 56.0)])
GRID_SQUARE = Polygon([(330_000, 670_000), (340_000, 670_000), (340_000, 680_000), (330_000, 680_000)])
BOW_TIE = Polygon([(330_000, 670_000), (340_000, 680_000), (340_000, 670_000), (330_000, 680_000)])


def feature(shape, **properties) -> dict:
    geometry = shape if isinstance(shape, dict) or shape is None else json.loads(shapely.to_geojson(shape))
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def geojson(*features: dict, crs: str | None = None) -> bytes:
    told = {"type": "FeatureCollection", "features": list(features)}
    if crs:
        told["crs"] = {"type": "name", "properties": {"name": crs}}
    return json.dumps(told).encode()


def geopackage(shapes, names, crs, layer="areas") -> bytes:
    target = io.BytesIO()
    pyogrio.raw.write(
        target,
        geometry=np.array(shapely.to_wkb(shapes), dtype=object),
        field_data=[np.array(names, dtype=object)],
        fields=["name"],
        geometry_type="Unknown",
        crs=crs,
        driver="GPKG",
        layer=layer,
    )
    return target.getvalue()


def read(data: bytes, filename: str = "areas.geojson", field: str = "name", **options) -> geo.AreaReading:
    return geo.read_areas(data, filename, layer=options.pop("layer", None), reference_field=field, **options)


def only_problem(reading: geo.AreaReading) -> geo.GeoProblem:
    [problem] = reading.problems
    return problem


def test_a_geojson_is_read_in_wgs84():
    [area] = read(geojson(feature(SQUARE, name="A"))).areas
    assert area.reference == "A"
    assert area.shape.equals(MultiPolygon([SQUARE]))
    assert area.area_km2 == pytest.approx(69.4, rel=0.01)


def test_british_national_grid_goes_through_ostn15():
    point = Polygon([(400_000, 300_000), (400_010, 300_000), (400_010, 300_010), (400_000, 300_010)])
    [area] = read(geopackage([point], ["A"], "EPSG:27700"), "areas.gpkg").areas
    west, south, *_ = area.shape.bounds
    assert (west, south) == pytest.approx((-2.0015, 52.5979), abs=2e-4)


@pytest.mark.parametrize("crs", ["EPSG:27700", "EPSG:4326", "EPSG:3857", "EPSG:32630"])
def test_any_declared_system_gives_the_same_area(crs):
    degrees = read(geopackage([GRID_SQUARE], ["A"], "EPSG:27700"), "a.gpkg").areas[0].shape
    transformer = __import__("pyproj").Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    moved = shapely.transform(degrees, transformer.transform, interleaved=False)
    data = geopackage([GRID_SQUARE if crs == "EPSG:27700" else moved], ["A"], crs)
    [area] = read(data, "a.gpkg").areas
    assert area.shape.symmetric_difference(degrees).area < 1e-7


def test_a_geopackage_without_a_coordinate_system_is_refused():
    with pytest.warns(UserWarning, match="crs"):
        data = geopackage([SQUARE], ["A"], None)
    with pytest.raises(geo.UnreadableGeoFile, match="does not say which coordinate system"):
        read(data, "a.gpkg")


def test_a_polygon_that_crosses_itself_is_refused_and_named():
    reading = read(geopackage([GRID_SQUARE, BOW_TIE], ["good", "bow tie"], "EPSG:27700"), "a.gpkg")
    assert [area.reference for area in reading.areas] == ["good"]
    problem = only_problem(reading)
    assert (problem.feature, problem.level) == ("bow tie", "error")
    assert "crosses itself" in problem.message


def test_an_outline_that_only_touches_itself_is_repaired_and_reported():
    spike = Polygon([(0, 50), (0, 51), (1, 51), (1, 50), (0.5, 50), (0.5, 49.9999), (0.5, 50)])
    reading = read(geojson(feature(spike, name="A")))
    assert reading.areas[0].shape.is_valid
    assert "was repaired; the area changed by" in only_problem(reading).message
    assert reading.errors == []


def test_an_outline_that_is_not_closed_is_closed_and_reported():
    ring = {"type": "Polygon", "coordinates": [[[0, 50], [1, 50], [1, 51], [0, 51]]]}
    reading = read(geojson(feature(ring, name="A")))
    assert len(reading.areas) == 1
    assert only_problem(reading).message == "One of its outlines was not closed and has been closed."


def test_features_of_one_reference_are_merged_without_regard_to_case():
    east = shapely.transform(SQUARE, lambda xy: xy + np.array([0.1, 0]))
    reading = read(geojson(feature(SQUARE, name="Zone 1"), feature(east, name="ZONE  1")))
    [area] = reading.areas
    assert (area.reference, area.merged_from) == ("Zone 1", 2)
    assert area.shape.area == pytest.approx(2 * SQUARE.area)


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        (shapely.Point(-3, 56), "Its shape is a point"),
        (shapely.LineString([(-3, 56), (-2, 56)]), "Its shape is a line"),
        (None, "It has no shape"),
        (shapely.box(-10, 50, 10, 60), "at most 100,000 km²"),
        (shapely.box(170, 10, 190, 11), "outside the bounds"),
    ],
)
def test_what_is_no_area_is_an_error_that_names_the_feature(shape, sentence):
    reading = read(geojson(feature(SQUARE, name="good"), feature(shape, name="odd")))
    problem = only_problem(reading)
    assert (problem.feature, problem.level) == ("odd", "error")
    assert sentence in problem.message


@pytest.mark.parametrize(("name", "sentence"), [(None, "no area reference"), ("x" * 81, "longer than 80")])
def test_an_area_needs_a_reference_of_up_to_80_characters(name, sentence):
    assert sentence in only_problem(read(geojson(feature(SQUARE, name=name)))).message


def test_z_values_are_dropped():
    [area] = read(geojson(feature(shapely.force_3d(SQUARE, 12.0), name="A"))).areas
    assert not area.shape.has_z


def test_degrees_that_claim_to_be_metres_are_refused():
    problem = only_problem(read(geopackage([SQUARE], ["A"], "EPSG:27700"), "a.gpkg"))
    assert problem.message.startswith("Its coordinates look like degrees")


def test_swapped_axes_are_suspected_and_said():
    swapped = shapely.transform(SQUARE, lambda xy: xy[:, ::-1])
    britain = (-9.0, 49.7, 2.1, 61.1)
    reading = read(geojson(feature(swapped, name="A")), near=britain)
    assert "latitude and longitude swapped" in only_problem(reading).message
    assert read(geojson(feature(SQUARE, name="A")), near=britain).problems == []


def test_a_kml_is_read_by_its_names_also_with_a_byte_order_mark():
    corners = " ".join(f"{x},{y}" for x, y in SQUARE.exterior.coords)
    kml = (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>'
        "<name>North</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{corners}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>"
    ).encode()
    for data in (kml, b"\xef\xbb\xbf" + kml):
        [area] = read(data, "areas.kml", "Name").areas
        assert area.reference == "North"


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7 pretends to be a map",
        b"",
        b"PK\x03\x04 a zip",
        geojson(feature(SQUARE, name="A"))[:-40],
        b"SQLite format 3\0 and nothing more",
        b'{"type": "FeatureCollection", "features": []}',
        b"[" * 100_000,
    ],
)
def test_a_file_that_is_not_what_it_claims_is_refused_in_one_sentence(data):
    with pytest.raises(geo.UnreadableGeoFile) as refused:
        read(data, "areas.gpkg")
    assert "\n" not in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_the_layer_and_the_attribute_must_be_there():
    data = geojson(feature(SQUARE, name="A"))
    with pytest.raises(geo.UnreadableGeoFile, match="no attribute “ref”; it has: name"):
        read(data, field="ref")
    with pytest.raises(geo.UnreadableGeoFile, match="no layer “roads”"):
        read(data, layer="roads")


@pytest.mark.parametrize(
    "path", [*shared_files("hostile/gpkg/*"), *shared_files("hostile/kml/*")], ids=lambda p: p.name
)
def test_a_hostile_file_is_read_or_refused_in_one_sentence(path):
    data = path.read_bytes()
    try:
        for layer in geo.layers_of(data, path.name):
            for field in layer.fields[:1]:
                reading = read(data, path.name, field, layer=layer.name)
                assert all(problem.message.endswith(".") for problem in reading.problems)
    except geo.UnreadableGeoFile as refused:
        sentence = str(refused)
        assert sentence.endswith((".", ")"))


def test_the_primaries_of_a_real_network_are_all_read():
    data = shared_data("npg/primaries.geojson").read_bytes()
    reading = geo.read_areas(data, "primaries.geojson", layer=None, reference_field="PRIMARYNM")
    assert len(reading.areas) == 574
    assert reading.errors == []
    assert sum("was repaired" in problem.message for problem in reading.problems) == 87
    assert max(area.repaired_percent for area in reading.areas) < 0.01
    assert sum("not closed" in problem.message for problem in reading.problems) == 1


BOX = shapely.box(-5.0, 54.5, 1.0, 55.0)


@pytest.mark.parametrize("kilometres", [0.4, 5, 50])
@pytest.mark.parametrize("longitude", [-4.9, -2.0, 0.5])
def test_a_buffer_is_as_wide_on_the_ground_as_it_says_also_far_along_a_parallel(kilometres, longitude):
    wide = geo.buffer_on_ground(BOX, kilometres)
    for latitude, azimuth in ((55.0, 0), (54.5, 180)):
        for factor, is_inside in ((0.998, True), (1.002, False)):
            far, near, _ = EARTH.fwd(longitude, latitude, azimuth, kilometres * 1000 * factor)
            assert bool(shapely.intersects_xy(wide, far, near)) is is_inside


def test_a_buffer_contains_what_it_surrounds_and_none_changes_nothing():
    assert geo.buffer_on_ground(BOX, 1).covers(BOX)
    assert geo.buffer_on_ground(BOX, 0) is BOX


def inside_by_ray(x: float, y: float, rings: list[list[tuple[float, float]]]) -> bool:
    """Even-odd rule over all rings, holes too; a point on an edge is inside."""
    crossings = 0
    for ring in rings:
        for (ax, ay), (bx, by) in itertools.pairwise(ring):
            cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
            if cross == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
                return True
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                crossings += 1
    return crossings % 2 == 1


def test_points_within_are_those_that_a_ray_finds_with_holes_parts_and_edges():
    draw = random.Random(3)
    for _ in range(40):
        parts = []
        for column in range(draw.randint(1, 3)):
            left, bottom = column * 20 + draw.randint(0, 4), draw.randint(0, 5)
            width, height = draw.randint(6, 12), draw.randint(6, 12)
            hole = shapely.box(left + 2, bottom + 2, left + 4, bottom + 4)
            parts.append(shapely.box(left, bottom, left + width, bottom + height).difference(hole))
        shape = MultiPolygon(parts)
        rings = [list(ring.coords) for part in parts for ring in (part.exterior, *part.interiors)]
        # whole numbers fall on edges and corners often
        points = [(float(draw.randint(-1, 60)), float(draw.randint(-1, 20))) for _ in range(150)]
        points += [(draw.uniform(-1, 60), draw.uniform(-1, 20)) for _ in range(150)]
        xs, ys = (np.array(column) for column in zip(*points, strict=True))
        found = geo.points_within(xs, ys, shape)
        assert found.tolist() == [inside_by_ray(x, y, rings) for x, y in points]


def test_areas_are_measured_on_the_ellipsoid():
    degree = geo.area_km2(shapely.box(0, 0, 1, 1))
    assert degree == pytest.approx(12_308.8, rel=1e-4)
    assert geo.area_km2(shapely.box(0, 59, 1, 60)) == pytest.approx(
        degree * math.cos(math.radians(59.5)), rel=0.01
    )
