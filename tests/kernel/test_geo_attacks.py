"""Hostile files of areas: no format but the three, nothing that a file names is opened or fetched, none takes
long."""

import socket
import sqlite3
import struct
import sys
import threading
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from marketplace import geo
from marketplace.geo import formats, reading
from marketplace.geo.measures import Wanted
from tests.kernel.geo_disguises import DISGUISES, VRT

ATTACKS = Path(__file__).resolve().parent.parent / "data" / "attack"
ENDINGS = ("kml", "geojson", "gpkg")
SECRET = "the-secret-of-the-server"
BOX = shapely.box(-2, 54, -1.9, 54.1)


class Opened:
    """What this process opened or connected to while it was watched; hooks can't be taken away, so it is
    switched."""

    def __init__(self) -> None:
        self.is_watching = False
        self.seen: list[str] = []
        sys.addaudithook(self.hook)

    def hook(self, event: str, arguments: tuple) -> None:
        if self.is_watching and event in (
            "open",
            "socket.connect",
            "subprocess.Popen",
            "os.system",
            "sqlite3.connect",
        ):
            told = str(arguments[1 if event == "socket.connect" else 0])
            if told != ":memory:" and "proj" not in told and not told.endswith((".py", ".pyc", ".so")):
                self.seen.append(f"{event} {told}")


@pytest.fixture(scope="module")
def opened():
    return Opened()


@pytest.fixture
def canary(tmp_path):
    path = tmp_path / "canary.csv"
    path.write_text(f"{SECRET}\n")
    return path


@pytest.fixture
def listener():
    """An address on the machine, and those who called at it."""
    calls: list[object] = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.05)
        done = threading.Event()

        def answer() -> None:
            while not done.is_set():
                try:
                    calls.append(server.accept())
                except TimeoutError:
                    continue
                except OSError:
                    return

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/canary.csv", calls
        done.set()
        thread.join()


def disguised(text: str, canary: Path, url: str) -> bytes:
    return text.replace("{file}", str(canary)).replace("{url}", url).encode("latin-1")


def read_here(data: bytes, stem: str) -> str:
    """What reading the file in this very process gives, as text: the reader's own care, without the
    sandbox's."""
    try:
        _, layers = formats.layers(data, stem)
        found = [f"{layer.name} {layer.fields} {layer.crs}" for layer in layers]
        for layer in layers:
            for name in layer.fields[:1]:
                found.append(repr(reading._read_areas(data, stem, layer.name, False, Wanted(name))))
    except geo.UnreadableGeoFile as refusal:
        return f"refused: {refusal}"
    return "\n".join(found)


def test_no_file_of_any_kind_is_opened_as_what_it_is_nor_what_it_names_touched(opened, canary, listener):
    url, calls = listener
    taken = []
    opened.seen.clear()
    for kind, text in DISGUISES.items():
        for ending in ENDINGS:
            data = disguised(text, canary, url)
            opened.is_watching = True
            told = read_here(data, f"areas.{ending}")
            opened.is_watching = False
            assert SECRET not in told, kind
            assert "\n" not in told, kind
            if not told.startswith("refused: "):
                taken.append(kind)
    assert len(DISGUISES) > 50
    assert taken == []
    assert opened.seen == []
    assert calls == []


def test_the_canary_would_be_read_by_a_library_that_tries_every_format(canary, listener):
    """The control: were the readers replaced by GDAL's, the test above would fail."""
    data = disguised(VRT % "{file}", canary, listener[0])
    _, _, _, (names,) = pyogrio.raw.read(BytesIO(data), columns=["field_1"])
    assert SECRET in names


def made(driver: str, folder: Path) -> bytes | None:
    """A file that a driver writes, if it writes one."""
    path = folder / driver.replace(" ", "_")
    try:
        pyogrio.raw.write(
            path,
            geometry=np.array([shapely.to_wkb(BOX)], dtype=object),
            field_data=[np.array(["A"], dtype=object)],
            fields=["ref"],
            driver=driver,
            layer="a",
            geometry_type="Polygon",
            crs="EPSG:4326",
        )
    except Exception:
        return None
    return path.read_bytes() if path.is_file() else None


@pytest.mark.filterwarnings("ignore")
def test_what_other_drivers_write_is_refused_and_the_three_formats_are_read(tmp_path):
    read = set()
    files = {driver: made(driver, tmp_path) for driver, can in pyogrio.list_drivers().items() if "w" in can}
    written = {driver: data for driver, data in files.items() if data}
    assert len(written) > 8
    for driver, data in written.items():
        told = read_here(data, "areas")
        if not told.startswith("refused: "):
            read.add(driver)
    alike = {"JSONFG", "GeoJSONSeq"}  # a collection and a feature of GeoJSON
    assert read - alike <= {"GPKG", "GeoJSON", "KML", "LIBKML"}
    assert {"GPKG", "GeoJSON", "KML"} <= read


OUTCOMES = {
    "virtual-dataset_reads_a_server_file.kml": "its outermost element is not “kml”",
    "virtual-dataset_fetches_an_address.kml": "its outermost element is not “kml”",
    "wfs_fetches_an_address.kml": "its outermost element is not “kml”",
    "crs-link_fetches_an_address.geojson": "not followed: “http://127.0.0.1:18103/crs”",
    "pipeline_reads_a_server_file.geojson": "not GeoJSON: its “type” is “gdal_streamed_alg”",
    "pipeline_reads_passwd.geojson": "not GeoJSON: its “type” is “gdal_streamed_alg”",
    "endless_recursive_view.gpkg": "“v” is a view, not a layer",
    "antimeridian_polygon.geojson": "cross the antimeridian",
    "reference_of_5000_digits.geojson": "longer than 80 characters",
}


@pytest.mark.parametrize("name", sorted(OUTCOMES))
def test_an_attack_is_refused_in_one_sentence(name):
    """Through the sandbox, as the product reads: for a shape or reference the error names the feature."""
    data = (ATTACKS / name).read_bytes()
    try:
        found = geo.read_areas(data, name, layer=None, reference_field="ref")
    except geo.UnreadableGeoFile as refusal:
        told = str(refusal)
    else:
        assert found.areas == []
        [problem] = found.errors
        told = problem.message
    assert OUTCOMES[name] in told
    assert "\n" not in told


def test_every_attack_on_areas_is_in_the_table():
    assert {path.name for path in ATTACKS.iterdir() if path.suffix in (".kml", ".geojson", ".gpkg")} == set(
        OUTCOMES
    )


def database(*statements: str) -> bytes:
    """A GeoPackage of a layer ``areas`` changed by statements."""
    target = BytesIO()
    pyogrio.raw.write(
        target,
        geometry=np.array([shapely.to_wkb(BOX)], dtype=object),
        field_data=[np.array(["A"], dtype=object)],
        fields=["ref"],
        driver="GPKG",
        layer="areas",
        geometry_type="Polygon",
        crs="EPSG:4326",
    )
    connection = sqlite3.connect(":memory:")
    connection.deserialize(target.getvalue())
    for function in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
        connection.create_function(function, 1, lambda shape: 0)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    return connection.serialize()


LISTED = (
    "INSERT INTO gpkg_contents (table_name, data_type, srs_id) VALUES ('x', 'features', 4326)",
    "INSERT INTO gpkg_geometry_columns VALUES ('x', 'geom', 'POLYGON', 4326, 0, 0)",
)
ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n, (SELECT geom FROM areas) AS geom FROM c"


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (f"CREATE VIEW x AS {ENDLESS}", "is a view"),
        ("CREATE VIRTUAL TABLE x USING fts4(geom)", "is a virtual table"),
        ("CREATE VIRTUAL TABLE x USING rtree(id, minx, maxx)", "is a virtual table"),
        ("CREATE TABLE y (geom)", "that it does not hold"),
        ("CREATE TABLE x (other)", "no column “geom”"),
    ],
)
def test_a_layer_that_is_no_plain_table_is_refused_at_once(statement, sentence):
    began = time.monotonic()
    told = read_here(database(statement, *LISTED), "areas")
    assert sentence in told
    assert time.monotonic() - began < 1


def test_columns_that_are_worked_out_are_no_attributes():
    statement = "CREATE TABLE x (fid INTEGER PRIMARY KEY, geom, ref, big AS (zeroblob(900000000)))"
    _, layers = formats.layers(database(statement, *LISTED), "areas")
    assert [layer.fields for layer in layers] == [["ref"], ["ref"]]


def test_views_and_triggers_beside_the_layers_do_no_harm():
    data = database(
        f"CREATE VIEW v AS {ENDLESS}",
        f"CREATE TRIGGER t AFTER INSERT ON areas BEGIN SELECT count(*) FROM ({ENDLESS}); END",
    )
    assert "reference='A'" in read_here(data, "areas")


def test_a_database_that_is_no_geopackage_is_refused():
    plain = sqlite3.connect(":memory:")
    plain.execute("CREATE TABLE areas (ref, geom)")
    assert "not a GeoPackage" in read_here(plain.serialize(), "areas")


def test_a_geopackage_in_write_ahead_mode_is_read():
    data = database()
    assert "reference='A'" in read_here(data[:18] + b"\2\2" + data[20:], "areas")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b'{"type":"FeatureCollection","features":' + b"[" * 100_000, "nested too deeply"),
        (b'{"type":"Polygon","coordinates":' + b"[" * 900 + b"]" * 900 + b"}", "areas []"),
        (b"<kml>" + b"<Folder>" * 50_000, "nested too deeply"),
        (
            b'{"type":"Feature","geometry":null,"properties":{"ref":' + b"9" * 1_000_000 + b"}}",
            "longer than 80",
        ),
        (b'{"type":"FeatureCollection","features":[]}', "no features"),
        (b'{"type":"FeatureCollection","features":7}', "not a list"),
        (b'{"type":"FeatureCollection","features":[1]}', "not a GeoJSON feature"),
        (b"\xff\xfe" + "<html/>".encode("utf-16-le"), "outermost element"),
        (b'{"type":"Feature","properties":{"ref":"caf\xe9"},"geometry":null}', "in UTF-8"),
    ],
)
def test_what_is_deep_or_long_or_empty_is_told_in_one_sentence(data, sentence):
    told = read_here(data, "areas")
    assert sentence in told
    assert "Traceback" not in told


@pytest.mark.parametrize("value", ["1e999", "-1e999", "NaN", "9" * 400, '"1.5"', "null", "[1]"])
def test_a_coordinate_that_is_no_number_is_an_error_of_its_feature(value):
    shape = f'{{"type":"Polygon","coordinates":[[[{value},54],[-1.9,54],[-1.9,54.1],[-2,54]]]}}'
    feature = f'{{"type":"Feature","properties":{{"ref":"odd"}},"geometry":{shape}}}'
    assert "coordinates" in read_here(feature.encode(), "areas")


def test_shapes_cut_off_in_the_middle_are_errors_of_their_features():
    header = b"GP\0\1" + struct.pack("<i", 4326)
    for wkb in (
        b"",
        b"\1",
        struct.pack("<BII", 1, 3, 4_000_000_000),
        struct.pack("<BII", 1, 10, 4_000_000_000),
    ):
        blob = (header + wkb).hex()
        told = read_here(database(f"UPDATE areas SET geom = x'{blob}'"), "areas")
        assert "areas=[]" in told
        assert "Its shape" in told or "It has no" in told


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_corner_that_is_no_number_in_a_geopackage_is_an_error_of_its_feature(value):
    corners = [(-2.0, 54.0), (-1.9, 54.0), (-1.9, value), (-2.0, 54.1), (-2.0, 54.0)]
    ring = b"".join(struct.pack("<dd", *corner) for corner in corners)
    wkb = struct.pack("<BII", 1, 3, 1) + struct.pack("<I", len(corners)) + ring
    blob = (b"GP\0\1" + struct.pack("<i", 4326) + wkb).hex()
    told = read_here(database(f"UPDATE areas SET geom = x'{blob}'"), "areas")
    assert "areas=[]" in told
    assert "Its coordinates are not numbers." in told


@pytest.mark.parametrize("value", ["1e300", "-1e200", "1.7e308"])
def test_a_number_too_large_for_a_place_is_an_error_of_its_feature(value):
    ring = f"[[0,0],[{value},0],[{value},{value}],[1,5],[0,1],[5,1],[0,0]]"
    feature = f'{{"type":"Feature","properties":{{"ref":"far"}},"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}'
    assert "areas=[]" in read_here(feature.encode(), "areas")
