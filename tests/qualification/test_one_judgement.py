"""One asset judged by its plain values stands as the engine, which judges many from the database, stores it.

Assets and competitions are drawn for whatever fields the criteria name, so that a new criterion is covered by
itself; the test fails if one of them never bound, never failed or never passed.
"""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import models

from competitions.models import Area, Boundary, Competition
from qualification.domain import criteria
from qualification.domain.criteria.capacity import relevant_capacity
from qualification.domain.facts.asset_facts import megawatts
from qualification.domain.facts.data import values_of
from qualification.domain.facts.reading import facts_from, facts_of, frozen_facts
from qualification.domain.verdicts import engine, freeze
from qualification.domain.verdicts.planned import facts_of_planned
from qualification.domain.verdicts.requirements import requirements_of
from qualification.enums import CapacityType
from qualification.models import Asset, AssetType, MeterList, PlannedAsset, PlannedVerdict, Verdict
from tests.qualification import dps, market
from tests.qualification.brute_force import brute_covers, rings_of
from tests.qualification.market import CLOSE, DURING, FIRST_DAY, OPEN

pytestmark = pytest.mark.django_db
HALF_HOUR, SECOND = timedelta(minutes=30), timedelta(seconds=1)
METERS = ("1200023305967", "2000050773929")
GIVEN = {
    models.DecimalField: [Decimal("10.9999"), Decimal(11), Decimal("11.0001")],
    models.DurationField: [HALF_HOUR - SECOND, HALF_HOUR, HALF_HOUR + SECOND],
    models.DateField: [FIRST_DAY, FIRST_DAY + timedelta(days=1)],
    models.DateTimeField: [OPEN, CLOSE - timedelta(microseconds=1), CLOSE],
    models.PositiveSmallIntegerField: [4, 5, 6],
}
ASKED = {
    models.DecimalField: Decimal(11),
    models.DurationField: HALF_HOUR,
    models.PositiveSmallIntegerField: 5,
}
PLACES = {"latitude": [0.5, 1, 1.2, 5], "longitude": [0.5, 0]}
OWN = PLACES | {
    "import_meter_id": ["", *METERS],
    "export_meter_id": ["", METERS[0]],
    **{each: [Decimal(0), Decimal("0.0005"), Decimal("2.5")] for each in CapacityType.values},
}


def drawn_value(rng, name):
    """Any value of an asset's field, often one at a limit."""
    field = Asset._meta.get_field(name)
    known = OWN.get(name) or [key for key, _ in field.choices or ()] or GIVEN[type(field)]
    return rng.choice([None, *known] if field.null else known)


def drawn_limit(rng, name):
    """Any value of a competition's field; where it may be empty, it often is."""
    field = Competition._meta.get_field(name)
    if isinstance(field, ArrayField):
        known = [key for key, _ in field.base_field.choices]
        return rng.sample(known, rng.randint(1, len(known)))
    if isinstance(field, models.BooleanField):
        return rng.random() < 0.5
    if field.choices:
        return rng.choice([key for key, _ in field.choices])
    return rng.choice([None, ASKED[type(field)], ASKED[type(field)]])


def an_asset(rng, providers, types):
    names = [
        fact.name for fact in criteria.FACTS if fact.table == "a" and fact.name not in ("id", "provider_id")
    ]
    values = {name: drawn_value(rng, name) for name in names}
    if not any(values[name] for name in CapacityType.values):
        values[rng.choice(CapacityType.values)] = Decimal(1)
    if values["status"] == "in_development":
        values["operational_date"] = values["operational_date"] or FIRST_DAY
    return market.an_asset(
        rng.choice(providers),
        values.pop("longitude"),
        values.pop("latitude"),
        kind=rng.choice(types),
        **values,
    )


def a_competition(rng, operator, system, area):
    own = {"qualification_close": CLOSE, "purchasing_system": rng.choice([None, system])}
    names = {name for each in criteria.ALL for name in each.reads if "__" not in name} - set(own)
    values = {name: drawn_limit(rng, name) for name in sorted(names)}
    made = market.competition(operator, market.SQUARE, market.SQUARE.buffer(0.25), **own, **values)
    Boundary.objects.create(competition=made, kind="area", area=area)
    return made


def a_market(rng, assets, competitions):
    scene = dps.scene()
    dps.approved(scene)
    operator, types = scene.buyer.organisation, list(AssetType.objects.order_by("pk"))
    area = Area.objects.create(
        operator=operator, reference="EAST", shape_wkb=b"", area_km2=1, updated_at=OPEN
    )
    MeterList.objects.create(
        area=area, meter_ids=[METERS[0]], replaced_at=OPEN, replaced_by_email="a@example.org"
    )
    providers = [scene.seller.organisation, market.provider()]
    Asset.objects.bulk_create([an_asset(rng, providers, types) for _ in range(assets)])
    return providers, [a_competition(rng, operator, scene.system, area) for _ in range(competitions)]


def plain(asset):
    own = {name: getattr(asset, name) for name in ("id", "provider_id", "first_uploaded_at")}
    return values_of(asset) | own


def listed():
    return list(Asset.objects.exclude(status="archived").select_related("asset_type", "group").order_by("pk"))


def judged_alone(requirements, facts):
    """What the one asset fails by its data, in order, and its relevant capacity."""
    (bits,), (capacity,) = criteria.failing(requirements, facts), relevant_capacity(requirements, facts)
    return criteria.codes_of(int(bits)), megawatts(int(capacity))


@pytest.mark.parametrize("seed", range(2))
def test_one_asset_judged_alone_stands_as_the_engine_stores_it(seed):
    _, competitions = a_market(random.Random(seed), 80, 12)
    engine.qualify(now=DURING)
    asked = requirements_of(Competition.objects.all(), DURING)
    rings = {each.pk: rings_of(each) for each in competitions}
    outcomes = set()
    expected = {}
    for asset in listed():
        x, y = float(asset.longitude), float(asset.latitude)
        facts = facts_from([plain(asset)])
        for competition in competitions:
            inside, wide = (brute_covers(each, x, y) for each in rings[competition.pk])
            failed, capacity = judged_alone(asked[competition.pk], facts)
            if wide:
                expected[competition.pk, asset.pk] = (not inside, failed, capacity)
            fails = {*failed, *(() if wide else ("location",))}
            outcomes |= {(code, code in fails) for code in criteria.asked(asked[competition.pk])}
    stored = Verdict.objects.values_list(
        "competition", "asset", "in_buffer", "failed", "relevant_capacity_mw"
    )
    assert {(c, a): (b, f, mw) for c, a, b, f, mw in stored} == expected
    assert outcomes == {(code, fails) for code in criteria.BY_CODE for fails in (True, False)}


def test_the_database_plain_values_and_frozen_copies_give_the_same_facts():
    a_market(random.Random(9), 60, 1)
    assets = listed()
    from_database = facts_of([each.pk for each in assets])
    assert from_database.tobytes() == facts_from([plain(each) for each in assets]).tobytes()
    engine.qualify(now=DURING)
    freeze.freeze_due(CLOSE + SECOND)
    for verdict in Verdict.objects.select_related("asset"):
        present = facts_of([verdict.asset_id])
        Asset.objects.filter(pk=verdict.asset_id).update(
            voltage_kv=400, status="mothballed", response_time=None
        )
        edited = facts_of([verdict.asset_id])
        assert (
            frozen_facts(verdict.asset_as_frozen, edited).tobytes() == present.tobytes() != edited.tobytes()
        )


def test_a_planned_asset_fails_what_an_asset_with_the_same_data_fails_of_what_counts_for_it():
    rng = random.Random(4)
    providers, competitions = a_market(rng, 0, 12)
    twins, counted = {}, {each.code for each in criteria.FOR_PLANNED}
    for number in range(120):
        provider, kind = rng.choice(providers), rng.choice(CapacityType.values)
        same = {"voltage_kv": rng.choice([Decimal("10.9999"), Decimal(11), Decimal(33)]),
                "first_uploaded_at": drawn_value(rng, "first_uploaded_at")}  # fmt: skip
        planned = PlannedAsset.objects.create(
            provider=provider, competition=rng.choice(competitions), ref=f"P{number}", name="Planned",
            asset_type=market.asset_type(), capacity_type=kind, capacity_mw=Decimal("0.75"), changed_at=OPEN, **same,
        )  # fmt: skip
        twin = {"generation_turn_up_mw": Decimal(0)} | {kind: Decimal("0.75")} | same
        twins[planned.pk] = planned, market.an_asset(provider, **twin)
    engine.qualify(now=DURING)
    asked = requirements_of(Competition.objects.all(), DURING)
    outcomes = set()
    for verdict in PlannedVerdict.objects.all():
        planned, twin = twins.pop(verdict.planned_asset_id)
        failed, capacity = judged_alone(asked[planned.competition_id], facts_from([plain(twin)]))
        assert verdict.failed == [each for each in failed if each in counted]
        assert verdict.relevant_capacity_mw == capacity
        outcomes |= {(code, code in verdict.failed) for code in counted & set(asked[planned.competition_id])}
        (one,) = facts_of_planned([planned])
        assert one["provider_id"] == facts_from([plain(twin)])[0]["provider_id"]
    assert not twins
    assert outcomes == {(code, fails) for code in counted for fails in (True, False)}
