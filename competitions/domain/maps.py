"""Shapes as GeoJSON for maps: simplified to what a map of their size shows."""

from collections.abc import Iterable
from typing import Any

from shapely.geometry.base import BaseGeometry

from competitions.domain.boundaries import boundary_of
from competitions.domain.postcodes import drawn
from competitions.models import Area, Competition
from marketplace import geo

Feature = dict[str, Any]
PARTS_OF_WIDTH = 2000
"""A map is at most some thousand pixels wide: detail finer than this part of its width is dropped."""


def collection(features: Iterable[Feature]) -> dict[str, Any]:
    """Features as a GeoJSON collection."""
    return {"type": "FeatureCollection", "features": list(features)}


def feature(shape: BaseGeometry, **properties: Any) -> Feature:
    """A shape as a GeoJSON feature, simplified by its own size."""
    west, south, east, north = shape.bounds
    tolerance = max(east - west, north - south) / PARTS_OF_WIDTH
    return {"type": "Feature", "geometry": geo.to_geojson(shape, tolerance), "properties": properties}


def competition_features(competition: Competition, **properties: Any) -> list[Feature]:
    """The buffer, if there is one, the boundary of a competition, and about where its postcodes lie, if known."""
    parts = boundary_of(competition)
    features = []
    if not parts.inside.is_empty:
        if competition.area_buffer_km:
            title = f"Buffer of {competition.area_buffer_km.normalize():f} km"
            features.append(feature(parts.buffered, title=title, look="buffer"))
        features.append(feature(parts.inside, title=competition.name, look="area", **properties))
    for name, shape in drawn(competition.boundaries.all()).items():
        features.append(feature(shape, title=f"About {name}", look="area", **properties))
    return features


def area_features(areas: Iterable[Area]) -> list[Feature]:
    """Stored areas as features named by their references."""
    return [
        feature(
            geo.from_wkb(area.shape_wkb),
            title=str(area),
            text=f"{area.area_km2:,.1f} km²",
            reference=area.reference,
        )
        for area in areas
    ]


def reading_features(reading: geo.AreaReading) -> list[Feature]:
    """The areas of a file that is only being looked at."""
    return [feature(area.shape, title=area.reference, text=f"{area.area_km2:,.1f} km²") for area in reading.areas]
