"""200 dispatches issued to 50 providers with webhooks: from the issue of each to its arrival, a worker killed in between."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.test import override_settings
from django.urls import reverse

from accounts.models import Member
from api.enums import WebhookKind
from api.models import WebhookDelivery
from api.webhooks.endpoints import add_endpoint
from competitions.domain.terms_keeping import create_terms
from contracts.models import Contract
from marketplace import clock
from marketplace.embedded import dying_with_parent
from operations.domain.dispatch_plan import issue_plan
from operations.domain.issuing import issue_dispatch
from operations.models import Message
from tests.bench.dispatch import hour_of_service
from tests.bench.measured import Measured, seconds
from tests.qualification import market
from tests.support.running_contract import contract_of

PROVIDERS, CONTRACTS_OF_EACH, WORKERS = 50, 4, 2
HALF, PATIENCE = Decimal("0.5"), 60


class _Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server: Any = self.server
        server.got.append((clock.now(), json.loads(body or b"{}")))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *told: Any) -> None:
        """Nothing is printed."""


def rows() -> Iterator[Measured]:
    """The 95th percentile from issue to arrival; the peer posts as many bare bodies to the same place."""
    with override_settings(WEBHOOK_LOOPBACK=True), _receiver() as server:
        now = clock.now()
        assert reverse("operations:dispatches"), "addresses are loaded, as in a process that serves"
        buyer = market.member(market.operator())
        version = create_terms(by=buyer, ref="hooks", name="Hooks", fields={}, now=now)
        sellers = [market.member(market.provider()) for _ in range(PROVIDERS)]
        contracts = [
            contract_of(buyer, seller, version, now) for seller in sellers for _ in range(CONTRACTS_OF_EACH)
        ]
        for place, seller in enumerate(sellers):
            url = f"http://127.0.0.1:{server.server_port}/{place}"
            add_endpoint(by=seller, url=url, kinds=[WebhookKind.DISPATCH_ISSUED], now=now)
        peer = seconds(lambda: _bare_posts(server.server_port, len(contracts)))
        server.got.clear()
        with _workers() as killed:
            one_by_one = partial(_issue_one_by_one, buyer, contracts, killed)
            yield from _measured(server, len(contracts), "a worker killed in between", one_by_one)
            at_once = partial(_issue_at_once, buyer, contracts)
            yield from _measured(server, len(contracts), "as one plan", at_once)
        yield Measured("webhooks", f"{len(contracts)} bare posts to the same place", peer)


def _issue_one_by_one(buyer: Member, contracts: list[Contract], killed: Callable[[], None]) -> None:
    for place, contract in enumerate(contracts):
        now = clock.now()
        span = hour_of_service(now, hours=1)
        issue_dispatch(by=buyer, contract_id=contract.pk, mw=HALF, now=now, **span)
        if place == len(contracts) // 2:
            killed()


def _issue_at_once(buyer: Member, contracts: list[Contract]) -> None:
    now = clock.now()
    calls = [(each.pk, HALF) for each in contracts]
    issue_plan(by=buyer, calls=calls, **hour_of_service(now, hours=3), ref="PLAN", now=now)


def _measured(server: Any, number: int, how: str, issue: Callable[[], None]) -> Iterator[Measured]:
    known = set(Message.objects.values_list("pk", flat=True))
    server.got.clear()
    wall = seconds(issue)
    _wait_for(server, number)
    issued = {str(each.pk): each.at for each in Message.objects.exclude(pk__in=known)}
    first: dict[str, datetime] = {}
    for at, body in server.got:
        first.setdefault(body["data"]["id"], at)
    assert set(first) == set(issued), f"{len(first)} of {number} arrived"
    assert not WebhookDelivery.objects.exclude(state="sent").exists()
    waited = sorted((at - issued[pk]).total_seconds() for pk, at in first.items())
    told = f"{number} dispatches to {PROVIDERS} providers, {how}, {len(server.got) - number} told twice"
    yield Measured("webhooks", f"{told}: all issued", wall)
    yield Measured("webhooks", "the same: issued to received, median", waited[number // 2])
    yield Measured("webhooks", "the same, p95", waited[number * 95 // 100])


@contextmanager
def _receiver() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    server.got = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def _workers() -> Iterator[Any]:
    """Workers for webhooks; what is given kills one of their processes."""
    command = ["celery", "-A", "marketplace", "worker", "-Q", "webhooks", "-c", str(WORKERS), "-l", "ERROR"]
    worker = subprocess.Popen(
        [*dying_with_parent(signal.SIGTERM), *command],
        env=os.environ
        | {"WEBHOOK_LOOPBACK": "1", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(8)

    def kill_one() -> None:
        children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
        if children:
            os.kill(int(children[-1]), signal.SIGKILL)

    try:
        yield kill_one
    finally:
        worker.terminate()
        worker.wait(timeout=30)


def _wait_for(server: Any, number: int) -> None:
    until = datetime.now(UTC) + timedelta(seconds=2 * PATIENCE)
    while len({body["data"]["id"] for _, body in server.got}) < number and datetime.now(UTC) < until:
        time.sleep(0.1)
    while WebhookDelivery.objects.exclude(state="sent").exists() and datetime.now(UTC) < until:
        time.sleep(0.5)


def _bare_posts(port: int, number: int) -> None:
    for _ in range(number):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("POST", "/", b'{"data":{"id":""}}')
        connection.getresponse().read()
        connection.close()
