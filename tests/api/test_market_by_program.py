"""Market data by program: what everybody reads without a token, the same as on the pages and in the files."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client

from accounts.enums import Scope
from marketplace import clock
from marketplace.jobs import public_files
from tests.accounts.people import own_cache
from tests.api.programs import Program, account_holder, ask_with
from tests.contracts.scene import AFTER, confirmed
from tests.support.market_data import NOW, everything

pytestmark = pytest.mark.django_db


def read(path, **headers):
    return ask_with(None, "get", f"/market{path}", **headers)


def refs(path, token=None):
    answer = ask_with(token, "get", path)
    assert answer.status_code == 200, answer.content
    return [each["ref"] for each in answer.json()["items"]]


@pytest.fixture
def results():
    of = confirmed()
    with clock.set_to(AFTER):
        public_files.refresh_due(AFTER)
        yield of


def test_everybody_reads_the_competitions_that_are_published_and_no_draft():
    operator = everything()
    with clock.set_to(NOW):
        public = refs("/market/competitions")
        assert public == ["ARCHIVED", "CANCELLED", "CONFIRMED", "DECIDING", "LIVE"]
        assert refs(f"/market/competitions?operator={operator.code.lower()}") == public
        assert refs("/market/competitions?phase=confirmed") == ["CONFIRMED"]
        assert read("/competitions/draft").status_code == 404
        assert read("/competitions/live").json()["ref"] == "LIVE"
        assert read("/competitions/live").content.find(b"1234.56") == -1
        assert read("/competitions/live/windows").json()["items"][0]["capacity_required_mw"] == "100"
        assert read("/competitions/live/boundary").json()["type"] == "FeatureCollection"


def test_the_operators_own_token_shows_no_draft_here_either():
    of = account_holder(everything())
    with clock.set_to(NOW):
        token = Program(of).token
        assert "DRAFT" not in refs("/market/competitions", token)
        assert "DRAFT" in refs("/competitions", token)


def test_what_is_published_since_an_instant_counts_as_changed_then():
    everything()
    with clock.set_to(NOW + timedelta(hours=1)):
        assert refs(f"/market/competitions?updated_since={NOW:%Y-%m-%dT%H:%M:%SZ}") == ["DRAFT"]


def test_a_token_without_the_scope_is_refused_and_one_with_it_is_served():
    holder = account_holder()
    blind = Program(holder, scopes=(Scope.ASSETS_READ,), name="Blind")
    assert blind.get("/market/files").json()["code"] == "scope_missing"
    assert Program(holder, scopes=(Scope.MARKET_READ,), name="Sees").get("/market/files").status_code == 200
    assert ask_with("unknown", "get", "/market/files").status_code == 401


def test_published_bids_are_the_rows_of_the_file(results):
    file = read("/files/historic-bids.csv")
    rows = list(csv.reader(io.StringIO(file.content.decode())))
    told = read("/bids").json()
    assert [[each or "" for each in row.values()] for row in told["items"]] == rows[1:]
    assert len(rows) == 4
    first = read("/bids?limit=2").json()
    rest = read(f"/bids?limit=2&cursor={first['next']}").json()
    assert first["items"] + rest["items"] == told["items"]
    assert rest["next"] is None


def test_a_cursor_of_a_file_that_was_made_anew_is_refused(results):
    cursor = read("/bids?limit=1").json()["next"]
    for other in (f"0{cursor[1:]}", f"{cursor[:17]}x", "1", f"{cursor}{'9' * 20}"):
        if other != cursor:
            assert read(f"/bids?limit=1&cursor={other}").json()["code"] == "cursor_unknown"


def test_prices_are_those_of_the_accepted_bids(results):
    told = read("/prices").json()["items"]
    assert [(each["product"], each["lowest"], each["average"], each["highest"]) for each in told] == [
        ("utilisation_price", "10", "11.88", "12.5")
    ]
    assert read("/prices?area=nowhere").json()["items"] == []


def test_before_results_are_confirmed_no_bid_and_no_price_is_told():
    everything()
    with clock.set_to(NOW):
        public_files.refresh_due(NOW)
        assert read("/bids").json() == {"items": [], "next": None}
        assert read("/prices").json()["items"] == []
        assert read("/dispatches").json()["items"] == read("/volumes").json()["items"] == []


def test_files_for_providers_open_to_their_tokens_alone(results):
    of_provider, of_operator = Program(results.north), Program(results.buyer)
    names = [each["name"] for each in read("/files").json()["items"]]
    more = [each["name"] for each in of_provider.get("/market/files").json()["items"]]
    assert set(more) - set(names) == {"live-competitions.xlsx"}
    assert [each["name"] for each in of_operator.get("/market/files").json()["items"]] == names
    path = "/market/files/live-competitions.xlsx"
    assert of_provider.get(path).content[:2] == b"PK"
    assert (ask_with(None, "get", path).status_code, of_operator.get(path).status_code) == (404, 404)
    assert read("/files/none.csv").status_code == 404


def test_a_file_is_sent_once_and_what_is_known_is_not_sent_again(results):
    of_page = Client().get("/market-data/historic-bids.csv")
    file = read("/files/historic-bids.csv")
    assert file.content == of_page.content
    assert file["Access-Control-Allow-Origin"] == "*"
    again = read("/files/historic-bids.csv", **{"If-None-Match": file["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_file_that_was_never_made_is_asked_for_again_later():
    answer = read("/files/historic-bids.csv")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert answer.json()["code"] == "busy"


def test_visitors_have_a_rate_by_address(settings):
    settings.CACHES = own_cache()
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"public": "2/60"}
    assert [read("/operators").status_code for _ in range(3)] == [200, 200, 429]


def test_operators_are_those_of_the_page():
    operator = everything()
    told = read("/operators").json()["items"]
    assert (operator.code, operator.contact_email) in [(each["code"], each["contact_email"]) for each in told]
