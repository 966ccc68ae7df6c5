"""No process but the confined one parses a file from outside."""

import ast
import csv
import io
import json
import sqlite3
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import openpyxl
import PIL.Image
import pytest
import python_calamine

from accounts.domain.logos import logo_from
from bidding.domain.gate.proof import check_receipts
from competitions.domain.demand_reading import read_series_apart
from competitions.domain.places.postcode_files import batches
from marketplace import attachments, geo
from marketplace.errors import Refused
from marketplace.workbooks.declare import Unreadable
from marketplace.workbooks.mark import mark_errors
from marketplace.workbooks.reading import read as read_workbook
from qualification.domain.meters.lists import read_meters
from qualification.workbooks.specs import ASSETS
from tests.support.apps import PACKAGES as APPS

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"

PARSERS = {"PIL", "csv", "openpyxl", "pyogrio", "pypdf", "python_calamine", "sqlite3", "xml", "zipfile"}
IN_THE_CONFINED_PROCESS = {
    "accounts/domain/logos.py",
    "competitions/domain/places/postcode_files.py",
    "marketplace/attachment_content.py",
    "marketplace/csv_text.py",
    "marketplace/geo/geopackage_files.py",
    "marketplace/geo/kml_files.py",
    "marketplace/workbooks/copies.py",
    "marketplace/workbooks/extract.py",
    "marketplace/workbooks/package.py",
    "marketplace/workbooks/rows.py",
    "settlement/domain/case_archive.py",
    "settlement/domain/cases.py",  # and the folder of whoever runs the command settle
}
ON_FILES_OF_OUR_OWN = {
    "bidding/presenters/merit_order_file.py",  # writes
    "marketplace/geo/writing.py",  # writes
    "marketplace/pdf.py",  # writes: escapes what letters say
    "marketplace/web/list_files.py",  # writes
    "marketplace/workbooks/write.py",  # writes
    "qualification/views/meter_lists.py",  # writes
    "rehearsal/demo/files.py",  # what is shipped
    "rehearsal/round/overriding.py",  # the folder of whoever runs the command
    "rehearsal/demo/service.py",  # writes
    "settlement/exports/document_files.py",  # writes
    "settlement/exports/example_case.py",  # writes
    "settlement/exports/ubl.py",
    "settlement/exports/uftp.py",  # writes
    "operations/exports/readings.py",  # writes
    "api/v1/market.py",  # what was made for everybody
}


def imports_of(path: Path) -> set[str]:
    """The packages that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module).partition(".")[0])
    return found


def test_parsers_are_imported_only_where_a_confined_process_runs_them_or_files_are_our_own() -> None:
    importing = {
        str(path.relative_to(ROOT))
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if imports_of(path) & PARSERS and not path.match("*/migrations/*")
    }
    assert importing == IN_THE_CONFINED_PROCESS | ON_FILES_OF_OUR_OWN


READ_AS_THEY_CAME = {
    # JSON and nothing else: at most 6 MB and 20,000 brackets, both counted before; Python's reader of it makes plain
    # values, follows nothing, and takes time that grows with the text. A process of its own would take longer to start
    # than the check may take.
    "bidding/domain/gate/proof.py": "receipts to check",
    # What the page of the mapping sends back: a few short texts, each checked for what it may be.
    "operations/workbooks/readings_file.py": "what the columns of a meter file mean",
    # What programs send: at most 10 MB and 250,000 parts, both counted before.
    "api/v1/api.py": "the body of a request of a program",
    "api/picloflex/tokens.py": "the middle part of a token: at most 1,000 characters, one text of it is used",
    "api/paging.py": "the cursor of a list: at most 500 characters, only texts of it are used",
    "competitions/domain/places/postcode_files.py": "the ZIP of postcodes: a command's file on the server, in pieces",
}
OWN_JSON = {
    "api/pages/webhooks.py",  # what a webhook told
    "api/v1/webhooks.py",  # the same
    "operations/domain/measuring.py",  # a contract's terms as they are kept
    "competitions/domain/places/area_layers.py",  # what a job kept
    "competitions/domain/places/towns.py",  # what is shipped
    "marketplace/geo/plausible.py",  # what is shipped
    "marketplace/geo/shapes.py",  # what shapely wrote
    "marketplace/jobs/kinds.py",  # what was made there
    "marketplace/jobs/queries.py",  # what a job kept
    "marketplace/web/icons.py",  # what is shipped
    "rehearsal/demo/desk.py",  # what is shipped
    "marketplace/sandbox/fork_server.py",  # orders of the process that started it
    "settlement/domain/results.py",  # what a version kept
}
CONFINED_JSON = {
    "marketplace/geo/geojson_files.py",
    "settlement/domain/cases.py",  # and the folder of whoever runs the command settle
}


def test_json_from_outside_is_read_where_it_is_named_and_nowhere_else() -> None:
    reading = {
        str(path.relative_to(ROOT))
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if "json.loads(" in (text := path.read_text(encoding="utf-8")) or "json.load(" in text
    }
    named = {module for module in READ_AS_THEY_CAME if "postcode" not in module}
    assert reading == named | OWN_JSON | CONFINED_JSON


@pytest.mark.parametrize(
    "data",
    [
        b'{"receipts": ' + b"9" * 5_900_000 + b"}",
        b'{"receipts": [' + b"1e9," * 1_400_000 + b"1]}",
        b'{"receipts": "' + b"\\u0041" * 900_000 + b'"}',
        b'{"receipts": ' + b"[" * 9_000 + b"]" * 9_000 + b"}",
        b"{" + b'"a":1,' * 900_000 + b'"receipts": []}',
        b'{"receipts": [{"digest": "a", "nonce": "", "content": "'
        + "\ud800".encode("utf-8", "surrogatepass")
        + b'"}]}',
        "{}".encode("utf-16"),
        b"\x00" * 6_000_000,
    ],
    ids=["one number", "many numbers", "escapes", "depth", "keys", "a surrogate", "UTF-16", "NULs"],
)
def test_the_worst_receipts_take_less_than_a_second_and_little_memory(data: bytes) -> None:
    tracemalloc.start()
    began = time.process_time()
    try:
        with suppress(Refused):
            assert check_receipts(data) == []
    finally:
        took, most = time.process_time() - began, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert took < 5, took  # a tenth of it without the counting of memory
    assert most < 150_000_000, most


def sample(name: str) -> bytes:
    return next(DATA.rglob(name)).read_bytes()


def logo() -> bytes:
    target = io.BytesIO()
    PIL.Image.new("RGB", (40, 20), "white").save(target, "PNG")
    return target.getvalue()


def square(west: float = -3.0) -> bytes:
    ring = [[west, 55.0], [west + 0.1, 55.0], [west + 0.1, 55.1], [west, 55.0]]
    feature = {
        "type": "Feature",
        "properties": {"name": "A"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


LONDON = ZoneInfo("Europe/London")
SERIES = b"timestamp,mw\n" + b"".join(b"2026-01-01T%02d:00:00Z,%d.5\n" % (hour, hour) for hour in range(24))
READERS: dict[str, Callable[[Path], Any]] = {
    "a workbook": lambda path: read_workbook(
        sample("coordinate-digits_assets_near_greenwich.xlsx"), ASSETS, zone=LONDON
    ),
    "a hostile workbook": lambda path: read_workbook(sample("far-cell_lone.xlsx"), ASSETS, zone=LONDON),
    "a marked copy": lambda path: mark_errors(sample("look-alike-keys_asset_refs.xlsx"), []),
    "areas in GeoJSON": lambda path: geo.read_areas(
        square(), "a.geojson", layer=None, reference_field="name"
    ),
    "areas in KML": lambda path: geo.layers_of(sample("told-by-spelling_utf16.kml"), "a.kml"),
    "areas in a GeoPackage": lambda path: geo.layers_of(
        sample("datum-unknown_mapinfo_british_grid.gpkg"), "a.gpkg"
    ),
    "a meter list": lambda path: read_meters(sample("separators_no_break_space_meter_list.csv")),
    "a demand series": lambda path: read_series_apart(SERIES, ZoneInfo("UTC")),
    "an attachment": lambda path: attachments.examine(sample("attachment_pdf_launch.pdf"), "a.pdf"),
    "an attached workbook": lambda path: attachments.examine(
        sample("attachment_excel4_macro.xlsx"), "a.xlsx"
    ),
    "a logo": lambda path: logo_from(logo()),
    "postcodes": lambda path: list(batches(path)),
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())
def test_a_file_is_not_parsed_by_the_process_that_received_it(
    read: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    postcodes = tmp_path / "postcodes.csv"
    postcodes.write_text("postcode,latitude,longitude\nEH21 8RE,55.93,-3.04\n")
    parsed: list[str] = []
    for module, name in (
        (python_calamine, "load_workbook"),
        (openpyxl, "load_workbook"),
        (zipfile, "ZipFile"),
        (ElementTree, "fromstring"),
        (ElementTree, "XMLPullParser"),
        (sqlite3, "connect"),
        (PIL.Image, "open"),
        (csv, "reader"),
        (json, "loads"),
    ):
        monkeypatch.setattr(module, name, lambda *given, called=name, **options: parsed.append(called))
    with suppress(Refused, Unreadable, geo.UnreadableGeoFile):
        read(postcodes)
    assert parsed == []
