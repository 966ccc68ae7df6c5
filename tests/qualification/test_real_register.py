"""The embedded capacity register of a real network as an assets file, against the network's real areas.

The register's rows become rows of the file by :func:`as_row`, faults included: what a row says that no rule
takes must be refused for just that. Which assets lie in which area is counted again by a spatial join that
shares no code.
"""

import csv
import json
import re
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from io import BytesIO
from math import isfinite

import pytest
import shapely
import xlsxwriter

from competitions.models import Area
from marketplace import clock, geo
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.verdicts import engine
from qualification.models import Asset, Verdict
from rehearsal.round.uploads import hand_in_bytes
from tests.data_files import shared_data
from tests.qualification import market
from tests.qualification.market import DURING

ABSENT = "Data Not Available"
PREFIX = "features.properties."
TYPES = {
    "Solar": ("Generation", "Solar"),
    "Wind": ("Generation", "Wind"),
    "Water (flowing water or head of water)": ("Generation", "Hydro"),
    "Stored Energy (all stored energy irrespectve of the original energy source)": ("Storage", "Battery"),
    "Fossil - Gas": ("Generation", "Gas"),
    "Waste": ("Generation", "Energy From Waste"),
    "Biofuel - Landfill gas": ("Generation", "Landfill Gas"),
}
CHECK_WEIGHTS = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)
POSTCODE = re.compile(r"^[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2}$")


def register():
    rows = []
    for part in (1, 2):
        path = shared_data(f"npg/embedded_capacity_register_{part}.csv")
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            rows += [
                {key.removeprefix(PREFIX): value.strip() for key, value in row.items()}
                for row in csv.DictReader(file)
            ]
    return rows


def given(row, name):
    """A value of the register, None where it says that it has none."""
    return None if row[name] in ("", ABSENT) else row[name]


def operational_date(row):
    """Assumed two years after acceptance for what is not connected yet, since the register tells none."""
    accepted = given(row, "date_accepted")
    if row["connection_status"] != "Accepted to Connect" or accepted is None:
        return None
    return datetime.fromisoformat(accepted).date() + timedelta(days=730)


def as_row(number, row, longitude, latitude):
    category, kind = TYPES.get(row["energy_source_1"], ("Generation", "Other Generation"))
    return {
        "Asset Ref": f"ECR-{number:04}",
        "Asset Name": f"Site {number} at {given(row, 'primary') or 'an unnamed primary'}"[:100],
        "Asset Status": "Operational" if row["connection_status"] == "Connected" else "In Development",
        "Asset Category": category,
        "Asset Type": kind,
        "Voltage Level (kV)": row["point_of_connection_poc_voltage_kv"],
        "Latitude": f"{latitude:.6f}" if isfinite(latitude) else None,
        "Longitude": f"{longitude:.6f}" if isfinite(longitude) else None,
        "Postcode": given(row, "postcode"),
        "Import Meter ID": given(row, "import_mpan_msid"),
        "Export Meter ID": given(row, "export_mpan_msid"),
        "Generation Turn Up (MW)": row["energy_source_energy_conversion_technology_1_registered_capacity_mw"],
        "Maximum Export Capacity (MW)": given(row, "maximum_export_capacity_mw"),
        "Operational Date": operational_date(row),
    }


def workbook(rows):
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("Assets")
    dates = book.add_format({"num_format": "yyyy-mm-dd"})
    headers = list(rows[0])
    sheet.write_row(0, 0, headers)
    for place, row in enumerate(rows, start=1):
        for column, header in enumerate(headers):
            value = row[header]
            if hasattr(value, "year"):
                sheet.write_datetime(place, column, datetime(value.year, value.month, value.day), dates)
            elif value is not None:
                sheet.write_string(place, column, value)
    book.close()
    return target.getvalue()


# The rules once more, in plain Python


def is_number(text, places=None):
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return False
    return "e" not in text.casefold() and (places is None or -number.as_tuple().exponent <= places)


def is_mpan(text):
    digits = text.replace(" ", "")
    if not (digits.isdigit() and len(digits) in (13, 21)):
        return False
    core = digits[-13:]
    return sum(w * int(d) for w, d in zip(CHECK_WEIGHTS, core, strict=False)) % 11 % 10 == int(core[12])


def faults(row):
    """The columns for which the row is to be refused."""
    found = set()
    if not (is_number(row["Voltage Level (kV)"]) and Decimal(row["Voltage Level (kV)"]) > 0):
        found.add("Voltage Level (kV)")
    if row["Latitude"] is None:
        found.add("Latitude")
    for header in ("Import Meter ID", "Export Meter ID"):
        if row[header] is not None and not is_mpan(row[header]):
            found.add(header)
    if row["Postcode"] is not None and not POSTCODE.match("".join(row["Postcode"].split()).upper()):
        found.add("Postcode")
    capacity, limit = row["Generation Turn Up (MW)"], row["Maximum Export Capacity (MW)"]
    if not is_number(capacity or "0", 6) or (limit is not None and not is_number(limit, 6)):
        found.add(
            "Generation Turn Up (MW)" if not is_number(capacity or "0", 6) else "Maximum Export Capacity (MW)"
        )
    elif not Decimal(capacity or 0) > 0 or (limit is not None and Decimal(capacity) > Decimal(limit)):
        found.add("Generation Turn Up (MW)")
    if row["Asset Status"] == "In Development" and row["Operational Date"] is None:
        found.add("Operational Date")
    return found


@pytest.fixture
def areas(db):
    """The network's areas, taken in by the very upload of the page."""
    path = shared_data("npg/primaries.geojson")
    with run_jobs_inline(), clock.set_to(DURING):
        so = market.member(market.operator())
        params = {"layer": None, "reference_field": "PRIMARYNM"}
        report = hand_in_bytes(
            by=so, kind="competitions.areas", name="primaries.geojson", data=path.read_bytes(), params=params
        )
        assert report.errors == []
        yield so, list(Area.objects.order_by("reference"))


@pytest.mark.slow
def test_a_real_register_is_taken_in_with_its_faults_and_lies_where_an_independent_count_says(areas):
    geopandas = pytest.importorskip("geopandas")
    so, shapes = areas
    told = register()
    longitudes, latitudes = geo.from_british_grid(
        [float(row["location_x_coordinate_eastings_where_data_is_held"]) for row in told],
        [float(row["location_y_coordinate_northings_where_data_is_held"]) for row in told],
    )
    rows = [
        as_row(number, row, longitude, latitude)
        for number, (row, longitude, latitude) in enumerate(
            zip(told, longitudes, latitudes, strict=True), start=1
        )
    ]
    assert len(rows) == 2077
    provider = market.member(market.provider())
    report = hand_in_bytes(
        by=provider, kind="qualification.assets", name="register.xlsx", data=workbook(rows)
    )
    refused = {}
    for error in report.errors:
        refused.setdefault(error["row"], set()).add(error["column"])
    assert refused == {number: faults(row) for number, row in enumerate(rows, start=2) if faults(row)}
    assert report.created == len(rows) - len(refused)

    competitions = {
        market.competition(
            so.organisation, shapely.from_wkb(bytes(area.shape_wkb)), ref=f"P{place}"
        ).pk: area.reference
        for place, area in enumerate(shapes)
    }
    engine.qualify(now=DURING)
    counted = Counter(competitions[pk] for pk in Verdict.objects.values_list("competition", flat=True))

    stored = list(Asset.objects.values_list("ref", "longitude", "latitude"))
    points = geopandas.GeoDataFrame(
        {"ref": [ref for ref, _, _ in stored]},
        geometry=geopandas.points_from_xy([float(x) for _, x, _ in stored], [float(y) for _, _, y in stored]),
        crs="EPSG:4326",
    )
    features = json.loads(shared_data("npg/primaries.geojson").read_text())["features"]
    network = geopandas.GeoDataFrame.from_features(features, crs="EPSG:4326")
    network["geometry"] = network.geometry.make_valid()
    joined = geopandas.sjoin(points, network.dissolve("PRIMARYNM").reset_index(), predicate="intersects")
    independent = Counter(joined["PRIMARYNM"])
    assert counted == independent

    named = {f"ECR-{number:04}": given(row, "primary") for number, row in enumerate(told, start=1)}
    known = {area.reference.casefold(): area.reference for area in shapes}
    within = {(ref, name) for ref, name in zip(joined["ref"], joined["PRIMARYNM"], strict=True)}
    of_known = [ref for ref, _, _ in stored if (named[ref] or "").casefold() in known]
    agreeing = sum((ref, known[named[ref].casefold()]) in within for ref in of_known)
    assert (len(stored), len(counted), sum(counted.values()), agreeing, len(of_known)) == (
        1836,
        444,
        1832,
        1025,
        1338,
    )
