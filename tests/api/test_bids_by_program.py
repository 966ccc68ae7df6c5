"""Entering, bidding, deciding and confirming by program, as the pages have it."""

import pytest

from accounts.models import ApiToken
from bidding.domain.gate.closing import ensure_closed
from bidding.models import Ballot, Bid, GateClose, Receipt
from contracts.models import Contract
from marketplace import clock
from qualification.models import Asset, Entry
from tests.api.programs import Program
from tests.bidding import market as bidding
from tests.qualification import market as base

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(module_database):
    of = bidding.market()
    with clock.set_to(base.DURING):
        of.programs = Program(of.buyer), Program(of.north), Program(of.south)
        ApiToken.objects.update(ends_at=bidding.AFTER + base.SECOND * 86400 * 60)
    return of


@pytest.fixture
def market(made):
    with clock.set_to(bidding.BIDDING):
        yield made


def ballot(of, mw="1", price="10", **more):
    bid = {
        "window_id": str(of.windows[0].pk),
        "capacity_mw": mw,
        "maximum_run_time": "02:00:00",
        "utilisation_price": price,
    }
    return {"bids": [bid]} | more


def path(of, rest=""):
    return f"/competitions/{of.competition.ref}{rest}"


def test_a_competition_is_withdrawn_from_and_entered_again(made):
    _, north, _ = made.programs
    with clock.set_to(base.DURING):
        assert north.get(path(made, "/entry")).json()["state"] == "entered"
        assert north.put(path(made, "/entry"), {"state": "withdrawn"}).json()["state"] == "withdrawn"
        refused = north.put(path(made, "/entry"), {"state": "entered"})
    assert refused.status_code in (200, 422)  # applicable only once its assets are judged
    with clock.set_to(bidding.BIDDING):
        late = north.put(path(made, "/entry"), {"state": "withdrawn"})
        assert late.status_code == 422
    assert Entry.objects.count() == 2


def test_a_ballot_is_placed_changed_and_withdrawn_with_receipts(market):
    _, north, _ = market.programs
    told = north.get(path(market, "/opportunity")).json()
    assert (told["prices"], told["qualified_mw"]) == (["utilisation_price"], "6")
    placed = north.put(path(market, "/ballots/First"), ballot(market, assets=["N1", "N2"]))
    assert (placed.status_code, placed.json()["assets"], placed.json()["version"]) == (201, ["N1", "N2"], 1)
    changed = north.put(path(market, "/ballots/first"), ballot(market, price="9.50"))
    assert (changed.status_code, changed.json()["label"], changed.json()["assets"]) == (
        200,
        "First",
        ["N1", "N2"],
    )
    same = north.put(path(market, "/ballots/First"), ballot(market, price="9.5"))
    assert same.json()["bids"][0]["digest"] == changed.json()["bids"][0]["digest"]
    gone = north.delete(path(market, "/ballots/First"))
    assert (gone.json()["state"], gone.json()["assets"]) == ("withdrawn", [])
    actions = [each["action"] for each in north.get(path(market, "/receipts")).json()["items"]]
    assert sorted(actions) == ["changed", "placed", "withdrawn"]
    assert Receipt.objects.count() == 3


def test_every_limit_that_a_ballot_breaks_is_named_at_its_place(market):
    _, north, _ = market.programs
    body = ballot(market, mw="7.1234567", price="-1")
    answer = north.put(path(market, "/ballots/1"), body)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "ballot_breaks_limits")
    assert {"/bids/0/capacity_mw", "/bids/0/utilisation_price"} <= {
        each["pointer"] for each in told["errors"]
    }
    assert not Ballot.objects.exists()


def test_assets_that_are_not_ones_own_are_named(market):
    _, north, _ = market.programs
    told = north.put(path(market, "/ballots/1"), ballot(market, assets=["N1", "S1"])).json()
    assert [(each["pointer"], each["value"]) for each in told["errors"]] == [("/assets/1", "S1")]
    assert "S1" in {each.ref for each in Asset.objects.all()}


def test_a_bid_after_the_close_is_refused(market):
    _, north, _ = market.programs
    with clock.set_to(bidding.CLOSE):
        answer = north.put(path(market, "/ballots/1"), ballot(market))
    assert (answer.status_code, answer.json()["code"]) == (422, "bidding_in_has_closed_so_bids_can_no")
    assert not Bid.objects.exists()


def test_the_operator_decides_and_confirms_what_it_saw(market):
    buyer, north, south = market.programs
    north.put(path(market, "/ballots/1"), ballot(market))
    south.put(path(market, "/ballots/1"), ballot(market, price="20"))
    assert buyer.get(path(market, "/bids")).status_code == 404
    assert buyer.get(f"/closed-sets/{market.competition.ref}").status_code == 404
    with clock.set_to(bidding.AFTER):
        bids = buyer.get(path(market, "/bids")).json()["items"]
        assert {each["provider"] for each in bids} == {"North", "South"}
        advice = buyer.get(path(market, "/recommendation")).json()
        assert len(advice["bids"]) == 2
        seen = buyer.get(path(market, "/decisions")).json()
        assert (seen["undecided"], seen["confirmed_at"]) == (2, None)
        early = buyer.post(path(market, "/confirmation"), {"digest": seen["digest"]})
        assert early.status_code == 422
        first, second = (Bid.objects.get(ballot__provider__name=name) for name in ("North", "South"))
        told = {
            "decisions": [
                decision(first),
                decision(second, "rejected", reason="price_too_high", comment="Dear"),
            ],
            "digest": seen["digest"],
        }
        decided = buyer.put(path(market, "/decisions"), told).json()
        assert (decided["accepted"], decided["rejected"]) == (1, 1)
        stale = buyer.put(path(market, "/decisions"), told | {"digest": seen["digest"]})
        assert stale.status_code == 422
        assert north.get(path(market, "/results")).status_code == 404
        stale = buyer.post(path(market, "/confirmation"), {"digest": seen["digest"]})
        assert (stale.status_code, bool(stale.json()["changes"])) == (422, True)
        confirmed = buyer.post(path(market, "/confirmation"), {"digest": decided["digest"]})
        assert confirmed.json()["confirmed_at"]
        [own] = north.get(path(market, "/results")).json()["items"]
        assert (own["decision"], own["place"], own["of"]) == ("accepted", 1, 2)
        assert Contract.objects.count() == 1
        assert south.get(f"/closed-sets/{market.competition.ref}").json()["digest"]


def test_the_gate_is_closed_when_the_operator_looks_though_nothing_has_closed_it(market):
    buyer, north, _ = market.programs
    north.put(path(market, "/ballots/1"), ballot(market))
    with clock.set_to(bidding.AFTER):
        assert north.get(path(market, "/bids")).status_code == 404
        assert not GateClose.objects.exists()
        assert len(buyer.get(path(market, "/bids")).json()["items"]) == 1
    assert GateClose.objects.get().bid_count == 1


def decision(bid, to="accepted", **more):
    return {"bid_id": str(bid.pk), "decision": to} | more


def test_a_rejection_needs_a_reason(market):
    buyer, north, _ = market.programs
    north.put(path(market, "/ballots/1"), ballot(market))
    with clock.set_to(bidding.AFTER):
        ensure_closed(market.competition, clock.now())
        told = {"decisions": [decision(Bid.objects.get(), "rejected")]}
        answer = buyer.put(path(market, "/decisions"), told)
    assert (answer.status_code, "needs a reason" in answer.json()["detail"]) == (422, True)
    assert Bid.objects.get().decision == "undecided"


def test_assets_come_in_batches_each_with_its_result(market):
    _, north, _ = market.programs
    asset = {
        "name": "B",
        "status": "operational",
        "category": "storage",
        "asset_type": "Battery",
        "voltage_kv": "11",
        "latitude": "0.5",
        "longitude": "0.5",
        "generation_turn_up_mw": "0.0005",
        "meter_interval_minutes": 30,
        "response_time": "00:15:00",
    }
    body = {
        "items": [asset | {"ref": "NEW"}, asset | {"ref": "BAD", "voltage_kv": "0"}, asset | {"ref": "new2"}]
    }
    told = north.put("/assets", body).json()["results"]
    assert [each["outcome"] for each in told] == ["created", "refused", "created"]
    assert told[1]["errors"][0]["pointer"] == "/items/1/voltage_kv"
    stored = north.get("/assets/new").json()
    assert (stored["generation_turn_up_mw"], stored["response_time"]) == ("0.0005", "00:15:00")
    assert north.get("/assets/BAD").status_code == 404
    assert [each["outcome"] for each in north.put("/assets", body).json()["results"]] == [
        "unchanged", "refused", "unchanged"
    ]  # fmt: skip


def test_verdicts_and_windows_are_read_with_their_reasons(market):
    _, north, south = market.programs
    told = north.get(path(market, "/verdicts")).json()["items"]
    assert {each["asset_ref"] for each in told} == {"N1", "N2", "N3"}
    windows = south.get(path(market, "/windows")).json()["items"]
    assert [each["id"] for each in windows] == [str(each.pk) for each in market.windows]
    assert north.get(path(market)).json()["phase"] == "bidding_open"
    boundary = north.get(path(market, "/boundary"))
    assert boundary.json()["type"] == "FeatureCollection"
    assert boundary["Content-Type"] == "application/geo+json"
