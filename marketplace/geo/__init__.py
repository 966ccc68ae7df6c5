"""Areas and points on the globe: reading what operators send, buffers on the ground, points in boundaries.
Pure.

Shapes are shapely geometries in WGS84, longitude first.
"""

from marketplace.geo.features import UnreadableGeoFile
from marketplace.geo.measures import AreaShape, GeoProblem
from marketplace.geo.plausible import BOUNDS_OF_COUNTRIES, box_doubt, point_doubt, postcode_doubt
from marketplace.geo.reading import AreaReading, LayerInfo, layers_of, read_areas, read_outline
from marketplace.geo.shapes import (
    area_km2,
    box,
    buffer_on_ground,
    from_wkb,
    points_within,
    polygons_of,
    repaired,
    to_geojson,
    to_wkb,
    union,
)
from marketplace.geo.systems import Bounds, from_british_grid
from marketplace.geo.writing import write_geojson, write_geopackage

__all__ = [
    "BOUNDS_OF_COUNTRIES",
    "AreaReading",
    "AreaShape",
    "Bounds",
    "GeoProblem",
    "LayerInfo",
    "UnreadableGeoFile",
    "area_km2",
    "box",
    "box_doubt",
    "buffer_on_ground",
    "from_british_grid",
    "from_wkb",
    "layers_of",
    "point_doubt",
    "points_within",
    "polygons_of",
    "postcode_doubt",
    "read_areas",
    "read_outline",
    "repaired",
    "to_geojson",
    "to_wkb",
    "union",
    "write_geojson",
    "write_geopackage",
]
