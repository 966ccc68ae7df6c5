"""OpenADR 3.1 as its clients use it: programs, events, answers, meter data, subscriptions, and who may what."""

import json
import threading
import uuid
from datetime import timedelta
from http.server import ThreadingHTTPServer
from itertools import product

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.enums import Role, Scope
from accounts.models import ApiToken, Member
from api.models import AdrReport
from api.openadr.door import DOOR, PREFIX
from bidding.domain.ballots.submitting import submit_ballot, withdraw_ballot
from competitions.enums import AssetStatus
from contracts.domain.lifecycle import sign_contract
from contracts.models import Contract
from contracts.signals import contracts_moved
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.deliveries.channels import WEBHOOKS
from marketplace.deliveries.engine import deliver_due
from marketplace.jobs.publishing import run_jobs_inline
from operations.models import Dispatch, DispatchEvent, MeterDay
from operations.presenters.dispatch_page import page_of
from qualification.models import Asset
from tests.api.openadr import ask, event, report, z
from tests.api.programs import Program
from tests.api.receiver import Receiver
from tests.bidding import market as bidding
from tests.bidding.market import AFTER
from tests.operations.scene import browser, contracted, give, minute
from tests.support.walking import refusals_unlogged, views_below

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(module_database):
    """North's contract, and a program of each party, an hour before service."""
    with clock.set_to(AFTER):
        of = contracted()
        give(of, "fixed")
        of.operator, of.provider, of.rival = Program(of.buyer), Program(of.north), Program(of.south)
        ApiToken.objects.update(ends_at=AFTER + timedelta(days=400))
    return of


@pytest.fixture
def market(made):
    with clock.set_to(made.service.start - timedelta(hours=1)):
        yield made


def issued(market, **more):
    answer = ask(market.operator, "post", "/events", event(market, **more))
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_contract_is_a_program_of_both_parties_and_of_nobody_else(market):
    wanted = str(market.contract.pk)
    told = ask(market.provider, "get", "/programs").json()
    assert told[0]["id"] == wanted
    assert told[0]["objectType"] == "PROGRAM"
    assert market.competition.ref in {each["programName"] for each in told}
    assert ask(market.operator, "get", f"/programs/{wanted}").json() == told[0]
    assert ask(market.rival, "get", f"/programs/{wanted}").status_code == 404
    assert [each["id"] for each in ask(market.provider, "get", f"/programs?targets={wanted}").json()] == [
        wanted
    ]
    assert ask(market.provider, "get", "/programs?limit=51").status_code == 400
    assert ask(market.provider, "get", "/programs?limit=1&skip=1").json() == told[1:2]


def test_an_event_is_a_dispatch_with_less_consumption_below_zero(market):
    told = issued(market, eventName="CALL-1")
    dispatch = Dispatch.objects.get(pk=told["id"])
    assert (str(dispatch.mw), dispatch.ref, dispatch.end - dispatch.start) == (
        "0.500000",
        "CALL-1",
        timedelta(minutes=30),
    )
    setpoint, warned = told["intervals"][0]["payloads"]
    assert setpoint == {"type": "DISPATCH_SETPOINT_RELATIVE", "values": [-500]}
    assert warned == {"type": "DISPATCH_WARNING", "values": dispatch.events.get().warnings}
    provided = ask(market.provider, "get", f"/events/{told['id']}").json()
    assert provided["intervals"][0]["payloads"] == [setpoint]
    assert told["intervalPeriod"] == {"start": z(dispatch.start), "duration": "PT30M"}
    assert issued(market, eventName="CALL-1")["id"] == told["id"]
    for program in (market.operator, market.provider):
        assert [each["id"] for each in ask(program, "get", "/events").json()] == [told["id"]]
        path = f"/events?programID={market.contract.pk}&active=true"
        assert len(ask(program, "get", path).json()) == 1
    assert ask(market.rival, "get", "/events").json() == []
    assert ask(market.rival, "get", f"/events/{told['id']}").status_code == 404


def test_an_event_whose_assets_can_t_deliver_is_issued_only_with_a_payload_that_says_it_is_meant(market):
    Asset.objects.filter(ref="N1").update(status=AssetStatus.MOTHBALLED)
    asked = event(market, eventName="CALL-2")
    refused = ask(market.operator, "post", "/events", asked)
    assert refused.status_code == 400
    assert refused.json()["code"] == "confirmation_missing"
    assert refused.json()["warnings"] == ["N1 is mothballed."]
    assert "N1 is mothballed. Add a payload DISPATCH_ANYWAY" in refused.json()["detail"]
    assert not Dispatch.objects.exists()
    asked["intervals"][0]["payloads"].append({"type": "DISPATCH_ANYWAY", "values": [True]})
    told = ask(market.operator, "post", "/events", asked)
    assert told.status_code == 201, told.content
    again = ask(market.operator, "post", "/events", event(market, eventName="CALL-2"))
    assert again.json()["id"] == told.json()["id"], "what is known needs no payload"
    assert "N1 is mothballed." in told.json()["intervals"][0]["payloads"][1]["values"]


def test_what_hinders_nothing_holds_no_event_up_and_is_kept_for_the_operator_alone(market):
    told = issued(market)
    warnings = told["intervals"][0]["payloads"][1]["values"]
    assert [each.split(" in the last")[0] for each in warnings[:1]] == ["No meter data"]
    entries = AuditEntry.objects.filter(action="dispatch issued")
    assert {each.organisation_id: each.changes.get("warnings") for each in entries} == {
        market.buyer.organisation_id: [None, warnings],
        market.north.organisation_id: None,
    }
    page = reverse("operations:dispatch", args=[told["id"]])
    assert warnings[0] in browser(market.buyer).get(page).content.decode()
    assert warnings[0] not in browser(market.north).get(page).content.decode()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kw": 500}, "less than 0"),
        ({"kw": -5000}, "MW"),
        ({"kw": "x"}, "one number"),
        ({"intervals": []}, "one number"),
        ({"intervalPeriod": {}}, "length of each interval"),
    ],
)
def test_what_can_t_be_dispatched_is_refused_with_the_reason(market, changed, words):
    answer = ask(market.operator, "post", "/events", event(market, **changed))
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 400
    assert words in answer.json()["detail"]
    assert not Dispatch.objects.exists()


def test_a_provider_acknowledges_and_an_operator_amends_stops_and_cancels(market):
    told = issued(market)
    path = f"/events/{told['id']}"
    answered = ask(
        market.provider, "post", "/reports", report(market, told["id"], "DISPATCH_ACKNOWLEDGED", [True])
    )
    assert answered.status_code == 201, answered.content
    assert Dispatch.objects.get(pk=told["id"]).state == "acknowledged"
    shorter = ask(market.operator, "put", path, event(market, kw=-300, minutes=20))
    assert shorter.json()["duration"] == "PT20M", shorter.content
    assert shorter.json()["intervals"][0]["payloads"][0]["values"] == [-300]
    more = ask(market.operator, "put", path, event(market, kw=-400, minutes=20)).json()
    waiting = more["intervals"][-1]["payloads"][-1]
    assert (waiting["type"], waiting["values"][1]) == ("DISPATCH_AMENDMENT", -400)
    again = report(market, told["id"], "DISPATCH_ACKNOWLEDGED", [waiting["values"][0]])
    assert ask(market.provider, "post", "/reports", again).status_code == 201
    agreed = ask(market.provider, "get", path).json()
    assert agreed["intervals"][0]["payloads"] == [{"type": "DISPATCH_SETPOINT_RELATIVE", "values": [-400]}]
    with clock.set_to(minute(market, 10)):
        alert = [{"id": 0, "payloads": [{"type": "ALERT_GRID_EMERGENCY", "values": ["Fault"]}]}]
        ended = ask(market.operator, "put", path, event(market, intervals=alert)).json()
        assert ended["duration"] == "PT10M"
        assert ended["intervals"][-1]["payloads"][-1]["type"] == "ALERT_GRID_EMERGENCY"
        assert ask(market.provider, "get", "/events?active=true").json() == []
    kinds = DispatchEvent.objects.filter(dispatch=told["id"]).order_by("place").values_list("kind", flat=True)
    assert list(kinds)[-1] == "emergency_stop"


def test_deleting_an_event_cancels_before_its_start_and_stops_after(market):
    first = issued(market, start=0)
    assert ask(market.operator, "delete", f"/events/{first['id']}").status_code == 200
    assert ask(market.provider, "get", f"/events/{first['id']}").status_code == 404
    second = issued(market, start=0)
    with clock.set_to(minute(market, 5)):
        ended = ask(market.operator, "delete", f"/events/{second['id']}").json()
    assert ended["duration"] == "PT5M"


def test_a_dispatch_is_declined_with_the_reason(market):
    told = issued(market)
    declined = report(market, told["id"], "DISPATCH_DECLINED", ["Broken"])
    assert ask(market.provider, "post", "/reports", declined).status_code == 201
    assert Dispatch.objects.get(pk=told["id"]).state == "declined"


def test_usage_is_meter_data_by_its_sign_and_the_same_report_is_one(market):
    told = issued(market)
    body = report(market, told["id"], "USAGE", [12.5, -3.25], start=-120)
    first = ask(market.provider, "post", "/reports", body)
    assert first.status_code == 201, first.content
    assert first.json()["clientID"] == market.provider.client.pk
    assert ask(market.provider, "post", "/reports", body).json()["id"] == first.json()["id"]
    assert AdrReport.objects.count() == 1
    assert MeterDay.objects.count() == 1
    since, until = z(minute(market, -120)), z(minute(market, -60))
    found = market.provider.get(f"/readings?unit=N1&since={since}&until={until}").json()["items"]
    assert [(each["import_kwh"], each["export_kwh"]) for each in found] == [("12.5", "0"), ("0", "3.25")]
    path = f"/reports/{first.json()['id']}"
    assert ask(market.operator, "get", path).json() == first.json()
    assert ask(market.rival, "get", path).status_code == 404
    changed = ask(market.provider, "put", path, report(market, told["id"], "USAGE", [13, -3], start=-120))
    assert changed.json()["resources"][0]["intervals"][0]["payloads"][0]["values"] == [13]
    for wanted, number in ((told["id"], 1), (str(market.contract.pk), 0)):
        assert len(ask(market.provider, "get", f"/reports?eventID={wanted}").json()) == number
    assert ask(market.provider, "delete", path).status_code == 200
    assert ask(market.provider, "get", path).status_code == 404


def test_meter_data_is_reported_on_a_program_too_and_a_wrong_one_changes_nothing(market):
    program = str(market.contract.pk)
    body = report(market, program, "READING", [1, 2], start=-120)
    assert ask(market.provider, "post", "/reports", body).status_code == 201
    before = MeterDay.objects.count()
    wrong = report(market, program, "USAGE", [1], resource="NOBODY", start=-120)
    refused = ask(market.provider, "post", "/reports", wrong)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/resources/0/intervals/0")
    assert MeterDay.objects.count() == before
    many = report(market, program, "USAGE", list(range(10_001)), start=-120)
    assert ask(market.provider, "post", "/reports", many).status_code in (400, 413)


def test_a_baseline_is_a_nomination_of_net_export(market):
    day = 24 * 60 * 3
    body = report(market, str(market.contract.pk), "BASELINE", [100], start=day)
    answer = ask(market.provider, "post", "/reports", body)
    assert answer.status_code == 201, answer.content
    assert market.provider.get("/nominations").json()["items"][0]["kw"] == "-200"


def test_vens_and_resources_are_read_and_their_writing_is_refused_with_the_reason(market):
    (ven,) = ask(market.provider, "get", "/vens").json()
    assert (ven["objectType"], ven["venName"]) == ("VEN", "Robot")
    assert ask(market.provider, "get", f"/vens/{ven['id']}").json() == ven
    resources = ask(market.provider, "get", f"/resources?venID={ven['id']}").json()
    assert "N1" in {each["resourceName"] for each in resources}
    one = resources[0]
    assert ask(market.provider, "get", f"/resources/{one['id']}").json() == one
    for path in ("/vens", "/resources", "/programs"):
        refused = ask(market.provider, "post", path, {"programName": "x"})
        assert refused.status_code == 403
        assert refused.json()["detail"]
    assert ask(market.provider, "post", "/events", event(market)).status_code == 403
    assert ask(market.operator, "post", "/reports", report(market, "x", "USAGE", [1])).status_code == 403


def test_the_token_is_had_where_the_door_says_with_the_scopes_of_the_standard(market):
    said = ask(None, "get", "/auth/server").json()["tokenURL"]
    body = {
        "grant_type": "client_credentials",
        "client_id": market.provider.client.pk,
        "client_secret": market.provider.secret,
    }
    for path, scope in product((said, f"{PREFIX}/auth/token"), ("", "read_all write_reports")):
        answer = Client().post(path, body | ({"scope": scope} if scope else {}))
        assert answer.status_code == 200, answer.content
    assert set(answer.json()["scope"].split()) >= {"dispatch:read", "dispatch:write", "metering:write"}
    assert "bids:write" not in answer.json()["scope"]
    assert ask(None, "get", "/programs").status_code == 401
    assert ask(market.provider, "get", "/notifiers").json() == {"WEBHOOK": True}


def test_every_address_declares_who_may_and_holds_to_it(market):
    named = {name for _, name in views_below("openadr3/") if name not in {"openadr_token", "api-root"}}
    assert named == set(DOOR.operations)
    people = {
        "blind": Program(market.north, name="Blind", scopes=(Scope.MARKET_READ,)),
        "idle": Program(market.north, name="Idle", roles=()),
        "provider": market.provider,
        "operator": market.operator,
        "rival": market.rival,
        None: None,
    }
    wrong = {}
    for operation, (who, program) in product(DOOR.operations.values(), people.items()):
        path = operation.path
        for name in ("program_id", "event_id", "report_id", "ven_id", "resource_id", "subscription_id"):
            path = path.replace(f"{{{name}}}", str(market.contract.pk))
        with transaction.atomic(), refusals_unlogged():
            status = ask(program, operation.method.lower(), path).status_code
            transaction.set_rollback(True)
        if operation.declared.is_public:
            expected = {200}
        elif program is None:
            expected = {401}
        elif who == "idle" or (who == "blind" and operation.declared.scope):
            expected = {403}
        else:
            expected = {200, 400, 403, 404}
        if status not in expected:
            wrong[operation.id, who] = status
    assert wrong == {}
    assert all(
        each.declared.role == Role.OPERATIONS
        for each in DOOR.operations.values()
        if not each.declared.is_public
    )


def test_a_program_of_a_competition_tells_nothing_of_bids():
    of = bidding.market()
    with clock.set_to(bidding.BIDDING):
        people = [Program(each) for each in (of.buyer, of.north, of.south)]
        paths = ("/programs", f"/programs/{of.competition.pk}", "/events", "/reports", "/resources")

        def told():
            found = [ask(each, "get", path) for each, path in product(people, paths)]
            return [(each.status_code, each["ETag"], each.content) for each in found]

        without = told()
        assert without[1][0] == 200
        submit_ballot(
            by=of.north,
            competition=of.competition,
            label="1",
            asset_ids=None,
            bids=[bidding.bid(of.windows[0])],
            now=bidding.BIDDING,
        )
        assert told() == without
        withdraw_ballot(by=of.north, competition=of.competition, label="1", now=bidding.BIDDING)
        assert told() == without


@pytest.fixture
def listener(settings):
    settings.WEBHOOK_LOOPBACK = True
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.answers = [], 200
    server.url = f"http://127.0.0.1:{server.server_port}/hooks"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with run_jobs_inline():
        yield server
    server.shutdown()
    server.server_close()


def subscription(listener, **more):
    wanted = {
        "objects": ["EVENT", "REPORT"],
        "operations": ["CREATE", "UPDATE", "DELETE"],
        "callbackUrl": listener.url,
        "bearerToken": "secret-of-ours",
    }
    return {"clientName": "north", "objectOperations": [wanted]} | more


def test_a_subscriber_is_told_of_each_change_of_an_event_with_its_token(market, listener):
    made = ask(market.provider, "post", "/subscriptions", subscription(listener))
    assert made.status_code == 201, made.content
    ask(market.rival, "post", "/subscriptions", subscription(listener))
    other = subscription(listener, programID=str(uuid.uuid4()))
    assert ask(market.provider, "post", "/subscriptions", other).status_code == 404
    told = issued(market)
    ask(market.operator, "delete", f"/events/{told['id']}")
    while deliver_due(WEBHOOKS):
        pass
    heard = [json.loads(body) for _, body in listener.got]
    assert [(each["objectType"], each["operation"]) for each in heard] == [
        ("EVENT", "CREATE"),
        ("EVENT", "DELETE"),
    ]
    del told["intervals"][0]["payloads"][1]
    assert heard[0]["object"] == told, "without what the operator was warned of"
    assert {headers["Authorization"] for headers, _ in listener.got} == {"Bearer secret-of-ours"}
    page = page_of(market.buyer, Dispatch.objects.get(), clock.now())
    ways = [[way for way in each.ways if way.channel == "OpenADR"] for each in page.delivered]
    assert [[(way.state, way.colour) for way in own] for own in ways] == [[("Received", "green")]] * 2
    assert {way.after[:6] for own in ways for way in own} == {"after "}
    path = f"/subscriptions/{made.json()['id']}"
    assert ask(market.provider, "get", "/subscriptions?objects=EVENT").json() == [made.json()]
    assert ask(market.provider, "get", "/subscriptions?objects=VEN").json() == []
    assert ask(market.rival, "get", path).status_code == 404
    changed = ask(market.provider, "put", path, subscription(listener, clientName="south"))
    assert changed.json()["clientName"] == "south"
    assert ask(market.provider, "delete", path).status_code == 200
    issued(market)
    assert deliver_due(WEBHOOKS) == 0


def test_both_parties_are_told_of_a_contract_as_of_a_program(market, listener):
    wanted = {"objects": ["PROGRAM"], "operations": ["CREATE", "UPDATE"], "callbackUrl": listener.url}
    for who in (market.provider, market.operator, market.rival):
        body = {"clientName": "any", "objectOperations": [wanted]}
        assert ask(who, "post", "/subscriptions", body).status_code == 201
    Member.objects.filter(pk=market.north.pk).update(roles=[Role.OPERATIONS])  # nobody is told as a person
    contracts_moved.send(Contract, contracts=[market.contract], now=clock.now())
    sign_contract(by=market.buyer, contract=market.contract, now=clock.now())
    while deliver_due(WEBHOOKS):
        pass
    heard = [json.loads(body) for _, body in listener.got]
    assert [(each["objectType"], each["operation"]) for each in heard] == [
        *[("PROGRAM", "CREATE")] * 2,
        *[("PROGRAM", "UPDATE")] * 2,
    ]
    (read,) = [
        each
        for each in ask(market.provider, "get", "/programs").json()
        if each["id"] == str(market.contract.pk)
    ]
    assert [each["object"] for each in heard[2:]] == [read, read]
    assert {"type": "STATUS", "values": ["signed"]} in read["attributes"]


def test_an_operator_is_told_of_reports_and_no_address_of_our_own_network_is_taken(
    market, listener, settings
):
    ask(market.operator, "post", "/subscriptions", subscription(listener))
    body = report(market, str(market.contract.pk), "OPERATING_STATE", ["NORMAL"])
    sent = ask(market.provider, "post", "/reports", body).json()
    deliver_due(WEBHOOKS)
    ((_, told),) = listener.got
    assert json.loads(told) == {"objectType": "REPORT", "operation": "CREATE", "object": sent}
    settings.WEBHOOK_LOOPBACK = False
    assert ask(market.operator, "post", "/subscriptions", subscription(listener)).status_code == 400
