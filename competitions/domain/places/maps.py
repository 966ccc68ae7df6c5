"""Shapes as GeoJSON for maps: simplified to what a map of their size shows."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import shapely
from django.db.models import QuerySet
from shapely.geometry.base import BaseGeometry

from competitions.domain.places.boundaries import boundary_of
from competitions.domain.places.postcodes import drawn
from competitions.models import Area, Competition
from marketplace import geo, memo
from marketplace.numbers import area_text, grouped_text

Feature = dict[str, Any]
PARTS_OF_WIDTH = 2000
"""A map is at most some thousand pixels wide: detail finer than this part of its width is dropped."""
MANY = 200
PARTS_OF_MAP = 8000
LARGEST_KEPT = 5_000_000
KEPT_SECONDS = 24 * 3600


def collection(features: Iterable[Feature]) -> dict[str, Any]:
    """Features as a GeoJSON collection."""
    return {"type": "FeatureCollection", "features": list(features)}


def feature(shape: BaseGeometry, coarse: float = 0.0, **properties: Any) -> Feature:
    """A shape as a GeoJSON feature, simplified by its own size, or to ``coarse`` degrees if that is more."""
    tolerance = max(_width(shape.bounds) / PARTS_OF_WIDTH, coarse)
    return {"type": "Feature", "geometry": geo.to_geojson(shape, tolerance), "properties": properties}


def competition_features(competition: Competition, **properties: Any) -> list[Feature]:
    """The buffer, if there is one, the boundary of a competition, and about where its postcodes lie, if
    known."""
    parts = boundary_of(competition)
    features = []
    if not parts.inside.is_empty:
        if competition.area_buffer_km:
            title = f"Buffer of {grouped_text(competition.area_buffer_km)} km"
            features.append(feature(parts.buffered, title=title, look="buffer"))
        features.append(feature(parts.inside, **({"title": competition.name, "look": "area"} | properties)))
    for name, shape in drawn(competition.boundaries.all()).items():
        features.append(
            feature(shape, **({"look": "area"} | properties | {"title": f"About {name}", "label": ""}))
        )
    return features


def area_map_text(areas: QuerySet[Area]) -> str:
    """Stored areas as GeoJSON text, kept in the cache until one of them changes."""
    states = list(areas.order_by("pk").values_list("pk", "updated_at", "display_name", "reference"))
    key = f"competitions.area_map.{hashlib.sha256(repr(states).encode()).hexdigest()}"
    text: str | None = memo.cache_get(key)
    if text is None:
        text = json.dumps(collection(area_features(areas)), separators=(",", ":"))
        if len(text) <= LARGEST_KEPT:
            memo.cache_set(key, text, KEPT_SECONDS)
    return text


def keep_preview(job_id: UUID, reading: geo.AreaReading) -> None:
    """Make the map of a file's preview, before its page asks for it."""
    key = _preview_key(job_id)
    if memo.cache_get(key) is None:
        memo.cache_set(
            key, json.dumps(collection(reading_features(reading)), separators=(",", ":")), KEPT_SECONDS
        )


def kept_preview(job_id: UUID) -> str | None:
    """The map that :func:`keep_preview` kept, as GeoJSON text."""
    text: str | None = memo.cache_get(_preview_key(job_id))
    return text


def _preview_key(job_id: UUID) -> str:
    return f"competitions.area_preview.{job_id}"


def _width(bounds: tuple[float, float, float, float]) -> float:
    west, south, east, north = bounds
    return max(east - west, north - south)


def _coarse(shapes: Sequence[BaseGeometry]) -> float:
    """How far many shapes on one map may be simplified: nobody looks at each of them alone."""
    return _width(tuple(shapely.total_bounds(shapes))) / PARTS_OF_MAP if len(shapes) > MANY else 0.0


def area_features(areas: Iterable[Area]) -> list[Feature]:
    """Stored areas as features named by their references."""
    listed = [(area, geo.from_wkb(area.shape_wkb)) for area in areas]
    coarse = _coarse([shape for _, shape in listed])
    return [
        feature(
            shape,
            coarse,
            title=str(area),
            text=area_text(area.area_km2),
            reference=area.reference,
        )
        for area, shape in listed
    ]


def reading_features(reading: geo.AreaReading) -> list[Feature]:
    """The areas of a file that is only being looked at."""
    coarse = _coarse([area.shape for area in reading.areas])
    return [
        feature(area.shape, coarse, title=area.reference, text=area_text(area.area_km2))
        for area in reading.areas
    ]
