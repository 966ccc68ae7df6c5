"""Files of areas as people really send them: what is read, which name counts, where it lies, what is told."""

import json
import sqlite3
from io import BytesIO
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import CRS

from marketplace import geo
from marketplace.geo import reading
from marketplace.geo.features import UnreadableGeoFile
from marketplace.geo.measures import Wanted
from marketplace.geo.systems import understood
from tests.data_files import CHECKOUT

FIELD = Path(__file__).resolve().parent.parent / "data" / "field"
SQUARE = shapely.box(-3.0, 55.9, -2.9, 56.0)
CORNER = shapely.Point(420_000, 560_000)
BRITISH = CRS("EPSG:27700")
HELMERT = "446.448,-125.157,542.06,0.15,0.247,0.842,-20.489"
PROJ_GRID = "+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy"


def read(data, field="ref", *, layer=None, all_folders=False, **more):
    """The reading of a file in this process; the sandbox has tests of its own."""
    return reading._read_areas(data, "areas", layer, all_folders, Wanted(field, **more))


def geojson(*features, **more):
    told = [
        {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(shape))}
        for shape, properties in features
    ]
    return json.dumps({"type": "FeatureCollection", "features": told, **more}).encode()


def kml(inside, root="kml", prefix=""):
    space = f'xmlns{":" + prefix[:-1] if prefix else ""}="http://www.opengis.net/kml/2.2"'
    return f"<{prefix}{root} {space}><{prefix}Document>{inside}</{prefix}Document></{prefix}{root}>".encode()


def placemark(name, shape="", **data):
    told = "".join(f'<Data name="{key}"><value>{value}</value></Data>' for key, value in data.items())
    return (
        f"<Placemark><name>{name}</name><ExtendedData>{told}</ExtendedData>{shape or polygon()}</Placemark>"
    )


def polygon(west=-3.0):
    ring = " ".join(f"{x},{y},0" for x, y in shapely.box(west, 55.9, west + 0.1, 56.0).exterior.coords)
    return f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon>"


@pytest.mark.parametrize(
    ("name", "field", "references"),
    [
        ("attribute-case_NAME_and_name.geojson", "NAME", ["RIGHT"]),
        ("attribute-case_NAME_and_name.geojson", "name", ["wrong"]),
        ("attribute-case_placemark_name_and_data_name.kml", "Name", ["X1"]),
        ("attribute-case_placemark_name_and_data_name.kml", "name", ["other"]),
        ("datum-unknown_mapinfo_british_grid.gpkg", "ref", ["B1"]),
        ("look-alike-keys_zero_width_area.geojson", "ref", ["Blyth"]),
        ("look-alike-keys_composed_decomposed_area.geojson", "ref", ["Caf\u00e9"]),
        ("told-by-spelling_prefixed_namespace.kml", "Name", ["PFX"]),
        ("told-by-spelling_utf16.kml", "Name", ["B\u00fchl"]),
    ],
)
def test_a_field_case_gives_the_area_that_was_meant(name, field, references):
    found = geo.read_areas((FIELD / name).read_bytes(), name, layer=None, reference_field=field)
    assert [area.reference for area in found.areas] == references
    assert found.errors == []


def test_the_grid_of_another_tool_lies_where_the_british_grid_lies_and_the_datum_is_named():
    found = read((FIELD / "datum-unknown_mapinfo_british_grid.gpkg").read_bytes())
    assert found.areas[0].area_km2 == pytest.approx(100.07, abs=0.005)
    assert "“Ordnance Survey Great Brit” is not known" in found.problems[0].message


def test_an_attribute_is_matched_exactly_and_folded_only_where_that_is_unambiguous():
    both = geojson((SQUARE, {"NAME": "right", "name": "wrong"}))
    with pytest.raises(UnreadableGeoFile, match="no attribute “Name”; it has: NAME, name"):
        read(both, "Name")
    assert read(geojson((SQUARE, {"NAME": "right"})), "name").areas[0].reference == "right"


def test_extended_data_called_like_the_placemarks_name_stays_apart():
    data = kml(placemark("of the placemark", Name="of the data"))
    assert read(data, "Name").areas[0].reference == "of the placemark"
    assert read(data, "Name (extended data)").areas[0].reference == "of the data"


@pytest.mark.parametrize("prefix", ["", "kml:", "ns2:", "a.b-c:"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_kml_is_a_kml_in_any_prefix_and_encoding(prefix, encoding):
    inside = placemark("B\u00fchl")
    for tag in (
        "Placemark",
        "name",
        "Polygon",
        "outerBoundaryIs",
        "LinearRing",
        "coordinates",
        "ExtendedData",
    ):
        inside = inside.replace(f"<{tag}>", f"<{prefix}{tag}>").replace(f"</{tag}>", f"</{prefix}{tag}>")
    text = kml(inside, prefix=prefix).decode()
    [area] = read(text.encode(encoding), "Name").areas
    assert area.reference == "B\u00fchl"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_a_geojson_is_read_in_every_encoding_of_unicode(encoding):
    text = geojson((SQUARE, {"ref": "B\u00fchl"})).decode()
    assert read(text.encode(encoding)).areas[0].reference == "B\u00fchl"


DRESSES = {
    "its code": "EPSG:27700",
    "a name of its code": "urn:ogc:def:crs:EPSG::27700",
    "its name": "OSGB36 / British National Grid",
    "its definition": BRITISH.to_wkt(),
    "the definition of an older standard": BRITISH.to_wkt("WKT1_GDAL"),
    "the definition of another maker": BRITISH.to_wkt("WKT1_ESRI"),
    "with heights": "EPSG:7405",
    "the definition with heights": CRS("EPSG:7405").to_wkt(),
    "bound to a shift": f"{PROJ_GRID} +towgs84={HELMERT} +units=m",
    "its projection alone": f"{PROJ_GRID} +units=m",
    "as a plan without a place": 'LOCAL_CS["OSGB 1936 / British National Grid",UNIT["metre",1]]',
}


@pytest.mark.parametrize("dress", DRESSES)
def test_the_british_grid_lies_in_one_place_in_any_dress(dress):
    expected = understood("EPSG:27700").to_wgs84(CORNER)
    assert understood(DRESSES[dress]).to_wgs84(CORNER).equals_exact(expected, 1e-12)


def test_degrees_on_britains_datum_go_through_the_same_grid():
    from pyproj import Transformer

    longitude, latitude = Transformer.from_crs("EPSG:27700", "EPSG:4277", always_xy=True).transform(
        420_000, 560_000
    )
    expected = understood("EPSG:27700").to_wgs84(CORNER)
    assert understood("EPSG:4277").to_wgs84(shapely.Point(longitude, latitude)).equals_exact(expected, 1e-8)


@pytest.mark.parametrize(
    ("declared", "named"),
    [
        ("EPSG:999999", "“EPSG:999999”, which is not understood"),
        ('LOCAL_CS["Site grid",UNIT["metre",1]]', "“Site grid”, which is not understood"),
        ("EPSG:5701", "“ODN height”, which is not understood"),
        ("the usual one", "“the usual one”, which is not understood"),
        ("+proj=utm +zone=30 +ellps=intl", "International 1924"),
        (
            'PROJCS["Ours",GEOGCS["Ours",DATUM["Survey X",SPHEROID["Airy 1830",6377563.396,299.3249646]],'
            'PRIMEM["Greenwich",0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
            'PARAMETER["latitude_of_origin",50],PARAMETER["central_meridian",-2],PARAMETER["scale_factor",1],'
            'PARAMETER["false_easting",0],PARAMETER["false_northing",0],UNIT["Meter",1]]',
            "“Survey X”, which is not known: where its coordinates lie would be a guess",
        ),
        (None, "does not say which coordinate system"),
        ("undefined", "does not say which coordinate system"),
    ],
)
def test_a_system_that_is_not_understood_is_refused_by_its_name_and_never_taken_for_another(declared, named):
    with pytest.raises(UnreadableGeoFile) as refused:
        understood(declared)
    assert named in str(refused.value)


@pytest.mark.parametrize(
    "crs",
    [
        {"type": "name", "properties": {"name": "our own system"}},
        {"type": "name", "properties": {}},
        {"type": "EPSG", "properties": {"code": 999999}},
        {"type": "proj4", "properties": {"href": "x"}},
        "EPSG:4326",
        7,
    ],
)
def test_a_geojson_that_declares_what_is_not_understood_is_not_taken_as_wgs84(crs):
    with pytest.raises(UnreadableGeoFile, match="coordinate system"):
        read(geojson((SQUARE, {"ref": "A"}), crs=crs))


def test_a_geopackage_whose_system_is_not_understood_is_refused_by_its_name():
    target = BytesIO()
    pyogrio.raw.write(
        target,
        geometry=np.array([shapely.to_wkb(SQUARE)], dtype=object),
        field_data=[np.array(["A"], dtype=object)],
        fields=["ref"],
        driver="GPKG",
        geometry_type="Polygon",
        crs="EPSG:4326",
    )
    connection = sqlite3.connect(":memory:")
    connection.deserialize(target.getvalue())
    connection.execute(
        "UPDATE gpkg_spatial_ref_sys SET organization = 'OURS', organization_coordsys_id = 77,"
        " definition = 'PROJCS[\"Grid of ours\",broken' WHERE srs_id = 4326"
    )
    connection.commit()
    with pytest.raises(UnreadableGeoFile, match="“Grid of ours”, which is not understood"):
        read(connection.serialize())


def test_of_a_collection_the_polygons_are_taken_and_the_rest_is_told():
    line = shapely.LineString([(-3, 55.9), (-2.9, 56)])
    shape = shapely.GeometryCollection(
        [shapely.Point(-2.95, 55.95), SQUARE, line, shapely.box(-2.8, 55.9, -2.7, 56)]
    )
    found = read(geojson((shape, {"ref": "A"})))
    assert len(found.areas[0].shape.geoms) == 2
    [problem] = found.problems
    assert (problem.level, problem.message) == (
        "warning",
        "Besides its polygons it holds 1 line and 1 point, left out.",
    )


def test_a_placemark_with_a_label_point_gives_its_polygon():
    point = "<Point><coordinates>-2.95,55.95</coordinates></Point>"
    found = read(
        kml(placemark("A", f"<MultiGeometry>{point}{polygon()}{polygon(-2.8)}</MultiGeometry>")), "Name"
    )
    assert len(found.areas[0].shape.geoms) == 2
    assert found.problems[0].message == "Besides its polygons it holds 1 point, left out."


TRACK = "<gx:Track xmlns:gx='http://www.google.com/kml/ext/2.2'><gx:coord>-3 56 0</gx:coord></gx:Track>"
MODEL = "<Model><Link><href>house.dae</href></Link></Model>"


def test_a_track_or_model_beside_polygons_is_told_and_left_out():
    point = "<Point><coordinates>-3,56</coordinates></Point>"
    inside = f"<MultiGeometry>{TRACK}{polygon()}{MODEL}{point}{TRACK}</MultiGeometry>"
    found = read(kml(placemark("A", inside)), "Name")
    assert [area.reference for area in found.areas] == ["A"]
    assert [(problem.level, problem.message) for problem in found.problems] == [
        ("warning", "Besides its polygons it holds 1 model and 1 point and 2 tracks, left out.")
    ]


def test_a_track_alone_is_no_area():
    found = read(kml(placemark("A", f"<MultiGeometry>{TRACK}{MODEL}</MultiGeometry>")), "Name")
    assert [problem.message for problem in found.problems] == ["Its shape is a track; an area is a polygon."]


@pytest.mark.parametrize(
    ("spelt", "code"),
    [
        ("EPSG::27700", ("EPSG", "27700")),
        ("epsg:6.9:27700", ("EPSG", "27700")),
        ("EPSG 27700", ("EPSG", "27700")),
        ("EPSG27700", ("EPSG", "27700")),
        ("EPSG:27700\u200b", ("EPSG", "27700")),
        ("EPSG\uff1a27700", ("EPSG", "27700")),
        ("SRID=27700", ("EPSG", "27700")),
        ("http://www.opengis.net/gml/srs/epsg.xml#27700", ("EPSG", "27700")),
        ("urn:x-ogc:def:crs:EPSG::4326", ("EPSG", "4326")),
        ("urn:ogc:def:crs:EPSG:6.9:4326", ("EPSG", "4326")),
        ("CRS:84", ("OGC", "CRS84")),
        ("crs84", ("OGC", "CRS84")),
        ("urn:ogc:def:crs:CRS:84", ("OGC", "CRS84")),
        ("urn:ogc:def:crs:OGC::CRS84", ("OGC", "CRS84")),
    ],
)
def test_a_code_is_understood_as_tools_spell_it(spelt, code):
    assert understood(spelt).crs.to_authority() == code


@pytest.mark.parametrize(
    "spelt", ["EPSG:99999", "CRS:85", "EPSG:CRS84", "SRID=1", "27700 or so", "EPSG:27700 EPSG:4326"]
)
def test_a_code_that_is_none_is_refused_by_its_name(spelt):
    with pytest.raises(UnreadableGeoFile, match="is not understood"):
        understood(spelt)


def test_a_polygons_holes_stay_holes():
    hole = (
        polygon()
        .replace("outerBoundaryIs", "innerBoundaryIs")
        .replace("<Polygon>", "")
        .replace("</Polygon>", "")
    )
    small = hole.replace("-3.0,55.9", "-2.97,55.93")
    inner = " ".join(f"{x},{y}" for x, y in shapely.box(-2.97, 55.93, -2.93, 55.97).exterior.coords)
    small = f"<innerBoundaryIs><LinearRing><coordinates>{inner}</coordinates></LinearRing></innerBoundaryIs>"
    shape = polygon().replace("</outerBoundaryIs>", "</outerBoundaryIs>" + small)
    [area] = read(kml(placemark("A", shape)), "Name").areas
    assert len(area.shape.geoms[0].interiors) == 1


def test_folders_of_a_kml_are_taken_together_or_one_by_one():
    data = kml(
        f"<Folder><name>North</name>{placemark('A')}</Folder>"
        f"<Folder><name>South</name><Folder>{placemark('B', polygon(-2.8))}</Folder></Folder>"
    )
    assert [area.reference for area in read(data, "Name", all_folders=True).areas] == ["A", "B"]
    assert [area.reference for area in read(data, "Name", layer="North").areas] == ["A"]
    with pytest.raises(UnreadableGeoFile, match="2 layers; choose one"):
        read(data, "Name")


@pytest.mark.parametrize("character", ["\u202e", "\u2067", "\x07", "\x00", "\ud800", "\x85"])
def test_a_control_or_turning_character_in_a_reference_is_an_error_of_its_feature(character):
    data = geojson((SQUARE, {"ref": "good"}), (SQUARE, {"ref": f"A{character}B"}))
    found = read(data)
    if character == "\x85":
        assert [area.reference for area in found.areas] == ["good", "A B"], "a line break is white space"
        return
    assert [area.reference for area in found.areas] == ["good"]
    [problem] = found.problems
    assert problem.feature == "feature 2"
    assert "haracter" in problem.message
    assert character not in problem.message


@pytest.mark.parametrize(
    "pair", [("A B", "A\u00a0B"), ("Caf\u00e9", "Cafe\u0301"), ("A", "A\u200b"), ("Stra\u00dfe", "STRASSE")]
)
def test_references_that_differ_only_in_looks_are_one_area(pair):
    found = read(geojson(*((SQUARE, {"ref": each}) for each in pair)))
    assert len(found.areas) == 1
    assert found.areas[0].merged_from == 2


def test_coordinates_of_many_digits_are_taken():
    text = geojson((SQUARE, {"ref": "A"})).replace(b"-2.9,", b"-2.899999999999999999999999999999,")
    assert read(text).areas[0].area_km2 == pytest.approx(69.4, rel=0.01)


@pytest.mark.parametrize(
    "shape",
    [
        shapely.box(-179, 50, 179, 51),
        shapely.MultiPolygon([shapely.box(179, 50, 180, 51), shapely.box(-180, 50, -179, 51)]),
    ],
)
def test_a_shape_across_the_antimeridian_is_refused(shape):
    found = read(geojson((shape, {"ref": "am"})))
    assert found.areas == []
    assert "antimeridian" in found.errors[0].message


def test_features_of_one_reference_on_both_sides_of_the_antimeridian_are_refused_too():
    sides = [(shapely.box(179, 50, 180, 51), {"ref": "am"}), (shapely.box(-180, 50, -179, 51), {"ref": "AM"})]
    found = read(geojson(*sides))
    assert found.areas == []
    assert "antimeridian" in found.errors[0].message
    with pytest.raises(UnreadableGeoFile, match="antimeridian"):
        reading._read_outline(geojson(*sides), "areas")


def test_licence_area_and_supply_point_come_from_the_attributes_that_are_named():
    data = geojson(
        (SQUARE, {"ref": "A", "dno": "NPgN", "gsp": "Blyth"}),
        (SQUARE, {"ref": "a", "dno": "NPgY", "gsp": "BLYTH"}),
    )
    found = read(data, licence_area="dno", supply_point="gsp")
    [area] = found.areas
    assert (area.licence_area, area.supply_point) == ("NPgN", "Blyth")
    assert any("2 licence areas (NPgN, NPgY)" in problem.message for problem in found.problems)


def test_the_outline_of_a_file_needs_no_attribute():
    shape = reading._read_outline(geojson((SQUARE, {}), (shapely.box(-2.8, 55.9, -2.7, 56), {})), "areas")
    assert len(shape.geoms) == 2


def outline(corners):
    return f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{corners}</coordinates></LinearRing></outerBoundaryIs></Polygon>"


@pytest.mark.parametrize(
    "corners",
    [
        "-3,55 -2.9,55 -2.9,56 -3.1,55.5 -3,55",
        "-3,\n55 -2.9,\n55 -2.9,\n56 -3.1,\n55.5 -3,\n55",
        "-3 , 55 , 0 -2.9 , 55 , 0 -2.9 , 56 , 0 -3.1 , 55.5 , 0 -3 , 55 , 0",
        "-3,55,0, -2.9,55,0, -2.9,56,0 -3.1,55.5,0 -3,55,0",
    ],
)
def test_every_corner_of_a_kml_counts_however_its_numbers_are_spaced(corners):
    [area] = read(kml(placemark("A", outline(corners))), "Name").areas
    assert area.shape.equals(shapely.Polygon([(-3, 55), (-2.9, 55), (-2.9, 56), (-3.1, 55.5)]))


def test_positions_of_a_kml_that_can_not_be_told_apart_are_an_error_and_no_corner_is_dropped():
    found = read(kml(placemark("A", outline("-3,55,0,-2.9,55,0 -2.9,56,0 -3.1,55.5,0 -3,55,0"))), "Name")
    assert found.areas == []
    assert [problem.message for problem in found.problems] == ["Its coordinates can't be read."]


def test_a_line_of_one_corner_beside_a_polygon_is_told_and_left_out():
    line = "<LineString><coordinates>-3,55</coordinates></LineString>"
    found = read(kml(placemark("A", f"<MultiGeometry>{line}{polygon()}</MultiGeometry>")), "Name")
    assert [area.reference for area in found.areas] == ["A"]
    assert [problem.message for problem in found.problems] == [
        "Besides its polygons it holds 1 point, left out."
    ]


def test_blank_lines_before_a_kml_count_for_nothing():
    data = b'\n <?xml version="1.0"?>' + kml(placemark("A"))
    assert [area.reference for area in read(data, "Name").areas] == ["A"]


def test_a_geopackage_that_was_copied_while_it_was_open_says_that_it_may_be_stale(tmp_path):
    path = tmp_path / "areas.gpkg"
    path.write_bytes(geo.write_geopackage([("A", "A", shapely.MultiPolygon([SQUARE]))]))
    assert read(path.read_bytes(), "reference").problems == []
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode = WAL")
    found = read(path.read_bytes(), "reference")
    assert [area.reference for area in found.areas] == ["A"]
    assert ["latest changes may be missing" in problem.message for problem in found.problems] == [True]


def test_an_encoding_that_nobody_knows_is_named():
    data = b'<?xml version="1.0" encoding="UTTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>'
    with pytest.raises(
        geo.UnreadableGeoFile, match="its encoding is “UTTF-8”, which is not known: save it as UTF-8"
    ):
        geo.layers_of(data, "a.kml")


def test_a_geopackage_broken_where_it_quotes_no_text_is_told_as_damaged():
    data = bytearray(
        (CHECKOUT / "tests" / "data" / "field" / "datum-unknown_mapinfo_british_grid.gpkg").read_bytes()
    )
    at = data.index(b"CREATE TRIGGER") + 10
    data[at : at + 4] = b"\xff\xfe\xfb\xf0"
    with pytest.raises(geo.UnreadableGeoFile, match="damaged"):
        geo.layers_of(bytes(data), "a.gpkg")
