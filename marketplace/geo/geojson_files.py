"""Reading GeoJSON without ever following what it names.

Shapes are made while the text is parsed, so that a large file is held in memory once.
"""

import json
import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import shapely

from marketplace.geo.features import Drawn, Feature, Layer, UnreadableGeoFile, polygon, together

WGS84 = "OGC:CRS84"
FLAT_TYPES = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
OBJECT_TYPES = {*FLAT_TYPES, "GeometryCollection", "Feature", "FeatureCollection"}
LONGEST_NUMBER = 300
SHOWN = 80


class _Geometry:
    __slots__ = ("drawn", "kind")

    def __init__(self, kind: str, drawn: Drawn) -> None:
        self.kind, self.drawn = kind, drawn


class _Feature:
    __slots__ = ("geometry", "properties")

    def __init__(self, geometry: Any, properties: dict[str, Any]) -> None:
        self.geometry, self.properties = geometry, properties


def layers(data: bytes, stem: str) -> list[Layer]:
    """The one layer of a GeoJSON file. Raises :class:`UnreadableGeoFile`."""
    root, systems = _parsed(data)
    features = _features(root)
    if not features:
        raise UnreadableGeoFile("The file holds no features.")
    fields: dict[str, None] = {}
    for each in features:
        fields.update(dict.fromkeys(each.properties))
    kinds = {each.geometry.kind for each in features if isinstance(each.geometry, _Geometry)}
    return [
        Layer(
            stem,
            list(fields),
            len(features),
            _declared(systems),
            kinds.pop() if len(kinds) == 1 else "Unknown",
            partial(_rows, features),
        )
    ]


def _rows(features: list[_Feature], fields: Sequence[str]) -> Iterator[Feature]:
    for number, each in enumerate(features, start=1):
        values = {name: _told(each.properties.get(name)) for name in fields}
        yield Feature(number, values, _drawn(each.geometry))


def _told(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, default=str)
    if isinstance(value, _Geometry | _Feature):
        return value.__class__.__name__.strip("_")
    return value


def _drawn(geometry: Any) -> Drawn:
    if geometry is None:
        return Drawn(fault="It has no shape.")
    if isinstance(geometry, _Geometry):
        return geometry.drawn
    return Drawn(fault="Its shape is not one that GeoJSON knows.")


def _parsed(data: bytes) -> tuple[Any, list[Any]]:
    systems: list[Any] = []
    try:
        text = data.decode(json.detect_encoding(data)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UnreadableGeoFile("The file's text can't be read. Save it as GeoJSON in UTF-8.") from error
    try:
        root = json.loads(text, object_hook=partial(_made, systems), parse_int=_whole_number)
    except RecursionError as error:
        raise UnreadableGeoFile("The file is nested too deeply to be a map.") from error
    except ValueError as error:
        raise UnreadableGeoFile(
            "The file is damaged or cut off: it is not a complete JSON document."
        ) from error
    kind = root.get("type") if isinstance(root, dict) else None
    if isinstance(root, dict) and kind != "FeatureCollection":
        told = f"its “type” is “{str(kind)[:SHOWN]}”" if kind is not None else "it has no “type”"
        raise UnreadableGeoFile(
            f"This is JSON, but not GeoJSON: {told}, not FeatureCollection, Feature or a shape."
        )
    if not isinstance(root, dict | _Feature | _Geometry):
        raise UnreadableGeoFile("This is JSON, but not GeoJSON: it is not an object.")
    return root, systems


def _whole_number(text: str) -> int | str:
    """Numbers beyond all use stay text, since turning them into numbers takes long."""
    return int(text) if len(text) <= LONGEST_NUMBER else text


def _made(systems: list[Any], told: dict[str, Any]) -> Any:
    """What an object of the file becomes as soon as it is parsed."""
    kind = told.get("type")
    if not isinstance(kind, str) or kind not in OBJECT_TYPES:
        return told
    is_shape = kind in FLAT_TYPES and "coordinates" in told
    is_set = kind == "GeometryCollection" and "geometries" in told
    is_feature = kind == "Feature" and "geometry" in told
    is_features = kind == "FeatureCollection" and "features" in told
    if not (is_shape or is_set or is_feature or is_features):
        return told
    if told.get("crs") is not None:
        systems.append(told["crs"])
    if is_shape:
        return _Geometry(kind, _shape(kind, told["coordinates"]))
    if is_set:
        return _Geometry(kind, _collection(told["geometries"]))
    return _feature(told) if is_feature else told


def _feature(told: dict[str, Any]) -> _Feature:
    found = told.get("properties")
    properties = dict(found) if isinstance(found, dict) else {}
    if "id" in told and "id" not in properties:
        properties["id"] = told["id"]
    return _Feature(told["geometry"], properties)


def _features(root: Any) -> list[_Feature]:
    if isinstance(root, _Feature):
        return [root]
    if isinstance(root, _Geometry):
        return [_Feature(root, {})]
    listed = root.get("features")
    if not isinstance(listed, list):
        raise UnreadableGeoFile("The file's “features” are not a list.")
    for number, each in enumerate(listed, start=1):
        if not isinstance(each, _Feature):
            raise UnreadableGeoFile(f"Feature {number} is not a GeoJSON feature.")
    return listed


def _collection(listed: Any) -> Drawn:
    if not isinstance(listed, list) or not all(isinstance(each, _Geometry) for each in listed):
        return Drawn(fault="Its shape can't be read.")
    return together([each.drawn for each in listed]) if listed else Drawn(shapely.GeometryCollection())


def _shape(kind: str, coordinates: Any) -> Drawn:
    try:
        return _SHAPES[kind](coordinates)
    except (TypeError, ValueError, OverflowError, IndexError, RecursionError, shapely.errors.ShapelyError):
        return Drawn(fault="Its coordinates can't be read.")


def _corners(positions: Any) -> np.ndarray[Any, Any]:
    """Positions as an array of x and y. Raises ``ValueError``, ``TypeError``."""
    if not isinstance(positions, list):
        raise TypeError(positions)
    if not positions:
        return np.empty((0, 2))
    try:
        array = np.array(positions)
    except ValueError:
        array = np.array([position[:2] for position in positions])  # some have a height, some have none
    if array.ndim != 2 or array.shape[1] < 2:
        raise ValueError("no positions")
    if array.dtype.kind == "O":
        array = np.array([[_number(value) for value in position[:2]] for position in positions])
    if array.dtype.kind not in "iuf":
        raise ValueError("no numbers")
    return np.ascontiguousarray(array[:, :2], dtype=float)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _checked(corners: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if not np.isfinite(corners).all():
        raise ValueError("no finite numbers")
    return corners


def _polygon(rings: Any) -> Drawn:
    return polygon([_corners(ring) for ring in rings])


def _polygons(parts: Any) -> Drawn:
    return together([_polygon(rings) for rings in parts]) if parts else Drawn(shapely.MultiPolygon())


def _point(position: Any) -> Drawn:
    return Drawn(shapely.Point(_checked(_corners([position]))[0]) if position else shapely.Point())


def _points(positions: Any) -> Drawn:
    return Drawn(shapely.MultiPoint(_checked(_corners(positions))))


def _line(positions: Any) -> Drawn:
    return Drawn(shapely.LineString(_checked(_corners(positions))))


def _lines(parts: Any) -> Drawn:
    return Drawn(shapely.MultiLineString([_checked(_corners(positions)) for positions in parts]))


_SHAPES = {
    "Point": _point,
    "MultiPoint": _points,
    "LineString": _line,
    "MultiLineString": _lines,
    "Polygon": _polygon,
    "MultiPolygon": _polygons,
}


def _declared(systems: list[Any]) -> str:
    """The coordinate system of all the file. Raises :class:`UnreadableGeoFile` for a link, or for several."""
    names = {_system(each) for each in systems}
    if len(names) > 1:
        told = ", ".join(sorted(name[:SHOWN] for name in names))
        raise UnreadableGeoFile(f"The file declares several coordinate systems: {told}. Save it with one.")
    return names.pop() if names else WGS84


def _system(told: Any) -> str:
    kind = told.get("type") if isinstance(told, dict) else None
    properties = told.get("properties") if isinstance(told, dict) else None
    named = properties if isinstance(properties, dict) else {}
    if kind == "link":
        link = str(named.get("href", ""))[:SHOWN]
        raise UnreadableGeoFile(
            f"The file names its coordinate system by a link, which is not followed: “{link}”. "
            "Save it with the name of the system, or in WGS84."
        )
    if kind == "name" and isinstance(named.get("name"), str):
        return str(named["name"])
    if str(kind).upper() == "EPSG" and isinstance(named.get("code"), int | str):
        return f"EPSG:{str(named['code'])[:SHOWN]}"
    shown = json.dumps(told, default=str)[:SHOWN]
    raise UnreadableGeoFile(f"The file declares a coordinate system that is not understood: {shown}.")
