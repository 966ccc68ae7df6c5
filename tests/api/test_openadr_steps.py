"""Events of several intervals: a dispatch whose setpoint changes in steps, issued and changed by one request."""

from datetime import timedelta

import pytest

from accounts.models import ApiToken
from marketplace import clock
from operations.models import Dispatch
from tests.api.openadr import ask, event, report, z
from tests.api.programs import Program
from tests.bidding.market import AFTER
from tests.operations.scene import contracted, give, minute

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(module_database):
    """North's contract of 1 MW, and a program of each party."""
    with clock.set_to(AFTER):
        of = give(contracted(), "fixed")
        of.operator, of.provider = Program(of.buyer), Program(of.north)
        ApiToken.objects.update(ends_at=AFTER + timedelta(days=400))
    return of


@pytest.fixture
def market(made):
    with clock.set_to(made.service.start - timedelta(hours=1)):
        yield made


def stepped(market, *setpoints, minutes=10, **more):
    """An event with an interval of these minutes for each setpoint in kW."""
    intervals = [
        {
            "id": place,
            "intervalPeriod": {"start": z(minute(market, place * minutes)), "duration": f"PT{minutes}M"},
            "payloads": [{"type": "DISPATCH_SETPOINT_RELATIVE", "values": [kw]}],
        }
        for place, kw in enumerate(setpoints)
    ]
    return event(market, intervals=intervals, **more)


def post(market, *setpoints, **more):
    return ask(market.operator, "post", "/events", stepped(market, *setpoints, **more))


def shown(told):
    """Length and setpoint of each interval."""
    return [
        (each["intervalPeriod"]["duration"], each["payloads"][0]["values"][0]) for each in told["intervals"]
    ]


def waiting(told):
    """Amendments that wait to be acknowledged: number and kW."""
    payloads = told["intervals"][-1]["payloads"]
    return [each["values"][:2] for each in payloads if each["type"] == "DISPATCH_AMENDMENT"]


def test_steps_that_ask_for_less_and_less_bind_as_they_are_issued(market):
    told = post(market, -800, -500, -500, -200).json()
    assert shown(told) == [("PT10M", -800), ("PT20M", -500), ("PT10M", -200)]
    assert told["duration"] == "PT40M"
    assert not waiting(told)
    assert shown(ask(market.provider, "get", f"/events/{told['id']}").json()) == shown(told)


def test_a_step_that_asks_for_more_waits_until_it_is_acknowledged(market):
    told = post(market, -300, -800, -200).json()
    assert shown(told) == [("PT20M", -300), ("PT10M", -200)]
    assert waiting(told) == [[2, -800]]
    body = report(market, told["id"], "DISPATCH_ACKNOWLEDGED", [2])
    assert ask(market.provider, "post", "/reports", body).status_code == 201
    agreed = ask(market.operator, "get", f"/events/{told['id']}").json()
    assert shown(agreed) == [("PT10M", -300), ("PT10M", -800), ("PT10M", -200)]


def test_an_event_is_acknowledged_with_all_of_its_steps(market):
    told = post(market, -200, -500, -800).json()
    assert waiting(told) == [[2, -500], [3, -800]]
    body = report(market, told["id"], "DISPATCH_ACKNOWLEDGED", [True])
    assert ask(market.provider, "post", "/reports", body).status_code == 201
    agreed = ask(market.operator, "get", f"/events/{told['id']}").json()
    assert shown(agreed) == [("PT10M", -200), ("PT10M", -500), ("PT10M", -800)]


def test_one_step_that_breaks_a_limit_refuses_them_all(market):
    answer = post(market, -500, -5000)
    assert answer.status_code == 400
    assert "MW" in answer.json()["detail"]
    assert not Dispatch.objects.exists()


def test_the_same_name_with_the_same_steps_is_the_same_dispatch_and_with_others_is_refused(market):
    first, again = (post(market, -800, -500, eventName="CALL-1") for _ in range(2))
    assert first.json()["id"] == again.json()["id"]
    assert Dispatch.objects.get().events.count() == 2
    for other in ((-800, -400), (-700, -500), (-800, -500, -200)):
        answer = post(market, *other, eventName="CALL-1")
        assert answer.status_code == 400, other
        assert "issued under the ref CALL-1" in answer.json()["detail"]
    one = ask(market.operator, "post", "/events", event(market, kw=-800, start=60, eventName="CALL-2"))
    assert one.status_code == 201, one.content


def test_an_event_is_changed_to_several_steps_at_once(market):
    told = post(market, -800, -800, -800).json()
    path = f"/events/{told['id']}"
    changed = ask(market.operator, "put", path, stepped(market, -800, -500, -200))
    assert shown(changed.json()) == [("PT10M", -800), ("PT10M", -500), ("PT10M", -200)], changed.content
    again = ask(market.operator, "put", path, stepped(market, -800, -500, -200))
    assert shown(again.json()) == shown(changed.json())
    assert Dispatch.objects.get().events.filter(kind="amend").count() == 2, "nothing differs any more"


def test_what_differs_only_in_the_past_is_refused(market):
    path = f"/events/{post(market, -800, -500, -200).json()['id']}"
    with clock.set_to(minute(market, 25)):
        answer = ask(market.operator, "put", path, stepped(market, -800, -500))
    assert answer.status_code == 400
    assert "in the past" in answer.json()["detail"]


def test_of_more_steps_than_a_person_would_read_none_is_issued(market):
    answer = post(market, *[-900 + 10 * place for place in range(13)], minutes=5)
    assert (answer.status_code, "at most 11 times" in answer.json()["detail"]) == (400, True)
    assert not Dispatch.objects.exists()


def test_intervals_with_a_gap_are_refused(market):
    body = stepped(market, -500, -300)
    body["intervals"][1]["intervalPeriod"]["start"] = z(minute(market, 15))
    answer = ask(market.operator, "post", "/events", body)
    assert (answer.status_code, "without a gap" in answer.json()["detail"]) == (400, True)
