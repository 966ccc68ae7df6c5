"""Assets judged in 500 competitions with boundaries of 500 corners, from database to database."""

import os
import random
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import shapely
from django.db import connection, transaction

from qualification.domain.assets import saving
from qualification.domain.verdicts import engine
from qualification.models import Asset, Verdict
from tests.bench.measured import Measured, seconds
from tests.memory import forget_peak, peak_mb
from tests.qualification import market

ASSETS, COMPETITIONS, CORNERS = 100_000, 500, 500
CHANGED = 20
SIZES = (10_000, 100_000, 1_000_000)


def rows() -> Iterator[Measured]:
    """A full run beside geopandas, growth from 10,000 to 1,000,000 assets, one changed asset beside the full
    run."""
    draw = random.Random(1)
    yield from _growth(draw)
    _assets(draw)
    _competitions(draw)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    full = seconds(lambda: engine.qualify(now=market.DURING))
    told = f"{ASSETS:,} assets × {COMPETITIONS} competitions, {Verdict.objects.count():,} verdicts stored"
    yield Measured("qualification", told, full, "geopandas sjoin, to_sql", seconds(_geopandas))
    times = []
    for asset_id in list(Asset.objects.values_list("pk", flat=True)[:CHANGED]):
        Asset.objects.filter(pk=asset_id).update(generation_turn_up_mw=draw.randint(2, 9))
        times.append(seconds(lambda: engine.qualify(asset_ids=[asset_id], now=market.DURING)))  # noqa: B023
    yield Measured(
        "one asset changed",
        f"in {COMPETITIONS} competitions, median",
        sorted(times)[CHANGED // 2],
        "full run",
        full,
    )


def _geopandas() -> None:
    """Which asset lies in which boundary, read from the database and written to it; no other criterion, no
    reasons."""
    import geopandas
    import pandas
    import sqlalchemy

    engine_of_peer = sqlalchemy.create_engine(
        os.environ["DATABASE_URL"]
        .replace("postgres://", "postgresql://")
        .replace("postgresql://", "postgresql+psycopg2://")
    )
    with engine_of_peer.connect() as database:
        assets = pandas.read_sql(
            "SELECT id::text AS asset, longitude::float8 AS x, latitude::float8 AS y FROM qualification_asset",
            database,
        )
        shapes = pandas.read_sql(
            "SELECT competition_id::text AS competition, buffered_wkb FROM competitions_boundaryshape",
            database,
        )
        points = geopandas.GeoDataFrame(
            assets[["asset"]], geometry=geopandas.points_from_xy(assets.x, assets.y), crs="EPSG:4326"
        )
        areas = geopandas.GeoDataFrame(
            shapes[["competition"]],
            geometry=geopandas.GeoSeries.from_wkb([bytes(wkb) for wkb in shapes.buffered_wkb]),
            crs="EPSG:4326",
        )
        found = geopandas.sjoin(points, areas, predicate="intersects")[["competition", "asset"]]
        found.to_sql(
            "peer_pairs", database, if_exists="replace", index=False, method="multi", chunksize=10_000
        )
        database.commit()


def _growth(draw: random.Random) -> Iterator[Measured]:
    """The same competitions with ten times as many assets, twice; with the most memory that the run took."""
    _competitions(draw)
    for count in SIZES:
        _many_assets(count)
        forget_peak()
        took = seconds(lambda: engine.qualify(now=market.DURING))
        told = f"{count:,} assets, {Verdict.objects.count():,} verdicts, at most {peak_mb():,} MB"
        yield Measured("qualification, growth", told, took)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE qualification_asset, competitions_competition CASCADE")


def _many_assets(count: int) -> None:
    provider, kind = market.provider(), market.asset_type()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE qualification_asset CASCADE")
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(
            """INSERT INTO qualification_asset (id, provider_id, ref, name, status, asset_type_id, voltage_kv, latitude,
                longitude, is_place_approximate, postcode, address, import_meter_id, export_meter_id,
                generation_turn_up_mw, generation_turn_down_mw, demand_turn_down_mw, demand_turn_up_mw,
                reactive_export_mvar, reactive_import_mvar, connection_type, connection_current, metering_point, supplier,
                first_uploaded_at, changed_at)
            SELECT gen_random_uuid(), %s, 'A' || n, 'Asset ' || n, 'operational', %s, (ARRAY[0.4, 11, 33])[1 + n %% 3],
                50 + 9 * random(), -8 + 10 * random(), false, '', '', '', '', 1, 0, 0, 0, 0, 0, '', '', '', '', %s, %s
            FROM generate_series(1, %s) AS n""",
            [provider.pk, kind.pk, market.OPEN, market.OPEN, count],
        )
        cursor.execute("ANALYZE")


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
