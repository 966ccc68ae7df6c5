"""OpenADR against a running server, as a client plays it; every answer held against the published interface."""

import json
import threading
import time
from datetime import timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path

import jsonschema
import pytest
import requests
import yaml

from accounts.models import ApiToken
from api.openadr.door import PREFIX
from marketplace import clock
from tests.api.delivering import wait_until, worker_of
from tests.api.openadr import event, report
from tests.api.programs import Program
from tests.api.receiver import Receiver
from tests.bidding.market import AFTER
from tests.operations.scene import contracted, give

INTERFACE = yaml.safe_load((Path(__file__).parent / "data" / "openadr3-3.1.1.yaml").read_text())


def holds(told, name):
    """Whether an answer is what the interface calls by this name."""
    components = json.loads(json.dumps(INTERFACE["components"], default=str))
    for each in ("BlVenRequest", "BlResourceRequest"):
        components["schemas"][each]["properties"].pop("objectType")
    schema = {"$ref": f"#/components/schemas/{name}", "components": components}
    jsonschema.Draft4Validator(schema).validate(told)
    return told


class Speaker:
    """A client of OpenADR."""

    def __init__(self, url, program):
        self.base, self.session = f"{url}{PREFIX}", requests.Session()
        where = self.session.get(f"{self.base}/auth/server").json()
        form = {
            "grant_type": "client_credentials",
            "client_id": program.client.pk,
            "client_secret": program.secret,
        }
        told = self.session.post(holds(where, "authServerInfo")["tokenURL"], form).json()
        token = holds(told, "clientCredentialResponse")["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method, path, name, body=None, status=200):
        answer = self.session.request(method, f"{self.base}{path}", json=body)
        assert answer.status_code == status, answer.text
        told = answer.json()
        for each in told if isinstance(told, list) else [told]:
            holds(each, name)
        return told


@pytest.fixture
def listener(settings):
    settings.WEBHOOK_LOOPBACK = True
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.answers = [], 200
    server.url = f"http://127.0.0.1:{server.server_port}/hooks"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.django_db(transaction=True)
def test_a_client_plays_from_token_to_subscription_and_hears_of_an_event_within_two_seconds(
    live_server, listener, monkeypatch
):
    with clock.set_to(AFTER):
        market = contracted()
        give(market, "fixed")
        programs = Program(market.north), Program(market.buyer)
        ApiToken.objects.update(ends_at=AFTER + timedelta(days=400))
    before = market.service.start - timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: before)  # for the server's threads, too
    with clock.set_to(before), worker_of("webhooks"):
        provider, operator = (Speaker(live_server.url, each) for each in programs)
        (program, *_) = provider.ask("GET", "/programs", "program")
        wanted = {
            "clientName": "north",
            "programID": program["id"],
            "objectOperations": [
                {"objects": ["EVENT"], "operations": ["CREATE"], "callbackUrl": listener.url}
            ],
        }
        first = operator.ask("POST", "/events", "event", event(market), 201)  # a server has served before
        operator.ask("DELETE", f"/events/{first['id']}", "event")
        made = provider.ask("POST", "/subscriptions", "subscription", wanted, 201)
        begun = time.monotonic()
        called = operator.ask("POST", "/events", "event", event(market), 201)
        wait_until(lambda: listener.got)
        assert listener.came_at - begun < 2
        ((_, body),) = listener.got
        (heard,) = provider.ask("GET", "/events?active=true", "event")
        assert json.loads(body) == {"objectType": "EVENT", "operation": "CREATE", "object": heard}
        assert heard["id"] == called["id"]
        assert "WARNING" in str(called)
        assert "WARNING" not in str(heard)
        answer = report(market, heard["id"], "DISPATCH_ACKNOWLEDGED", [True], resource="AGGREGATED_REPORT")
        provider.ask("POST", "/reports", "report", answer, 201)
        readings = report(
            market,
            heard["id"],
            "USAGE",
            [12.5, -3],
            start=-120,
            payloadDescriptors=[
                {"objectType": "REPORT_PAYLOAD_DESCRIPTOR", "payloadType": "USAGE", "units": "KWH"}
            ],
        )
        provider.ask("POST", "/reports", "report", readings, 201)
        assert len(operator.ask("GET", f"/reports?eventID={heard['id']}", "report")) == 2
        assert provider.ask("GET", "/subscriptions", "subscription") == [made]
        provider.ask("GET", "/vens", "ven")
        assert provider.ask("GET", "/resources", "resource")
        provider.ask("GET", "/notifiers", "notifiersResponse")
        provider.ask("POST", "/events", "problem", event(market), 403)
        operator.ask("POST", "/events", "problem", event(market, kw=1), 400)
