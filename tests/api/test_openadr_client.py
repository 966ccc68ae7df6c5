"""The published client `openadr3` against a running server: its models read every answer, and it hears of an event in time."""

import json
import time
from datetime import timedelta

import pytest
from openadr3 import OpenADRClient, coerce_notification

from accounts.models import ApiToken
from api.openadr.door import PREFIX
from marketplace import clock
from tests.api.delivering import wait_until, worker_of
from tests.api.openadr import event, report
from tests.api.programs import Program
from tests.api.receiving import receiving
from tests.bidding.market import AFTER
from tests.operations.scene import contracted, give, minute


def signed_in(url, program):
    client = OpenADRClient(f"{url}{PREFIX}")
    with client._http:  # the client puts another in its place and leaves this one open
        client.fetch_token(program.client.pk, program.secret)
    return client


def made(answer):
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.mark.django_db(transaction=True)
def test_the_client_plays_from_token_to_subscription_and_reads_what_it_is_sent(
    live_server, monkeypatch, settings
):
    settings.WEBHOOK_LOOPBACK = True
    with clock.set_to(AFTER):
        market = give(contracted(), "fixed")
        programs = Program(market.north), Program(market.buyer)
        ApiToken.objects.update(ends_at=AFTER + timedelta(days=400))
    before = market.service.start - timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: before)  # for the server's threads, too
    with (
        clock.set_to(before),
        receiving() as listener,
        worker_of("webhooks"),
        signed_in(live_server.url, programs[0]) as provider,
        signed_in(live_server.url, programs[1]) as operator,
    ):
        program = provider.program(str(market.contract.pk))
        assert program.id in {each.id for each in provider.programs()}
        wanted = {
            "clientName": "north",
            "programID": program.id,
            "objectOperations": [
                {"objects": ["EVENT"], "operations": ["CREATE"], "callbackUrl": listener.url}
            ],
        }
        first = made(operator.create_event(event(market)))  # a server has served before
        assert operator.delete_event(first["id"]).status_code == 200
        subscription = provider.subscription(made(provider.create_subscription(wanted))["id"])
        assert subscription.program_id == program.id
        begun = time.monotonic()
        called = made(operator.create_event(event(market)))
        wait_until(lambda: listener.got)
        assert listener.came_at - begun < 2
        told = coerce_notification(json.loads(listener.got[0][1]))
        (heard,) = provider.events(active="true")
        assert (told.operation, told.object.id, heard.id) == ("CREATE", called["id"], called["id"])
        (interval,) = heard.resolved_intervals()
        assert interval.interval_period.period == (minute(market, 0), minute(market, 30))
        assert [(each.type, each.values) for each in interval.payloads] == [
            ("DISPATCH_SETPOINT_RELATIVE", [-500])
        ]
        answer = report(market, heard.id, "DISPATCH_ACKNOWLEDGED", [True], resource="AGGREGATED_REPORT")
        made(provider.create_report(answer))
        readings = report(market, heard.id, "USAGE", [12.5, -3], start=-120)
        readings["payloadDescriptors"] = [
            {"objectType": "REPORT_PAYLOAD_DESCRIPTOR", "payloadType": "USAGE", "units": "KWH"}
        ]
        made(provider.create_report(readings))
        kept = operator.reports(eventID=heard.id)
        assert {
            each.resources[0].intervals[0].payloads[0].type: each.resources[0].resource_name for each in kept
        } == {"DISPATCH_ACKNOWLEDGED": "AGGREGATED_REPORT", "USAGE": "N1"}
        assert [each.id for each in provider.subscriptions()] == [subscription.id]
        assert {each.resource_name for each in provider.resources()} >= {"N1"}
        (ven,) = provider.vens()
        assert provider.ven(ven.id).ven_name == ven.ven_name
        assert provider.delete_subscription(subscription.id).status_code == 200
        assert provider.subscriptions() == []
