"""Areas as the files that mapping tools open. Coordinates are written exactly, so that a file comes back
unchanged."""

import json
from collections.abc import Sequence
from io import BytesIO

from shapely.geometry import MultiPolygon, mapping

from marketplace.geo.shapes import to_wkb

NamedShape = tuple[str, str, MultiPolygon]
"""Reference, display name, WGS84 shape."""


def write_geopackage(areas: Sequence[NamedShape]) -> bytes:
    """The areas as a GeoPackage with one layer ``areas``."""
    import numpy as np
    import pyogrio

    target = BytesIO()
    pyogrio.raw.write(
        target,
        geometry=np.array([to_wkb(shape) for _, _, shape in areas], dtype=object),
        field_data=[np.array([area[place] for area in areas], dtype=object) for place in (0, 1)],
        fields=np.array(["reference", "name"], dtype=object),
        layer="areas",
        driver="GPKG",
        geometry_type="MultiPolygon",
        crs="EPSG:4326",
    )
    return target.getvalue()


def write_geojson(areas: Sequence[NamedShape]) -> bytes:
    """The areas as a GeoJSON collection."""
    features = [
        {"type": "Feature", "properties": {"reference": reference, "name": name}, "geometry": mapping(shape)}
        for reference, name, shape in areas
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()
