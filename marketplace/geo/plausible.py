"""Places that can't be meant: swapped, 0/0, a sign lost, outside the country, far from their postcode. Pure.

Each function gives a sentence to warn with, or None. Nothing is refused for it.
"""

import json
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import shapely

from marketplace.geo.shapes import GEOD
from marketplace.geo.systems import Bounds
from marketplace.numbers import rounded_text

BOUNDS_OF_COUNTRIES: dict[str, Bounds] = {
    "GB": (-9.0, 49.7, 2.1, 61.1),
    "IE": (-10.8, 51.3, -5.9, 55.5),
    "FR": (-5.3, 41.2, 9.7, 51.2),
    "DE": (5.8, 47.2, 15.1, 55.1),
    "NL": (3.2, 50.7, 7.3, 53.7),
    "BE": (2.4, 49.4, 6.5, 51.6),
}
"""West, south, east, north in degrees, rounded outwards: where an organisation's places are expected to
lie."""

NAMES = {
    "GB": "the United Kingdom",
    "IE": "Ireland",
    "FR": "France",
    "DE": "Germany",
    "NL": "the Netherlands",
    "BE": "Belgium",
}
WITH_COAST = ("GB", "IE")
FARTHEST_POSTCODE_KM = 20
NULL_DEGREES = 0.001
WIDEST_DEGREES = 180
BOTH_ZERO = "Latitude and longitude are both 0, which is a place in the Atlantic: give the real ones."
SWAPPED = "It lies outside {country}, but would lie in it with latitude and longitude swapped: are they?"
SIGN_LOST = "It lies {where}, but would lie in {country} with {change}: is a minus sign lost or one too many?"
OUTSIDE = "It lies outside {country}: check latitude and longitude."
AT_SEA = "It lies in the sea, more than 20 km from land: check latitude and longitude."
FAR = "It lies {km} km from its postcode {code}: check the postcode, latitude and longitude."

Number = Decimal | float


def point_doubt(latitude: Number, longitude: Number, country: str) -> str | None:
    """Why a place in degrees can't be meant by an organisation of that country; None for a likely one.

    Countries whose bounds are not known here are only asked for 0/0.
    """
    y, x = float(latitude), float(longitude)
    if abs(x) < NULL_DEGREES and abs(y) < NULL_DEGREES:
        return BOTH_ZERO
    if country not in BOUNDS_OF_COUNTRIES or _is_likely(x, y, country):
        return None
    named = NAMES[country]
    is_outside = not _is_in_bounds(x, y, country)
    if is_outside and _is_likely(y, x, country):
        return SWAPPED.format(country=named)
    where = f"outside {named}" if is_outside else "in the sea"
    for flipped_x, flipped_y, change in (
        (-x, y, f"longitude {_plain(-x)}"),
        (x, -y, f"latitude {_plain(-y)}"),
        (-x, -y, f"latitude {_plain(-y)} and longitude {_plain(-x)}"),
    ):
        if _is_likely(flipped_x, flipped_y, country):
            return SIGN_LOST.format(where=where, country=named, change=change)
    return OUTSIDE.format(country=named) if is_outside else AT_SEA


def postcode_doubt(
    latitude: Number, longitude: Number, code: str, reference: tuple[Number, Number] | None
) -> str | None:
    """Why a place and its postcode can't both be meant. ``reference`` is the postcode's latitude and
    longitude."""
    if reference is None:
        return None
    metres = GEOD.inv(float(longitude), float(latitude), float(reference[1]), float(reference[0]))[2]
    kilometres = metres / 1000
    return (
        FAR.format(km=rounded_text(kilometres, 0), code=code) if kilometres > FARTHEST_POSTCODE_KM else None
    )


def box_doubt(north: Number, south: Number, east: Number, west: Number, country: str) -> str | None:
    """Why a box between two parallels and two meridians can't be meant; None for a likely one."""
    n, s, e, w = (float(each) for each in (north, south, east, west))
    if e - w > WIDEST_DEGREES:
        return "The box spans more than 180° of longitude: check East and West."
    if country not in BOUNDS_OF_COUNTRIES or _touches(w, s, e, n, country):
        return None
    named = NAMES[country]
    if _touches(s, w, n, e, country):
        return f"The box lies outside {named}, but would lie in it with latitudes and longitudes swapped: are they?"
    for corners in ((-e, s, -w, n), (w, -n, e, -s), (-e, -n, -w, -s)):
        if _touches(*corners, country):
            return (
                f"The box lies outside {named}, but would lie in it with other signs: is a minus sign lost?"
            )
    return f"The box lies outside {named}: check its corners."


def shapes_doubt(shapes: Iterable[Any], near: Bounds) -> str | None:
    """Why areas can't be meant that are expected near some bounds: none of them touches them, but would if
    swapped."""
    listed = list(shapes)
    if not listed:
        return None
    west, south, east, north = shapely.total_bounds(listed)
    expected = shapely.box(*near)
    if shapely.box(west, south, east, north).intersects(expected):
        return None
    if shapely.box(south, west, north, east).intersects(expected):
        return "The areas lie far from your country, but would lie in it with latitude and longitude swapped."
    return "The areas lie far from your country: check the file's coordinate system."


def _is_in_bounds(x: float, y: float, country: str) -> bool:
    west, south, east, north = BOUNDS_OF_COUNTRIES[country]
    return west <= x <= east and south <= y <= north


def _is_likely(x: float, y: float, country: str) -> bool:
    if not _is_in_bounds(x, y, country):
        return False
    return country not in WITH_COAST or bool(shapely.intersects_xy(_near_land(), x, y))


def _touches(west: float, south: float, east: float, north: float, country: str) -> bool:
    return bool(shapely.box(west, south, east, north).intersects(shapely.box(*BOUNDS_OF_COUNTRIES[country])))


@lru_cache(maxsize=1)
def _near_land() -> Any:
    """Great Britain and Ireland with about 20 km of sea around them."""
    told = json.loads((Path(__file__).parent / "near_land.geojson").read_text())
    land = shapely.from_geojson(json.dumps(told["geometry"]))
    shapely.prepare(land)
    return land


def _plain(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")
