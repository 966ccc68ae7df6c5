"""Areas and points on the globe: reading what operators send, buffers on the ground, points in boundaries. Pure.

Shapes are shapely geometries in WGS84, longitude first.
"""

from marketplace.geo.reading import (
    AreaReading,
    AreaShape,
    Bounds,
    GeoProblem,
    LayerInfo,
    UnreadableGeoFile,
    from_british_grid,
    layers_of,
    read_areas,
)
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
    "repaired",
    "to_geojson",
    "to_wkb",
    "union",
    "write_geojson",
    "write_geopackage",
]
