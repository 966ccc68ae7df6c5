"""What stands under each header of bidding's files, and whose bids are in them."""

import uuid
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from accounts.enums import Role
from bidding.domain.decisions.deciding import decide_as_recommended
from bidding.domain.gate.closing import ensure_closed
from bidding.enums import Decision, RejectionReason
from bidding.exports import files
from bidding.models import Bid
from bidding.workbooks import decisions_file
from bidding.workbooks.specs import DECISIONS, SHEET
from competitions.models import Competition, PurchasingSystem, ServiceWindow
from marketplace.jobs.kinds import JobContext
from marketplace.workbooks.write import write_template
from tests.bidding.confirming import confirm_results
from tests.bidding.market import AFTER, BIDDING, TWO_HOURS, at, market
from tests.qualification import market as base
from tests.support.ballot_files import row, upload
from tests.support.ballots import place

pytestmark = pytest.mark.django_db

LATER = AFTER + timedelta(hours=2)


def rows_of(make, by, now, **params) -> list[dict[str, object]]:
    """The rows of a generated file by header, cells that are blank left out."""
    target = BytesIO()
    with at(now):
        make(JobContext(uuid.uuid4(), by, params, now), target)
    headers, *rows = load_workbook(target)["Bids"].iter_rows(values_only=True)
    return [
        {name: cell for name, cell in zip(headers, cells, strict=True) if cell is not None} for cells in rows
    ]


def closed(**fields):
    """A market with one bid of North for the first window, priced in all three ways, after the close."""
    here = market(**fields)
    place(here, label="north ballot", refs=["N1", "N2"])
    dps = PurchasingSystem.objects.create(
        operator=here.buyer.organisation, reference="flex_2026", name="Flexibility"
    )
    Competition.objects.filter(pk=here.competition.pk).update(purchasing_system=dps, name="Harbour in winter")
    ServiceWindow.objects.filter(pk=here.windows[0].pk).update(
        available_minutes=100, dispatch_estimate=3, dispatch_duration=timedelta(minutes=90)
    )
    Bid.objects.update(
        capacity_mw=Decimal("0.5"),
        availability_price=Decimal("1.5"),
        utilisation_price=10,
        service_fee=Decimal("7.25"),
    )
    here.competition.refresh_from_db()
    with at(AFTER):
        ensure_closed(here.competition, AFTER)
    return here


def offered(here) -> dict[str, object]:
    bid = Bid.objects.get()
    return {
        "Ballot ID": str(bid.ballot_id),
        "Bid ID": str(bid.pk),
        "Competition ID": str(here.competition.pk),
        "Competition Ref": here.competition.ref,
        "Competition Name": "Harbour in winter",
        "DPS Reference": "flex_2026",
        "FSP ID": str(here.north.organisation.pk),
        "FSP Name": "North",
        "Service Period Name": "Winter",
        "Service Window Name": "Window 0",
        "Capacity Required (MW)": 100,
        "Offered Capacity (MW)": 0.5,
        "Maximum Run Time": TWO_HOURS,
        "Availability Price (£/MW/h)": 1.5,
        "Utilisation Price (£/MWh)": 10,
        "Service Fee (£/MW)": 7.25,
        "Available Hours": 1.6667,
        "Expected Cost (£)": 27.38,  # 0.5 × (1.5 × 100/60 + 10 × 3 × 1.5 + 7.25) = 27.375
    }


def test_each_value_of_a_bid_stands_under_its_header():
    here = closed()
    [undecided] = rows_of(files.unconfirmed_bids, here.buyer, AFTER)
    assert undecided == offered(here) | {"Recommendation": "Accept"}
    bid = Bid.objects.get()
    cells = {
        "bid_id": bid.pk,
        "decision": Decision.REJECTED,
        "reason": RejectionReason.TECHNICAL,
        "comment": "Too slow",
    }
    data = write_template(DECISIONS, {SHEET: [cells]})
    with at(AFTER):
        context = JobContext(uuid.uuid4(), here.buyer, {}, AFTER)
        decisions_file.apply(context, decisions_file.check(context, data))
    decision = {"Decision": "Reject", "Rejection Reason": "Technical", "Rejection Comment": "Too slow"}
    [rejected] = rows_of(files.unconfirmed_bids, here.buyer, AFTER)
    assert rejected == offered(here) | {"Recommendation": "Accept"} | decision
    assert rows_of(files.results, here.buyer, AFTER) == []
    assert rows_of(files.history, here.north, AFTER) == [offered(here)]
    with at(LATER):
        confirm_results(by=here.buyer, competition=here.competition, now=LATER)
    told = {"Decided At": AFTER.replace(tzinfo=None), "Confirmed At": LATER.replace(tzinfo=None)}
    assert rows_of(files.results, here.buyer, LATER) == [offered(here) | decision | told]
    assert rows_of(files.history, here.north, LATER) == [offered(here) | decision | told]
    assert rows_of(files.unconfirmed_bids, here.buyer, LATER) == []


def test_who_may_not_bid_for_the_company_reads_results_but_no_bids_before():
    here = closed()
    colleague = base.member(here.north.organisation, roles=(Role.PROCUREMENT,))
    assert rows_of(files.history, colleague, AFTER) == []
    with at(LATER):
        decide_as_recommended(by=here.buyer, competition=here.competition, now=LATER)
        confirm_results(by=here.buyer, competition=here.competition, now=LATER)
    assert [each["Decision"] for each in rows_of(files.history, colleague, LATER)] == ["Accept"]


def test_what_the_budget_does_not_allow_is_recommended_for_rejection():
    here = closed(maximum_budget=Decimal(1))
    [told] = rows_of(files.unconfirmed_bids, here.buyer, AFTER)
    assert told["Recommendation"] == "Reject"


def test_each_value_of_a_window_to_bid_for_stands_under_its_header():
    here = market(minimum_mw=("0",), pricing_type="fixed", utilisation_price=Decimal("12.5"))
    ServiceWindow.objects.update(available_minutes=100, public_holidays="exclude")
    [blank] = rows_of(files.bids, here.north, BIDDING)
    window = here.windows[0]
    about = {
        "Competition Ref": here.competition.ref,
        "Service Period Name": "Winter",
        "Service Window Name": "Window 0",
        "Utilisation Price (£/MWh)": 12.5,
        "Competition Name": here.competition.name,
        "Bidding Close": here.competition.bidding_close.replace(tzinfo=None),
        "Service Days": "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday",
        "Start Time": window.start,
        "End Time": window.end,
        "Available Hours": 1.6667,
        "Capacity Required (MW)": 100,
        "Qualified Capacity (MW)": 6,
    }
    days = {blank.pop("Period Start Date").date(), blank.pop("Period End Date").date()}
    assert days == {window.period.first_day, window.period.last_day}
    assert blank == about | {"Ballot": "1"}
    upload(here, [row(here, ballot="B", assets=("N3", "N1"), utilisation_price=Decimal("12.5"))])
    [held] = rows_of(files.bids, here.north, BIDDING)
    del held["Period Start Date"], held["Period End Date"]
    placed = {"Ballot": "B", "Capacity (MW)": 1, "Maximum Run Time": TWO_HOURS, "Assets": "N1, N3"}
    placed["Expected Revenue (£)"] = 0  # the window has no dispatch estimate
    assert held == about | placed


def test_windows_without_a_bid_are_listed_for_the_ballot_that_stands():
    here = market()
    upload(here, [row(here, ballot="B", assets=("N1",))])
    found = [
        (each["Ballot"], each["Service Window Name"], each["Assets"], each.get("Capacity (MW)"))
        for each in rows_of(files.bids, here.north, BIDDING)
    ]
    assert found == [("B", "Window 0", "N1", 1), ("B", "Window 1", "N1", None)]


def test_who_has_nothing_qualified_is_offered_no_window():
    here = market()
    here.competition.minimum_voltage_kv = 200
    here.competition.save()
    assert rows_of(files.bids, here.north, BIDDING) == []


def test_a_file_may_hold_one_competition_only():
    first, second = closed(), closed(ref="OTHER")
    second.competition.operator = first.buyer.organisation
    second.competition.save()
    for named, refs in ((None, {first.competition.ref, "OTHER"}), ("other", {"OTHER"})):
        params = {"competition": named} if named else {}
        found = {
            each["Competition Ref"] for each in rows_of(files.unconfirmed_bids, first.buyer, AFTER, **params)
        }
        assert found == refs
    with at(AFTER):
        for here in (first, second):
            decide_as_recommended(by=first.buyer, competition=here.competition, now=AFTER)
            confirm_results(by=first.buyer, competition=here.competition, now=AFTER)
    assert len(rows_of(files.results, first.buyer, AFTER)) == 2
    assert [
        each["Competition Ref"] for each in rows_of(files.results, first.buyer, AFTER, competition="other")
    ] == ["OTHER"]


def test_bids_of_a_competition_cancelled_after_the_close_are_not_to_be_decided():
    here = closed()
    data = write_template(DECISIONS, {SHEET: [{"bid_id": Bid.objects.get().pk, "decision": "Accept"}]})
    here.competition.cancelled_at, here.competition.cancellation_reason = AFTER, "No need any more"
    here.competition.save()
    assert rows_of(files.unconfirmed_bids, here.buyer, AFTER) == []
    with at(AFTER):
        plan = decisions_file.check(JobContext(uuid.uuid4(), here.buyer, {}, AFTER), data)
    assert [change.action for change in plan.changes] == ["refuse"]
    assert "was cancelled" in plan.problems[0].message
