"""The map of many competitions: shapes simplified to what a zoom level shows, kept in the cache, sent as text."""

import json
import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry

from competitions.domain.places import postcodes
from competitions.enums import BoundaryType, Phase
from competitions.models import Boundary, BoundaryShape, Competition
from marketplace import geo, memo

Bounds = tuple[float, float, float, float]
Shape = tuple[Bounds, str]
LEVELS = (5, 7, 9, 11, 13)
WHOLE_COUNTRY = 7
"""Up to this level a map gets every shape, so that it is there when people move about; from then on what they see."""
POSTCODES = (BoundaryType.POSTCODE, BoundaryType.POSTCODE_SECTOR)
KEPT_SECONDS = 7 * 24 * 3600
PIXELS_OF_WORLD = 256
LOOKS: dict[Phase, tuple[str, str]] = {
    Phase.ANNOUNCED: ("#0d4f63", "2 6"),
    Phase.QUALIFICATION_OPEN: ("#124a8c", ""),
    Phase.QUALIFICATION_CLOSED: ("#5b3a8c", "8 4 2 4"),
    Phase.BIDDING_OPEN: ("#125c2c", ""),
    Phase.DECISION: ("#7a4100", "8 5"),
}
"""Colour and pattern of the outline: no two phases differ by colour alone (the open ones by width, too)."""
OTHER_LOOK = ("#4d5b6b", "1 5")
WIDE = frozenset({Phase.BIDDING_OPEN})


def look_of(phase: Phase) -> dict[str, Any]:
    """How a phase is drawn."""
    colour, dashes = LOOKS.get(phase, OTHER_LOOK)
    return {"colour": colour, "dashes": dashes, "weight": 3.5 if phase in WIDE else 1.5}


def legend() -> list[dict[str, Any]]:
    """The phases that a map of live competitions shows, in order."""
    return [{"label": phase.label, **look_of(phase)} for phase in LOOKS]


def level_of(zoom: float) -> int:
    """The level of detail for a map's zoom: the first that is at least as fine."""
    return next((level for level in LEVELS if level >= zoom), LEVELS[-1])


def map_text(competitions: Iterable[Competition], level: int, within: Bounds | None, now: datetime) -> str:
    """The competitions as GeoJSON text, in the detail of a level; ``within`` leaves out what lies elsewhere.

    The competitions come with their operators and, deferred, their shapes.
    """
    listed = [one for one in competitions if hasattr(one, "boundary_shape")]
    shapes = _shapes(listed, level)
    features = []
    for one in listed:
        bounds, text = shapes[one.pk]
        if text and (within is None or level <= WHOLE_COUNTRY or _meet(bounds, within)):
            features.append(f'{{"type":"Feature","geometry":{text},"properties":{_properties(one, now)}}}')
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'


def _properties(competition: Competition, now: datetime) -> str:
    phase = competition.phase(now)
    return json.dumps(
        {
            "ref": competition.ref,
            "title": competition.name,
            "text": f"{competition.operator.name}, {phase.label}",
            "url": f"/competitions/{competition.ref}/",
            "look": "area",
            **look_of(phase),
        }
    )


def _meet(one: Bounds, other: Bounds) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _key(competition: Competition, level: int, version: int) -> str:
    made = competition.boundary_shape.made_at.timestamp()
    return f"competitions.shape.{competition.pk}.{made:.6f}.{version}.{level}"


def _shapes(competitions: Sequence[Competition], level: int) -> dict[UUID, Shape]:
    """Each competition's shape at a level, by its id; what the cache lacks is worked out from a few queries."""
    version = postcodes.version()
    keys = {_key(one, level, version): one.pk for one in competitions}
    found: dict[str, Shape] = memo.recall_many(keys)
    missing = {pk: key for key, pk in keys.items() if key not in found}
    made = {}
    about = _about_postcodes(missing)
    stored = BoundaryShape.objects.filter(competition__in=missing).values_list("competition", "inside_wkb")
    for pk, wkb in stored.iterator() if missing else ():
        made[missing[pk]] = _simplified(geo.union([geo.from_wkb(bytes(wkb)), *about.get(pk, ())]), level)
    memo.keep_many(made, KEPT_SECONDS)
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
