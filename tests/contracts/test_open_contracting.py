"""The public Open Contracting releases: valid against the standard, nothing sealed, nobody told apart who
isn't named."""

import json
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from django.urls import reverse
from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from accounts.models import Organisation
from bidding.domain.decisions.deciding import BidDecision, decide_as_recommended, decide_bids
from bidding.domain.decisions.policy import change_policy
from bidding.enums import Decision, RejectionReason
from bidding.models import Bid
from competitions.domain.setting_up.saving import cancel_competition
from competitions.models import Competition
from contracts.enums import ContractStatus
from contracts.exports.market_files import NAME, write
from contracts.models import Contract
from marketplace.jobs import public_files
from tests.bidding.confirming import confirm_results
from tests.bidding.market import AFTER, BIDDING, at, market
from tests.qualification import market as base
from tests.support.ballots import place

pytestmark = pytest.mark.django_db
SCHEMAS = Path(__file__).parents[1] / "data/ocds"
EXTENSION = Path(__file__).parents[2] / "static/ocds/flexibility"
BEFORE_BIDDING = base.BIDDING_OPEN - timedelta(minutes=1)


def merged(schema, patch):
    """An extension's schema laid over the release schema, as the standard says: JSON Merge Patch."""
    for key, value in patch.items():
        schema[key] = merged(dict(schema.get(key, {})), value) if isinstance(value, dict) else value
    return schema


def closed(schema):
    """The schema with every object closed to fields that it doesn't declare."""
    if isinstance(schema, dict):
        inner = {key: closed(value) for key, value in schema.items()}
        if isinstance(schema.get("properties"), dict) and "object" in str(schema.get("type", "object")):
            inner.setdefault("additionalProperties", False)
            inner.setdefault("patternProperties", {})
        return inner
    return [closed(each) for each in schema] if isinstance(schema, list) else schema


def loaded(path):
    return json.loads(path.read_text())


def validator():
    release = loaded(SCHEMAS / "release-schema.json")
    for path in (SCHEMAS / "bids-extension.json", EXTENSION / "release-schema.json"):
        release = merged(release, loaded(path))
    package = loaded(SCHEMAS / "release-package-schema.json")
    resource = Resource.from_contents(closed(release), default_specification=DRAFT4)
    registry = Registry().with_resource(package["properties"]["releases"]["items"]["$ref"], resource)
    return Draft4Validator(package, registry=registry, format_checker=FormatChecker())


def package(now=AFTER):
    with at(now):
        target = BytesIO()
        count = write(target, now)
        told = json.loads(target.getvalue())
    assert count == len(told["releases"])
    return told


def valid(told):
    assert [
        f"{'/'.join(map(str, each.path))}: {each.message}" for each in validator().iter_errors(told)
    ] == []
    return told


def confirmed(names, *, reject=0):
    here = market()
    with at(BEFORE_BIDDING) as now:
        change_policy(by=here.buyer, four_eyes=False, standstill_days=0, names_published=names, now=now)
    place(here, here.north, "1", ["N1"])
    place(here, here.north, "2", ["N2"])
    place(here, here.south, "1", ["S1"])
    with at(AFTER) as now:
        decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
        bids = list(Bid.objects.order_by("ballot__provider__name", "ballot__label"))
        refused = [
            BidDecision(bid.pk, Decision.REJECTED, RejectionReason.TECHNICAL, "") for bid in bids[:reject]
        ]
        if refused:
            decide_bids(by=here.buyer, competition=here.competition, decisions=refused, now=now)
        confirm_results(by=here.buyer, competition=here.competition, now=now)
    return here


@pytest.mark.parametrize("names", [True, False])
@pytest.mark.parametrize("reject", [0, 1, 3])
def test_releases_are_valid_and_use_declared_fields_only(names, reject):
    confirmed(names, reject=reject)
    told = valid(package())
    assert [each["tag"][0] for each in told["releases"]] == ["tender", "award"]
    assert told["releases"][0]["tender"]["status"] == ("unsuccessful" if reject == 3 else "complete")
    assert len(told["releases"][1]["bids"]["details"]) == 3
    assert len(told["releases"][1].get("contracts", [])) == 3 - reject


def test_the_validator_finds_what_is_wrong():
    confirmed(names=True)
    told = package()
    told["releases"][0]["tender"]["status"] = "over"
    told["releases"][1]["bids"]["details"][0]["offer"]["secret"] = 1
    del told["releases"][0]["ocid"]
    assert len(list(validator().iter_errors(told))) == 3


def test_a_tender_tells_its_windows_dates_and_buyer_but_no_budget():
    here = market()
    Competition.objects.update(maximum_budget=Decimal("123456.78"), minimum_budget=Decimal("1234.56"))
    [release] = valid(package(BIDDING))["releases"]
    assert release["ocid"] == f"ocds-213czf-{here.competition.ref}"
    assert release["tender"]["status"] == "active"
    assert [each["quantity"] for each in release["tender"]["items"]] == [100, 100]
    assert release["tender"]["tenderPeriod"]["endDate"] == here.competition.bidding_close.isoformat()
    assert release["buyer"]["name"] == here.buyer.organisation.name
    assert "1234" not in json.dumps(release["tender"])


def test_before_the_confirmation_the_bytes_are_the_same_whether_or_not_there_are_bids(client):
    here = market()
    seen = []
    for step in range(3):
        if step == 1:
            place(here, here.north, "1")
        if step == 2:
            with at(AFTER) as now:
                decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
        with at(AFTER if step == 2 else BIDDING) as now:
            public_files.refresh_due(now)
            answer = client.get(reverse("market_data:file", args=[NAME]))
        seen.append((answer.content, answer["ETag"], answer["Last-Modified"]))
    assert Bid.objects.exists()
    assert seen[0] == seen[1] == seen[2]
    assert len(json.loads(seen[0][0])["releases"]) == 1


def test_a_competition_cancelled_after_the_close_tells_no_bid():
    here = market()
    place(here, here.north, "1")
    with at(AFTER) as now:
        decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
        cancel_competition(by=here.buyer, competition=here.competition, reason="No longer needed.", now=now)
    [release] = valid(package())["releases"]
    assert release["tender"]["status"] == "cancelled"
    assert not {"bids", "awards", "contracts"} & set(release)


def test_each_competition_tells_its_own_bids_beside_others_without_any():
    here = confirmed(names=True)
    operator = here.buyer.organisation
    base.competition(operator, ref="AAA", confirmed_at=AFTER)
    base.competition(operator, ref="ZZZ", competition_type="", bidding_open=None, bidding_close=None)
    told = valid(package())
    count = {
        each["ocid"].removeprefix("ocds-213czf-"): len(each["bids"]["details"])
        for each in told["releases"]
        if "bids" in each
    }
    assert count == {"AAA": 0, here.competition.ref: 3}
    assert not any("ZZZ" in each["ocid"] for each in told["releases"])
    [none] = [
        each["awards"] for each in told["releases"] if each["ocid"].endswith("AAA") and "awards" in each
    ]
    assert [each["status"] for each in none] == ["unsuccessful"]


def test_a_draft_is_in_no_release():
    market()
    Competition.objects.update(publish_on=BIDDING - timedelta(days=365))
    with at(BIDDING - timedelta(days=366)) as now:
        assert write(BytesIO(), now) is None


def test_named_bidders_are_tenderers_and_suppliers():
    here = confirmed(names=True, reject=2)
    [_, release] = valid(package())["releases"]
    roles = {each["name"]: each["roles"] for each in release["parties"]}
    assert roles["North"] == ["tenderer"]
    assert roles["South"] == ["tenderer", "supplier"]
    [award] = release["awards"]
    assert award["suppliers"] == [{"id": str(here.south.organisation_id), "name": "South"}]
    assert award["relatedBid"] == award["id"] == release["contracts"][0]["awardID"]


def test_nameless_bidders_leave_no_trace_even_as_their_contracts_move_on():
    here = confirmed(names=False)
    before = package()
    assert len(before["releases"][0]["parties"]) == len(before["releases"][1]["parties"]) == 1
    text = json.dumps(before)
    for provider in Organisation.objects.filter(kind="fsp"):
        assert str(provider.pk) not in text
        assert f'"{provider.name}"' not in text
    ids = [each["id"] for each in before["releases"][1]["bids"]["details"]]
    assert ids == sorted(ids)
    Contract.objects.filter(seller=here.north.organisation).update(
        status=ContractStatus.SIGNED, signed_at=AFTER, signed_by_id=1
    )
    assert package() == before


def test_the_extension_is_served_where_the_package_says(client):
    market()
    told = package(BIDDING)
    assert told["extensions"][1].endswith("/static/ocds/flexibility/extension.json")
    declared = loaded(EXTENSION / "extension.json")
    assert declared["dependencies"] == told["extensions"][:1]
    assert all((EXTENSION / name).exists() for name in declared["schemas"])
