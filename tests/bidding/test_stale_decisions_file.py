"""A decisions file that is older than what it would change says so row by row, and asks before it is
applied."""

import io
import uuid

import openpyxl
import pytest

from bidding.domain.decisions.deciding import BidDecision
from bidding.enums import Decision
from bidding.exports.downloads import write_unconfirmed_bids
from bidding.workbooks import decisions_file
from bidding.workbooks.specs import SHEET
from marketplace.jobs.kinds import JobContext
from tests.bidding.market import AFTER, at
from tests.qualification import market as base
from tests.support.decisions import accept, decide, reject, with_bids

pytestmark = pytest.mark.django_db
LATER = AFTER + 600 * base.SECOND


@pytest.fixture
def here():
    return with_bids()


def download(here):
    target = io.BytesIO()
    with at(AFTER) as now:
        write_unconfirmed_bids(here.buyer, target, now=now)
    return openpyxl.load_workbook(target)


def decided_in(book, **by_provider):
    """The file with these decisions typed in, by the provider's name."""
    sheet = book[SHEET]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        name = sheet.cell(row, columns["FSP Name"]).value
        if name in by_provider:
            decision, reason = by_provider[name]
            sheet.cell(row, columns["Decision"]).value = decision
            sheet.cell(row, columns["Rejection Reason"]).value = reason
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def checked(here, data):
    with at(LATER + base.SECOND) as now:
        return decisions_file.check(JobContext(uuid.uuid4(), here.buyer, {}, now), data)


def stale(plan):
    return [
        each.message
        for each in plan.problems
        if each.level == "warning" and "after this file" in each.message
    ]


def test_a_row_that_would_undo_a_later_decision_warns_and_apply_asks(here):
    book = download(here)
    decide(here, reject(here.bids["North"]), now=LATER)
    plan = checked(here, decided_in(book, North=("Accept", None), South=("Accept", None)))
    [warning] = stale(plan)
    assert here.buyer.email in warning
    assert "this row would undo that" in warning
    assert plan.confirm == [
        "1 decision that this file would change is newer than the file. "
        "The warnings name each: download a new file to start from what counts now."
    ]


def test_a_bid_made_undecided_again_since_is_a_later_decision_too(here):
    decide(here, accept(here.bids["North"]), accept(here.bids["South"]))
    book = download(here)
    decide(here, BidDecision(here.bids["North"].pk, Decision.UNDECIDED), now=LATER)
    assert len(stale(checked(here, decided_in(book)))) == 1


def test_a_later_decision_that_the_file_agrees_with_and_an_earlier_one_warn_of_nothing(here):
    decide(here, accept(here.bids["South"]), now=AFTER - base.SECOND)
    book = download(here)
    decide(here, accept(here.bids["North"]), now=LATER)
    plan = checked(here, decided_in(book, North=("Accept", None), South=("Reject", "Technical")))
    assert stale(plan) == plan.confirm == []
    assert [change.action for change in plan.changes] == ["update"]
