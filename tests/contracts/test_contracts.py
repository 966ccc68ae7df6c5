"""Accepted bids become contracts, whose terms and assets nothing changes later, and which only their parties see."""

import io
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.db import IntegrityError, connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bidding.domain.confirmation import confirm_results
from bidding.models import Bid, Confirmation
from competitions.models import Competition
from contracts.domain.awards import award_contracts
from contracts.domain.queries import contracts_of
from contracts.files import write_obligations_of
from contracts.models import Contract, ContractedAsset
from marketplace import jobs
from marketplace.audit.models import AuditEntry
from tests.accounts.people import signed_in
from tests.bidding.market import AFTER, at
from tests.contracts.scene import confirmed, decided
from tests.qualification import market as base

pytestmark = pytest.mark.django_db


@pytest.fixture
def made():
    with jobs.held_back():
        yield confirmed()


def workbook(member):
    target = io.BytesIO()
    write_obligations_of(contracts_of(member).prefetch_related("assets"), target)
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
    assert all(each.buyer == made.buyer.organisation and each.awarded_at == AFTER for each in Contract.objects.all())


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
    accepted = list(Bid.objects.filter(decision="accepted").select_related("ballot__provider", "window__period"))
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
    accepted = list(Bid.objects.filter(decision="accepted").select_related("ballot__provider", "window__period"))
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
    assert (contract["Selling Contracting Party"], contract["Capacity (MW)"]) == (made.north.organisation.name, 1)
    assert contract["Contract Status"] == "Awarded"
    assets = rows(book["Contracted Assets"])
    assert {each["Asset Ref"] for each in assets} == {"N1", "N2"}
    assert {each["Contract ID"] for each in assets} == {contract["Contract ID"]}
    companies = {(each["Name"], each["Party"]) for each in rows(book["Companies"])}
    assert companies == {(made.buyer.organisation.name, "Buyer"), (made.north.organisation.name, "Seller")}


def test_the_list_takes_as_many_queries_for_two_contracts_as_for_one(made):

    counts = []
    for member in (made.north, made.buyer):
        client = signed_in(member)
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("contracts:list"))
        counts.append(len(captured))
    assert counts[0] == counts[1]
