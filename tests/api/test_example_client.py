"""The example client of ``examples/``, run as its README tells it, from a fleet's CSV to the statement."""

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
import shapely

from api.webhooks import signing
from api.webhooks.endpoints import add_endpoint
from bidding.domain.decisions.deciding import BidDecision, decide_bids
from bidding.enums import Decision
from bidding.models import Bid
from competitions.domain.terms_keeping import create_terms
from competitions.enums import CompetitionType
from contracts.domain.given_terms import give_terms
from contracts.domain.queries import contracts_of
from marketplace import clock
from marketplace.deliveries.channels import WEBHOOKS
from marketplace.deliveries.engine import deliver_due
from marketplace.jobs.publishing import run_jobs_inline
from operations.domain.dispatching import amend_dispatch
from operations.domain.issuing import issue_dispatch
from qualification.domain.verdicts.requalification import work_off
from qualification.models import Asset
from settlement.domain.runs import run_statements, runnable
from settlement.models import Statement
from tests.api.programs import Program
from tests.bidding.confirming import confirm_results
from tests.bidding.market import AFTER, BIDDING
from tests.qualification import market as base

EXAMPLES = Path(__file__).parents[2] / "examples"
NEAR_DARLINGTON = shapely.box(-1.7, 54.4, -1.4, 54.7)
SERVICE = datetime(2026, 2, 1, 16, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TERMS = {"baseline": {"method": "constant", "kw": "-600"}, "availability": {"mode": "fixed"}}


class Engineer:
    """Somebody at a provider who runs the example step by step, at the present ``now`` of the marketplace."""

    def __init__(self, url: str, member, folder: Path) -> None:
        self.now, self.member, self.folder = base.DURING, member, folder
        with clock.set_to(self.now):
            self.program = Program(member)
        self.settings = {
            "MARKETPLACE_SITE": url,
            "MARKETPLACE_CLIENT_ID": self.program.client.pk,
            "MARKETPLACE_CLIENT_SECRET": self.program.secret,
        }

    def run(self, *step: str | Path, status: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "provider", *map(str, step)],
            cwd=EXAMPLES,
            env=os.environ | self.settings,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def engineer(live_server, tmp_path, monkeypatch):
    made = Engineer(live_server.url, base.member(base.provider("Darlington Flex")), tmp_path)
    monkeypatch.setattr(clock, "now", lambda: made.now)  # for the server's threads, too
    with run_jobs_inline():
        yield made


@pytest.fixture
def receiver(engineer, settings, monkeypatch):
    """The example's receiver of webhooks, with the address of a webhook that tells of dispatches."""
    settings.WEBHOOK_LOOPBACK = True
    monkeypatch.syspath_prepend(EXAMPLES)
    from provider import webhooks
    from provider.connection import Marketplace
    from provider.dispatches import handle_dispatch

    monkeypatch.setattr(webhooks.time, "time", lambda: engineer.now.timestamp())
    market = Marketplace(*engineer.settings.values())
    handled = threading.Event()

    def handle(event):
        handle_dispatch(market, event["data"]["dispatch"])
        handled.set()

    with webhooks.Receiver(0, "", handle) as server:
        server.handled = handled
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def operator():
    return base.member(base.operator())


def accept_everything(operator, competition):
    bids = Bid.objects.filter(ballot__competition=competition)
    decisions = [BidDecision(each.pk, Decision.ACCEPTED) for each in bids]
    decide_bids(by=operator, competition=competition, decisions=decisions, now=AFTER)
    confirm_results(by=operator, competition=competition, now=AFTER)


def with_terms(operator, contract):
    version = create_terms(by=operator, ref="TERMS", name="Terms", fields=TERMS, now=AFTER)
    give_terms(by=operator, contract_ids=[contract.pk], version=version, now=AFTER)
    return contract


def forged(receiver, now):
    """The status with which an event is answered that somebody else signed."""
    body = json.dumps({"type": "dispatch.issued", "data": {"dispatch": "1"}})
    sent = signing.headers([signing.new_secret()], "1", body, now)
    return requests.post(f"http://127.0.0.1:{receiver.server_port}/", body, headers=sent).status_code


@pytest.mark.django_db(transaction=True)
def test_a_provider_goes_from_its_fleet_to_its_statement_with_the_example_alone(engineer, operator, receiver):
    competition = base.competition(
        operator.organisation, NEAR_DARLINGTON, ref="DARL", competition_type=CompetitionType.UTILISATION
    )
    assert "organisation: Darlington Flex" in engineer.run("me")

    assert engineer.run("fleet", "fleet.csv") == "10 created\n"
    assert engineer.run("fleet", "fleet.csv") == "10 unchanged\n"
    assert Asset.objects.get(ref="DARL-BAT-01").group.ref == "BATTERIES"

    work_off(engineer.now)
    assert engineer.run("enter") == "DARL: entered with 10 of 10 assets.\n"

    engineer.now = BIDDING
    assert "utilisation_price" in engineer.run("bid", "DARL", status=1)
    refused = engineer.run("bid", "DARL", "--utilisation-price", "-1", status=1)
    assert "/bids/0/utilisation_price: " in refused
    receipts = engineer.folder / "receipts.json"
    placed = engineer.run("bid", "DARL", "--utilisation-price", "95.50", "--receipts", receipts)
    assert "DARL MAIN: 6 MW in Winter, Window 0" in placed
    assert [each["action"] for each in json.loads(receipts.read_text())] == ["placed"]

    engineer.now = AFTER
    assert "not confirmed" in engineer.run("results", "DARL", status=1)
    accept_everything(operator, competition)
    assert engineer.run("results", "DARL") == "6 in Winter, Window 0: accepted\n"
    contract = with_terms(operator, contracts_of(operator).get())

    engineer.now = SERVICE - HOUR
    call = {"contract_id": contract.pk, "start": SERVICE, "end": SERVICE + HOUR, "now": engineer.now}
    dispatch = issue_dispatch(by=operator, mw=Decimal(4), ref="HOT-1", **call)
    state = engineer.folder / "messages.json"
    heard = engineer.run("listen", "--once", "--state", state)
    assert "HOT-1 (operational, acknowledged):\n  4 MW from 2026-02-01T16:00:00Z" in heard
    assert engineer.run("listen", "--once", "--state", state) == ""

    webhook = add_endpoint(
        by=engineer.member,
        url=f"http://127.0.0.1:{receiver.server_port}/",
        kinds=["dispatch.amended"],
        now=engineer.now,
    )
    receiver.secret = webhook.secret
    assert forged(receiver, engineer.now) == 401
    more = {"mw": Decimal(5), "since": SERVICE, "end": SERVICE + HOUR}
    amend_dispatch(by=operator, dispatch_id=dispatch.pk, now=engineer.now, **more)
    deliver_due(WEBHOOKS)
    assert receiver.handled.wait(20)
    assert [each.kind for each in dispatch.events.all()] == ["issue", "acknowledge", "amend", "acknowledge"]

    engineer.now = SERVICE + DAY
    assert engineer.run("readings", "readings.csv").endswith("40 readings sent, 0 refusals.\n")

    engineer.now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    february = date(2026, 2, 1)
    run_statements(by=operator, contracts=runnable(operator, february), month=february, now=engineer.now)
    engineer.run("statements", "--month", "2026-02", "--folder", engineer.folder)
    (file,) = engineer.folder.glob("2026-02 DARL *.json")
    told = json.loads(file.read_text())
    stored = Statement.objects.get()
    assert (told["digest"], Decimal(told["total"])) == (stored.current.digest, stored.current.total)
    (line,) = told["lines"]
    assert line["words"] == "5 MWh of 5 MWh delivered (100.0 %), 5 MWh paid at £95.50/MWh: £477.50"


class Unready(BaseHTTPRequestHandler):
    """Gives tokens; then answers each request as ``answers`` says, with 200 at the end."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/oauth/token":
            self.server.tokens += 1
            return self.say(200, {"access_token": f"token {self.server.tokens}"})
        self.server.got.append((self.headers["Authorization"], self.headers["Idempotency-Key"], body))
        status = self.server.answers.pop(0) if self.server.answers else 200
        return self.say(status, {"code": "no", "detail": "Not now.", "status": status})

    def say(self, status, told):
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *told):
        """Nothing is printed."""


@pytest.fixture
def unready(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)
    from provider.connection import Marketplace

    with ThreadingHTTPServer(("127.0.0.1", 0), Unready) as server:
        server.tokens, server.got, server.answers = 0, [], []
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        server.market = Marketplace(f"http://127.0.0.1:{server.server_port}", "id", "secret")
        yield server
        server.shutdown()


def test_a_post_is_repeated_with_its_key_when_busy_and_with_a_new_token_when_the_old_one_is_over(unready):
    unready.answers = [503, 401, 429]
    assert unready.market.post("/dispatches/1/acknowledge")["status"] == 200
    assert [token for token, _, _ in unready.got] == ["Bearer token 1"] * 2 + ["Bearer token 2"] * 2
    assert len({(key, body) for _, key, body in unready.got}) == 1
    unready.market.post("/dispatches/1/acknowledge")
    assert len({key for _, key, _ in unready.got}) == 2


@pytest.mark.parametrize(("answers", "times"), [([422], 1), ([401, 401], 2), ([429] * 9, 6)])
def test_what_is_refused_for_good_is_told_in_words_and_not_sent_for_ever(unready, answers, times):
    unready.answers = answers
    with pytest.raises(Exception, match=r"Not now\. \[no\]"):
        unready.market.post("/readings", {"readings": []})
    assert len(unready.got) == times


def test_a_secret_goes_to_other_machines_by_https_alone(unready):
    with pytest.raises(ValueError, match="https://"):
        type(unready.market)("http://market.example", "id", "secret")
