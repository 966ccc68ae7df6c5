"""Markets made at random."""

import random
from datetime import timedelta
from decimal import Decimal

import shapely

from competitions.enums import AssetCategory, AssetStatus
from qualification.models import Asset, AssetType, Verdict
from tests.qualification import market
from tests.qualification.market import CLOSE, FIRST_DAY, OPEN, SECOND


def stored():
    rows = Verdict.objects.order_by("id").values_list(
        "competition_id", "asset_id", "in_buffer", "failed", "relevant_capacity_mw"
    )
    return {(c, a): (b, tuple(f), mw) for c, a, b, f, mw in rows}


def random_ring(rng, cx, cy, radius):
    step = [
        (dx / 8, dy / 8) for dx, dy in ((8, 0), (6, 6), (0, 8), (-6, 6), (-8, 0), (-6, -6), (0, -8), (6, -6))
    ]
    points = []
    for dx, dy in step:
        size = rng.choice([0.5, 0.75, 1, 1.25]) * radius
        points.append((round((cx + dx * size) * 16) / 16, round((cy + dy * size) * 16) / 16))
    return shapely.Polygon(points).buffer(0)


def random_boundary(rng):
    parts = []
    for _ in range(rng.randint(1, 3)):
        cx, cy, radius = rng.randint(2, 14), rng.randint(2, 14), rng.choice([1, 2, 3])
        part = random_ring(rng, cx, cy, radius)
        if rng.random() < 0.6:
            part = part.difference(random_ring(rng, cx, cy, radius / 3))
        parts.append(part)
    return shapely.union_all(parts)


def random_duration(rng):
    return rng.choice(
        [None, timedelta(minutes=30), timedelta(minutes=30, seconds=1), timedelta(minutes=29, seconds=59)]
    )


def random_asset(rng, provider, types):
    place = rng.choice(
        [lambda: rng.uniform(0, 16), lambda: rng.randint(0, 256) / 16, lambda: rng.randint(0, 16)]
    )
    capacities = ("generation_turn_up_mw", "generation_turn_down_mw", "demand_turn_down_mw", "demand_turn_up_mw",
                  "reactive_export_mvar", "reactive_import_mvar")  # fmt: skip
    given = {name: rng.choice([Decimal(0), Decimal("0.0005"), Decimal("2.5")]) for name in capacities}
    if not any(given.values()):
        given["reactive_import_mvar"] = Decimal("0.000001")
    return market.an_asset(
        provider, round(place(), 9), round(place(), 9),
        **{"generation_turn_up_mw": Decimal(0)} | given,
        kind=rng.choice(types),
        status=rng.choice(AssetStatus.values),
        voltage_kv=rng.choice([Decimal("0.4"), Decimal("0.3999"), Decimal(11), Decimal(33), Decimal("33.0001")]),
        operational_date=rng.choice([FIRST_DAY, FIRST_DAY + timedelta(days=1)]),
        first_uploaded_at=rng.choice([OPEN, CLOSE - SECOND, CLOSE]),
        import_meter_id=rng.choice(["", "1200023305967"]),
        response_time=random_duration(rng), ramping_period=random_duration(rng),
        recovery_time=random_duration(rng), maximum_run_time=random_duration(rng),
    )  # fmt: skip


def random_competition(rng, operator):
    inside = random_boundary(rng)
    buffered = inside.buffer(0.5, quad_segs=3) if rng.random() < 0.5 else inside
    half = timedelta(minutes=30)
    return market.competition(
        operator, inside, buffered,
        power_type=rng.choice(["active", "reactive"]), need_direction=rng.choice(["deficit", "excess"]),
        minimum_voltage_kv=rng.choice([None, Decimal("0.4")]), maximum_voltage_kv=rng.choice([None, Decimal(33)]),
        asset_statuses=rng.choice([["operational"], ["operational", "in_development"], ["mothballed"]]),
        asset_categories=rng.choice([["storage"], ["generation", "storage"], AssetCategory.values]),
        meter_id_required=rng.random() < 0.3,
        maximum_response_time=rng.choice([None, half]), maximum_ramping_period=rng.choice([None, None, half]),
        maximum_recovery_time=rng.choice([None, None, half]), minimum_run_time=rng.choice([None, half]),
    )  # fmt: skip


def random_market(seed, assets, competitions):
    rng = random.Random(seed)
    operator, provider = market.operator(), market.provider()
    types = list(AssetType.objects.order_by("id"))
    Asset.objects.bulk_create([random_asset(rng, provider, types) for _ in range(assets)])
    for _ in range(competitions):
        random_competition(rng, operator)
    return rng, operator, provider, types
