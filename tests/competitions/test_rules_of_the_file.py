"""Each rule of the competition file: what breaks it is refused at its cell, with nothing stored."""

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from time import process_time

import pytest

from competitions.domain.setting_up.checks import EarlierWindows, window_fault
from competitions.domain.setting_up.terms import WindowTerms
from competitions.models import Competition, PurchasingSystem
from tests.competitions import files

pytestmark = pytest.mark.django_db
HEADERS, BOUNDARIES, WINDOWS = "Competitions", "Competition Boundaries", "Service Windows"
FIXED = {"Pricing Type": "Fixed"}
BOX = {"Boundary Type": "Bounding Box", "Value": None, "North": 56, "South": 55, "East": -3, "West": -4}

BROKEN_HEADERS = [
    ({"Competition Name": None}, "Competition Name"),
    ({"Competition Name": "x" * 101}, "Competition Name"),
    ({"Round": "x" * 61}, "Round"),
    ({"Need Type": "Whim"}, "Need Type"),
    ({"Product Type": "x" * 61}, "Product Type"),
    ({"Power Type": None}, "Power Type"),
    ({"Need Direction": "Sideways"}, "Need Direction"),
    ({"Competition Type": "Gift"}, "Competition Type"),
    ({"Pricing Type": "Haggling"}, "Pricing Type"),
    (FIXED, "Utilisation Price (£/MWh)"),
    (FIXED | {"Competition Type": "Availability"}, "Availability Price (£/MW/h)"),
    (FIXED | {"Competition Type": "Service Fee"}, "Service Fee (£/MW)"),
    (
        FIXED | {"Competition Type": "Availability & Utilisation", "Utilisation Price (£/MWh)": 5},
        "Availability Price (£/MW/h)",
    ),
    (FIXED | files.VISIBILITY_ONLY, "Pricing Type"),
    ({"Utilisation Price (£/MWh)": -1}, "Utilisation Price (£/MWh)"),
    ({"Utilisation Price (£/MWh)": "1.005"}, "Utilisation Price (£/MWh)"),
    ({"Minimum Budget (£)": -1}, "Minimum Budget (£)"),
    ({"Minimum Budget (£)": 10, "Maximum Budget (£)": 9}, "Maximum Budget (£)"),
    ({"Publish On": "06/01/2026 09:00"}, "Qualification Open"),
    ({"Qualification Open": None}, "Qualification Open"),
    ({"Qualification Close": None}, "Qualification Close"),
    ({"Qualification Close": "05/01/2026 12:00"}, "Qualification Close"),
    ({"Bidding Open": "19/01/2026 16:59"}, "Bidding Open"),
    ({"Bidding Open": None}, "Bidding Open"),
    ({"Bidding Close": None}, "Bidding Close"),
    ({"Bidding Close": "21/01/2026 09:00"}, "Bidding Close"),
    ({"Bidding Close": "01/02/2026 00:01"}, "Bidding Close"),
    ({"Archive On": "23/01/2026 16:59"}, "Archive On"),
    (files.VISIBILITY_ONLY | {"Bidding Open": "21/01/2026 09:00"}, "Bidding Open"),
    (files.VISIBILITY_ONLY | {"Bidding Close": "21/01/2026 09:00"}, "Bidding Close"),
    ({"Area Buffer (km)": 51}, "Area Buffer (km)"),
    ({"Area Buffer (km)": -1}, "Area Buffer (km)"),
    ({"Minimum Voltage (kV)": 0}, "Minimum Voltage (kV)"),
    ({"Minimum Voltage (kV)": 33, "Maximum Voltage (kV)": 11}, "Maximum Voltage (kV)"),
    ({"DPS Reference": "unknown"}, "DPS Reference"),
    ({"DPS Reference": "theirs"}, "DPS Reference"),
    ({"Asset Statuses": "Operational, Broken"}, "Asset Statuses"),
    ({"Asset Categories": "Storage, Magic"}, "Asset Categories"),
    ({"Meter ID Required": "Perhaps"}, "Meter ID Required"),
    ({"Maximum Response Time": "soon"}, "Maximum Response Time"),
    ({"Duplicate Asset Overrides": "NOWHERE"}, "Duplicate Asset Overrides"),
    ({"Duplicate Asset Overrides": "THEIRS"}, "Duplicate Asset Overrides"),
    ({"Duplicate Asset Overrides": "C1"}, "Duplicate Asset Overrides"),
    ({"Contact Email": "nobody"}, "Contact Email"),
    ({"Documents URL": "http://example.org/"}, "Documents URL"),
    ({"Publish On": "0001-01-01T00:00Z"}, "Publish On"),
    ({"Archive On": "9999-12-31T23:59Z"}, "Archive On"),
    ({"Documents URL": "javascript:alert(1)"}, "Documents URL"),
    ({"Description": "x" * 5001}, "Description"),
]
BROKEN_BOUNDARIES = [
    ({"Boundary Type": "Circle"}, "Boundary Type"),
    ({"Value": None}, "Value"),
    ({"Value": "ELSEWHERE"}, "Value"),
    ({"Boundary Type": "Postcode", "Value": "EH21 8"}, "Value"),
    ({"Boundary Type": "Postcode Sector", "Value": "EH21 8RE"}, "Value"),
    ({"North": 56}, "North"),
    (BOX | {"Value": "MONKTONHALL"}, "Value"),
    (BOX | {"East": None}, "East"),
    (BOX | {"South": 56}, "South"),
    (BOX | {"West": -3}, "West"),
    (BOX | {"North": 91}, "North"),
]
BROKEN_WINDOWS = [
    ({"Service Period Name": None}, "Service Period Name"),
    ({"Service Period Name": "x" * 61}, "Service Period Name"),
    ({"Period Start Date": "31/02/2026"}, "Period Start Date"),
    ({"Period End Date": "31/01/2026"}, "Period End Date"),
    ({"Period Start Date": "0001-01-01"}, "Period Start Date"),
    ({"Period End Date": "31/12/9999"}, "Period End Date"),
    ({"Period End Date": "28/02/2126"}, "Period End Date"),
    ({"Service Window Name": None}, "Service Window Name"),
    ({"Service Days": "Someday"}, "Service Days"),
    ({"Start Time": "24:00"}, "Start Time"),
    ({"End Time": "25:00"}, "End Time"),
    ({"Public Holidays": "Sometimes"}, "Public Holidays"),
    ({"Capacity Required (MW)": 0}, "Capacity Required (MW)"),
    ({"Capacity Required (MW)": "1e3"}, "Capacity Required (MW)"),
    ({"Minimum Aggregate Size (MW)": -1}, "Minimum Aggregate Size (MW)"),
    ({"Minimum Aggregate Size (MW)": "1.6"}, "Minimum Aggregate Size (MW)"),
    ({"Minimum Run Time": "long"}, "Minimum Run Time"),
    ({"Required Response Time": "quick"}, "Required Response Time"),
    ({"Dispatch Estimate": "1.5"}, "Dispatch Estimate"),
    ({"Dispatch Estimate": -1}, "Dispatch Estimate"),
    ({"Dispatch Duration": "brief"}, "Dispatch Duration"),
]


@pytest.fixture
def buyer():
    member = files.operator()
    files.draw_area(member)
    return member


@pytest.fixture
def stranger():
    """Another operator, with an area, a DPS and a competition."""
    member = files.operator("OTHER")
    files.draw_area(member, "ELSEWHERE")
    PurchasingSystem.objects.create(operator=member.organisation, reference="theirs", name="Theirs")
    data = files.competition("THEIRS", boundary={"Value": "ELSEWHERE"})
    assert files.counts(files.upload(member, data)) == (1, 0, 0, [])
    return member


def places(report):
    return [(error["sheet"], error["row"], error["column"]) for error in report.errors]


def refused_everywhere(buyer, cases, sheet):
    """One file with a competition for each broken case: each is refused at exactly its cell."""
    rows = {HEADERS: [], BOUNDARIES: [], WINDOWS: []}
    part = {HEADERS: files.HEADER, BOUNDARIES: files.BOUNDARY, WINDOWS: files.WINDOW}
    for number, (changes, _) in enumerate(cases, start=1):
        for name, usual in part.items():
            rows[name].append({"Competition Ref": f"C{number}"} | usual | (changes if name == sheet else {}))
    report = files.upload(buyer, files.workbook(*rows.values()))
    expected = [(sheet, row, column) for row, (_, column) in enumerate(cases, start=2)]
    assert places(report) == expected
    assert report.created == 0
    assert not Competition.objects.filter(operator=buyer.organisation).exists()


def test_each_broken_rule_of_the_header_is_refused_at_its_cell(buyer, stranger):
    refused_everywhere(buyer, BROKEN_HEADERS, HEADERS)


def test_each_broken_rule_of_the_boundary_is_refused_at_its_cell(buyer, stranger):
    refused_everywhere(buyer, BROKEN_BOUNDARIES, BOUNDARIES)


def test_each_broken_rule_of_the_windows_is_refused_at_its_cell(buyer):
    refused_everywhere(buyer, BROKEN_WINDOWS, WINDOWS)


def test_one_competition_with_many_faults_is_told_of_all_at_once(buyer):
    data = files.competition(
        header={"Need Type": "Whim", "Bidding Close": "20/01/2026 09:00"},
        boundary={"Value": "ELSEWHERE"},
        window={"Capacity Required (MW)": 0},
    )
    assert set(places(files.upload(buyer, data))) == {
        (HEADERS, 2, "Need Type"),
        (HEADERS, 2, "Bidding Close"),
        (BOUNDARIES, 2, "Value"),
        (WINDOWS, 2, "Capacity Required (MW)"),
    }


@pytest.mark.parametrize("ref", ["has space", "has-hyphen", "x" * 41, "ünder"])
def test_a_ref_of_other_signs_is_refused(buyer, ref):
    report = files.upload(buyer, files.competition(ref))
    assert (HEADERS, 2, "Competition Ref") in places(report)
    assert not Competition.objects.exists()


def test_a_ref_of_another_operator_is_refused_and_nothing_of_it_is_told(buyer, stranger):
    before = Competition.objects.values().get()
    report = files.upload(buyer, files.competition("theirs", header={"Competition Name": "Mine"}))
    assert files.counts(report) == (
        0,
        0,
        0,
        ["The ref “theirs” is taken on this platform. Choose another."],
    )
    assert Competition.objects.values().get() == before


def test_a_ref_twice_in_the_file_is_refused_whatever_its_case(buyer):
    row = {"Competition Ref": "C1"} | files.HEADER
    data = files.workbook(
        [row, row | {"Competition Ref": "c1"}],
        [{"Competition Ref": "C1"} | files.BOUNDARY],
        [{"Competition Ref": "C1"} | files.WINDOW],
    )
    report = files.upload(buyer, data)
    assert places(report) == [(HEADERS, 3, "Competition Ref")]
    assert not Competition.objects.exists()


def test_a_new_competition_needs_a_boundary_and_windows(buyer):
    report = files.upload(buyer, files.header_only())
    assert sorted(error["message"] for error in report.errors) == [
        "A new competition needs a row in the sheet Competition Boundaries.",
        "A new competition needs a row in the sheet Service Windows.",
    ]
    assert not Competition.objects.exists()


def test_windows_of_a_competition_that_is_nowhere_are_refused(buyer):
    report = files.upload(buyer, files.workbook([], [], [{"Competition Ref": "GHOST"} | files.WINDOW]))
    assert places(report) == [(WINDOWS, 2, "Competition Ref")]


@pytest.mark.parametrize(
    ("second", "column"),
    [
        ({"Period End Date": "27/02/2026", "Service Window Name": "Late"}, "Period Start Date"),
        ({"Service Window Name": "EVENING"}, "Service Window Name"),
    ],
)
def test_rows_of_one_period_agree_on_its_dates_and_name_windows_apart(buyer, second, column):
    row = {"Competition Ref": "C1"}
    windows = [row | files.WINDOW, row | files.WINDOW | second]
    report = files.upload(buyer, files.workbook([row | files.HEADER], [row | files.BOUNDARY], windows))
    assert places(report) == [(WINDOWS, 3, column)]
    assert not Competition.objects.exists()


def test_windows_whose_full_names_read_alike_are_refused(buyer):
    row = {"Competition Ref": "C1"}
    windows = [
        row | files.WINDOW | {"Service Period Name": "Winter", "Service Window Name": "Early/Late"},
        row | files.WINDOW | {"Service Period Name": "winter/early", "Service Window Name": "Late"},
    ]
    report = files.upload(buyer, files.workbook([row | files.HEADER], [row | files.BOUNDARY], windows))
    assert places(report) == [(WINDOWS, 3, "Service Window Name")]
    assert not Competition.objects.exists()


def test_the_meter_zone_needs_an_area(buyer):
    data = files.competition(header={"Meter ID In Zone": "Yes"}, boundary=BOX)
    assert places(files.upload(buyer, data)) == [(HEADERS, 2, "Meter ID In Zone")]
    assert not Competition.objects.exists()


def test_areas_are_named_regardless_of_case(buyer):
    assert files.counts(files.upload(buyer, files.competition(boundary={"Value": "monktonhall"}))) == (
        1,
        0,
        0,
        [],
    )
    assert files.stored().boundaries.get().area.reference == "MONKTONHALL"


def test_bidding_may_close_at_midnight_where_the_first_service_day_begins(buyer):
    data = files.competition(
        header={"Bidding Close": "01/07/2026 00:00"},
        window={"Period Start Date": "01/07/2026", "Period End Date": "31/07/2026"},
    )
    assert files.counts(files.upload(buyer, data)) == (1, 0, 0, [])
    late = files.competition(
        "C2",
        header={"Bidding Close": "2026-07-01T00:00:00Z"},
        window={"Period Start Date": "01/07/2026", "Period End Date": "31/07/2026"},
    )
    assert places(files.upload(buyer, late)) == [(HEADERS, 2, "Bidding Close")]


def test_a_blank_publish_on_publishes_at_once(buyer):
    files.upload(buyer, files.competition(header={"Publish On": None}))
    assert files.stored().publish_on == files.DRAFT


def test_a_blank_publish_on_is_never_after_qualification_opens(buyer):
    files.upload(
        buyer, files.competition(header={"Publish On": None, "Qualification Open": "01/12/2025 12:00"})
    )
    assert files.stored().publish_on == files.stored().qualification_open


def test_visibility_only_has_neither_type_nor_bidding_dates(buyer):
    assert files.counts(files.upload(buyer, files.competition(header=files.VISIBILITY_ONLY))) == (1, 0, 0, [])
    assert files.stored().is_visibility_only
    assert (files.stored().bidding_open, files.stored().bidding_close) == (None, None)


def test_very_many_windows_of_a_competition_are_compared_by_their_names():
    day = date(2026, 2, 1)
    one = WindowTerms("Winter", day, day, "", frozenset({0}), time(8), time(9), Decimal(1))
    earlier = EarlierWindows()
    begun = process_time()
    for number in range(20_000):
        window = replace(one, name=f"w{number}")
        assert window_fault(window, earlier) is None
        earlier.add(window)
    assert window_fault(replace(one, name="W7"), earlier) is not None
    assert process_time() - begun < 10
