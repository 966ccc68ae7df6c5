"""Postcode reference data: loading it, where a postcode or sector lies, and drawing those that bound a
competition."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import shapely
from django.db import connection, transaction
from django.db.models import Avg, Q
from shapely.geometry.base import BaseGeometry

from competitions.domain.places import towns
from competitions.domain.places.postcode_files import MOST_EXAMPLES, UnknownLayout, batches
from competitions.enums import BoundaryType
from competitions.models import Boundary, Postcode, PostcodeLoad
from marketplace import geo
from marketplace.audit.chain import record
from marketplace.copying import copy_rows
from marketplace.postcodes import normal_postcode, postcode_of

Place = tuple[Decimal, Decimal]
"""Latitude and longitude."""

HOLLOWNESS = 0.4
"""How closely the outline of a sector follows its postcodes; 1 is their convex hull."""
DRAWN_AROUND_KM = 0.15
"""How far around its centroids a postcode or sector is drawn: they are points without an outline."""

_STORE = """
WITH given AS (
    SELECT DISTINCT ON (code) code, left(code, -2) AS sector, longitude, latitude FROM incoming ORDER BY code, place DESC
), written AS (
    INSERT INTO competitions_postcode AS p (code, sector, longitude, latitude)
    SELECT code, sector, longitude, latitude FROM given
    ON CONFLICT (code) DO UPDATE SET longitude = excluded.longitude, latitude = excluded.latitude
    WHERE (p.longitude, p.latitude) IS DISTINCT FROM (excluded.longitude, excluded.latitude)
    RETURNING xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new), (SELECT count(*) FROM given) FROM written
"""


@dataclass
class Loaded:
    """What a loading did so far."""

    added: int = 0
    moved: int = 0
    unchanged: int = 0
    terminated: int = 0
    unusable: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def left_out(self) -> int:
        return self.terminated + self.unusable

    @property
    def rows(self) -> int:
        return self.added + self.moved + self.unchanged + self.terminated + self.unusable


@transaction.atomic
def load_postcodes(
    path: Path, now: datetime, report: Callable[[Loaded], None] = lambda loaded: None
) -> PostcodeLoad:
    """Take in a file of postcodes: new ones are added, known ones moved to where the file has them; none is
    removed.

    All of the file or nothing; loading it again changes nothing. No stored asset moves. Of a postcode that
    comes twice the last row holds. Raises ``UnknownLayout``, also when no row can be used.
    """
    loaded = Loaded()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('postcodes'))")
        cursor.execute(
            "CREATE TEMP TABLE incoming (place serial, code text, longitude numeric(9,6), latitude numeric(9,6))"
        )
        for batch in batches(path):
            rows = (
                (code, f"{longitude:.6f}", f"{latitude:.6f}")
                for code, longitude, latitude in zip(
                    batch.codes, batch.longitudes, batch.latitudes, strict=True
                )
            )
            cursor.execute("TRUNCATE incoming")
            copy_rows("incoming", ("code", "longitude", "latitude"), rows)
            cursor.execute(_STORE)
            added, moved, given = cursor.fetchone()
            loaded.added += added
            loaded.moved += moved
            loaded.unchanged += given - added - moved
            loaded.terminated += batch.terminated
            loaded.unusable += batch.unusable
            loaded.examples = (loaded.examples + batch.examples)[:MOST_EXAMPLES]
            report(loaded)
        cursor.execute("DROP TABLE incoming")
    if loaded.rows == loaded.left_out:
        raise UnknownLayout(
            f"Not one row of {path.name} can be used. {' '.join(loaded.examples[:1])}".strip()
        )
    load = PostcodeLoad.objects.create(
        file_name=path.name[:255],
        loaded_at=now,
        added=loaded.added,
        moved=loaded.moved,
        unchanged=loaded.unchanged,
        left_out=loaded.left_out,
    )
    changes = {"added": (None, load.added), "moved": (None, load.moved)}
    record(organisation_id=None, by=None, action="postcodes loaded", subject=load, changes=changes, now=now)
    return load


def are_known() -> bool:
    """Whether any postcode is known at all."""
    return Postcode.objects.exists()


def version() -> int:
    """Another number after each loading; 0 before the first."""
    return PostcodeLoad.objects.order_by("-id").values_list("pk", flat=True).first() or 0


def centroids(codes: Collection[str]) -> dict[str, Place]:
    """Latitude and longitude of those of the postcodes (with one space, in capitals) that are known."""
    found = Postcode.objects.filter(code__in=list(codes)).values_list("code", "latitude", "longitude")
    return {code: (latitude, longitude) for code, latitude, longitude in found}


def place_of(text: str) -> Place | None:
    """Where a postcode or sector lies (a sector: the mean of its postcodes), an outward code or a town; None
    if unknown."""
    code = postcode_of(text)
    if code is not None and (found := centroids([code])):
        return found[code]
    if (town := towns.place_of_town(text)) is not None:
        return town
    wanted = normal_postcode(text)
    if not wanted or len(wanted) < 2:
        return None
    within = Postcode.objects.filter(Q(sector=wanted) | Q(code__startswith=f"{wanted} "))
    mean = within.aggregate(latitude=Avg("latitude"), longitude=Avg("longitude"))
    return (mean["latitude"], mean["longitude"]) if mean["latitude"] is not None else None


def drawn(parts: Iterable[Boundary]) -> dict[str, BaseGeometry]:
    """About where the postcodes and sectors among a boundary's parts lie, by name; unknown ones are left out.

    For maps only: an asset lies in them by its own postcode, not by its place.
    """
    listed = [part for part in parts if part.kind in (BoundaryType.POSTCODE, BoundaryType.POSTCODE_SECTOR)]
    codes = {part.value for part in listed if part.kind == BoundaryType.POSTCODE}
    sectors = {part.value for part in listed if part.kind == BoundaryType.POSTCODE_SECTOR}
    points: dict[str, list[tuple[float, float]]] = {}
    if not listed:
        return {}
    found = Postcode.objects.filter(Q(code__in=codes) | Q(sector__in=sectors))
    for code, sector, longitude, latitude in found.values_list("code", "sector", "longitude", "latitude"):
        for name in {code} & codes | {sector} & sectors:
            points.setdefault(name, []).append((float(longitude), float(latitude)))
    return {part.value: _around(points[part.value]) for part in listed if part.value in points}


def _around(points: list[tuple[float, float]]) -> BaseGeometry:
    outline = shapely.concave_hull(shapely.MultiPoint(points), ratio=HOLLOWNESS)
    return geo.buffer_on_ground(outline, DRAWN_AROUND_KM)
