"""Verdicts against a brute force in plain Python, which shares no code with the engine."""

from decimal import Decimal

import pytest
import shapely

from competitions.models import Boundary, Competition
from qualification.domain import criteria
from qualification.domain.verdicts import engine, requalification
from qualification.models import Asset, PlannedAsset, PlannedVerdict, Requalification, Verdict
from tests.qualification import market
from tests.qualification.brute_force import brute_force
from tests.qualification.market import DURING, OPEN, SECOND
from tests.support.random_markets import (
    random_asset,
    random_boundary,
    random_competition,
    random_market,
    stored,
)

pytestmark = pytest.mark.django_db


# Random markets


def test_verdicts_equal_brute_force_over_2000_assets_and_50_boundaries():
    random_market(7, 2000, 50)
    engine.qualify(now=DURING)
    got, expected = stored(), brute_force()
    assert got == expected
    assert len(got) > 5000
    assert {buffer for buffer, _, _ in got.values()} == {True, False}
    assert any(not failed for _, failed, _ in got.values())


def test_a_point_on_an_edge_a_corner_or_the_edge_of_a_hole_lies_inside():
    shape = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (3, 1), (3, 3), (1, 3)]])
    competition = market.competition(market.operator(), shape)
    provider = market.provider()
    within = {market.asset(provider, x, y).pk for x, y in [(0, 2), (4, 4), (1, 2), (3, 3), (0.5, 0.5)]}
    outside = {
        market.asset(provider, x, y).pk for x, y in [(2, 2), (1.000000001, 2), (4.000000001, 2), (-1, 0)]
    }
    engine.qualify(now=DURING)
    assert set(Verdict.objects.filter(competition=competition).values_list("asset_id", flat=True)) == within
    assert not within & outside


@pytest.mark.parametrize("seed", range(3))
def test_judging_only_what_changed_ends_where_judging_everything_does(seed):
    rng, operator, provider, types = random_market(seed, 150, 8)
    engine.qualify(now=DURING)
    for _ in range(6):
        touched = rng.sample(list(Asset.objects.order_by("ref")), 10)
        for one in touched:
            other = random_asset(rng, provider, types)
            other.pk, other.ref = one.pk, one.ref
            other.save(force_update=True)
        new = random_asset(rng, provider, types)
        new.save()
        engine.qualify(asset_ids=[*(one.pk for one in touched), new.pk], now=DURING)
        competition = rng.choice(list(Competition.objects.order_by("ref")))
        market.put_boundary(competition, random_boundary(rng))
        Competition.objects.filter(pk=competition.pk).update(
            minimum_voltage_kv=rng.choice([None, Decimal(11)])
        )
        added = random_competition(rng, operator)
        engine.qualify(competition_ids=[competition.pk, added.pk], now=DURING)
    incremental = stored()
    assert incremental == brute_force()
    assert engine.qualify(now=DURING) == set()
    assert stored() == incremental


def test_a_verdict_that_stays_the_same_is_not_written_again():
    market.competition(market.operator())
    one, other = (market.asset(market.provider()) for _ in range(2))
    engine.qualify(now=DURING)
    Asset.objects.filter(pk=other.pk).update(generation_turn_up_mw=2)
    engine.qualify(now=DURING + SECOND)
    times = dict(Verdict.objects.values_list("asset_id", "changed_at"))
    assert times == {one.pk: DURING, other.pk: DURING + SECOND}


def test_an_archived_asset_loses_its_verdicts_and_gets_them_back():
    market.competition(market.operator())
    asset = market.asset(market.provider())
    engine.qualify(now=DURING)
    before = stored()
    Asset.objects.filter(pk=asset.pk).update(status="archived")
    engine.qualify(asset_ids=[asset.pk], now=DURING)
    assert stored() == {}
    Asset.objects.filter(pk=asset.pk).update(status="operational")
    engine.qualify(asset_ids=[asset.pk], now=DURING)
    assert stored() == before


@pytest.mark.parametrize(
    ("kind", "value", "passing"),
    [
        ("postcode", "EH21 8RE", {"EH21 8RE", "eh218re"}),
        ("postcode_sector", "EH21 8", {"EH21 8RE", "eh218re", "EH21 8AA"}),
    ],
)
def test_an_asset_passes_by_its_own_postcode_or_sector_wherever_it_lies(kind, value, passing):
    competition = market.competition(market.operator(), shapely.Polygon())
    Boundary.objects.create(competition=competition, kind=kind, value=value)
    provider = market.provider()
    for postcode in ("EH21 8RE", "eh218re", "EH21 8AA", "EH21 9RE", "EH2 18R", "EH1 8RE", ""):
        market.asset(provider, 50, 50, postcode=postcode)
    engine.qualify(now=DURING)
    assert set(Verdict.objects.values_list("asset__postcode", flat=True)) == passing
    assert set(Verdict.objects.values_list("in_buffer", flat=True)) == {False}


def test_drafts_are_judged_so_that_publishing_needs_no_work_but_closed_cancelled_and_archived_are_not():
    operator = market.operator()
    draft = market.competition(operator, publish_on=OPEN)
    market.competition(operator, cancelled_at=OPEN)
    market.competition(
        operator, bidding_open=None, bidding_close=None, competition_type="", archive_on=DURING
    )
    market.competition(operator, qualification_close=DURING)
    market.asset(market.provider())
    engine.qualify(now=DURING)
    assert set(Verdict.objects.values_list("competition_id", flat=True)) == {draft.pk}


def test_a_burst_of_requests_is_worked_off_once_and_leaves_none():
    market.competition(market.operator())
    provider = market.provider()
    for _ in range(5):
        asset = market.asset(provider)
        requalification.request_for_assets(provider.pk, [asset.pk], DURING)
    assert requalification.work_off(DURING) == 5
    assert len(stored()) == 5
    assert not Requalification.objects.exists()
    assert requalification.work_off(DURING) == 0


def test_more_assets_than_a_chunk_are_judged_alike(monkeypatch):
    random_market(3, 100, 25)
    engine.qualify(now=DURING)
    whole = stored()
    monkeypatch.setattr("qualification.domain.facts.reading.CHUNK", 7)
    assert engine.qualify(now=DURING) == set()
    Verdict.objects.all().delete()
    engine.qualify(now=DURING)
    assert stored() == whole
    engine.qualify(asset_ids=list(Asset.objects.values_list("pk", flat=True)), now=DURING)
    assert stored() == whole


def test_a_code_is_stored_whole_however_long_it_is(monkeypatch):
    code = "distance_to_the_substation_it_feeds"
    competition = market.competition(market.operator())
    asset = market.asset(market.provider())
    planned = PlannedAsset.objects.create(
        provider=asset.provider, competition=competition, ref="P", name="Planned", asset_type=asset.asset_type,
        voltage_kv=11, capacity_type="generation_turn_up_mw", capacity_mw=1, first_uploaded_at=OPEN, changed_at=OPEN,
    )  # fmt: skip
    monkeypatch.setattr(criteria, "codes_of", lambda bits: ["voltage", code])
    engine.qualify(now=DURING)
    assert Verdict.objects.get(asset=asset, failed__contains=[code]).failed == ["voltage", code]
    assert PlannedVerdict.objects.get(planned_asset=planned).failed == ["voltage", code]
    assert engine.qualify(now=DURING) == set()
