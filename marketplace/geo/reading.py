"""Reading files of areas: any declared coordinate system, every fault located by its feature.

The parsers run in a child process with limits (:mod:`marketplace.sandbox`).
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePath
from typing import Any, Literal

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely import MultiPolygon
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from marketplace.geo.shapes import area_km2, polygons_of, repaired, union
from marketplace.sandbox import ChildFailed, LimitExceeded, Progress, report, run_limited

MOST_FEATURES = 10_000
MOST_KM2 = 100_000
LEAST_KM2 = 0.00006
"""What is smaller would be nothing in the four decimals in which sizes are kept."""
MOST_REPAIR_PERCENT = 1.0
LONGEST_REFERENCE = 80
MEMORY_MB = 900
"""Address space of the child; the largest legal file takes it to about 250 MB of memory."""
SECONDS = 120
FEATURES_A_REPORT = 50
EDGE_DEGREES = 1.0
"""How far outside its system's area of use a coordinate may lie."""


class UnreadableGeoFile(Exception):
    """The whole file is refused; ``str`` is the sentence for the user."""


@dataclass(frozen=True)
class LayerInfo:
    """A layer as the file describes it."""

    name: str
    fields: tuple[str, ...]
    feature_count: int
    crs: str | None
    geometry_type: str


@dataclass(frozen=True)
class AreaShape:
    """One area: its reference, shape and size, what a repair changed, and of how many features it was merged."""

    reference: str
    shape: MultiPolygon
    area_km2: float
    repaired_percent: float = 0.0
    merged_from: int = 1


@dataclass(frozen=True)
class GeoProblem:
    """What is wrong (or worth a look) with a feature, named by its reference or its number."""

    feature: str
    message: str
    level: Literal["error", "warning"] = "error"


@dataclass
class AreaReading:
    """All areas that could be read, and everything found on the way."""

    areas: list[AreaShape] = field(default_factory=list)
    problems: list[GeoProblem] = field(default_factory=list)

    @property
    def errors(self) -> list[GeoProblem]:
        return [problem for problem in self.problems if problem.level == "error"]


@dataclass(frozen=True)
class _RawFeature:
    number: int
    reference: str
    wkb: bytes | None


def layers_of(data: bytes, filename: str) -> list[LayerInfo]:
    """The layers of a file of areas. Raises :class:`UnreadableGeoFile`."""
    _check_content(data)
    layers: list[LayerInfo] = _in_child(_list_layers, data, PurePath(filename).stem)
    if not layers:
        raise UnreadableGeoFile("The file has no layer with shapes in it.")
    return layers


Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


def read_areas(
    data: bytes,
    filename: str,
    *,
    layer: str | None,
    reference_field: str,
    near: Bounds | None = None,
    progress: Progress | None = None,
) -> AreaReading:
    """The areas of one layer, named by ``reference_field``, as WGS84; without ``layer`` the only one.

    ``progress`` is told features done and in all. Where they are expected ``near`` some bounds but lie outside, a mix-up
    of the axes is suspected in a warning.

    Raises :class:`UnreadableGeoFile` for what makes the whole file unusable; faults of features are problems.
    """
    layers = layers_of(data, filename)
    chosen = _chosen_layer(layers, layer)
    info = layers[chosen]
    by_folded = {name.casefold(): name for name in info.fields}
    if reference_field.casefold() not in by_folded:
        there = ", ".join(info.fields) or "none"
        raise UnreadableGeoFile(f"The layer {info.name} has no attribute “{reference_field}”; it has: {there}.")
    if info.feature_count > MOST_FEATURES:
        raise UnreadableGeoFile(f"The layer has {info.feature_count:,} features; at most {MOST_FEATURES:,} are taken.")
    if info.crs is None:
        raise UnreadableGeoFile("The file does not say which coordinate system it is in. Save it again with one.")
    if info.feature_count == 0:
        raise UnreadableGeoFile(f"The layer {info.name} holds no features.")
    field = by_folded[reference_field.casefold()]
    reading: AreaReading = _in_child(_read_layer, data, chosen, field, info.crs, progress=progress)
    if near is not None and _look_swapped(reading.areas, near):
        sentence = "The areas lie far from your country, but would lie in it with latitude and longitude swapped."
        reading.problems.insert(0, GeoProblem("All areas", sentence, "warning"))
    return reading


def _look_swapped(areas: list[AreaShape], near: Bounds) -> bool:
    if not areas:
        return False
    west, south, east, north = shapely.total_bounds([area.shape for area in areas])
    expected = shapely.box(*near)
    return not shapely.box(west, south, east, north).intersects(expected) and shapely.box(
        south, west, north, east
    ).intersects(expected)


def _in_child(function: Any, *args: Any, progress: Progress | None = None) -> Any:
    try:
        return run_limited(function, *args, memory_mb=MEMORY_MB, seconds=SECONDS, progress=progress)
    except LimitExceeded as error:
        raise UnreadableGeoFile("The file takes too much memory or time to read. Split it and try again.") from error
    except ChildFailed as error:
        if isinstance(error.error, UnreadableGeoFile):
            raise error.error from error
        raise UnreadableGeoFile("The file is damaged or not a GeoPackage, GeoJSON or KML file.") from error


def _check_content(data: bytes) -> None:
    start = _beginning(data)
    if data.startswith(b"SQLite format 3\0") or start.startswith(b"{"):
        return
    if start.startswith(b"<") and b"<kml" in data[:65536]:
        return
    if start.startswith(b"PK"):
        raise UnreadableGeoFile(
            "This is a zip file (KMZ or shapefile?). Unpack it, or save it as a GeoPackage, GeoJSON or KML."
        )
    raise UnreadableGeoFile("This is not a GeoPackage, GeoJSON or KML file, whatever its name says.")


def _beginning(data: bytes) -> bytes:
    """The first bytes that say what a file is, without a byte-order mark and blank space."""
    return data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")


def _chosen_layer(layers: list[LayerInfo], wanted: str | None) -> int:
    if wanted is None:
        if len(layers) > 1:
            raise UnreadableGeoFile(f"The file has {len(layers)} layers; choose one: {_names(layers)}.")
        return 0
    for number, info in enumerate(layers):
        if info.name.casefold() == wanted.casefold():
            return number
    raise UnreadableGeoFile(f"The file has no layer “{wanted}”; it has: {_names(layers)}.")


def _names(layers: list[LayerInfo]) -> str:
    return ", ".join(info.name for info in layers)


# What follows runs in the child.


def _list_layers(data: bytes, stem: str) -> list[LayerInfo]:
    import pyogrio

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layers = []
        for number, (name, geometry_type) in enumerate(pyogrio.list_layers(BytesIO(data))):
            if geometry_type is None and data.startswith(b"SQLite"):
                continue  # a table without shapes
            info = pyogrio.read_info(BytesIO(data), layer=number, force_feature_count=True)
            shown = stem if str(name).startswith("pyogrio_") else str(name)
            crs = _declared_crs(info["crs"])
            layers.append(LayerInfo(shown, tuple(info["fields"]), info["features"], crs, str(geometry_type)))
    return layers


def _declared_crs(told: str | None) -> str | None:
    if not told:
        return None
    try:
        crs = CRS.from_user_input(told)
    except CRSError:
        return None
    return None if "undefined" in crs.name.casefold() else told


def _read_layer(data: bytes, layer: int, reference_field: str, crs: str) -> AreaReading:
    reading = AreaReading()
    merged: dict[str, list[tuple[str, MultiPolygon, float]]] = {}
    to_wgs84 = _Projection(crs)
    for raw, total in _features(data, layer, reference_field):
        if raw.number % FEATURES_A_REPORT == 0:
            report(raw.number, total)
        try:
            shape, percent = _area_of(raw, to_wgs84, reading)
        except ValueError as fault:
            reading.problems.append(GeoProblem(_named(raw), str(fault)))
        else:
            merged.setdefault(raw.reference.casefold(), []).append((raw.reference, shape, percent))
    for parts in merged.values():
        _merge(parts, reading)
    return reading


def _features(data: bytes, layer: int, reference_field: str) -> Iterator[tuple[_RawFeature, int]]:
    import pyogrio

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _meta, _fids, shapes, values = pyogrio.raw.read(
            BytesIO(data), layer=layer, columns=[reference_field], force_2d=True
        )
    for number, (wkb, value) in enumerate(zip(shapes, values[0], strict=True), start=1):
        yield _RawFeature(number, _reference(value), wkb), len(shapes)


def _reference(value: Any) -> str:
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return " ".join(str(value).split())


def _named(raw: _RawFeature) -> str:
    return raw.reference or f"feature {raw.number}"


def from_british_grid(eastings: Any, northings: Any) -> tuple[Any, Any]:
    """Longitudes and latitudes (WGS84) of British National Grid coordinates in metres, exact by OSTN15; NaN outside."""
    from convertbng.cutil import convert_osgb36_to_ll

    longitudes, latitudes = convert_osgb36_to_ll(
        np.ascontiguousarray(eastings, dtype=float), np.ascontiguousarray(northings, dtype=float)
    )
    return np.asarray(longitudes), np.asarray(latitudes)


class _Projection:
    """From the file's coordinate system to WGS84, with checks of where coordinates may lie."""

    def __init__(self, crs: str) -> None:
        self.crs = CRS.from_user_input(crs)
        self.is_british = self.crs.to_authority() == ("EPSG", "27700")
        self.transformer = Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)

    def __call__(self, shape: BaseGeometry) -> BaseGeometry:
        """The shape in WGS84. Raises ``ValueError`` with a sentence for coordinates that can't be right."""
        x, y = shapely.get_coordinates(shape).T
        if self.crs.is_projected and np.abs(x).max() <= 180 and np.abs(y).max() <= 90:
            raise ValueError(f"Its coordinates look like degrees, but the file declares {self.crs.name}.")
        longitudes, latitudes = self._degrees(np.ascontiguousarray(x), np.ascontiguousarray(y))
        if not self._are_usable(longitudes, latitudes):
            raise ValueError(f"Its coordinates lie outside the bounds of {self.crs.name}.")
        return shapely.set_coordinates(
            shapely.transform(shape, lambda xy: xy), np.column_stack([longitudes, latitudes])
        )

    def _degrees(self, x: Any, y: Any) -> tuple[Any, Any]:
        if self.is_british:
            return from_british_grid(x, y)
        if self.crs.to_authority() == ("EPSG", "4326") or self.crs.to_authority() == ("OGC", "CRS84"):
            return x, y
        longitudes, latitudes = self.transformer.transform(x, y)
        return np.asarray(longitudes), np.asarray(latitudes)

    def _are_usable(self, longitudes: Any, latitudes: Any) -> bool:
        if not (np.isfinite(longitudes).all() and np.isfinite(latitudes).all()):
            return False
        if np.abs(longitudes).max() > 180 or np.abs(latitudes).max() > 90:
            return False
        use = self.crs.area_of_use
        if use is None or use.west > use.east:
            return True
        return bool(
            longitudes.min() >= use.west - EDGE_DEGREES
            and longitudes.max() <= use.east + EDGE_DEGREES
            and latitudes.min() >= use.south - EDGE_DEGREES
            and latitudes.max() <= use.north + EDGE_DEGREES
        )


def _area_of(raw: _RawFeature, to_wgs84: _Projection, reading: AreaReading) -> tuple[MultiPolygon, float]:
    """The feature as a valid multipolygon in WGS84. Raises ``ValueError`` with a sentence."""
    if not raw.reference:
        raise ValueError("It has no area reference.")
    if len(raw.reference) > LONGEST_REFERENCE:
        raise ValueError(f"Its reference is longer than {LONGEST_REFERENCE} characters.")
    if raw.wkb is None:
        raise ValueError("It has no shape.")
    shape, was_open = _parsed(raw.wkb)
    if was_open:
        reading.problems.append(
            GeoProblem(_named(raw), "One of its outlines was not closed and has been closed.", "warning")
        )
    if shape.is_empty:
        raise ValueError("Its shape is empty.")
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"Its shape is a {_kind(shape.geom_type)}; an area is a polygon.")
    valid, percent = repaired(shape)
    if valid.is_empty:
        raise ValueError("Its shape has no area.")
    if percent > MOST_REPAIR_PERCENT:
        raise ValueError(
            f"Its outline crosses itself; repairing it would change the area by {percent:.1f} %. Mend it first."
        )
    if not shape.is_valid:
        sentence = f"Its outline touches or crosses itself and was repaired; the area changed by {percent:.4f} %."
        reading.problems.append(GeoProblem(_named(raw), sentence, "warning"))
    degrees, _ = repaired(to_wgs84(valid))
    return degrees, percent


def _parsed(wkb: bytes) -> tuple[BaseGeometry, bool]:
    """The shape, and whether an outline of it had to be closed. Raises ``ValueError`` with a sentence."""
    was_open = False
    try:
        shape = shapely.from_wkb(wkb)
    except ShapelyError:
        was_open = True
        try:
            shape = shapely.from_wkb(wkb, on_invalid="fix")
        except (ShapelyError, ValueError):
            shape = None
    if shape is None:
        raise ValueError("Its shape can't be read.")
    return shapely.force_2d(shape), was_open


def _kind(geometry_type: str) -> str:
    words = {"LineString": "line", "MultiLineString": "set of lines", "MultiPoint": "set of points"}
    return words.get(geometry_type, "point" if geometry_type == "Point" else "collection of shapes")


def _merge(parts: list[tuple[str, MultiPolygon, float]], reading: AreaReading) -> None:
    reference = parts[0][0]
    shape = parts[0][1] if len(parts) == 1 else polygons_of(union(part for _, part, _ in parts))
    size = area_km2(shape)
    if size < LEAST_KM2:
        reading.problems.append(
            GeoProblem(reference, f"It covers less than {LEAST_KM2 * 1e6:.0f} m², which is no area.")
        )
        return
    if size > MOST_KM2:
        reading.problems.append(
            GeoProblem(reference, f"It covers {size:,.0f} km²; at most {MOST_KM2:,} km² are taken.")
        )
        return
    if len(parts) > 1:
        sentence = f"{len(parts)} features share this reference and were merged into one area."
        reading.problems.append(GeoProblem(reference, sentence, "warning"))
    reading.areas.append(AreaShape(reference, shape, size, max(percent for _, _, percent in parts), len(parts)))
