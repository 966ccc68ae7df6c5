"""100,000 assets judged in 500 competitions with boundaries of 500 corners, from database to database."""

import random
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import shapely
from django.db import connection, transaction

from qualification.domain import engine, saving
from qualification.models import Asset, Verdict
from tests.bench.measured import Measured, seconds
from tests.qualification import market

ASSETS, COMPETITIONS, CORNERS = 100_000, 500, 500
CHANGED = 20


def rows() -> Iterator[Measured]:
    """A full run, and one changed asset with the full run as its peer."""
    draw = random.Random(1)
    _assets(draw)
    _competitions(draw)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    full = seconds(lambda: engine.qualify(now=market.DURING))
    told = f"{ASSETS:,} assets × {COMPETITIONS} competitions, {Verdict.objects.count():,} verdicts stored"
    yield Measured("qualification", told, full)
    times = []
    for asset_id in list(Asset.objects.values_list("pk", flat=True)[:CHANGED]):
        Asset.objects.filter(pk=asset_id).update(generation_turn_up_mw=draw.randint(2, 9))
        times.append(seconds(lambda: engine.qualify(asset_ids=[asset_id], now=market.DURING)))  # noqa: B023
    yield Measured(
        "one asset changed", f"in {COMPETITIONS} competitions, median", sorted(times)[CHANGED // 2], "full run", full
    )


def _assets(draw: random.Random) -> None:
    provider, kind = market.provider(), market.asset_type()
    voltages = [Decimal("0.4"), Decimal(11), Decimal(33)]
    with transaction.atomic():
        saving._write(
            [
                market.an_asset(
                    provider,
                    round(draw.uniform(-8, 2), 6),
                    round(draw.uniform(50, 59), 6),
                    kind=kind,
                    voltage_kv=draw.choice(voltages),
                )
                for _ in range(ASSETS)
            ]
        )


def _competitions(draw: random.Random) -> None:
    operator = market.operator()
    angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    for _ in range(COMPETITIONS):
        x, y, radius = draw.uniform(-7.5, 1.5), draw.uniform(50.5, 58.5), draw.uniform(0.05, 0.35)
        radii = radius * (1 + 0.2 * np.sin(angles * draw.randint(3, 9)))
        shape = shapely.Polygon(np.c_[x + radii * np.cos(angles), y + radii * np.sin(angles)])
        lowest = draw.choice([None, 11])
        market.competition(operator, shape, shape.buffer(0.01, quad_segs=2), minimum_voltage_kv=lowest)
