"""From the coordinate system that a file declares to WGS84: understood, or refused by its name; never
guessed."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from convertbng.cutil import convert_osgb36_to_ll
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from shapely.geometry.base import BaseGeometry

from marketplace.geo.features import UnreadableGeoFile
from marketplace.keys import tidy_key

BRITISH = "EPSG:27700"
WGS84 = {("EPSG", "4326"), ("OGC", "CRS84"), ("EPSG", "4979")}
AIRY = (6377563.396, 299.3249646)
BRITISH_PARAMETERS = {
    "latitude of natural origin": 49.0,
    "longitude of natural origin": -2.0,
    "scale factor at natural origin": 0.9996012717,
    "false easting": 400_000.0,
    "false northing": -100_000.0,
}
NAMES_FILES = re.compile(
    r"\+\s*init\s*=|(nad|geoid)?grids\s*=\s*(?!@null)|PARAMETERFILE|\+\s*file\s*=", re.IGNORECASE
)
SPELLINGS = (
    (re.compile(r"EPSG[\s:_-]*(?:[0-9.]+:)?([0-9]{4,6})", re.IGNORECASE), "EPSG:{}"),
    (re.compile(r"SRID\s*[=:]\s*([0-9]{4,6})", re.IGNORECASE), "EPSG:{}"),
    (re.compile(r"https?://www\.opengis\.net/gml/srs/epsg\.xml#([0-9]{4,6})", re.IGNORECASE), "EPSG:{}"),
    (
        re.compile(r"(?:urn:(?:x-)?ogc:def:crs:)?(?:OGC:)?(?:[0-9.]*:)?CRS\s*:?\s*(84|83|27)", re.IGNORECASE),
        "OGC:CRS{}",
    ),
)
"""How tools spell a code, and how it is meant."""
EDGE_DEGREES = 1.0
"""How far outside its system's area of use a coordinate may lie."""
SHOWN = 80


Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


def from_british_grid(eastings: Any, northings: Any) -> tuple[Any, Any]:
    """Longitudes and latitudes (WGS84) of British National Grid coordinates in metres, exact by OSTN15; NaN
    outside."""
    longitudes, latitudes = convert_osgb36_to_ll(
        np.ascontiguousarray(eastings, dtype=float), np.ascontiguousarray(northings, dtype=float)
    )
    return np.asarray(longitudes), np.asarray(latitudes)


def is_undefined(declared: str | None) -> bool:
    """Whether a file says of its coordinate system no more than that it has none."""
    if not declared or not declared.strip():
        return True
    name = _name_in(declared).casefold()
    return "undefined" in name or name in ("unknown", "none")


@dataclass(frozen=True)
class System:
    """A coordinate system that is understood: its name, how to leave it, where it may be used."""

    crs: CRS
    name: str
    to_grid: Transformer | float | None = None
    """Where its datum is Britain's: how to come to metres on the British grid (a factor, or a
    transformation)."""
    transformer: Transformer | None = None
    note: str = ""

    def to_wgs84(self, shape: BaseGeometry) -> BaseGeometry:
        """The shape in WGS84. Raises ``ValueError`` with a sentence for coordinates that can't be right."""
        x, y = (np.ascontiguousarray(column) for column in shapely.get_coordinates(shape).T)
        if self.crs.is_projected and np.abs(x).max() <= 180 and np.abs(y).max() <= 90:
            raise ValueError(f"Its coordinates look like degrees, but the file declares {self.name}.")
        longitudes, latitudes = self._degrees(x, y)
        if not self._are_usable(longitudes, latitudes):
            raise ValueError(f"Its coordinates lie outside the bounds of {self.name}.")
        return shapely.set_coordinates(
            shapely.transform(shape, lambda xy: xy), np.column_stack([longitudes, latitudes])
        )

    def _degrees(self, x: Any, y: Any) -> tuple[Any, Any]:
        if isinstance(self.to_grid, float):
            return from_british_grid(x * self.to_grid, y * self.to_grid)
        if self.to_grid is not None:
            return from_british_grid(*self.to_grid.transform(x, y))
        if self.transformer is None:
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


def understood(declared: str | None) -> System:
    """The system that a file declares. Raises :class:`UnreadableGeoFile` naming it where it is not
    understood."""
    if declared is None or is_undefined(declared):
        raise UnreadableGeoFile(
            "The file does not say which coordinate system it is in. Save it again with one."
        )
    try:
        whole = _parsed(declared)
        flat = _horizontal(whole)
    except (CRSError, ProjError) as error:
        raise _not_understood(_name_in(declared)) from error
    if flat.to_authority() in WGS84:
        return System(flat, flat.name)
    return _british(flat) or _other(whole, flat)


def _parsed(declared: str) -> CRS:
    if NAMES_FILES.search(declared):
        raise UnreadableGeoFile(
            f"The coordinate system {_shown(_name_in(declared))} names a file, which is not followed. "
            "Save the areas in WGS84 or British National Grid."
        )
    authority, _, definition = declared.partition("\n")
    authority = _plain_code(authority)
    if not definition.strip() and authority:
        return CRS.from_user_input(authority)
    if not definition.strip() or "[" in authority:
        return CRS.from_user_input(declared.strip())
    try:
        return CRS.from_user_input(authority)
    except CRSError:
        return CRS.from_user_input(definition.strip())


def _plain_code(written: str) -> str:
    """A code as it is usually written, of the spellings that tools use; any other text as it came."""
    text = tidy_key(unicodedata.normalize("NFKC", written))
    for spelling, code in SPELLINGS:
        found = spelling.fullmatch(text)
        if found is not None:
            return code.format(found[1])
    return written


def _horizontal(crs: CRS) -> CRS:
    """The part of a compound or bound system that says where on the map."""
    for _ in range(5):
        if crs.is_compound:
            crs = crs.sub_crs_list[0]
        elif crs.is_bound and crs.source_crs is not None:
            crs = crs.source_crs
        else:
            break
    return crs.to_2d() if crs.is_geographic or crs.is_projected else crs


def _british(crs: CRS) -> System | None:
    """The system, if it is Britain's grid or stands on its datum, however it is written."""
    british = CRS.from_user_input(BRITISH)
    if crs.to_authority() == ("EPSG", "27700"):
        return System(british, crs.name, 1.0)
    if crs.is_engineering:
        if "britishnationalgrid" not in _letters(crs.name):
            return None
        return System(british, crs.name, 1.0, note=_read_as_british(f"it is named “{crs.name[:SHOWN]}”"))
    if not (crs.is_geographic or crs.is_projected) or not _is_airy(crs):
        return None
    is_known = _is_british_datum(crs)
    if crs.is_projected and (factor := _british_metres(crs)) is not None:
        datum = "" if is_known else _datum_name(crs)
        note = _read_as_british(
            f"its ellipsoid and projection are those; its datum “{datum}” is not known by name"
        )
        return System(british, crs.name, factor, note=note if datum else "")
    if is_known:
        onto_grid = Transformer.from_crs(crs, _grid_on_datum_of(crs), always_xy=True)
        return System(crs, crs.name, onto_grid)
    return None


def _read_as_british(why: str) -> str:
    return f"The file's coordinate system is read as British National Grid (EPSG:27700): {why}."


def _grid_on_datum_of(crs: CRS) -> CRS:
    """The British grid on the very datum of the system, so that to come there is projection alone."""
    told = CRS.from_user_input(BRITISH).to_json_dict()
    base = crs.geodetic_crs
    told["base_crs"] = (base or crs).to_2d().to_json_dict()
    told.pop("id", None)
    return CRS.from_json_dict(told)


def _is_airy(crs: CRS) -> bool:
    ellipsoid = crs.ellipsoid
    return (
        ellipsoid is not None
        and abs(ellipsoid.semi_major_metre - AIRY[0]) < 0.01
        and abs(ellipsoid.inverse_flattening - AIRY[1]) < 0.0001
    )


def _datum_name(crs: CRS) -> str:
    base = crs.geodetic_crs
    datum = base.datum if base is not None else None
    return (datum.name if datum is not None else "unknown")[:SHOWN]


def _is_british_datum(crs: CRS) -> bool:
    letters = _letters(_datum_name(crs))
    return ("1936" in letters and ("osgb" in letters or "ordnancesurvey" in letters)) or letters == "osgb36"


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _british_metres(crs: CRS) -> float | None:
    """Metres a unit, if the projection is that of the British grid; else None."""
    operation = crs.coordinate_operation
    if operation is None or operation.method_name != "Transverse Mercator":
        return None
    told = {
        each.name.casefold(): float(each.value) * each.unit_conversion_factor for each in operation.params
    }
    wanted = {
        name: np.radians(value) if name.startswith(("latitude", "longitude")) else value
        for name, value in BRITISH_PARAMETERS.items()
    }
    axes = crs.axis_info
    if told.keys() != wanted.keys() or {axis.direction for axis in axes} != {"east", "north"}:
        return None
    if any(abs(told[name] - value) > 1e-9 * max(1.0, abs(value)) for name, value in wanted.items()):
        return None
    return float(axes[0].unit_conversion_factor)


def _other(whole: CRS, flat: CRS) -> System:
    """Any other system for which PROJ knows a way to WGS84 that is not a guess. Raises
    :class:`UnreadableGeoFile`."""
    if not (flat.is_geographic or flat.is_projected):
        raise _not_understood(whole.name)
    start = whole if whole.is_bound else flat
    try:
        transformer = Transformer.from_crs(start, "EPSG:4326", always_xy=True, allow_ballpark=False)
        if "ballpark" in transformer.description.casefold():
            raise _unknown_datum(flat)
    except ProjError as error:
        raise _unknown_datum(flat) from error
    return System(flat, flat.name, transformer=transformer)


def _not_understood(name: str) -> UnreadableGeoFile:
    return UnreadableGeoFile(
        f"The file declares the coordinate system {_shown(name)}, which is not understood. "
        "Save the areas in WGS84 (EPSG:4326) or British National Grid (EPSG:27700)."
    )


def _unknown_datum(crs: CRS) -> UnreadableGeoFile:
    return UnreadableGeoFile(
        f"The coordinate system {_shown(crs.name)} stands on the datum {_shown(_datum_name(crs))}, which is not known: "
        "where its coordinates lie would be a guess. Save the areas in WGS84 (EPSG:4326) or another known system."
    )


def _shown(name: str) -> str:
    return f"“{' '.join(name.split())[:SHOWN]}”"


def _name_in(declared: str) -> str:
    """A name for people: the one inside a definition, else the code."""
    authority, _, definition = declared.strip().partition("\n")
    text = definition if definition and ":" not in authority else authority
    found = re.search(r'\[\s*"([^"]*)"', text)
    return found[1] if found else text


@lru_cache(maxsize=64)
def display_name(declared: str) -> str:
    """How a listing of layers names the system; the declared text where it isn't understood."""
    try:
        crs = _horizontal(_parsed(declared))
    except (CRSError, ProjError, UnreadableGeoFile):
        return _name_in(declared)[:SHOWN]
    authority = crs.to_authority()
    if authority == ("OGC", "CRS84"):
        return "WGS 84"
    return f"{crs.name[:SHOWN]} ({':'.join(authority)})" if authority else crs.name[:SHOWN]
