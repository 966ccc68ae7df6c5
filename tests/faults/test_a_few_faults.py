"""The harness of ``make faults`` itself: a few faults amid a busy time lose, double and delay nothing."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tests.bidding.market import market
from tests.faults import checks
from tests.faults.journal import Journal, Line
from tests.faults.played import played

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.slow(30)
def test_a_few_faults_amid_a_busy_time_lose_double_and_delay_nothing():
    done = played("--seed", "7", "--faults", "5", "--close-after", "12", "--short")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing was lost, doubled or late." in done.stdout


@pytest.mark.parametrize(
    ("status", "means"), [(201, "done"), (422, "refused"), (503, "in_doubt"), (None, "in_doubt")]
)
def test_a_request_is_done_refused_or_in_doubt(status, means):
    line = Line("ballot", 1, NOW, status, {}, 0.1)
    assert [each for each in ("done", "refused", "in_doubt") if getattr(line, f"is_{each}")] == [means]


@pytest.mark.django_db
def test_an_acknowledged_ballot_without_its_receipt_is_found():
    made = market()
    bidder = SimpleNamespace(client=SimpleNamespace(member=made.north))
    scene = SimpleNamespace(live=made.competition, close=NOW + timedelta(days=1), bidders=[bidder])
    journal = Journal(
        lines=[Line("ballot", (0, price), NOW, status, {}, 0.1) for price, status in ((1, 201), (2, None))]
    )
    assert list(checks.ballots(scene, journal, None)) == ["ballot 1 of bidder 0, answered 201: 0 receipts"]
