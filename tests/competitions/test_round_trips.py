"""Files that come back as they went: small, real and large ones, and the template."""

import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse

from competitions.models import Competition, PurchasingSystem, ServiceWindow
from competitions.workbooks.specs import COMPETITION_FILE
from marketplace.clock import set_to
from marketplace.jobs.actions import start_file, start_upload
from marketplace.jobs.enums import State
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.queries import jobs_visible_to, problems_of
from marketplace.jobs.worker import run_now
from marketplace.workbooks.reading import read
from rehearsal.round.uploads import hand_in_bytes
from tests.competitions import files
from tests.data_files import shared_data
from tests.memory import forget_peak, peak_mb, resident_mb

pytestmark = pytest.mark.django_db
TITLES = {
    "need_type": "Need Type",
    "type": "Competition Type",
    "need_direction": "Need Direction",
    "power_type": "Power Type",
    "product_type": "Product Type",
    "area_buffer": "Area Buffer (km)",
    "open": "Bidding Open",
    "closed": "Bidding Close",
    "qualification_open": "Qualification Open",
    "qualification_closed": "Qualification Close",
    "minimum_connection_voltage": "Minimum Voltage (kV)",
    "maximum_connection_voltage": "Maximum Voltage (kV)",
    "name": "Competition Name",
}
LONG_AFTER = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def buyer():
    member = files.operator()
    files.draw_area(member)
    return member


def full_competition(buyer):
    """A file that fills every column, with every kind of boundary and a clearing of defaults."""
    PurchasingSystem.objects.create(operator=buyer.organisation, reference="flex_2026", name="Flexibility")
    header = {
        "Round": "Winter",
        "Product Type": "Something of our own",
        "Pricing Type": "Fixed",
        "Utilisation Price (£/MWh)": "1,234.50",
        "Minimum Budget (£)": 0,
        "Maximum Budget (£)": "10000.01",
        "Archive On": "01/06/2026 00:00",
        "Area Buffer (km)": "0.1",
        "Minimum Voltage (kV)": "0.24",
        "Maximum Voltage (kV)": 33,
        "DPS Reference": "FLEX_2026",
        "Asset Statuses": "in development, Operational",
        "Asset Categories": "Generation, Storage",
        "Meter ID Required": "yes",
        "Meter ID In Zone": "Yes",
        "Maximum Response Time": "00:02",
        "Maximum Ramping Period": "00:30:00",
        "Maximum Recovery Time": "1 00:00:00",
        "Minimum Run Time": "02:00",
        "Duplicate Asset Overrides": "C0",
        "Contact Email": "desk@example.org",
        "Documents URL": "https://example.org/terms",
        "Description": "+1 is text\nand so is this",
    }
    row = {"Competition Ref": "C1"}
    boundary = [
        row | files.BOUNDARY,
        row | {"Boundary Type": "Postcode", "Value": "eh21  8re"},
        row | {"Boundary Type": "Postcode Sector", "Value": "EH21 8"},
        row
        | {
            "Boundary Type": "Bounding Box",
            "North": "55.95",
            "South": 55.9,
            "East": -3.01,
            "West": -3.123456,
        },
    ]
    windows = [
        row | files.WINDOW,
        row | files.WINDOW | {"Service Window Name": "Night", "Start Time": "22:00", "End Time": "02:00"},
        row | files.WINDOW | {"Service Window Name": "All day", "Start Time": "00:00", "End Time": "24:00"},
        row
        | files.WINDOW
        | {"Service Window Name": "Holidays", "Public Holidays": "Include", "Service Days": "Sun"},
    ]
    return files.workbook([row | files.HEADER | header], boundary, windows)


def test_a_competition_that_fills_every_column_comes_back_unchanged(buyer):
    files.upload(buyer, files.competition("C0"))
    assert files.counts(files.upload(buyer, full_competition(buyer))) == (1, 0, 0, [])
    assert files.counts(files.upload(buyer, files.downloaded(buyer))) == (0, 0, 2, [])
    assert files.counts(files.upload(buyer, files.downloaded(buyer), files.PUBLISHED)) == (0, 0, 2, [])
    assert files.stored().description == "+1 is text\nand so is this"


def test_a_download_opens_in_the_state_in_which_another_operator_could_not_take_it(buyer):
    files.upload(buyer, files.competition())
    rival = files.operator("RIVAL")
    files.draw_area(rival)
    report = files.upload(rival, files.downloaded(buyer))
    assert (report.created, report.updated) == (0, 0)
    assert Competition.objects.get().operator == buyer.organisation


def test_the_template_is_empty_and_lists_values_to_choose_from(buyer):
    with set_to(files.DRAFT), run_jobs_inline():
        kind = "competitions.competition_file"
        job = start_file(by=buyer, kind=kind, params={"template": True}, now=files.DRAFT)
        job = run_now(job.pk)
    assert job.state == State.DONE
    data = bytes(job.output.content)
    book = openpyxl.load_workbook(BytesIO(data))
    assert book.sheetnames[0] == "README"
    choosing = {
        book[sheet.name].cell(1, cells.min_col).value
        for sheet in COMPETITION_FILE.sheets
        for rule in book[sheet.name].data_validations.dataValidation
        for cells in rule.sqref.ranges
    }
    assert {"Need Type", "Power Type", "Boundary Type", "Public Holidays"} <= choosing
    reading = read(data, COMPETITION_FILE, zone=buyer.organisation.zone)
    assert [len(sheet.rows) for sheet in reading.sheets.values()] == [0, 0, 0]


@pytest.mark.parametrize("ending", ["gpkg", "geojson"])
def test_areas_downloaded_upload_unchanged(client, buyer, ending):
    files.draw_area(buyer, "SECOND", west=-2.123456789012345)
    client.force_login(buyer.user)
    with set_to(files.DRAFT), run_jobs_inline():
        client.post(reverse("jobs:start_file", args=["competitions.areas"]), {"format": ending})
        job = run_now(jobs_visible_to(buyer).get().pk)
    assert job.output.name == f"areas.{ending}"
    report = hand_in_bytes(
        by=buyer,
        kind="competitions.areas",
        name=job.output.name,
        data=bytes(job.output.content),
        params={"layer": None, "reference_field": "reference"},
    )
    assert files.counts(report) == (0, 0, 2, [])


def monktonhall():
    """Seven real competitions as a workbook; windows named alike in one period are numbered apart."""
    headers, boundary, windows = [], [], []
    for told in json.loads(shared_data("spen/monktonhall_competitions.json").read_text()):
        row = {"Competition Ref": told["reference"]}
        headers.append(row | {title: told[key] for key, title in TITLES.items()})
        boundary += [
            row | {"Boundary Type": "Area", "Value": area} for area in told["boundary"]["area_references"]
        ]
        for period in told["service_periods"]:
            seen = Counter()
            for window in period["service_windows"]:
                seen[window["name"]] += 1
                number = seen[window["name"]]
                windows.append(
                    row
                    | {
                        "Service Period Name": period["name"],
                        "Period Start Date": period["start"],
                        "Period End Date": period["end"],
                        "Service Window Name": window["name"] + (f" ({number})" if number > 1 else ""),
                        "Service Days": ", ".join(window["service_days"]),
                        "Start Time": window["start"],
                        "End Time": window["end"],
                        "Capacity Required (MW)": window["capacity_required"],
                        "Minimum Aggregate Size (MW)": window["minimum_aggregate_asset_size"],
                    }
                )
    return files.workbook(headers, boundary, windows)


def test_seven_real_competitions_of_the_past_upload_with_warnings_only_and_come_back_unchanged(buyer):
    data = monktonhall()
    with set_to(LONG_AFTER), run_jobs_inline():
        kind = "competitions.competition_file"
        job = start_upload(by=buyer, kind=kind, filename="m.xlsx", data=data, params={}, now=LONG_AFTER)
        told = problems_of(run_now(job.pk))
    assert {problem["level"] for problem in told} == {"warning"}
    assert any("is in the past" in problem["message"] for problem in told)
    assert files.counts(files.upload(buyer, data, LONG_AFTER)) == (7, 0, 0, [])
    assert ServiceWindow.objects.count() == 64
    assert ServiceWindow.objects.filter(name="Monday 16:30-20:00 (2)").exists()
    assert files.counts(files.upload(buyer, files.downloaded(buyer), LONG_AFTER)) == (0, 0, 7, [])


@pytest.mark.slow
def test_five_hundred_competitions_of_twenty_windows_take_less_than_a_minute_and_500_mb(buyer):
    refs = [{"Competition Ref": f"C{number}"} for number in range(500)]
    data = files.workbook(
        [ref | files.HEADER for ref in refs],
        [ref | files.BOUNDARY for ref in refs],
        [ref | files.WINDOW | {"Service Window Name": f"Window {one}"} for ref in refs for one in range(20)],
    )
    forget_peak()
    before = resident_mb()
    began = time.monotonic()
    report = files.upload(buyer, data)
    took = timedelta(seconds=time.monotonic() - began)
    assert files.counts(report) == (500, 0, 0, [])
    assert ServiceWindow.objects.count() == 10_000
    assert took < timedelta(seconds=60)
    assert peak_mb() - before < 350  # beside the 150 MB or so of the application itself
    assert files.counts(files.upload(buyer, files.downloaded(buyer))) == (0, 0, 500, [])
