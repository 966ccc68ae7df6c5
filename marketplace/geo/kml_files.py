"""Reading KML of any spelling: prefix, namespace, UTF-8 or UTF-16. Nothing that it names is ever fetched."""

import re
import xml.parsers.expat as expat
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import shapely

from marketplace.geo.features import Drawn, Feature, Layer, UnreadableGeoFile, polygon, together
from marketplace.numbers import count_text

NAME, DESCRIPTION = "Name", "Description"
WGS84 = "OGC:CRS84"
DEEPEST = 200
MOST_PLACEMARKS = 200_000
POSITIONS_AT_ONCE = 10_000
SPACED_COMMA = re.compile(r"\s*,\s*")
BLANKS = b" \t\r\n"
CONTAINERS = {"Document", "Folder"}
HEAD = 1_000
SHAPES = {"Point", "LineString", "LinearRing", "Polygon", "Track", "Model"}
NO_SHAPES = {"Track": "track", "Model": "model"}
TEXTS = {"name", "description", "coordinates", "value", "SimpleData"}


def is_kml(data: bytes) -> bool:
    """Whether the root element's name is ``kml``, in any prefix, namespace and encoding that XML has."""
    found: list[str] = []

    class _Found(Exception):
        pass

    def start(name: str, attributes: Any) -> None:
        found.append(_local(name))
        raise _Found

    parser = _parser()
    parser.StartElementHandler = start
    try:
        parser.Parse(data.lstrip(BLANKS), True)
    except LookupError:  # an encoding that nobody knows; reading the file says so
        return b"kml" in data[:HEAD]
    except (_Found, expat.ExpatError):
        pass
    return found == ["kml"]


def layers(data: bytes, stem: str) -> list[Layer]:
    """A layer for each folder (or document) that holds placemarks. Raises :class:`UnreadableGeoFile`."""
    reader = _Reader(stem)
    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(data.lstrip(BLANKS), True)
    except expat.ExpatError as error:
        place = f"line {error.lineno}, column {error.offset + 1}"
        raise UnreadableGeoFile(f"The KML is damaged or cut off at {place}.") from error
    except LookupError as error:
        named = str(error).rpartition(": ")[2][:40]
        raise UnreadableGeoFile(
            f"The KML says that its encoding is “{named}”, which is not known: save it as UTF-8."
        ) from error
    except RecursionError as error:
        raise UnreadableGeoFile("The file is nested too deeply to be a map.") from error
    if not reader.placemarks:
        raise UnreadableGeoFile("The file has no layer with shapes in it.")
    return reader.layers()


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    parser.ExternalEntityRefHandler = _refuse_doctype
    return parser


def _refuse_doctype(*told: Any) -> int:
    raise UnreadableGeoFile(
        "The KML declares a document type or entities (DOCTYPE), which no map needs. Remove it."
    )


def _local(name: str) -> str:
    return name.rpartition("}")[2].rpartition(":")[2]


class _Placemark:
    def __init__(self, folder: int) -> None:
        self.folder = folder
        self.values: dict[str, str] = {}
        self.shapes: list[Drawn] = []
        self.kinds: list[str] = []

    @property
    def drawn(self) -> Drawn:
        return together(self.shapes) if self.shapes else Drawn(fault="It has no shape.")


class _Reader:
    """Gathers placemarks while the parser walks through the file once."""

    def __init__(self, stem: str) -> None:
        self.path: list[str] = []
        self.folders: list[str] = [stem]
        self.inside: list[int] = [0]
        self.placemarks: list[_Placemark] = []
        self.placemark: _Placemark | None = None
        self.wanted: list[str] | None = None
        self.data_name = ""
        self.rings: list[np.ndarray[Any, Any]] = []
        self.points: np.ndarray[Any, Any] = np.empty((0, 2))
        self.fault = ""

    def start(self, tagged: str, attributes: dict[str, str]) -> None:
        name = _local(tagged)
        self.path.append(name)
        if len(self.path) > DEEPEST:
            raise UnreadableGeoFile("The file is nested too deeply to be a map.")
        if name == "NetworkLink":
            raise UnreadableGeoFile(
                "The KML holds a network link (NetworkLink), which is not followed. "
                "Open it in your mapping tool and save the areas themselves."
            )
        if name in CONTAINERS and self.placemark is None:
            self.folders.append("")
            self.inside.append(len(self.folders) - 1)
        elif name == "Placemark":
            if len(self.placemarks) >= MOST_PLACEMARKS:
                raise UnreadableGeoFile(f"The file has more than {count_text(MOST_PLACEMARKS)} placemarks.")
            self.placemark = _Placemark(self.inside[-1])
            self.placemarks.append(self.placemark)
        elif name in SHAPES and (name not in ("LinearRing",) or "Polygon" not in self.path):
            self.rings, self.points, self.fault = [], np.empty((0, 2)), ""
        if name in ("Data", "SimpleData"):
            self.data_name = attributes.get("name", "")
        if name in TEXTS:
            self.wanted = []

    def text(self, piece: str) -> None:
        if self.wanted is not None:
            self.wanted.append(piece)

    def end(self, tagged: str) -> None:
        name = self.path.pop()
        parent = self.path[-1] if self.path else ""
        if name in TEXTS:
            self._take(name, parent, "".join(self.wanted or []).strip())
            self.wanted = None
        elif name == "Placemark":
            self.placemark = None
        elif name in CONTAINERS and self.placemark is None:
            self.inside.pop()
        elif self.placemark is not None and name in SHAPES:
            self._close(name)

    def _take(self, name: str, parent: str, text: str) -> None:
        if name == "name" and parent in CONTAINERS and self.placemark is None:
            self.folders[self.inside[-1]] = self.folders[self.inside[-1]] or " ".join(text.split())
        if self.placemark is None:
            return
        values = self.placemark.values
        if name == "name" and parent == "Placemark":
            values[NAME] = text
        elif name == "description" and parent == "Placemark":
            values[DESCRIPTION] = text
        elif name == "coordinates":
            self._take_corners(text)
        elif (name == "value" and parent == "Data") or name == "SimpleData":
            named = self.data_name or "value"
            values[f"{named} (extended data)" if named in (NAME, DESCRIPTION) else named] = text

    def _take_corners(self, text: str) -> None:
        try:
            corners = _corners(text)
        except ValueError:
            self.fault = "Its coordinates can't be read."
            return
        if "Polygon" in self.path:
            is_outline = "outerBoundaryIs" in self.path
            self.rings = [corners, *self.rings] if is_outline else [*self.rings, corners]
        else:
            self.points = corners

    def _close(self, name: str) -> None:
        if name == "LinearRing" and "Polygon" in self.path:
            return
        placemark = self.placemark
        if placemark is None:
            return
        placemark.kinds.append(name)
        if self.fault:
            placemark.shapes.append(Drawn(fault=self.fault))
        elif name == "Polygon":
            placemark.shapes.append(polygon(self.rings))
        else:
            placemark.shapes.append(_line_or_point(name, self.points))

    def layers(self) -> list[Layer]:
        """The folders that hold placemarks, in the order of the file."""
        held: dict[int, list[_Placemark]] = {}
        for placemark in self.placemarks:
            held.setdefault(placemark.folder, []).append(placemark)
        taken: dict[str, int] = {}
        found = []
        for folder, placemarks in sorted(held.items()):
            name = self.folders[folder] or self.folders[0]
            taken[name] = taken.get(name, 0) + 1
            fields: dict[str, None] = {NAME: None}
            for placemark in placemarks:
                fields.update(dict.fromkeys(placemark.values))
            kinds = {kind for placemark in placemarks for kind in placemark.kinds}
            found.append(
                Layer(
                    name if taken[name] == 1 else f"{name} ({taken[name]})",
                    list(fields),
                    len(placemarks),
                    WGS84,
                    kinds.pop() if len(kinds) == 1 else "Unknown",
                    partial(_rows, placemarks),
                )
            )
        return found


def _rows(placemarks: list[_Placemark], fields: Sequence[str]) -> Iterator[Feature]:
    for number, placemark in enumerate(placemarks, start=1):
        yield Feature(number, {name: placemark.values.get(name) for name in fields}, placemark.drawn)


def _corners(text: str) -> np.ndarray[Any, Any]:
    """``x,y[,z]`` positions, white space between them, as an array of x and y. Raises ``ValueError``."""
    try:
        return _array(text.split())
    except ValueError:
        return _array(SPACED_COMMA.sub(",", text).split())  # blanks beside the commas within a position


def _array(positions: list[str]) -> np.ndarray[Any, Any]:
    if not positions:
        return np.empty((0, 2))
    batches = [
        positions[start : start + POSITIONS_AT_ONCE] for start in range(0, len(positions), POSITIONS_AT_ONCE)
    ]
    corners = np.vstack([np.array([_position(position) for position in batch]) for batch in batches])
    if not np.isfinite(corners).all():
        raise ValueError("no finite numbers")
    return corners


def _position(text: str) -> tuple[float, float]:
    x, y, *height = text.strip(",").split(",")
    if len(height) > 1:  # commas between the positions, too: which belong together would be a guess
        raise ValueError(text)
    return float(x), float(y)


def _line_or_point(name: str, corners: np.ndarray[Any, Any]) -> Drawn:
    if name in NO_SHAPES:
        return Drawn(
            fault=f"Its shape is a {NO_SHAPES[name]}; an area is a polygon.", no_shape=NO_SHAPES[name]
        )
    try:
        if name == "Point":
            return Drawn(shapely.Point(corners[0]) if len(corners) else shapely.Point())
        if len(corners) == 1:
            return Drawn(shapely.Point(corners[0]))
        return Drawn(shapely.LineString(corners))
    except (shapely.errors.ShapelyError, ValueError):
        return Drawn(fault="Its coordinates can't be read.")
