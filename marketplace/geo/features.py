"""What the readers of the three formats give: layers of features with shapes. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

LEAST_CORNERS = 4


class UnreadableGeoFile(Exception):
    """The whole file is refused; ``str`` is the sentence for the user."""


@dataclass
class Drawn:
    """A feature's shape as the file draws it, or in ``fault`` the sentence why it can't be read.

    ``was_open`` says that an outline was not closed, and has been closed. ``no_shape`` is what there is in
    place of a shape (a track, a model), and ``left_out`` what there was of these beside the shape.
    """

    shape: BaseGeometry | None = None
    fault: str = ""
    was_open: bool = False
    no_shape: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feature:
    """One feature: its number in the file from 1, the values asked for, its shape."""

    number: int
    values: Mapping[str, Any]
    drawn: Drawn


@dataclass
class Layer:
    """A layer while its file is being read. ``crs`` is what the file declares; None for nothing.

    ``note`` is a warning about the whole file.
    """

    name: str
    fields: list[str] = field(default_factory=list)
    feature_count: int = 0
    crs: str | None = None
    geometry_type: str = "Unknown"
    features: Callable[[Sequence[str]], Iterator[Feature]] = lambda fields: iter(())
    note: str = ""


NO_NUMBERS = "Its coordinates are not numbers."


def polygon(rings: Sequence[np.ndarray[Any, Any]]) -> Drawn:
    """A polygon of rings of corners, the first of them its outline."""
    if not rings or not len(rings[0]):
        return Drawn(shapely.Polygon())
    closed, was_open = [], False
    for corners in rings:
        if not np.isfinite(corners).all():
            return Drawn(fault=NO_NUMBERS)
        if len(corners) and not np.array_equal(corners[0], corners[-1]):
            corners, was_open = np.vstack([corners, corners[:1]]), True
        closed.append(corners)
    if any(0 < len(corners) < LEAST_CORNERS for corners in closed):
        return Drawn(fault="One of its outlines has fewer than three corners.")
    try:
        outer, *holes = [shapely.linearrings(corners) for corners in closed if len(corners)]
        return Drawn(shapely.polygons(outer, holes or None), was_open=was_open)
    except (ShapelyError, ValueError):
        return Drawn(fault="Its shape can't be read.")


def together(parts: Sequence[Drawn]) -> Drawn:
    """Several shapes as one; what can't be a shape is left out beside others."""
    drawn = [part for part in parts if not part.no_shape]
    faults = [part.fault for part in drawn or parts if part.fault]
    if faults:
        return Drawn(fault=faults[0])
    left_out = tuple(name for part in parts for name in (*part.left_out, part.no_shape) if name)
    parts = drawn
    shapes = [part.shape for part in parts if part.shape is not None]
    shape = shapes[0] if len(shapes) == 1 else shapely.GeometryCollection(shapes)
    return Drawn(shape, was_open=any(part.was_open for part in parts), left_out=left_out)


def from_wkb(data: bytes) -> Drawn:
    """A shape of well-known binary."""
    was_open = False
    with np.errstate(invalid="ignore"):  # what is no number is looked for below
        try:
            shape = shapely.from_wkb(data)
        except ShapelyError:
            was_open = True
            try:
                shape = shapely.from_wkb(data, on_invalid="fix")
            except (ShapelyError, ValueError):
                shape = None
    if shape is None:
        return Drawn(fault="Its shape can't be read.")
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return Drawn(fault=NO_NUMBERS)
    return Drawn(shapely.force_2d(shape), was_open=was_open)
