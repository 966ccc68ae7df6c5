"""Accepted bids become contracts, whose terms and assets nothing changes later, and which only their parties
see."""

import io
import sys
import uuid
from datetime import datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.db import IntegrityError, connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Organisation
from bidding.models import Bid, Confirmation
from competitions.models import Competition
from contracts.domain.awards import award_contracts
from contracts.domain.queries import contracts_of
from contracts.enums import ContractStatus
from contracts.exports.files import write_obligations
from contracts.models import Contract, ContractedAsset
from contracts.workbooks.specs import OBLIGATIONS, contract_row
from marketplace.audit.models import AuditEntry
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.workbooks.write import write_template
from qualification.workbooks.specs import asset_row
from tests import memory
from tests.accounts.people import signed_in
from tests.bidding.confirming import confirm_results
from tests.bidding.market import AFTER, at
from tests.contracts.scene import confirmed, decided
from tests.qualification import market as base

pytestmark = pytest.mark.django_db


HEADERS = {
    name: headers.split(", ")
    for name, headers in {
        "Contracts": (
            "Contract ID, Buying Contracting Party, Selling Contracting Party, Contract Type, Contract Status, "
            "Competition Ref, Competition Name, Service Period, Service Window, Start Date, End Date (exclusive), Service "
            "Days, Public Holidays, Start Time, End Time, Available Hours, Capacity (MW), Maximum Run Time, Availability "
            "Price (£/MW/h), Utilisation Price (£/MWh), Service Fee (£/MW), Expected Cost (£), Bid ID, Awarded At"
        ),
        "Contracted Assets": (
            "Contract ID, Asset ID, Asset Ref, Asset Name, Asset Group, "
            "Asset Status, Asset Category, Asset Type, Voltage Level (kV), Latitude, Longitude, "
            "Postcode, Address, Import Meter ID, Export Meter ID, Generation Turn Up (MW), Generation Turn Down (MW), "
            "Demand Turn Down (MW), Demand Turn Up (MW), Reactive Export (MVAr), Reactive Import (MVAr), Maximum Import "
            "Capacity (MW), Maximum Export Capacity (MW), Response Time, Ramping Period, Recovery Time, Minimum Run Time, "
            "Maximum Run Time, Connection Type, Connection Current, Operational Date, Metering Point, Meter Interval "
            "(minutes), Supplier"
        ),
        "Companies": (
            "Company ID, Name, Party, Company Number, Registered Address, Contact Name, Contact Email, Contact Phone"
        ),
    }.items()
}


@pytest.fixture
def made():
    with run_jobs_inline():
        yield confirmed()


def workbook(member):
    target = io.BytesIO()
    write_obligations(JobContext(uuid.uuid4(), member, {}, AFTER), target)
    return openpyxl.load_workbook(target)


def rows(sheet) -> list[dict]:
    first, *others = sheet.iter_rows(values_only=True)
    return [dict(zip(first, other, strict=True)) for other in others]


def test_each_accepted_bid_becomes_one_contract_and_a_rejected_one_none(made):
    found = {(each.seller, each.capacity_mw, each.utilisation_price) for each in Contract.objects.all()}
    assert found == {
        (made.north.organisation, Decimal(1), Decimal("10.00")),
        (made.south.organisation, Decimal(3), Decimal("12.50")),
    }
    assert all(
        each.buyer == made.buyer.organisation and each.awarded_at == AFTER for each in Contract.objects.all()
    )


def test_a_contract_carries_the_terms_of_its_window_and_ends_the_day_after(made):
    contract = contracts_of(made.north).get()
    window = made.windows[0]
    assert (contract.period_name, contract.window_name) == (window.period.name, window.name)
    assert (contract.first_day, contract.end_day) == (
        window.period.first_day,
        window.period.last_day + timedelta(days=1),
    )
    assert contract.available_minutes == window.available_minutes


def test_a_contract_holds_the_assets_of_its_ballot_as_they_were_when_qualification_closed(made):
    asset = made.assets["N1"]
    asset.name, asset.voltage_kv = "Renamed since", Decimal(33)
    asset.save()
    held = ContractedAsset.objects.filter(contract=contracts_of(made.north).get())
    assert {each.asset_ref for each in held} == {"N1", "N2"}
    assert "Renamed since" not in {each.data["name"] for each in held}


def test_confirmation_and_contracts_are_all_or_nothing(monkeypatch):
    made = decided()
    accepted = list(
        Bid.objects.filter(decision="accepted").select_related("ballot__provider", "window__period")
    )
    with at(AFTER):
        monkeypatch.setattr("contracts.domain.awards._record", _fails)
        with pytest.raises(RuntimeError):
            confirm_results(by=made.buyer, competition=made.competition, now=AFTER)
    assert len(accepted) == 2
    assert not Contract.objects.exists()
    assert not Confirmation.objects.exists()
    assert Competition.objects.get(pk=made.competition.pk).confirmed_at is None


def _fails(*args, **kwargs):
    raise RuntimeError("the audit log can't be written")


def test_a_bid_has_one_contract_for_ever(made):
    accepted = list(
        Bid.objects.filter(decision="accepted").select_related("ballot__provider", "window__period")
    )
    with pytest.raises(IntegrityError), at(AFTER):
        award_contracts(competition=made.competition, bids=accepted, by=made.buyer, now=AFTER)


def test_a_bid_under_contract_can_not_be_deleted(made):
    with pytest.raises(ProtectedError):
        Bid.objects.filter(decision="accepted").delete()


def test_both_parties_can_read_the_award_in_their_logs(made):
    for member in (made.buyer, made.north, made.south):
        logged = AuditEntry.objects.filter(organisation_id=member.organisation_id, action="contract awarded")
        assert logged.count() == contracts_of(member).count()


def test_only_the_parties_see_a_contract(made):
    assert contracts_of(made.buyer).count() == 2
    assert [each.seller for each in contracts_of(made.north)] == [made.north.organisation]
    contract = contracts_of(made.north).get()
    page = reverse("contracts:contract", args=[contract.pk])
    assert b"N1" in signed_in(made.north).get(page).content
    assert signed_in(made.south).get(page).status_code == 404
    stranger = base.member(base.operator())
    assert signed_in(stranger).get(page).status_code == 404
    without_role = base.member(made.north.organisation, roles=())
    assert signed_in(without_role).get(page).status_code == 403


def test_a_party_downloads_its_own_contracts_assets_and_companies(made):
    book = workbook(made.north)
    [contract] = rows(book["Contracts"])
    assert (contract["Selling Contracting Party"], contract["Capacity (MW)"]) == (
        made.north.organisation.name,
        1,
    )
    assert contract["Contract Status"] == "Awarded"
    assets = rows(book["Contracted Assets"])
    assert {each["Asset Ref"] for each in assets} == {"N1", "N2"}
    assert {each["Contract ID"] for each in assets} == {contract["Contract ID"]}
    companies = {(each["Name"], each["Party"]) for each in rows(book["Companies"])}
    assert companies == {(made.buyer.organisation.name, "Buyer"), (made.north.organisation.name, "Seller")}


def test_the_sheets_have_exactly_these_columns_in_this_order(made):
    book = workbook(made.buyer)
    assert [sheet.title for sheet in book][:4] == ["README", *HEADERS]
    for name, headers in HEADERS.items():
        assert [cell.value for cell in book[name][1]] == headers


def test_the_file_of_one_competition_has_its_contracts_only(made):
    other = confirmed()
    for competition, count in ((made.competition, 2), (other.competition, 0)):
        target = io.BytesIO()
        context = JobContext(uuid.uuid4(), made.buyer, {"competition": str(competition.pk)}, AFTER)
        write_obligations(context, target)
        assert len(rows(openpyxl.load_workbook(target)["Contracts"])) == count
    with pytest.raises(Refused, match="no such competition"):
        write_obligations(JobContext(uuid.uuid4(), made.buyer, {"competition": "x"}, AFTER), io.BytesIO())


def test_the_award_is_a_date_time_cell_in_the_readers_time_zone(made):
    organisation = made.buyer.organisation
    organisation.time_zone = "Europe/Paris"
    organisation.save()
    Contract.objects.update(
        awarded_at=AFTER + timedelta(microseconds=822)
    )  # as instants are, not as tests round them
    found = {row["Awarded At"] for row in rows(workbook(made.buyer)["Contracts"])}
    assert found == {AFTER.replace(tzinfo=None) + timedelta(hours=1)}
    assert {type(each) for each in found} == {datetime}


def test_each_term_of_a_contract_stands_under_its_header(made):
    Contract.objects.update(
        available_minutes=100,
        availability_price=Decimal("1.5"),
        service_fee=Decimal("7.25"),
        expected_cost=Decimal("27.38"),
        public_holidays="include",
        weekdays=[0, 6],
    )
    window, contract = made.windows[0], contracts_of(made.south).get()
    [told] = rows(workbook(made.south)["Contracts"])
    days = (told.pop("Start Date").date(), told.pop("End Date (exclusive)").date())
    assert days == (window.period.first_day, window.period.last_day + timedelta(days=1))
    assert told == {
        "Contract ID": str(contract.pk),
        "Buying Contracting Party": made.buyer.organisation.name,
        "Selling Contracting Party": "South",
        "Contract Type": "DSO flexibility",
        "Contract Status": "Awarded",
        "Competition Ref": made.competition.ref,
        "Competition Name": made.competition.name,
        "Service Period": "Winter",
        "Service Window": "Window 0",
        "Service Days": "Monday, Sunday",
        "Public Holidays": "Include",
        "Start Time": window.start,
        "End Time": window.end,
        "Available Hours": 1.6667,
        "Capacity (MW)": 3,
        "Maximum Run Time": timedelta(hours=2),
        "Availability Price (£/MW/h)": 1.5,
        "Utilisation Price (£/MWh)": 12.5,
        "Service Fee (£/MW)": 7.25,
        "Expected Cost (£)": 27.38,
        "Bid ID": str(Bid.objects.get(capacity_mw=3).pk),
        "Awarded At": AFTER.replace(tzinfo=None),
    }


def test_each_fact_about_a_company_stands_under_its_header(made):
    facts = {
        "company_number": "SC123456",
        "registered_address": "1 Quay, Leith",
        "contact_name": "Ann Ash",
        "contact_email": "ann@north.example",
        "contact_phone": "0131 496 0000",
    }
    Organisation.objects.filter(pk=made.north.organisation.pk).update(**facts)
    [told] = [each for each in rows(workbook(made.buyer)["Companies"]) if each["Name"] == "North"]
    assert list(told.values()) == [str(made.north.organisation.pk), "North", "Seller", *facts.values()]


def test_the_status_is_told_in_these_words(made):
    contract, told = contracts_of(made.north).get(), []
    for status in ContractStatus:
        contract.status = status
        told.append(contract_row(contract)["status"])
    assert told == ["Awarded", "Signed", "Ended", "Withdrawn"]


def test_a_planned_asset_shows_its_capacity_under_its_type():
    frozen = {"ref": "P1", "name": "Fleet", "capacity_type": "demand_turn_down_mw", "capacity_mw": "0.5"}
    shown = asset_row(frozen | {"category": "demand_side_response", "voltage_kv": "11"})
    data = write_template(
        OBLIGATIONS, {"Contracted Assets": [{"contract_id": "1", "asset_id": "2", **shown}]}
    )
    [row] = rows(openpyxl.load_workbook(io.BytesIO(data))["Contracted Assets"])
    assert (row["Asset Ref"], row["Demand Turn Down (MW)"], row["Generation Turn Up (MW)"]) == (
        "P1",
        0.5,
        None,
    )


def test_the_list_takes_as_many_queries_for_two_contracts_as_for_one(made):
    """What the navigation counts for the one who buys is not of the list."""
    counts = []
    for member in (made.north, made.buyer):
        client = signed_in(member)
        client.get(reverse("contracts:list"))  # the text of a query that is kept is built by asking once more
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("contracts:list"))
        counts.append(sum('FROM "contracts_contract"' in each["sql"] for each in captured))
    assert counts[0] == counts[1]


@pytest.mark.skipif(sys.platform != "linux", reason="measured by /proc")
def test_a_contract_of_many_assets_is_written_row_by_row(made):
    operator, small = made.buyer, io.BytesIO()
    write_obligations(JobContext(uuid.uuid4(), operator, {}, AFTER), small)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contracts_contractedasset (contract_id, asset_id, asset_ref, data)"
            " SELECT contract_id, gen_random_uuid(), asset_ref || number, data"
            " FROM contracts_contractedasset, generate_series(1, 2000) number"
        )
    memory.forget_peak()
    before = memory.resident_mb()
    write_obligations(JobContext(uuid.uuid4(), operator, {}, AFTER), io.BytesIO())
    assert memory.peak_mb() - before < 30
