"""What is done with shapes once they are in WGS84."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import numpy as np
import shapely
from pyproj import CRS, Geod, Transformer
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

GEOD = Geod(ellps="WGS84")
LONGEST_EDGE_DEGREES = 0.02
"""Longer edges are divided: a chord of 2 km lies within 0.1 m of the parallel it stands for."""
QUARTER_CIRCLE_STEPS = 32
"""Corners of a buffer's quarter circle: the chord is within 0.03 % of the radius."""


def to_wkb(shape: BaseGeometry) -> bytes:
    """The shape as well-known binary, for the database."""
    return bytes(shapely.to_wkb(shape))


def from_wkb(data: bytes | memoryview) -> BaseGeometry:
    """The shape that :func:`to_wkb` wrote."""
    shape: BaseGeometry = shapely.from_wkb(bytes(data))
    return shape


def polygons_of(shape: BaseGeometry) -> MultiPolygon:
    """The polygon parts of any geometry; points and lines that a repair leaves behind are dropped."""
    flat = [part for part in flattened(shape) if isinstance(part, Polygon) and not part.is_empty]
    return MultiPolygon(flat)


def flattened(shape: BaseGeometry) -> Iterable[BaseGeometry]:
    """The single points, lines and polygons of any geometry."""
    if hasattr(shape, "geoms"):
        for part in shape.geoms:
            yield from flattened(part)
    else:
        yield shape


def repaired(shape: BaseGeometry) -> tuple[MultiPolygon, float]:
    """The shape made valid, its polygon parts only, and by how many % the repair changed its area (0 if
    valid)."""
    if shape.is_valid:
        return polygons_of(shape), 0.0
    with np.errstate(over="ignore", invalid="ignore"):  # of numbers that are no place, nothing is left
        valid = polygons_of(shapely.make_valid(shape))
    if valid.area == 0:
        return valid, 100.0
    return valid, abs(valid.area - shape.area) / valid.area * 100


def union(shapes: Iterable[BaseGeometry]) -> BaseGeometry:
    """The union of shapes; empty for none."""
    joined: BaseGeometry = shapely.union_all(list(shapes))
    return joined


def area_km2(shape: BaseGeometry) -> float:
    """The area on the ellipsoid in km²."""
    if shape.is_empty:
        return 0.0
    square_metres = 0.0
    for ring in shapely.get_rings(shapely.get_parts(shapely.orient_polygons(shape))):
        x, y = shapely.get_coordinates(ring).T.copy()  # pyproj copies a shape's own coordinates one by one
        square_metres += GEOD.polygon_area_perimeter(x, y)[0]  # negative for a hole
    return float(abs(square_metres)) / 1e6


def box(
    north: Decimal | float, south: Decimal | float, east: Decimal | float, west: Decimal | float
) -> Polygon:
    """The box between two parallels and two meridians, in degrees."""
    return shapely.box(float(west), float(south), float(east), float(north))


def buffer_on_ground(shape: BaseGeometry, kilometres: Decimal | float) -> BaseGeometry:
    """The shape with everything within that many kilometres on the ground around it.

    Each polygon is buffered in an azimuthal equidistant projection about its own centre, its long edges
    divided first, since a straight edge in degrees is a curve there: for parts up to 400 km across the radius
    errs by less than 0.1 %.
    """
    metres = float(kilometres) * 1000
    if metres <= 0 or shape.is_empty:
        return shape
    return union(_buffered_about_centre(part, metres) for part in flattened(shape))


def _buffered_about_centre(part: BaseGeometry, metres: float) -> BaseGeometry:
    centre = part.centroid
    plane = CRS.from_proj4(
        f"+proj=aeqd +lat_0={centre.y:.9f} +lon_0={centre.x:.9f} +datum=WGS84 +units=m +no_defs"
    )
    there = Transformer.from_crs("EPSG:4326", plane, always_xy=True)
    back = Transformer.from_crs(plane, "EPSG:4326", always_xy=True)
    fine = shapely.segmentize(part, LONGEST_EDGE_DEGREES)
    wide = shapely.transform(fine, there.transform, interleaved=False).buffer(
        metres, quad_segs=QUARTER_CIRCLE_STEPS
    )
    return shapely.make_valid(union([shapely.transform(wide, back.transform, interleaved=False), part]))


def points_within(
    longitudes: np.ndarray[Any, Any], latitudes: np.ndarray[Any, Any], shape: BaseGeometry
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which of the points lie inside the shape or on its edge; arrays in degrees, of one length."""
    inside = np.zeros(len(longitudes), dtype=bool)
    if shape.is_empty:
        return inside
    west, south, east, north = shape.bounds
    near = (longitudes >= west) & (longitudes <= east) & (latitudes >= south) & (latitudes <= north)
    shapely.prepare(shape)
    inside[near] = shapely.intersects_xy(shape, longitudes[near], latitudes[near])
    return inside


def to_geojson(
    shape: BaseGeometry, simplify_degrees: float | None = None, decimals: int = 5
) -> dict[str, Any]:
    """The shape as a GeoJSON geometry, simplified for drawing and rounded."""
    drawn = shape if simplify_degrees is None else shapely.simplify(shape, simplify_degrees)
    rounded = shapely.transform(drawn, lambda corners: np.round(corners, decimals))
    told: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return told
