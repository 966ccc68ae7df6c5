"""Areas and points on the globe: reading what operators send, buffers on the ground, points in boundaries. Pure.

Shapes are shapely geometries in WGS84, longitude first.
"""

from marketplace.geo.features import UnreadableGeoFile
from marketplace.geo.measures import AreaShape, GeoProblem
from marketplace.geo.reading import AreaReading, Bounds, LayerInfo, layers_of, read_areas, read_outline
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
from marketplace.geo.systems import from_british_grid
from marketplace.geo.writing import write_geojson, write_geopackage

__all__ = [
    "AreaReading",
    "AreaShape",
    "Bounds",
    "GeoProblem",
    "LayerInfo",
    "UnreadableGeoFile",
    "area_km2",
    "box",
    "buffer_on_ground",
    "from_british_grid",
    "from_wkb",
    "layers_of",
    "points_within",
    "polygons_of",
    "read_areas",
    "read_outline",
    "repaired",
    "to_geojson",
    "to_wkb",
    "union",
    "write_geojson",
    "write_geopackage",
]
