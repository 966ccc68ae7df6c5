"""Reading files of areas: any declared coordinate system, every fault located by its feature.

Everything that looks into a file runs in a child process with limits (:mod:`marketplace.sandbox`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from shapely import MultiPolygon

from marketplace.geo import formats
from marketplace.geo.features import Layer, UnreadableGeoFile
from marketplace.geo.measures import (
    ANTIMERIDIAN,
    MOST_FEATURES,
    AreaShape,
    GeoProblem,
    Wanted,
    crosses_antimeridian,
    gathered,
)
from marketplace.geo.plausible import shapes_doubt
from marketplace.geo.shapes import repaired, union
from marketplace.geo.systems import Bounds, display_name, is_undefined, understood
from marketplace.keys import key_form
from marketplace.numbers import count_text
from marketplace.sandbox import ChildFailed, LimitExceeded, Progress, run_limited

MEMORY_MB = 500
SECONDS = 60
MOST_SHOWN = 30
MOST_FIELDS = 200
LONGEST_NAME = 200
DAMAGED = "The file is damaged or not a GeoPackage, GeoJSON or KML file."


@dataclass(frozen=True)
class LayerInfo:
    """A layer as the file describes it. ``crs`` names its coordinate system; None where it has none.

    ``is_folder``: it is a folder of a KML, and all of them may be taken together.
    """

    name: str
    fields: tuple[str, ...]
    feature_count: int
    crs: str | None
    geometry_type: str
    is_folder: bool = False


@dataclass
class AreaReading:
    """All areas that could be read, and everything found on the way."""

    areas: list[AreaShape] = field(default_factory=list)
    problems: list[GeoProblem] = field(default_factory=list)

    @property
    def errors(self) -> list[GeoProblem]:
        return [problem for problem in self.problems if problem.level == "error"]


def layers_of(data: bytes, filename: str, *, seconds: float = SECONDS) -> list[LayerInfo]:
    """The layers of a file of areas, found in one pass. Raises :class:`UnreadableGeoFile`."""
    listed: list[LayerInfo] = _in_child(_list_layers, data, PurePath(filename).stem, seconds=seconds)
    return listed


def read_areas(
    data: bytes,
    filename: str,
    *,
    layer: str | None,
    reference_field: str,
    all_folders: bool = False,
    licence_field: str = "",
    supply_field: str = "",
    near: Bounds | None = None,
    progress: Progress | None = None,
) -> AreaReading:
    """The areas of one layer, named by ``reference_field``, as WGS84; without ``layer`` the only one.

    ``all_folders`` takes all folders of a KML together. ``licence_field`` and ``supply_field`` name the
    attributes that hold an area's licence area and grid supply point, if any. ``progress`` is told features
    done and in all. Where areas are expected ``near`` some bounds but lie outside, a warning says so, and
    whether the axes seem swapped.

    Raises :class:`UnreadableGeoFile` for what makes the whole file unusable; faults of features are problems.
    """
    wanted = Wanted(reference_field, licence_field, supply_field)
    stem = PurePath(filename).stem
    reading: AreaReading = _in_child(_read_areas, data, stem, layer, all_folders, wanted, progress=progress)
    doubt = shapes_doubt((area.shape for area in reading.areas), near) if near is not None else None
    if doubt is not None:
        reading.problems.insert(0, GeoProblem("All areas", doubt, "warning"))
    return reading


def read_outline(data: bytes, filename: str, *, seconds: float = SECONDS) -> MultiPolygon:
    """All polygons of a file as one shape in WGS84. Raises :class:`UnreadableGeoFile` for the first fault."""
    outline: MultiPolygon = _in_child(_read_outline, data, PurePath(filename).stem, seconds=seconds)
    return outline


def _in_child(
    function: Callable[..., Any], *args: Any, seconds: float = SECONDS, progress: Progress | None = None
) -> Any:
    try:
        return run_limited(function, *args, memory_mb=MEMORY_MB, seconds=seconds, progress=progress)
    except LimitExceeded as error:
        raise UnreadableGeoFile(
            "The file takes too much memory or time to read. Split it and try again."
        ) from error
    except ChildFailed as error:
        if isinstance(error.error, UnreadableGeoFile):
            raise error.error from error
        raise UnreadableGeoFile(DAMAGED) from error


# What follows runs in the child.


def _list_layers(data: bytes, stem: str) -> list[LayerInfo]:
    kind, layers = formats.layers(data, stem)
    return [
        LayerInfo(
            each.name[:LONGEST_NAME],
            tuple(each.fields[:MOST_FIELDS]),
            each.feature_count,
            None if is_undefined(each.crs) else display_name(each.crs or ""),
            each.geometry_type,
            is_folder=kind == "KML",
        )
        for each in layers
    ]


def _read_areas(data: bytes, stem: str, layer: str | None, all_folders: bool, wanted: Wanted) -> AreaReading:
    kind, layers = formats.layers(data, stem)
    if all_folders and kind != "KML":
        raise UnreadableGeoFile("Only the folders of a KML can be taken together.")
    chosen = layers if all_folders else [_chosen_layer(layers, layer)]
    _check_size(chosen)
    system = understood(chosen[0].crs)
    found = Wanted(
        _attribute(chosen, wanted.reference),
        *(_attribute(chosen, name) if name else "" for name in (wanted.licence_area, wanted.supply_point)),
    )
    reading = AreaReading()
    for note in filter(None, (chosen[0].note, system.note)):
        reading.problems.append(GeoProblem("All areas", note, "warning"))
    gathered(chosen, found, system, reading.areas, reading.problems)
    return reading


def _read_outline(data: bytes, stem: str) -> MultiPolygon:
    kind, layers = formats.layers(data, stem)
    chosen = layers if kind == "KML" else layers[:1]
    _check_size(chosen)
    areas: list[AreaShape] = []
    problems: list[GeoProblem] = []
    gathered(chosen, Wanted(""), understood(chosen[0].crs), areas, problems)
    for problem in problems:
        if problem.level == "error":
            raise UnreadableGeoFile(f"{problem.feature}: {problem.message}")
    if not areas:
        raise UnreadableGeoFile("The file holds no polygon.")
    shape, _ = repaired(union([area.shape for area in areas]))
    if crosses_antimeridian(shape):
        raise UnreadableGeoFile(ANTIMERIDIAN)
    return shape


def _check_size(chosen: Sequence[Layer]) -> None:
    count = sum(layer.feature_count for layer in chosen)
    if count > MOST_FEATURES:
        raise UnreadableGeoFile(
            f"The layer has {count_text(count)} features; at most {count_text(MOST_FEATURES)} are taken."
        )
    if count == 0:
        raise UnreadableGeoFile(f"The layer {chosen[0].name[:LONGEST_NAME]} holds no features.")


def _chosen_layer(layers: Sequence[Layer], wanted: str | None) -> Layer:
    if wanted is None:
        if len(layers) > 1:
            told = _told([layer.name for layer in layers])
            raise UnreadableGeoFile(f"The file has {len(layers)} layers; choose one: {told}.")
        return layers[0]
    found = _picked(wanted, [layer.name for layer in layers])
    if found is None:
        told = _told([layer.name for layer in layers])
        raise UnreadableGeoFile(f"The file has no layer “{wanted}”; it has: {told}.")
    return layers[found]


def _attribute(chosen: Sequence[Layer], wanted: str) -> str:
    fields = list(dict.fromkeys(name for layer in chosen for name in layer.fields))
    found = _picked(wanted, fields)
    if found is None:
        named = chosen[0].name[:LONGEST_NAME]
        raise UnreadableGeoFile(f"The layer {named} has no attribute “{wanted}”; it has: {_told(fields)}.")
    return fields[found]


def _picked(wanted: str, names: Sequence[str]) -> int | None:
    """Which of the names is the wanted one: the very same, else the only one that is the same key."""
    for number, name in enumerate(names):
        if name == wanted or name[:LONGEST_NAME] == wanted:
            return number
    alike = [number for number, name in enumerate(names) if key_form(name) == key_form(wanted)]
    return alike[0] if len(alike) == 1 else None


def _told(names: Sequence[str]) -> str:
    if not names:
        return "none"
    more = len(names) - MOST_SHOWN
    return ", ".join(name[:LONGEST_NAME] for name in names[:MOST_SHOWN]) + (
        f" and {count_text(more)} more" if more > 0 else ""
    )
