"""The map of many competitions: shapes simplified to what a zoom level shows, kept in the cache, sent as
text."""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry

from competitions.domain.places import postcodes
from competitions.enums import BoundaryType
from competitions.models import Boundary, BoundaryShape, Competition
from marketplace import geo, memo

Bounds = tuple[float, float, float, float]
Shape = tuple[Bounds, str]
LEVELS = (5, 7, 9, 11, 13)
WHOLE_COUNTRY = 7
"""Up to this level a map gets every shape, so that it is there when people move about; from then on what they
see."""
POSTCODES = (BoundaryType.POSTCODE, BoundaryType.POSTCODE_SECTOR)
KEPT_SECONDS = 7 * 24 * 3600
PIXELS_OF_WORLD = 256


def level_of(zoom: float) -> int:
    """The level of detail for a map's zoom: the first that is at least as fine."""
    return next((level for level in LEVELS if level >= zoom), LEVELS[-1])


def map_text(
    competitions: Iterable[Competition],
    level: int,
    within: Bounds | None,
    told: Callable[[Competition], dict[str, Any]],
) -> str:
    """The competitions as GeoJSON text, in the detail of a level; ``within`` leaves out what lies elsewhere.

    The competitions come with their operators and, deferred, their shapes; ``told`` makes the properties of
    each.
    """
    listed = [one for one in competitions if hasattr(one, "boundary_shape")]
    shapes = _shapes(listed, level)
    features = []
    for one in listed:
        bounds, text = shapes[one.pk]
        if text and (within is None or level <= WHOLE_COUNTRY or _meet(bounds, within)):
            features.append(f'{{"type":"Feature","geometry":{text},"properties":{json.dumps(told(one))}}}')
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'


def _meet(one: Bounds, other: Bounds) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _key(competition: Competition, level: int, version: int) -> str:
    made = competition.boundary_shape.made_at.timestamp()
    return f"competitions.shape.{competition.pk}.{made:.6f}.{version}.{level}"


def _shapes(competitions: Sequence[Competition], level: int) -> dict[UUID, Shape]:
    """Each competition's shape at a level, by its id; what the cache lacks is worked out from a few
    queries."""
    version = postcodes.version()
    keys = {_key(one, level, version): one.pk for one in competitions}
    found: dict[str, Shape] = memo.cache_get_many(keys)
    missing = {pk: key for key, pk in keys.items() if key not in found}
    made = {}
    about = _about_postcodes(missing)
    stored = BoundaryShape.objects.filter(competition__in=missing).values_list("competition", "inside_wkb")
    for pk, wkb in stored.iterator() if missing else ():
        made[missing[pk]] = _simplified(geo.union([geo.from_wkb(bytes(wkb)), *about.get(pk, ())]), level)
    memo.cache_set_many(made, KEPT_SECONDS)
    return {pk: (found | made)[key] for key, pk in keys.items()}


def _about_postcodes(competition_ids: Iterable[UUID]) -> dict[UUID, list[BaseGeometry]]:
    """About where the postcodes and sectors lie that bound each competition."""
    parts: dict[UUID, list[Boundary]] = {}
    named = Boundary.objects.filter(competition__in=list(competition_ids), kind__in=POSTCODES)
    for part in named:
        parts.setdefault(part.competition_id, []).append(part)
    shapes = postcodes.drawn(named)
    return {pk: [shapes[part.value] for part in own if part.value in shapes] for pk, own in parts.items()}


def _simplified(shape: BaseGeometry, level: int) -> Shape:
    """Without the detail that is smaller than a pixel of the level."""
    if shape.is_empty:
        return ((0.0, 0.0, 0.0, 0.0), "")
    pixel = 360 / (PIXELS_OF_WORLD * 2**level)
    decimals = max(2, math.ceil(-math.log10(pixel)) + 1)
    west, south, east, north = shape.bounds
    if max(east - west, north - south) < 3 * pixel:
        shape = shapely.box(west, south, east, north)
    text = json.dumps(geo.to_geojson(shape, pixel, decimals), separators=(",", ":"))
    return (west, south, east, north), text
