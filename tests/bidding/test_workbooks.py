"""The files of bidding: bids, decisions, results and history, as their users fill and upload them."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from bidding.domain.decisions.deciding import decide_as_recommended
from bidding.enums import Decision
from bidding.exports.downloads import write_bids, write_history, write_results, write_unconfirmed_bids
from bidding.models import Ballot, Bid
from bidding.workbooks import bids_file, decisions_file
from bidding.workbooks.specs import BIDS, DECISIONS, HISTORY, RESULTS, SHEET, bid_name
from marketplace.errors import Refused
from marketplace.jobs.actions import apply_upload, start_upload
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from marketplace.workbooks.write import write_template
from qualification.models import Entry
from tests.bidding.confirming import confirm_results
from tests.bidding.market import AFTER, BIDDING, CLOSE, at, market
from tests.support.ballot_files import check, closed_market, context, places, row, rows_of, upload, written
from tests.support.ballots import held, place

pytestmark = pytest.mark.django_db


def actions(plan) -> dict[str, str]:
    return {change.unit: change.action for change in plan.changes}


def column(data: bytes, header: str) -> list[object]:
    """A column's cells as they are written, those for information too."""
    rows = load_workbook(BytesIO(data))[SHEET].iter_rows(values_only=True)
    headers = next(rows)
    return [each[headers.index(header)] for each in rows]


def test_rows_become_ballots_and_splits():
    here = market()
    rows = [
        row(here, assets=("N1",), ballot="A"),
        row(here, assets=("n2", "N3"), capacity=Decimal(2)),
        row(here, assets=("N3", "N2"), capacity=Decimal(3), utilisation_price=Decimal(12)),
        row(here, window=1, capacity=None, run_time=None),
    ]
    plan = upload(here, rows)
    ref = here.competition.ref
    assert actions(plan) == {f"{ref} ballot A": "create", f"{ref} ballot 1": "create"}
    assert plan.problems == []
    assert held(here.north) == {"A": {"N1"}, "1": {"N2", "N3"}}
    splits = Bid.objects.filter(ballot__label="1").values_list("split", "capacity_mw", "utilisation_price")
    assert set(splits) == {(1, 2, 10), (2, 3, 12)}


def test_checking_writes_nothing():
    here = market()
    check(here, [row(here)])
    assert not Ballot.objects.exists()


def test_the_template_has_every_window_that_may_be_bid_in_and_uploads_back_unchanged():
    here = market(minimum_mw=("0", "0.5", "7"))
    with at(BIDDING) as now:
        empty = written(write_bids, here.north, now=now)
        assert [each["window"] for each in rows_of(empty, BIDS)] == ["Window 0", "Window 1"]
    assert check(here, empty).changes == []
    upload(here, [row(here, ballot="A", assets=("N1",)), row(here, ballot="B", capacity=Decimal("4.5"))])
    with at(BIDDING) as now:
        data = written(write_bids, here.north, now=now)
    plan = check(here, data)
    assert set(actions(plan).values()) == {"unchanged"}
    assert len(plan.changes) == 2
    assert plan.problems == []


def test_a_ballot_in_the_file_replaces_its_own_and_leaves_the_others():
    here = market()
    place(here, label="A", refs=["N1"])
    place(here, label="B", refs=["N2"])
    plan = upload(here, [row(here, ballot="B", assets=("N3",), capacity=Decimal(3))])
    assert actions(plan) == {f"{here.competition.ref} ballot B": "update"}
    assert ("Assets", "1 asset", "1 asset, +1 −1: added N3; taken out N2") in plan.changes[0].fields
    assert held(here.north) == {"A": {"N1"}, "B": {"N3"}}


def test_ballots_of_one_file_may_swap_assets_and_two_that_claim_one_asset_are_both_refused():
    here = market()
    place(here, label="A", refs=["N1"])
    place(here, label="B", refs=["N2"])
    upload(here, [row(here, ballot="A", assets=("N2",)), row(here, ballot="B", assets=("N1",))])
    assert held(here.north) == {"A": {"N2"}, "B": {"N1"}}
    plan = upload(here, [row(here, ballot="A", assets=("N3",)), row(here, ballot="C", assets=("N3",))])
    assert set(actions(plan).values()) == {"refuse"}
    assert places(plan) == {(2, "Assets"), (3, "Assets")}
    assert held(here.north) == {"A": {"N2"}, "B": {"N1"}}


def test_a_refused_ballot_names_every_bad_row_and_the_good_ballot_is_taken():
    here = market()
    rows = [
        row(here, ballot="good", assets=("N1",)),
        row(here, ballot="bad", assets=("N2",), capacity=Decimal(50)),
        row(here, ballot="bad", assets=("N2",), window=9),
        row(here, ballot="bad", assets=("N2",), run_time=None, window=1),
        row(here, ballot="bad", assets=("N2",), window=1, utilisation_price=None, service_fee=Decimal(1)),
    ]
    plan = upload(here, rows)
    assert places(plan) == {
        (3, "Capacity (MW)"),
        (4, "Service Window Name"),
        (5, "Maximum Run Time"),
        (6, "Utilisation Price (£/MWh)"),
        (6, "Service Fee (£/MW)"),
    }
    assert held(here.north) == {"good": {"N1"}}


def test_unknown_assets_and_rows_of_a_ballot_that_disagree_are_located():
    here = market()
    plan = check(here, [row(here, assets=("N1", "S1")), row(here, window=1, assets=("N1",))])
    assert places(plan) == {(2, "Assets"), (3, "Assets")}
    assert "S1" in next(problem.message for problem in plan.problems if problem.row == 2)


def test_rows_where_the_company_may_not_bid_are_refused_by_name():
    here = market()
    other = market(ref="OTHER")
    plan = check(here, [row(other), row(here, ref="NOWHERE")])
    assert places(plan) == {(2, "Competition Ref"), (3, "Competition Ref")}
    Entry.objects.all().delete()
    assert "has not entered" in check(here, [row(here)]).problems[0].message
    late = check(here, [row(here)], now=CLOSE)
    assert "has closed" in late.problems[0].message
    assert actions(late) == {f"{here.competition.ref} ballot 1": "refuse"}


def test_only_refs_and_except_refs_say_which_rows_are_looked_at():
    here = market()
    rows = [row(here), row(here, ref="NOWHERE"), row(here, ref="ELSEWHERE")]
    assert places(check(here, rows, only_refs=[here.competition.ref.lower()])) == set()
    rest = check(here, rows, except_refs=[here.competition.ref])
    assert {row for row, _ in places(rest)} == {3, 4}


def test_what_was_checked_before_the_close_is_refused_when_applied_after_it():
    here = market()
    plan = check(here, [row(here)])
    with at(CLOSE), pytest.raises(Refused, match="has closed"):
        bids_file.apply(context(here.north, CLOSE), plan)
    assert not Ballot.objects.exists()


def test_a_run_time_beyond_the_assets_own_is_a_warning():
    here = market()
    for asset in here.assets.values():
        asset.maximum_run_time = timedelta(hours=1)
        asset.save()
    plan = upload(here, [row(here)])
    assert places(plan, "warning") == {(2, "Maximum Run Time")}
    assert Bid.objects.count() == 1


def decide(here, data, apply=True, **params):
    with at(AFTER) as now:
        plan = decisions_file.check(context(here.buyer, now, **params), data)
        if apply:
            decisions_file.apply(context(here.buyer, now, **params), plan)
    return plan


def test_the_unconfirmed_bids_upload_back_unchanged_before_and_after_decisions():
    here = closed_market()
    with at(AFTER) as now:
        undecided = written(write_unconfirmed_bids, here.buyer, now=now)
    assert column(undecided, "Recommendation") == ["Accept"] * 3
    assert column(undecided, "Expected Cost (£)") == [0, 0, 0]
    assert actions(decide(here, undecided)) == {here.competition.ref: "unchanged"}
    with at(AFTER) as now:
        decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
        decided = written(write_unconfirmed_bids, here.buyer, now=now)
    assert len(rows_of(decided, DECISIONS)) == 3
    plan = decide(here, decided)
    assert actions(plan) == {here.competition.ref: "unchanged"}
    assert plan.problems == []
    assert actions(decide(here, undecided)) == {here.competition.ref: "update"}
    assert set(Bid.objects.values_list("decision", flat=True)) == {Decision.UNDECIDED}


def decisions(*rows) -> bytes:
    return write_template(DECISIONS, {SHEET: rows})


def test_a_bid_may_be_named_where_that_is_allowed():
    here = closed_market()
    names = {bid_name(each): each for each in Bid.objects.select_related("ballot__provider")}
    north, ref = here.north.organisation.code, here.competition.ref
    second = f"{north}/{ref}/1/Winter/Window 0/2"
    assert f"{north}/{ref}/1/Winter/Window 0" in names
    data = decisions({"bid_id": second.lower(), "decision": Decision.ACCEPTED})
    refused = decide(here, data)
    assert places(refused) == {(2, "Bid ID")}
    decide(here, data, bids_named=True)
    assert Bid.objects.get(decision=Decision.ACCEPTED) == names[second]


def test_a_competition_with_a_bad_row_is_refused_whole():
    here = closed_market()
    first, second, _ = Bid.objects.order_by("pk")
    plan = decide(
        here,
        decisions(
            {"bid_id": first.pk, "decision": Decision.ACCEPTED},
            {"bid_id": second.pk, "decision": Decision.REJECTED},
            {"bid_id": first.pk, "decision": Decision.REJECTED},
        ),
    )
    assert actions(plan) == {here.competition.ref: "refuse"}
    assert places(plan) == {(3, "Rejection Reason"), (4, "Bid ID"), (4, "Rejection Reason")}
    assert set(Bid.objects.values_list("decision", flat=True)) == {Decision.UNDECIDED}


def test_another_operators_bid_is_not_known():
    closed_market()
    other = market(ref="OTHER")
    bid = Bid.objects.first()
    with at(AFTER) as now:
        plan = decisions_file.check(
            context(other.buyer, now), decisions({"bid_id": bid.pk, "decision": "Accept"})
        )
    assert actions(plan) == {"Bids, row 2": "refuse"}
    assert "None of the bids in your competitions" in plan.problems[0].message


def test_accepting_more_than_required_is_warned_of():
    here = closed_market()
    here.windows[0].capacity_required_mw = Decimal(4)
    here.windows[0].save()
    rows = [{"bid_id": each.pk, "decision": Decision.ACCEPTED} for each in Bid.objects.all()]
    plan = decide(here, decisions(*rows))
    assert [problem.level for problem in plan.problems] == ["warning"]
    assert "5 MW accepted, 1 MW more than the 4 MW required" in plan.problems[0].message
    assert set(Bid.objects.values_list("decision", flat=True)) == {Decision.ACCEPTED}


def test_results_appear_with_the_confirmation_and_a_provider_sees_its_own_only():
    here = closed_market()
    with at(AFTER) as now:
        decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
        assert rows_of(written(write_results, here.buyer, now=now), RESULTS) == []
        before = rows_of(written(write_history, here.north), HISTORY)
        assert [each["decision"] for each in before] == [None, None]
        confirm_results(by=here.buyer, competition=here.competition, now=now)
        assert len(rows_of(written(write_results, here.buyer, now=now), RESULTS)) == 3
    history = written(write_history, here.south)
    assert column(history, "FSP Name") == ["South"]
    assert column(history, "Decision") == ["Accept"]
    assert column(history, "Confirmed At") == [AFTER.replace(tzinfo=None)]


def test_a_file_checked_before_the_close_and_applied_after_it_is_refused_in_words():
    here = market()
    data = write_template(BIDS, {SHEET: [row(here)]})
    with run_jobs_inline():
        with at(BIDDING) as now:
            job = start_upload(
                by=here.north, kind="bidding.bids", filename="bids.xlsx", data=data, params={}, now=now
            )
            assert run_now(job.pk).preview["counts"]["create"] == 1
        with at(CLOSE) as now:
            apply_upload(by=here.north, job=job, now=now)
            done = run_now(job.pk)
    assert done.state == "refused"
    assert "closed before this file was applied" in done.error
    assert not Ballot.objects.exists()
