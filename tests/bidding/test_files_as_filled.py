"""The files of bidding as people fill them in a spreadsheet program: exact headers, and a sentence for every
slip."""

import uuid
from datetime import datetime, time, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from bidding.domain.ballots.submitting import withdraw_ballot
from bidding.domain.decisions.deciding import decide_as_recommended
from bidding.enums import Decision, RejectionReason
from bidding.exports import files
from bidding.exports.downloads import write_bids, write_history, write_results, write_unconfirmed_bids
from bidding.models import Ballot, Bid
from bidding.workbooks import bids_file, decisions_file
from bidding.workbooks.specs import BIDS, DECISIONS, SHEET
from competitions.models import ServiceWindow
from marketplace.jobs.actions import apply_upload, start_upload
from marketplace.jobs.kinds import JobContext
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from marketplace.workbooks.write import write_template
from tests.accounts.people import signed_in
from tests.bidding.confirming import confirm_results
from tests.bidding.market import AFTER, BIDDING, TWO_HOURS, at, market
from tests.support.ballot_files import check, closed_market, places, row, rows_of, upload, written
from tests.support.ballots import held, place

pytestmark = pytest.mark.django_db

BID_COLUMNS = (
    "Competition Ref, Ballot, Service Period Name, Service Window Name, Capacity (MW), Maximum Run Time, "
    "Availability Price (£/MW/h), Utilisation Price (£/MWh), Service Fee (£/MW), Assets, Competition Name, "
    "Bidding Close, Period Start Date, Period End Date, Service Days, Start Time, End Time, Available Hours, "
    "Capacity Required (MW), Qualified Capacity (MW), Guide Availability Price (£/MW/h), "
    "Guide Utilisation Price (£/MWh), Guide Service Fee (£/MW), Dispatch Estimate, Dispatch Duration, "
    "Expected Revenue (£)"
)
OFFER_COLUMNS = (
    "Ballot ID, Bid ID, Competition ID, Competition Ref, Competition Name, DPS Reference, FSP ID, FSP Name, "
    "Service Period Name, Service Window Name, Capacity Required (MW), Offered Capacity (MW), Maximum Run Time, "
    "Availability Price (£/MW/h), Utilisation Price (£/MWh), Service Fee (£/MW), Available Hours, Expected Cost (£), "
)
DECISION_COLUMNS = "Decision, Rejection Reason, Rejection Comment"


def headers(data: bytes) -> str:
    book = load_workbook(BytesIO(data))
    assert book.sheetnames[:2] == ["README", "Bids"]
    return ", ".join(cell.value for cell in book["Bids"][1])


def filled(data: bytes, cells: dict[tuple[int, str], object]) -> bytes:
    """The workbook with these cells, by row and header, as a spreadsheet program saves it."""
    book = load_workbook(BytesIO(data))
    sheet = book["Bids"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for (number, header), value in cells.items():
        sheet.cell(number, columns[header]).value = value
    return saved(book)


def saved(book) -> bytes:
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def processed(by, kind: str, data: bytes, now: datetime):
    """The job after it was checked, and applied if there was something to apply."""
    with run_jobs_inline(), at(now):
        job = start_upload(by=by, kind=kind, filename="my file.xlsx", data=data, params={}, now=now)
        job = run_now(job.pk)
        counts = job.preview.get("counts", {})
        if counts.get("create") or counts.get("update"):
            apply_upload(by=by, job=job, now=now)
            job = run_now(job.pk)
    return job


def told(job) -> dict[tuple[int, str], str]:
    """What the job's page says of each cell."""
    return {(each["row"], each["column"]): each["message"] for each in job.preview["problems"]}


def bids_of(here) -> bytes:
    with at(BIDDING) as now:
        return written(write_bids, here.north, now=now)


def decisions_of(here) -> bytes:
    with at(AFTER) as now:
        return written(write_unconfirmed_bids, here.buyer, now=now)


def test_the_files_have_exactly_these_columns_in_this_order():
    here = closed_market()
    assert headers(bids_of(here)) == BID_COLUMNS
    assert headers(decisions_of(here)) == f"{OFFER_COLUMNS}Recommendation, {DECISION_COLUMNS}"
    with at(AFTER) as now:
        results, history = written(write_results, here.buyer, now=now), written(write_history, here.north)
    assert (
        headers(results) == headers(history) == f"{OFFER_COLUMNS}{DECISION_COLUMNS}, Decided At, Confirmed At"
    )


def test_numbers_and_times_are_taken_as_people_type_them():
    here = market()
    cells = {
        (2, "Capacity (MW)"): " 1.50 ",
        (2, "Maximum Run Time"): "2:00",
        (2, "Utilisation Price (£/MWh)"): "1,234.50",
        (2, "Service Period Name"): " winter ",
        (3, "Ballot"): 1,
        (3, "Capacity (MW)"): 0.1 + 0.2,
        (3, "Maximum Run Time"): time(2),
        (3, "Utilisation Price (£/MWh)"): 12.1 + 0.2,
        (7, "Competition Ref"): "   ",
    }
    here.windows[1].minimum_aggregate_mw = Decimal(0)
    here.windows[1].save()
    job = processed(here.north, "bidding.bids", filled(bids_of(here), cells), BIDDING)
    assert (job.state, job.result["create"], job.result["errors"]) == ("done", 1, 0)
    found = {(bid.capacity_mw, bid.utilisation_price, bid.maximum_run_time) for bid in Bid.objects.all()}
    assert found == {
        (Decimal("1.5"), Decimal("1234.5"), TWO_HOURS),
        (Decimal("0.3"), Decimal("12.3"), TWO_HOURS),
    }


def test_columns_in_any_order_and_case_without_the_optional_ones_and_the_readme():
    here = market()
    book = load_workbook(BytesIO(bids_of(here)))
    del book["README"], book["Bids"]
    sheet = book.create_sheet("bids ")
    sheet.append(
        (
            "My notes",
            "maximum run time ",
            "CAPACITY (MW)",
            "Service window name",
            "Service Period Name",
            "Utilisation Price (£/MWh)",
            "Competition ref",
        )
    )
    sheet.append(("mine", timedelta(hours=30), 1, "Window 0", "Winter", 10, here.competition.ref.lower()))
    job = processed(here.north, "bidding.bids", saved(book), BIDDING)
    assert told(job) == {(1, "My notes"): "This column is not known here and was ignored."}
    assert [change["unit"] for change in job.preview["changes"]["create"]] == [
        f"{here.competition.ref} ballot 1"
    ]
    assert held(here.north) == {"1": {"N1", "N2", "N3"}}
    assert Bid.objects.get().maximum_run_time == timedelta(hours=30)


def test_what_the_file_lacks_is_named_in_one_sentence():
    here = market()
    book = load_workbook(BytesIO(bids_of(here)))
    book["Bids"].delete_cols(5, 2)
    book["Bids"]["A1"] = "Assets"
    job = processed(here.north, "bidding.bids", saved(book), BIDDING)
    assert (job.state, job.error) == (
        "refused",
        "The file can't be used: the sheet “Bids” lacks the columns “Competition Ref”, “Capacity (MW)”, “Maximum Run "
        "Time” in row 1; the sheet “Bids” has the column “Assets” twice.",
    )


def test_a_row_without_a_capacity_is_skipped_whatever_it_holds():
    here = market()
    cells = {
        (2, "Capacity (MW)"): " ",
        (2, "Maximum Run Time"): "tbc",
        (2, "Utilisation Price (£/MWh)"): "n/a",
        (2, "Service Window Name"): None,
        (3, "Capacity (MW)"): 1,
        (3, "Maximum Run Time"): "02:00",
        (3, "Utilisation Price (£/MWh)"): 5,
    }
    job = processed(here.north, "bidding.bids", filled(bids_of(here), cells), BIDDING)
    assert told(job) == {}
    assert [str(bid.window) for bid in Bid.objects.all()] == ["Winter/Window 1"]


def test_each_bad_cell_is_told_once_and_in_words():
    here = market()
    ref = here.competition.ref
    names = ("Competition Ref", "Ballot", "Service Period Name", "Service Window Name", "Capacity (MW)")
    names += ("Maximum Run Time", "Utilisation Price (£/MWh)")
    rows = [
        (ref, "a", "Winter", "Window 0", 1, 2, 1),
        (ref, "b", "Winter", "Window 0", "1e2", "02:00", 10.005),
        (ref, "c", "Winter", "Window 0", "=1+1", "02:00", "#REF!"),
        (ref, "d", "Winter", None, 1, "-02:00", -1),
        (None, datetime(2026, 1, 2), "Winter", "Window 0", 1, "02:00", 1),
        (ref, "e", "Winter", "Window 0", 1, "02:00", "£10"),
    ]
    cells = {(number, name): value for number, cell in enumerate(rows, 2) for name, value in zip(names, cell)}  # noqa: B905
    job = processed(here.north, "bidding.bids", filled(bids_of(here), cells), BIDDING)
    assert told(job) == {
        (2, "Maximum Run Time"): "Must be a duration, such as 02:30, 02:30:00 or 1 02:30:00 (days first).",
        (3, "Capacity (MW)"): "Must be a number in plain form, such as 1234.5 or 1,234.5.",
        (
            4,
            "Capacity (MW)",
        ): "The formula has no stored result: open the file in a spreadsheet program and save it.",
        (4, "Utilisation Price (£/MWh)"): "The cell holds the error #REF!.",
        (5, "Service Window Name"): "Must be filled in.",
        (5, "Maximum Run Time"): "Must be a duration, such as 02:30, 02:30:00 or 1 02:30:00 (days first).",
        (6, "Competition Ref"): "Must be filled in.",
        (6, "Ballot"): "Must be text; the cell holds a date or a time: format it as text.",
        (7, "Utilisation Price (£/MWh)"): "Must be a number in plain form, such as 1234.5 or 1,234.5.",
    }
    assert len(job.preview["problems"]) == len(told(job))
    assert job.preview["counts"]["refuse"] == 6
    assert not Ballot.objects.exists()


def test_the_preview_says_that_a_ballot_is_left_out_whole():
    here = market()
    rows = [row(here, assets=("N1",)), row(here, window=1, capacity=Decimal(50), assets=("N1",))]
    rows.append(row(here, ballot="good", assets=("N2",)))
    with run_jobs_inline(), at(BIDDING) as now:
        data = write_template(BIDS, {SHEET: rows})
        job = start_upload(
            by=here.north, kind="bidding.bids", filename="b.xlsx", data=data, params={}, now=now
        )
        run_now(job.pk)
        page = signed_in(here.north).get(reverse("jobs:job", args=[job.pk])).content.decode()
    assert "a ballot with an error is left out whole" in page
    assert "What is refused changes nothing." in page
    assert "a row with an error" not in page


def test_withdrawn_ballots_are_in_no_file():
    here = market()
    place(here, label="A", refs=["N1"])
    place(here, label="B", refs=["N2"])
    with at(BIDDING) as now:
        withdraw_ballot(by=here.north, competition=here.competition, label="A", now=now)
    assert {row["ballot"] for row in rows_of(bids_of(here), BIDS)} == {"B"}
    assert check(here, bids_of(here)).changes[0].action == "unchanged"
    with at(AFTER) as now:
        files_after = [decisions_of(here), written(write_history, here.north)]
        decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
        confirm_results(by=here.buyer, competition=here.competition, now=now)
        files_after.append(written(write_results, here.buyer, now=now))
    for data in files_after:
        assert len(list(load_workbook(BytesIO(data))["Bids"])) == 2


def test_a_label_that_is_too_long_refuses_its_own_ballot_and_not_ballot_1():
    here = market()
    plan = upload(here, [row(here, assets=("N1",)), row(here, ballot="x" * 21, assets=("N2",))])
    assert places(plan) == {(3, "Ballot")}
    assert held(here.north) == {"1": {"N1"}}


def test_rows_form_one_ballot_whatever_the_case_of_the_ref():
    here = market()
    other_case = here.competition.ref.swapcase()
    plan = upload(here, [row(here, assets=("N1",)), row(here, window=1, ref=other_case, assets=("n1",))])
    assert [change.unit for change in plan.changes] == [f"{here.competition.ref} ballot 1"]
    assert {str(bid.window) for bid in Bid.objects.all()} == {"Winter/Window 0", "Winter/Window 1"}


def test_refs_that_hold_commas_are_found_and_upload_back_unchanged():
    here = market()
    for ref, new in (("N1", "Depot 1, Unit 1"), ("N2", "Depot 2,Unit 1"), ("N3", "Unit 1")):
        here.assets[ref].ref = new
        here.assets[ref].save()
    upload(here, [row(here, assets=("depot 1,unit 1", "Depot 2, Unit 1"))])
    assert held(here.north) == {"1": {"Depot 1, Unit 1", "Depot 2,Unit 1"}}
    assert [change.action for change in check(here, bids_of(here)).changes] == ["unchanged"]
    plan = check(here, [row(here, assets=("Unit 1", "Depot 1", "Unit 2"))])
    assert "Depot 1, Unit 2" in plan.problems[0].message


def test_windows_are_told_apart_by_both_names():
    here = market()
    period = here.windows[0].period
    period.name = "Winter/early"
    period.save()
    ServiceWindow.objects.filter(pk=here.windows[0].pk).update(name="late")
    other = type(period).objects.get(pk=period.pk)
    other.pk, other.name = None, "Winter"
    other._state.adding = True
    other.save()
    ServiceWindow.objects.filter(pk=here.windows[1].pk).update(period=other, name="early/late")
    rows = [
        row(here, capacity=Decimal(2)) | {"period": "Winter/early", "window": "late"},
        row(here) | {"period": "winter", "window": "Early/late"},
    ]
    plan = upload(here, rows)
    assert plan.problems == []
    assert {bid.window_id: bid.capacity_mw for bid in Bid.objects.all()} == {
        here.windows[0].pk: 2,
        here.windows[1].pk: 1,
    }


def test_two_ballots_with_more_assets_than_a_cell_holds_upload_back_unchanged(monkeypatch):
    here = market()
    place(here, label="A", refs=["N1"])
    place(here, label="B", refs=["N2", "N3"])
    monkeypatch.setattr("bidding.exports.downloads.MOST_IN_A_CELL", 1)
    data = bids_of(here)
    assert {cell.value for cell in load_workbook(BytesIO(data))["Bids"]["J"]} == {"Assets", "N1", None}
    assert {change.action for change in check(here, data).changes} == {"unchanged"}


def test_a_ballot_that_names_assets_gets_them_from_one_that_takes_all_free_ones():
    here = market()
    place(here, label="A")
    upload(here, [row(here, ballot="A", assets=("all",)), row(here, ballot="B", assets=("N2",))])
    assert held(here.north) == {"A": {"N1", "N3"}, "B": {"N2"}}


def test_decisions_are_taken_as_people_type_them():
    here = closed_market()
    data = decisions_of(here)
    ids = [cell.value for cell in load_workbook(BytesIO(data))["Bids"]["B"]][1:]
    cells = {
        (2, "Bid ID"): f" {ids[0].upper()} ",
        (2, "Decision"): " accept ",
        (3, "Decision"): "REJECT",
        (3, "Rejection Reason"): "price  too high ",
        (3, "Rejection Comment"): "Above the guide price.\nTry again in spring. ",
        (4, "Decision"): "reject",
        (4, "Rejection Reason"): "Other",
        (8, "FSP Name"): "a note below the table",
    }
    job = processed(here.buyer, "bidding.decisions", filled(data, cells), AFTER)
    assert (job.state, told(job)) == ("done", {})
    found = {
        str(bid.pk): (bid.decision, bid.rejection_reason, bid.rejection_comment)
        for bid in Bid.objects.filter(ballot__competition=here.competition)
    }
    comment = "Above the guide price.\nTry again in spring."
    assert [found[each] for each in ids] == [
        (Decision.ACCEPTED, "", ""),
        (Decision.REJECTED, RejectionReason.PRICE_TOO_HIGH, comment),
        (Decision.REJECTED, RejectionReason.OTHER, ""),
    ]
    again = processed(here.buyer, "bidding.decisions", decisions_of(here), AFTER)
    assert (told(again), again.preview["counts"]["unchanged"]) == ({}, 1)


def test_each_slip_in_the_decisions_is_told_once_and_in_words():
    here = closed_market()
    cells = {
        (2, "Decision"): "Accepted",
        (2, "Rejection Reason"): "Other",
        (3, "Rejection Reason"): "Other",
        (4, "Decision"): "Reject",
        (4, "Rejection Reason"): "dear",
        (6, "Bid ID"): "abc",
        (8, "Decision"): "Accept",
    }
    job = processed(here.buyer, "bidding.decisions", filled(decisions_of(here), cells), AFTER)
    assert told(job) == {
        (2, "Decision"): "Must be one of: Accept, Reject. Did you mean “Accept”?",
        (3, "Rejection Reason"): "Only a rejection carries a reason.",
        (4, "Rejection Reason"): "Must be one of: Price too high, Volume not needed, Technical, Other.",
        (6, "Bid ID"): "None of the bids in your competitions has this ID.",
        (8, "Bid ID"): "Must be filled in.",
    }
    refused = {each["unit"]: each["note"] for each in job.preview["changes"]["refuse"]}
    assert refused == {
        here.competition.ref: "Decision: Must be one of: Accept, Reject. Did you mean “Accept”? And 2 more errors.",
        "Bids, row 6": "Bid ID: None of the bids in your competitions has this ID.",
        "Bids, row 8": "Bid ID: Must be filled in.",
    }
    assert set(Bid.objects.values_list("decision", flat=True)) == {Decision.UNDECIDED}


def test_columns_that_are_removed_keep_a_rejections_reason_and_comment():
    here = closed_market()
    data = decisions_of(here)
    cells = {(2, "Decision"): "Reject", (2, "Rejection Reason"): "Other", (2, "Rejection Comment"): "Not now"}
    processed(here.buyer, "bidding.decisions", filled(data, cells), AFTER)
    book = load_workbook(BytesIO(decisions_of(here)))
    book["Bids"].delete_cols(21, 2)
    job = processed(here.buyer, "bidding.decisions", saved(book), AFTER)
    assert (told(job), job.preview["counts"]["unchanged"]) == ({}, 1)


def test_a_comment_that_can_not_be_read_refuses_the_competition_whole():
    here = closed_market()
    cells = {(2, "Decision"): "Accept", (3, "Decision"): "Reject", (3, "Rejection Reason"): "Other"}
    cells[3, "Rejection Comment"] = "#REF!"
    job = processed(here.buyer, "bidding.decisions", filled(decisions_of(here), cells), AFTER)
    assert told(job) == {(3, "Rejection Comment"): "The cell holds the error #REF!."}
    assert (job.state, job.preview["counts"]["refuse"]) == ("nothing", 1)
    assert set(Bid.objects.values_list("decision", flat=True)) == {Decision.UNDECIDED}


def test_only_the_bid_id_and_the_last_three_columns_are_read():
    here = closed_market()
    with at(AFTER) as now:
        decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
    data = decisions_of(here)
    cells = {(number, header): "x" for number in (2, 3) for header in OFFER_COLUMNS.rstrip(", ").split(", ")}
    cells = {place: value for place, value in cells.items() if place[1] != "Bid ID"} | {
        (2, "Recommendation"): "no"
    }
    job = processed(here.buyer, "bidding.decisions", filled(data, cells), AFTER)
    assert (told(job), job.preview["counts"]["unchanged"]) == ({}, 1)
    book = load_workbook(BytesIO(data))
    book["Bids"].delete_cols(3, 20)
    without = processed(here.buyer, "bidding.decisions", saved(book), AFTER)
    assert (told(without), without.preview["counts"]["unchanged"]) == ({}, 1)


def test_results_come_in_the_readers_time_zone_as_date_time_cells():
    here = closed_market()
    with at(AFTER) as now:
        decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
        confirm_results(by=here.buyer, competition=here.competition, now=now)
    here.north.organisation.time_zone = "Europe/Paris"
    cells = list(
        load_workbook(BytesIO(written(write_history, here.north)))["Bids"].iter_rows(values_only=True)
    )
    assert {each[-1] for each in cells[1:]} == {AFTER.replace(tzinfo=None) + timedelta(hours=1)}


def test_of_reactive_power_the_files_speak_of_mvar():
    here = market(power_type="reactive")
    for number, asset in enumerate(here.assets.values(), 1):
        asset.reactive_export_mvar = number
        asset.save()
    plan = upload(here, [row(here, assets=("N1", "N3"), capacity=Decimal(3))])
    assert "3 MVAr, run time 2:00" in plan.changes[0].fields[0][2]
    ServiceWindow.objects.update(capacity_required_mw=Decimal(2))
    with at(AFTER) as now:
        bid = Bid.objects.get()
        data = write_template(DECISIONS, {SHEET: [{"bid_id": bid.pk, "decision": Decision.ACCEPTED}]})
        plan = decisions_file.check(JobContext(uuid.uuid4(), here.buyer, {}, now), data)
    assert "3 MVAr accepted, 1 MVAr more than the 2 MVAr required" in plan.problems[0].message


def test_progress_is_told_in_rows_of_the_file():
    here = market()
    other = market(ref="OTHER")
    rows = [
        row(here, assets=("N1",)),
        row(here, window=1, assets=("N1",)),
        row(other),
        row(here, capacity=None),
    ]
    with at(BIDDING) as now:
        reports = []
        told = JobContext(uuid.uuid4(), here.north, {}, now, report=lambda *each: reports.append(each))
        plan = bids_file.check(told, write_template(BIDS, {SHEET: rows}))
        bids_file.apply(told, plan)
    assert reports == [(2, 3), (3, 3), (2, 2)]
    with at(AFTER) as now:
        reports.clear()
        told = JobContext(uuid.uuid4(), here.buyer, {}, now, report=lambda *each: reports.append(each))
        files.unconfirmed_bids(told, BytesIO())
    assert reports == [(1, 2), (2, 2)]
