"""From features to areas: which shapes are areas, under which reference, of what size; every fault is named.
Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from shapely import MultiPolygon
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from marketplace.geo.features import Drawn, Feature, Layer
from marketplace.geo.shapes import area_km2, flattened, polygons_of, repaired, union
from marketplace.geo.systems import System
from marketplace.keys import key_form, tidy_key
from marketplace.numbers import count_text, rounded_text
from marketplace.sandbox import report
from marketplace.text import text_fault

MOST_FEATURES = 10_000
MOST_KM2 = 100_000
LEAST_KM2 = 0.00006
"""What is smaller would be nothing in the four decimals in which sizes are kept."""
MOST_REPAIR_PERCENT = 1.0
LONGEST_REFERENCE = 80
LONGEST_TEXT_SHOWN = 120
FEATURES_A_REPORT = 50
WIDEST_DEGREES = 180.0
ANTIMERIDIAN = (
    "It spans more than 180° of longitude, so it seems to cross the antimeridian, which no area may."
)
LINES = {"LineString", "LinearRing", "MultiLineString"}


@dataclass(frozen=True)
class Wanted:
    """The attributes to read. Without a ``reference`` the features are all one area without a name."""

    reference: str
    licence_area: str = ""
    supply_point: str = ""

    @property
    def fields(self) -> list[str]:
        return [
            name for name in dict.fromkeys((self.reference, self.licence_area, self.supply_point)) if name
        ]


@dataclass(frozen=True)
class AreaShape:
    """One area: its reference, shape and size, what a repair changed, and of how many features it was
    merged."""

    reference: str
    shape: MultiPolygon
    area_km2: float
    repaired_percent: float = 0.0
    merged_from: int = 1
    licence_area: str = ""
    supply_point: str = ""


@dataclass(frozen=True)
class GeoProblem:
    """What is wrong (or worth a look) with a feature, named by its reference or its number."""

    feature: str
    message: str
    level: Literal["error", "warning"] = "error"


@dataclass(frozen=True)
class _Part:
    """A feature that is an area or part of one."""

    reference: str
    shape: MultiPolygon
    percent: float
    licence_area: str
    supply_point: str


def gathered(
    layers: Sequence[Layer],
    wanted: Wanted,
    system: System,
    areas: list[AreaShape],
    problems: list[GeoProblem],
) -> None:
    """Add the areas of the layers, and everything wrong with their features."""
    total = sum(layer.feature_count for layer in layers)
    merged: dict[str, list[_Part]] = {}
    number = 0
    for layer in layers:
        for feature in layer.features(wanted.fields):
            number += 1
            if number % FEATURES_A_REPORT == 0:
                report(number, total)
            name = f"feature {number}"
            try:
                reference = (
                    _text(feature.values[wanted.reference], "area reference") if wanted.reference else name
                )
                name = reference[:LONGEST_TEXT_SHOWN] or name
                part = _part(feature, reference, name, wanted, system, problems)
            except ValueError as fault:
                problems.append(GeoProblem(name, str(fault)))
            else:
                merged.setdefault(key_form(reference), []).append(part)
    for parts in merged.values():
        _merge(parts, areas, problems)


def _text(value: Any, field: str) -> str:
    """An attribute's value as text in the form in which keys are kept. Raises ``ValueError`` with a
    sentence."""
    if (
        value is None
        or isinstance(value, bytes)
        or (isinstance(value, float | np.floating) and np.isnan(value))
    ):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    written = " ".join(str(value).split())
    fault = text_fault(written, field=field)
    if fault is not None:
        raise ValueError(fault)
    return tidy_key(written)


def _part(
    feature: Feature, reference: str, name: str, wanted: Wanted, system: System, problems: list[GeoProblem]
) -> _Part:
    if not reference:
        raise ValueError("It has no area reference.")
    if len(reference) > LONGEST_REFERENCE:
        raise ValueError(f"Its reference is longer than {LONGEST_REFERENCE} characters.")
    licence_area = _optional(feature, wanted.licence_area, "licence area")
    supply_point = _optional(feature, wanted.supply_point, "grid supply point")
    shape, percent = _area_of(feature, name, system, problems)
    return _Part(reference, shape, percent, licence_area, supply_point)


def _optional(feature: Feature, field: str, told: str) -> str:
    text = _text(feature.values.get(field), told) if field else ""
    if len(text) > LONGEST_REFERENCE:
        raise ValueError(f"Its {told} is longer than {LONGEST_REFERENCE} characters.")
    return text


def _area_of(
    feature: Feature, name: str, system: System, problems: list[GeoProblem]
) -> tuple[MultiPolygon, float]:
    """The feature as a valid multipolygon in WGS84. Raises ``ValueError`` with a sentence."""
    if feature.drawn.fault or feature.drawn.shape is None:
        raise ValueError(feature.drawn.fault or "It has no shape.")
    if feature.drawn.was_open:
        sentence = "One of its outlines was not closed and has been closed."
        problems.append(GeoProblem(name, sentence, "warning"))
    shape = _only_polygons(feature.drawn, name, problems)
    try:
        valid, percent = repaired(shape)
    except ShapelyError as error:  # numbers so large that their products overflow
        raise ValueError("Its outline can't be measured.") from error
    if valid.is_empty:
        raise ValueError("Its shape has no area.")
    if percent > MOST_REPAIR_PERCENT:
        raise ValueError(
            f"Its outline crosses itself; repairing it would change the area by {rounded_text(percent, 1)} %. Correct it first."
        )
    if not shape.is_valid:
        sentence = f"Its outline touches or crosses itself and was repaired; the area changed by {rounded_text(percent, 4)} %."
        problems.append(GeoProblem(name, sentence, "warning"))
    degrees, _ = repaired(system.to_wgs84(valid))
    if crosses_antimeridian(degrees):
        raise ValueError(ANTIMERIDIAN)
    return degrees, percent


def crosses_antimeridian(shape: BaseGeometry) -> bool:
    """Whether a shape in degrees is so wide that it must have been drawn across the line at 180°."""
    west, _, east, _ = shape.bounds
    return bool(east - west > WIDEST_DEGREES)


def _only_polygons(drawn: Drawn, name: str, problems: list[GeoProblem]) -> BaseGeometry:
    """The shape, of a collection its polygons. Raises ``ValueError`` where there are none."""
    shape = drawn.shape
    if shape is None or shape.is_empty:
        raise ValueError("Its shape is empty.")
    if shape.geom_type in ("Polygon", "MultiPolygon") and not drawn.left_out:
        return shape
    polygons = polygons_of(shape)
    if polygons.is_empty:
        raise ValueError(f"Its shape is a {_kind(shape.geom_type)}; an area is a polygon.")
    rest = _rest(shape, drawn.left_out)
    if rest:
        problems.append(GeoProblem(name, f"Besides its polygons it holds {rest}, left out.", "warning"))
    return polygons


def _rest(shape: BaseGeometry, left_out: Sequence[str]) -> str:
    """How many points and lines are in a collection, and what else was left out of it, in words."""
    kinds = Counter(
        "line" if each.geom_type in LINES else "point" for each in flattened(shape) if _is_no_area(each)
    )
    kinds.update(left_out)
    return " and ".join(f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in sorted(kinds.items()))


def _is_no_area(shape: BaseGeometry) -> bool:
    return shape.geom_type != "Polygon" and not shape.is_empty


def _kind(geometry_type: str) -> str:
    words = {
        "LineString": "line",
        "LinearRing": "line",
        "MultiLineString": "set of lines",
        "MultiPoint": "set of points",
        "Point": "point",
    }
    return words.get(geometry_type, "collection of shapes without a polygon")


def _merge(parts: list[_Part], areas: list[AreaShape], problems: list[GeoProblem]) -> None:
    reference = parts[0].reference
    shape = parts[0].shape if len(parts) == 1 else polygons_of(union(part.shape for part in parts))
    size = area_km2(shape)
    fault = _size_fault(size) or (ANTIMERIDIAN if crosses_antimeridian(shape) else "")
    if fault:
        problems.append(GeoProblem(reference, fault))
        return
    if len(parts) > 1:
        sentence = f"{len(parts)} features share this reference and were merged into one area."
        problems.append(GeoProblem(reference, sentence, "warning"))
    licence_area = _agreed([part.licence_area for part in parts], reference, "licence areas", problems)
    supply_point = _agreed([part.supply_point for part in parts], reference, "grid supply points", problems)
    percent = max(part.percent for part in parts)
    areas.append(AreaShape(reference, shape, size, percent, len(parts), licence_area, supply_point))


def _size_fault(size: float) -> str:
    if size < LEAST_KM2:
        return f"It covers less than {rounded_text(LEAST_KM2 * 1e6, 0)} m², too little for an area."
    if size > MOST_KM2:
        return f"It covers {rounded_text(size, 0)} km²; at most {count_text(MOST_KM2)} km² are taken."
    return ""


def _agreed(told: list[str], reference: str, what: str, problems: list[GeoProblem]) -> str:
    """The one text that the features of an area give; of several the first, with a warning."""
    given = list({key_form(text): text for text in reversed(told) if text}.values())[::-1]
    if len(given) > 1:
        sentence = f"Its features name {len(given)} {what} ({', '.join(given[:3])}); the first is taken."
        problems.append(GeoProblem(reference, sentence, "warning"))
    return given[0] if given else ""
