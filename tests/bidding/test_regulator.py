"""The regulator's report: every confirmed bid of a financial year, its own operator's only, cell by cell."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.urls import reverse

from bidding.domain.results.regulator import (
    change_settings,
    financial_year_of,
    report_rows,
    service_fee_an_hour,
    years_to_report,
)
from bidding.exports.regulator import BIDS
from bidding.models import Bid, RegulatorSettings
from competitions.models import Area, Boundary, Competition
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed
from marketplace.jobs.actions import start_file
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from tests.bidding.market import AFTER, at
from tests.qualification import market as base
from tests.support.bidding_pages import get, post, text_of
from tests.support.outcomes import confirmed, decided

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")
COLUMNS = [
    "tender_reference",
    "product",
    "constraint_licence_area",
    "provider_licence_area",
    "service_location_grid_supply_point",
    "service_provider",
    "constraint_trigger",
    "constraint_management_zone_name",
    "connection_voltage_in_kv",
    "main_technology",
    "bid_outcome",
    "peak_flexible_capacity_in_mw",
    "maximum_run_time_hh_mm",
    "delivery_year",
    "tendered_delivery_start_date",
    "tendered_delivery_end_date",
    "agreed_availability_fee_where_applicable_in_ps_mw_hr",
    "agreed_utilisation_price_in_ps_mwh",
    "service_fee_in_ps_mwh",
]


@pytest.mark.parametrize(
    ("instant", "year"),
    [
        (datetime(2026, 3, 31, 22, 59, tzinfo=UTC), 2025),
        (datetime(2026, 3, 31, 23, 0, tzinfo=UTC), 2026),
        (datetime(2026, 12, 31, tzinfo=UTC), 2026),
        (datetime(2028, 2, 29, 12, tzinfo=UTC), 2027),
    ],
)
def test_a_financial_year_begins_on_the_first_of_april_in_the_operators_zone(instant, year):
    assert financial_year_of(instant, LONDON) == year


def test_the_columns_are_the_regulators():
    assert [column.header for column in BIDS.columns] == COLUMNS


def test_every_bid_is_reported_with_what_is_known_and_the_rest_marked():
    here = confirmed()
    change_settings(by=here.buyer, told={"constraint_licence_area": "South Scotland"}, now=AFTER)
    rows = {row["service_provider"]: row for row in report_rows(here.buyer, 2025, AFTER)}
    assert set(rows) == {"North", "South"}
    south, north = rows["South"], rows["North"]
    assert (south["bid_outcome"], south["agreed_utilisation_price_in_ps_mwh"]) == (
        "Accepted",
        Decimal("5.00"),
    )
    assert (north["bid_outcome"], north["agreed_utilisation_price_in_ps_mwh"]) == ("Rejected", None)
    assert (south["maximum_run_time_hh_mm"], south["peak_flexible_capacity_in_mw"]) == ("02:00", Decimal(3))
    assert (south["connection_voltage_in_kv"], south["main_technology"]) == ("11", "Battery")
    assert (south["constraint_licence_area"], south["provider_licence_area"]) == (
        "South Scotland",
        "Not recorded",
    )
    assert (south["delivery_year"], south["tendered_delivery_start_date"]) == ("2025/26", date(2026, 2, 1))
    assert south["tender_reference"] == here.competition.ref


def in_areas(here, *told):
    """The competition's boundary is made of areas with these licence areas and supply points."""
    for number, (licence_area, supply_point) in enumerate(told):
        area = Area.objects.create(
            operator=here.buyer.organisation,
            reference=f"A{number}",
            shape_wkb=here.competition.boundary_shape.inside_wkb,
            area_km2=1,
            updated_at=AFTER,
            licence_area=licence_area,
            supply_point=supply_point,
        )
        Boundary.objects.create(competition=here.competition, kind="area", area=area, position=number)


def places_told(here):
    found = {
        (
            row["constraint_licence_area"],
            row["provider_licence_area"],
            row["service_location_grid_supply_point"],
            row["constraint_management_zone_name"],
        )
        for row in report_rows(here.buyer, 2025, AFTER)
    }
    assert len(found) == 1
    return found.pop()


def test_licence_area_and_supply_point_are_those_of_the_competitions_own_areas():
    here = confirmed()
    settings = dict.fromkeys(("constraint_licence_area", "provider_licence_area"), "From settings")
    change_settings(by=here.buyer, told=settings | {"grid_supply_point": "From settings"}, now=AFTER)
    in_areas(here, ("South Scotland", "Kaimes"), ("South Scotland", "Cockenzie"))
    assert places_told(here) == ("South Scotland", "South Scotland", "Kaimes, Cockenzie", "A0, A1")


def test_what_the_areas_do_not_tell_comes_from_the_settings():
    here = confirmed()
    change_settings(by=here.buyer, told={"constraint_licence_area": "North Wales"}, now=AFTER)
    in_areas(here, ("", "Kaimes"))
    assert places_told(here) == ("North Wales", "Not recorded", "Kaimes", "A0")


def test_a_service_fee_is_spread_over_the_available_hours():
    here = confirmed()
    bid = Bid.objects.select_related("window").first()
    bid.service_fee, bid.window.available_minutes = Decimal("4200.00"), 90 * 60
    assert service_fee_an_hour(bid) == Decimal("46.67")
    bid.service_fee = None
    assert service_fee_an_hour(bid) is None
    assert here.buyer is not None


def test_only_confirmed_results_of_ones_own_competitions_are_reported():
    here = decided()
    assert list(report_rows(here.buyer, 2025, AFTER)) == []
    assert years_to_report(here.buyer, AFTER) == []
    here = confirmed()
    assert years_to_report(here.buyer, AFTER) == [2025]
    assert list(report_rows(here.buyer, 2026, AFTER)) == []
    for other in (base.member(base.operator()), here.north):
        assert list(report_rows(other, 2025, AFTER)) == []


def test_the_report_is_made_as_workbook_and_as_csv(client):
    here = confirmed()
    Competition.objects.update(product_type="=HYPERLINK(1)")
    for kind in ("bidding.regulator", "bidding.regulator_csv"):
        with at(AFTER) as now, run_jobs_inline():
            job = start_file(by=here.buyer, kind=kind, params={"year": "2025"}, now=now)
            run_now(job.pk)
        made = Job.objects.get(pk=job.pk)
        assert made.state == "done", made.error
        content = bytes(made.output.content)
        if kind.endswith("csv"):
            rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
            assert rows[1][1] == "'=HYPERLINK(1)"
        else:
            sheet = openpyxl.load_workbook(io.BytesIO(content))["Bids"]
            rows = list(sheet.iter_rows(values_only=True))
            assert sheet["B2"].data_type == "s"
        assert list(rows[0]) == COLUMNS
        assert len(rows) == 3


def test_a_year_that_is_none_is_refused_with_a_sentence():
    here = confirmed()
    with at(AFTER) as now, run_jobs_inline():
        job = start_file(by=here.buyer, kind="bidding.regulator", params={"year": "٢٠٢٥"}, now=now)
        run_now(job.pk)
    assert "Choose the financial year" in Job.objects.get(pk=job.pk).error


def test_the_page_lists_the_years_and_keeps_what_the_operator_tells(client):
    here = confirmed()
    assert "2025/26 2 bids" in text_of(get(client, here.buyer, "regulator", now=AFTER))
    post(client, here.buyer, "regulator", {"grid_supply_point": "Kaimes"}, now=AFTER)
    assert RegulatorSettings.objects.get().grid_supply_point == "Kaimes"
    assert AuditEntry.objects.filter(action="regulator's report set up").count() == 1
    without_role = base.member(here.buyer.organisation, roles=("procurement",))
    with pytest.raises(NotAllowed):
        change_settings(by=without_role, told={}, now=AFTER)
    client.force_login(without_role.user)
    assert client.get(reverse("bidding:regulator")).status_code == 403
