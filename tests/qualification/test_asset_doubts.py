"""What can't be meant is told by file and page, while the asset is taken: places, capacities, a meter on two
assets."""

from decimal import Decimal

import pytest
from django.urls import reverse

from competitions.models import Postcode
from marketplace import clock
from marketplace.jobs.kinds import JobContext
from marketplace.jobs.publishing import run_jobs_inline
from qualification.models import Asset
from qualification.workbooks import assets_file
from qualification.workbooks.specs import ASSETS
from tests.data_files import shared_data
from tests.qualification import market
from tests.qualification.market import DURING
from tests.support.asset_files import GOOD, workbook

pytestmark = pytest.mark.django_db
LEEDS = {**GOOD, "Latitude": 53.8, "Longitude": -1.55}
METER = "1200023305967"


@pytest.fixture
def member():
    with clock.set_to(DURING), run_jobs_inline():
        yield market.member(market.provider())


def plan(member, *rows, data=None):
    context = JobContext(job_id=None, member=member, params={}, now=DURING)
    return assets_file.check(context, data or workbook(list(rows)))


def warnings(found):
    assert not [problem for problem in found.problems if problem.level == "error"]
    assert all(change.action == "create" for change in found.changes)
    return [(problem.row, problem.column, problem.message) for problem in found.problems]


@pytest.mark.parametrize(
    ("latitude", "longitude", "words"),
    [
        (-1.55, 53.8, "latitude and longitude swapped"),
        (0, 0, "are both 0"),
        (53.8, 1.55, "longitude -1.55: is a minus sign lost"),
        (-53.8, -1.55, "latitude 53.8: is a minus sign lost"),
        (48.85, 2.35, "outside the United Kingdom: check"),
        (57.3, 2.05, "is a minus sign lost"),
        (57.0, 0.1, "in the sea, more than 20 km from land"),
    ],
)
def test_a_place_that_cannot_be_meant_is_told_and_taken(member, latitude, longitude, words):
    [(row, column, message)] = warnings(plan(member, {**GOOD, "Latitude": latitude, "Longitude": longitude}))
    assert (row, column) == (2, "Latitude")
    assert words in message


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(53.8, -1.55), (52.48, 1.75), (60.15, -1.14), (49.92, -6.3)]
)
def test_a_likely_place_is_not_doubted(member, latitude, longitude):
    assert warnings(plan(member, {**GOOD, "Latitude": latitude, "Longitude": longitude})) == []


def test_a_place_more_than_20_km_from_its_postcode_is_told(member):
    Postcode.objects.create(
        code="EH21 8RE", sector="EH21 8", latitude=Decimal("55.93"), longitude=Decimal("-3.02")
    )
    near = {**LEEDS, "Latitude": 55.95, "Longitude": -3.2, "Postcode": "EH21 8RE"}
    assert warnings(plan(member, near)) == []
    [(_, column, message)] = warnings(plan(member, {**LEEDS, "Postcode": "eh218re"}))
    assert column == "Postcode"
    assert "255 km from its postcode EH21 8RE" in message


@pytest.mark.parametrize(
    ("voltage", "capacity", "is_told"),
    [
        (0.4, 2, False),
        (0.4, 2.000001, True),
        (11, 20, False),
        (11, 21, True),
        (33, 101, True),
        (132, 900, False),
    ],
)
def test_a_capacity_above_what_the_voltage_carries_is_told(member, voltage, capacity, is_told):
    found = warnings(
        plan(member, {**LEEDS, "Voltage Level (kV)": voltage, "Generation Turn Up (MW)": capacity})
    )
    assert bool(found) is is_told
    if is_told:
        assert found[0][1] == "Generation Turn Up (MW)"
        assert "are these kW" in found[0][2]


def test_the_same_meter_on_two_own_assets_is_told_within_the_file_and_against_those_stored(member):
    first = {**LEEDS, "Import Meter ID": METER}
    second = {**LEEDS, "Asset Ref": "BAT-2", "Export Meter ID": METER}
    found = warnings(plan(member, first, second))
    assert [(row, column) for row, column, _ in found] == [(2, "Import Meter ID"), (3, "Export Meter ID")]
    assert f"The meter ID {METER} is given for BAT-2 as well." == found[0][2]
    market.asset(member.organisation, ref="OLD", import_meter_id=METER)
    [(_, _, message)] = warnings(plan(member, first))
    assert "is given for OLD as well" in message


def test_one_meter_for_import_and_export_of_one_asset_is_ordinary(member):
    assert warnings(plan(member, {**LEEDS, "Import Meter ID": METER, "Export Meter ID": METER})) == []


def test_the_field_case_of_places_is_taken_with_a_warning_each(member):
    found = plan(member, data=shared_data("field/plausible-place_swapped_null_lost_sign.xlsx").read_bytes())
    told = {problem.row: problem.message for problem in found.problems}
    assert [change.action for change in found.changes] == ["create"] * 3
    assert "swapped" in told[2]
    assert "both 0" in told[3]
    assert "minus sign lost" in told[4]


def test_the_page_of_an_asset_saves_it_and_tells_what_cannot_be_meant(member, client):
    client.force_login(member.user)
    columns = ASSETS.sheets[0].by_key
    cells = {key: str(GOOD.get(column.header, "")) for key, column in columns.items()}
    answer = client.post(
        reverse("qualification:new_asset"), cells | {"latitude": "-1.55", "longitude": "53.8"}, follow=True
    )
    assert Asset.objects.get().latitude == Decimal("-1.55")
    assert "latitude and longitude swapped" in answer.content.decode()
