"""The reference platform's shapes: a client written as public ones are plays a round, and no more opens than in version 1."""

import base64
import json
from datetime import timedelta

import pytest
from django.test import Client

from accounts.enums import Scope
from accounts.models import ApiToken
from api.picloflex.door import DOOR
from api.picloflex.tokens import unwrapped, wrapped
from bidding.models import Ballot
from marketplace import clock
from qualification.models import Asset
from tests.api.picloflex import PicloClient, bid_of
from tests.api.programs import account_holder
from tests.bidding import market as bidding
from tests.contracts.scene import confirmed
from tests.qualification import market as base

pytestmark = pytest.mark.django_db
WIND = {
    "ref": "TURBINE-1",
    "name": "Turbine one",
    "status": "operational",
    "asset_category": "renewable",
    "asset_type": "onshore_wind",
    "voltage_level": "11.00",
    "latitude": 55.0,
    "longitude": -1.5,
    "active_export_capacity": "2.50",
    "max_runtime": "04:00:00",
    "meter_interval": "30",
}


def plain_part(token):
    """As clients read it: plain base64, with no padding to be added."""
    return json.loads(base64.b64decode(token.split(".")[1], validate=True))


def test_a_token_tells_when_it_ends_and_is_fetched_anew_after_that():
    with clock.set_to(base.DURING):
        client = PicloClient(account_holder())
        assert client.ask("get", "/assets/v1/").json() == []
        assert plain_part(client.token)["exp"] == int((base.DURING + timedelta(hours=1)).timestamp())
        assert client.ask("get", "/assets/v1/").status_code == 200
        assert client.fetched == 1
    with clock.set_to(base.DURING + timedelta(hours=2)):
        assert client.ask("get", "/assets/v1/").json() == []
        assert client.fetched == 2


def test_only_the_token_inside_counts():
    with clock.set_to(base.DURING):
        client = PicloClient(account_holder())
        client.fetch()
        inside = unwrapped(client.token)
        forged = wrapped("token-of-my-own", client.id, base.DURING + timedelta(days=9), base.DURING)
        for text, status in ((inside, 200), (forged, 401), ("a.b.c", 401), ("..", 401)):
            answer = Client().get("/picloflex/assets/v1/", headers={"Authorization": f"Bearer {text}"})
            assert answer.status_code == status
        ApiToken.objects.all().delete()
        answer = Client().get("/picloflex/assets/v1/", headers={"Authorization": f"Bearer {client.token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [({"client_id": "x", "api_key": "y"}, 401), ({}, 401), ([], 422), ("{", 422), ({"client_id": {}}, 422)],
)
def test_no_token_without_the_key(body, status):
    text = body if isinstance(body, str) else json.dumps(body)
    answer = Client().post("/picloflex/authtoken/v1/", text, content_type="application/json")
    assert answer.status_code in (status, 400)
    assert answer["Content-Type"].startswith("application/problem+json")
    assert "token" not in answer.json().get("access", "")


def test_an_asset_is_made_found_and_changed_and_what_is_absent_stays():
    with clock.set_to(base.DURING):
        member = account_holder()
        client = PicloClient(member)
        made = client.ask("post", "/assets/v1/", WIND)
        assert made.status_code == 201, made.content
        told = made.json()
        assert (told["active_export_capacity"], told["active_import_capacity"]) == ("2.50", "0.00")
        assert (told["latitude"], told["voltage_level"], told["max_runtime"]) == (55.0, "11.00", "04:00:00")
        assert (told["asset_category"], told["asset_type"], told["status"]) == (
            "generation",
            "wind",
            "operational",
        )
        Asset.objects.filter(pk=told["id"]).update(generation_turn_down_mw="1.5", demand_turn_up_mw="0.25")
        changed = client.ask("patch", f"/assets/v1/{told['id']}/", {"active_export_capacity": "3"})
        assert changed.status_code == 200, changed.content
        assert changed.json()["active_export_capacity"] == "3.00"
        kept = {
            name: value for name, value in told.items() if name not in ("modified", "active_export_capacity")
        }
        assert {name: changed.json()[name] for name in kept} == kept
        stored = Asset.objects.get(pk=told["id"])
        assert (float(stored.generation_turn_down_mw), float(stored.demand_turn_up_mw)) == (1.5, 0.25)
        assert client.ask("get", "/assets/v1/?ref=turbine-1").json() == [changed.json()]
        assert client.ask("get", "/assets/v1/?ref=other").json() == []
        twice = client.ask("post", "/assets/v1/", WIND)
        assert twice.status_code == 422
        assert Asset.objects.count() == 1
        archived = client.ask("patch", f"/assets/v1/{told['id']}/", {"status": "archived"})
        assert archived.json()["status"] == "archived"


def test_what_is_not_known_is_named_with_what_is_taken():
    with clock.set_to(base.DURING):
        client = PicloClient(account_holder())
        for field, value, taken in (
            ("asset_type", "fusion", "onshore_wind"),
            ("asset_category", "magic", "renewable"),
            ("status", "sleeping", "operational"),
        ):
            answer = client.ask("post", "/assets/v1/", WIND | {field: value})
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["pointer"] == f"/{field}"
            assert taken in answer.json()["detail"]
        nowhere = {name: value for name, value in WIND.items() if name not in ("latitude", "longitude")}
        assert client.ask("post", "/assets/v1/", nowhere).status_code == 422
        assert not Asset.objects.exists()


@pytest.mark.parametrize("method", ["get", "post", "patch"])
def test_an_address_without_its_slash_is_told_and_never_redirected(method):
    for path in ("/picloflex/assets/v1", "/picloflex/authtoken/v1", "/picloflex"):
        answer = getattr(Client(), method)(path)
        assert answer.status_code == 404
        assert "ends with a slash" in answer.json()["detail"]


@pytest.fixture(scope="module")
def made(module_database):
    of = bidding.market()
    with clock.set_to(bidding.BIDDING - timedelta(minutes=1)):
        of.client, of.rival = PicloClient(of.north), PicloClient(of.south)
        of.of_operator = PicloClient(of.buyer)
    return of


@pytest.fixture
def market(made):
    with clock.set_to(bidding.BIDDING):
        yield made


def test_one_bids_in_what_one_is_offered(market):
    client, of = market.client, market.competition
    (offered,) = client.ask("get", "/bidding-opportunities/v1/").json()
    assert (offered["id"], offered["reference"]) == (str(of.pk), of.ref)
    assert {each["ref"]: each["capacity"] for each in offered["assets"]["flex"]}.keys() >= {"N1"}
    (shown,) = [client.ask("get", f"/competitions/v1/{of.pk}/").json()]
    windows = [each for period in shown["service_periods"] for each in period["service_windows"]]
    assert str(market.windows[0].pk) in {each["id"] for each in windows}
    named = {"flex": [offered["assets"]["flex"][0]["id"]], "planned": []}
    address = f"/bids/v1/competitions/{of.pk}/ballots/"
    placed = client.ask(
        "post", address, {"competition_id": str(of.pk), "bids": [bid_of(market)], "assets": named}
    )
    assert placed.status_code == 201, placed.content
    told = placed.json()
    assert told["assets"] == named
    assert told["bids"][0]["rates"] == [{"type": "utilisation", "value": "111.10"}]
    assert (told["bids"][0]["capacity"], told["bids"][0]["max_runtime"]) == ("0.50", "02:00:00")
    rest = client.ask("post", address, {"bids": [bid_of(market, max_runtime="0T02:00:00")]})
    assert rest.status_code == 201, rest.content
    assert list(Ballot.objects.order_by("label").values_list("label", flat=True)) == ["API-1", "API-2"]
    assert market.rival.ask("get", "/bidding-opportunities/v1/").json()[0]["assets"]["planned"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"bids": []},
        {"bids": ["x"]},
        {"bids": [{}]},
        {"bids": [{"service_window_id": "x", "capacity": "1", "max_runtime": "02:00:00", "rates": []}]},
        {"assets": []},
        {"assets": {"flex": ["nothing"]}},
        {"competition_id": "OTHER"},
    ],
)
def test_a_ballot_that_can_not_be_read_leaves_nothing(market, wrong):
    address = f"/bids/v1/competitions/{market.competition.pk}/ballots/"
    answer = market.client.ask("post", address, {"bids": [bid_of(market)]} | wrong)
    assert 400 <= answer.status_code < 500
    assert not Ballot.objects.exists()


def test_beyond_a_limit_all_of_them_are_told(market):
    address = f"/bids/v1/competitions/{market.competition.pk}/ballots/"
    answer = market.client.ask("post", address, {"bids": [bid_of(market, capacity="9999")]})
    assert (answer.status_code, answer.json()["code"]) == (422, "ballot_breaks_limits")
    assert answer.json()["errors"]
    assert not Ballot.objects.exists()


def test_obligations_follow_from_the_award():
    of = confirmed()
    with clock.set_to(bidding.AFTER + timedelta(days=1)):
        client = PicloClient(of.north)
        (own,) = client.ask("get", "/obligations/v1/").json()
        assert (own["competition_id"], own["provider"]) == (
            str(of.competition.pk),
            of.north.organisation.code,
        )
        assert own["assets"]
        for asked, number in (
            (f"competition_id={of.competition.pk}", 1),
            (f"bid_id={own['bid_id']}", 1),
            (f"start_since={own['start']}&end_to={own['end']}", 1),
            (f"start_since={own['end']}", 0),
            ("end_to=2020-01-01T00:00:00Z", 0),
        ):
            found = client.ask("get", f"/obligations/v1/?{asked}")
            assert (found.status_code, len(found.json())) == (200, number), asked
        assert client.ask("get", "/obligations/v1/?bid_id=1").status_code == 404
        assert client.ask("get", "/obligations/v1/?start_since=yesterday").status_code in (400, 422)


def test_every_operation_asks_for_its_scope_side_and_role(market):
    few = PicloClient(market.north, scopes=(Scope.MARKET_READ,), name="few")
    no_roles = PicloClient(market.north, roles=("contracts",), name="no roles")
    for operation in DOOR.operations.values():
        path = operation.path.replace("{asset_id}", "1").replace(
            "{competition_id}", str(market.competition.pk)
        )
        assert Client().generic(operation.method, f"/picloflex{path}").status_code == 401
        method = operation.method.lower()
        body = None if method == "get" else {}
        assert few.ask(method, path, body).status_code == 403, path
        if operation.declared.kind:
            assert market.of_operator.ask(method, path, body).status_code == 404, path
        if operation.declared.role and operation.declared.role != "contracts":
            assert no_roles.ask(method, path, body).status_code == 403, path


def test_another_companys_assets_are_not_there(market):
    foreign = str(market.assets["S1"].pk)
    assert market.client.ask("get", f"/assets/v1/{foreign}/").status_code == 404
    assert market.client.ask("patch", f"/assets/v1/{foreign}/", {"name": "Mine"}).status_code == 404
    assert Asset.objects.get(pk=foreign).name != "Mine"
