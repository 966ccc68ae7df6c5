"""Availability, dispatches, messages, readings, performance and contracts by program, as the pages have them."""

import json
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import ApiToken
from contracts.models import Contract
from marketplace import clock
from operations.models import AvailabilityDeclaration, Dispatch, DispatchEvent, MeterDay, Unavailability
from operations.presenters.dispatch_page import page_of
from tests.api.programs import Program
from tests.bidding.market import AFTER
from tests.operations import availability_scene
from tests.operations.scene import contracted, give, issue, minute

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(module_database):
    """North's contract of 1 MW with terms that promise nothing, and a program of each party, an hour before service."""
    with clock.set_to(AFTER):
        of = contracted()
        give(of, "fixed")
        of.operator_program, of.provider_program = Program(of.buyer), Program(of.north)
        of.rival_program = Program(of.south)
        ApiToken.objects.update(ends_at=AFTER + timedelta(days=400))
    return of


@pytest.fixture
def market(made):
    with clock.set_to(made.service.start - timedelta(hours=1)):
        yield made


def z(moment):
    return moment.isoformat().replace("+00:00", "Z")


def call(market, start=0, end=30, mw="0.5", **more):
    body = {
        "contract_id": str(market.contract.pk),
        "mw": mw,
        "start": z(minute(market, start)),
        "end": z(minute(market, end)),
        "anyway": True,
    }
    return market.operator_program.post("/dispatches", body | more)


def test_a_dispatch_is_issued_heard_acknowledged_amended_and_stopped(market):
    issued = call(market, ref="CALL-1", reason="Hot day")
    told = issued.json()
    assert (issued.status_code, told["mw"], told["ref"], told["response"]) == (201, "0.5", "CALL-1", None)
    heard = market.provider_program.get("/messages").json()
    message = heard["items"][-1]
    assert (message["kind"], message["dispatch_id"]) == ("dispatch_issued", told["id"])
    path = f"/dispatches/{told['id']}"
    acknowledged = market.provider_program.post(f"{path}/acknowledge")
    assert acknowledged.json()["response"] == "acknowledged"
    amended = market.operator_program.post(
        f"{path}/amend", {"mw": "0.3", "since": z(minute(market, 10)), "end": z(minute(market, 30))}
    )
    assert [each["mw"] for each in amended.json()["profile"]] == ["0.5", "0.3"]
    with clock.set_to(minute(market, 20)):
        stopped = market.operator_program.post(f"{path}/stop", {"is_emergency": True, "reason": "Fault"})
        assert stopped.json()["profile"][-1]["end"] == z(minute(market, 20))
    kinds = [each["kind"] for each in market.operator_program.get(f"{path}/timeline").json()["items"]]
    assert kinds == ["issue", "acknowledge", "amend", "emergency_stop"]
    later = market.provider_program.get(f"/messages?after={heard['last']}").json()
    assert [each["kind"] for each in later["items"]] == ["dispatch_amended", "dispatch_emergency_stopped"]


def test_a_provider_sends_itself_a_test_and_answers_it_as_any_dispatch(market):
    body = {"contract_id": str(market.contract.pk)}
    sent = market.provider_program.post("/test-dispatches", body)
    told = sent.json()
    assert (sent.status_code, told["kind"], told["ref"][:5]) == (201, "own_test", "TEST-")
    again = market.provider_program.post("/test-dispatches", body)
    assert (again.status_code, again.json()["code"]) == (422, "test_contract_on_until_wait_for_end")
    heard = market.provider_program.get("/messages").json()["items"][-1]
    assert (heard["dispatch_id"], heard["body"]["dispatch_kind"]) == (told["id"], "own_test")
    path = f"/dispatches/{told['id']}"
    assert market.provider_program.post(f"{path}/acknowledge").json()["response"] == "acknowledged"
    (listed,) = market.provider_program.get("/test-dispatches").json()["items"]
    assert (listed["id"], listed["state"]) == (told["id"], "acknowledged")
    for other in (market.operator_program, market.rival_program):
        assert other.get(path).status_code == 404
        assert other.get("/dispatches").json()["items"] == []
        assert other.post("/test-dispatches", body).status_code == 404
    assert call(market, kind="own_test").status_code == 422
    assert call(market, kind="test").status_code == 201


def test_the_same_ref_with_the_same_content_is_the_same_dispatch(market):
    first, again = call(market, ref="ONCE"), call(market, ref="ONCE")
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    other = call(market, ref="ONCE", mw="0.4")
    assert other.status_code == 422
    assert "Choose another ref" in other.json()["detail"]
    assert Dispatch.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"mw": "2"}, 422),
        ({"mw": "0"}, 422),
        ({"mw": "1e999"}, 422),
        ({"mw": 0.5}, 422),
        ({"kind": "holiday"}, 422),
        ({"ref": "no spaces"}, 422),
        ({"reason": "x" * 1001}, 422),
        ({"contract_id": str(uuid.UUID(int=7))}, 404),
    ],
)
def test_a_dispatch_that_breaks_a_rule_is_refused_in_words(market, body, status):
    answer = call(market, **body)
    assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)
    assert not Dispatch.objects.exists()


def test_a_decline_needs_a_reason_and_is_for_the_seller_alone(market):
    path = f"/dispatches/{call(market).json()['id']}"
    assert market.rival_program.post(f"{path}/decline", {"reason": "x"}).status_code == 404
    assert market.rival_program.get(path).status_code == 404
    assert market.operator_program.post(f"{path}/decline", {"reason": "x"}).status_code == 404
    assert market.provider_program.post(f"{path}/decline", {}).status_code == 422
    assert (
        market.provider_program.post(f"{path}/decline", {"reason": "Broken"}).json()["response"] == "declined"
    )
    assert DispatchEvent.objects.filter(kind="decline").count() == 1


def test_a_dispatch_is_cancelled_before_its_start(market):
    path = f"/dispatches/{call(market).json()['id']}"
    cancelled = market.operator_program.post(f"{path}/cancel", {"reason": "Not needed"}).json()
    assert (cancelled["state"], cancelled["phase"], cancelled["profile"]) == ("cancelled", "void", [])


def test_a_dispatch_with_warnings_is_issued_once_they_are_read_as_on_the_desk(market):
    first = call(market, ref="CALL-9", anyway=False)
    told = first.json()
    assert (first.status_code, told["code"]) == (422, "confirmation_missing")
    assert any("No meter data in the last 7 days" in each for each in told["warnings"])
    assert not Dispatch.objects.exists()
    issued = call(market, ref="CALL-9")
    assert (issued.status_code, issued.json()["warnings"]) == (201, told["warnings"])
    assert issued["ETag"] == market.operator_program.get(f"/dispatches/{issued.json()['id']}")["ETag"]
    again = call(market, ref="CALL-9", anyway=False)
    assert (again.status_code, again.json()["id"], again.json()["warnings"]) == (200, issued.json()["id"], [])


def test_what_is_done_to_a_dispatch_that_changed_meanwhile_is_refused_with_how_it_stands(market):
    issued = call(market)
    path = f"/dispatches/{issued.json()['id']}"
    stale = {"If-Match": issued["ETag"]}
    read = market.provider_program.get(path)
    assert (
        market.provider_program.post(f"{path}/acknowledge", {}, **{"If-Match": read["ETag"]}).status_code
        == 200
    )
    answer = market.operator_program.post(f"{path}/cancel", {"reason": "Not needed"}, **stale)
    assert (answer.status_code, answer.json()["present"]["response"]) == (412, "acknowledged")
    assert Dispatch.objects.get().state != "cancelled"
    unusable = market.operator_program.post("/dispatches", {}, **stale)
    assert unusable.status_code == 422


def test_a_dry_run_sends_nothing(market):
    body = {
        "contract_id": str(market.contract.pk),
        "mw": "0.5",
        "start": z(minute(market, 0)),
        "end": z(minute(market, 30)),
        "anyway": True,
    }
    answer = market.operator_program.post("/dispatches?dry_run=true", body)
    assert answer.status_code == 201
    assert not Dispatch.objects.exists()
    assert market.provider_program.get("/messages").json() == {"items": [], "last": 0}


def test_who_waits_for_a_message_without_any_is_answered_after_the_wait(market):
    answer = market.provider_program.get("/messages?after=5&wait=1")
    assert answer.json() == {"items": [], "last": 5}
    assert market.provider_program.get("/messages?wait=31").status_code == 422


def test_a_contract_is_read_by_both_parties_with_its_assets(market):
    for program in (market.operator_program, market.provider_program):
        told = program.get("/contracts").json()["items"]
        own = next(each for each in told if each["id"] == str(market.contract.pk))
        assert (own["capacity_mw"], own["status"]) == ("1", "awarded")
        assert program.get(f"/contracts/{own['id']}").json() == own
        held = program.get(f"/contracts/{own['id']}/assets").json()["items"]
        refs = [each["ref"] for each in held]
        assert {(each["from_day"], each["last_day"]) for each in held} == {(None, None)}
        assert len(refs) == own["asset_count"]
    assert market.rival_program.get(f"/contracts/{market.contract.pk}").status_code == 404


def test_the_clock_of_availability_is_kept_and_a_notice_lowers_it(market):
    day = market.service.day.isoformat()
    path = f"/availability?first={day}&last={day}&contract_id={market.contract.pk}"
    [stretch] = market.provider_program.get(path).json()["items"]
    assert [each["available_mw"] for each in stretch["pieces"]] == ["1"]
    notice = {
        "contract_id": str(market.contract.pk),
        "start": z(minute(market, 0)),
        "end": z(minute(market, 60)),
        "available_mw": "0.25",
        "reason": "outage",
    }
    made = market.provider_program.post("/unavailability", notice)
    assert made.status_code == 201
    [stretch] = market.operator_program.get(path).json()["items"]
    assert [each["available_mw"] for each in stretch["pieces"]] == ["0.25", "1"]
    shorter = market.provider_program.post(
        f"/unavailability/{made.json()['id']}/shorten", {"end": z(minute(market, 30))}
    )
    assert shorter.json()["end"] == z(minute(market, 30))
    assert len(market.operator_program.get("/unavailability").json()["items"]) == 1
    assert market.rival_program.get("/unavailability").json()["items"] == []
    refused = market.provider_program.post("/unavailability", notice | {"available_mw": "5"})
    assert refused.status_code == 422
    assert Unavailability.objects.count() == 1


def test_availability_is_asked_for_at_most_a_month(market):
    assert market.provider_program.get("/availability?first=2026-01-01&last=2026-02-28").status_code == 422
    assert market.provider_program.get("/availability?first=2026-02-02&last=2026-02-01").status_code == 422


def reading(market, place=0, **more):
    told = {
        "unit": "N1",
        "start": z(market.service.start - timedelta(hours=3) + place * timedelta(minutes=30)),
        "minutes": 30,
        "import_kwh": "10.5",
        "export_kwh": "0",
    }
    return told | more


def test_readings_are_sent_kept_once_and_read_by_both_parties(market):
    body = {"readings": [reading(market), reading(market, 1, quality="estimated")]}
    first = market.provider_program.post("/readings", body).json()
    assert ([each["outcome"] for each in first["days"]], first["errors"]) == (["created"], [])
    again = market.provider_program.post("/readings", body).json()
    assert [each["outcome"] for each in again["days"]] == ["unchanged"]
    assert MeterDay.objects.count() == 1
    since, until = z(market.service.start - timedelta(hours=4)), z(market.service.start)
    path = f"/readings?unit=N1&since={since}&until={until}"
    told = market.provider_program.get(path).json()["items"]
    assert [(each["import_kwh"], each["quality"]) for each in told] == [
        ("10.5", "actual"),
        ("10.5", "estimated"),
    ]
    assert market.operator_program.get(path).json()["items"] == told
    assert market.rival_program.get(path).json()["items"] == []
    assert Decimal(told[0]["export_kwh"]) == 0


def test_each_reading_is_refused_by_itself(market):
    body = {
        "readings": [
            reading(market),
            reading(market, 1, unit="NOWHERE"),
            reading(market, 2, minutes=7),
            reading(market, 3, import_kwh="-1"),
            reading(market, 4, start=z(market.service.start + timedelta(days=9))),
        ]
    }
    told = market.provider_program.post("/readings", body).json()
    assert {each["pointer"] for each in told["errors"]} == {f"/readings/{place}" for place in range(1, 5)}
    assert [each["outcome"] for each in told["days"] if each["unit_and_day"].startswith("N1")] == ["created"]


def test_what_was_delivered_is_told_to_both_parties(market):
    dispatch = call(market).json()
    market.provider_program.post(f"/dispatches/{dispatch['id']}/acknowledge")
    day = market.service.day.isoformat()
    with clock.set_to(minute(market, 60)):
        for program in (market.provider_program, market.operator_program):
            [told] = program.get(f"/performance?first={day}&last={day}").json()["items"]
            assert (told["dispatch_id"], told["requested_kwh"]) == (dispatch["id"], "250")
        assert market.rival_program.get(f"/performance?first={day}&last={day}").json()["items"] == []


def test_declared_availability_is_declared_by_the_one_and_answered_by_the_other(module_database):
    with clock.set_to(availability_scene.OPEN):
        of = availability_scene.made()
        provider, operator = Program(of.north), Program(of.buyer)
        ApiToken.objects.update(ends_at=AFTER + timedelta(days=400))
        day = availability_scene.WEEK
        stretch = {
            "contract_id": str(of.first.pk),
            "start": z(availability_scene.at(day.day, 16)),
            "end": z(availability_scene.at(day.day, 18)),
            "mw": "0.6",
        }
        assert provider.put("/availability", {"stretches": [stretch]}).json() == {"changed": 1}
        assert provider.put("/availability", {"stretches": [stretch]}).json() == {"changed": 0}
        too_much = provider.put("/availability", {"stretches": [stretch | {"mw": "2"}]})
        assert (too_much.status_code, "from 0 to" in too_much.json()["detail"]) == (422, True)
        assert operator.put("/availability/answers", {"stretches": [stretch]}).status_code == 422
    with clock.set_to(availability_scene.LOCK):
        taken = {"stretches": [stretch | {"mw": "0.4"}]}
        assert operator.put("/availability/answers", taken).json() == {"changed": 1}
    assert AvailabilityDeclaration.objects.count() == 1


def test_amounts_in_answers_are_texts(market):
    text = json.dumps(market.operator_program.get("/contracts").json())
    assert '"capacity_mw": "1"' in text
    assert Contract.objects.count() == 2


def fetched(market, dispatch):
    """What the operator's page of a dispatch says of the provider's program."""
    page = page_of(market.buyer, Dispatch.objects.get(pk=dispatch.pk), clock.now())
    return [
        (way.state, way.after) for each in page.delivered for way in each.ways if way.channel == "Program"
    ]


def test_the_page_of_a_dispatch_says_when_the_providers_program_first_fetched_it(market):
    dispatch = issue(market)
    market.operator_program.get("/messages")
    assert fetched(market, dispatch) == []
    for seconds in (4, 9):
        with clock.set_to(dispatch.issued_at + timedelta(seconds=seconds)):
            assert market.provider_program.get("/messages").json()["items"]
    assert fetched(market, dispatch) == [("Fetched", "after 4.0 s")]
