"""Where assets lie against a competition's boundary: inside or on its edge, in the buffer, or outside.
Pure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

Indices = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Shape:
    """The boundary of a competition as it is run: its areas and boxes, and the same with the buffer, in
    WGS84."""

    inside: BaseGeometry
    buffered: BaseGeometry


def covers(
    shape: BaseGeometry, longitudes: npt.NDArray[np.float64], latitudes: npt.NDArray[np.float64]
) -> Flags:
    """Which points lie inside the shape or exactly on its edge (of its holes, too)."""
    shapely.prepare(shape)
    found: Flags = shapely.intersects_xy(shape, longitudes, latitudes)
    return found


@dataclass(frozen=True)
class Located:
    """The assets that pass ``location`` in a competition: their places in the arrays, and which only by the
    buffer."""

    rows: Indices
    in_buffer: Flags


class Places:
    """The places of many assets, indexed once, to be asked for many boundaries."""

    def __init__(self, longitudes: npt.NDArray[np.float64], latitudes: npt.NDArray[np.float64]) -> None:
        self.longitudes = longitudes
        self.latitudes = latitudes
        self._tree = shapely.STRtree(shapely.points(longitudes, latitudes)) if len(longitudes) > 1 else None

    def near(self, shapes: list[Shape]) -> list[Indices]:
        """For each shape the assets in the rectangle around it, in ascending order."""
        everything = np.arange(len(self.longitudes))
        if self._tree is None:
            return [everything for _ in shapes]
        asked, found = self._tree.query(np.array([shapely.envelope(shape.buffered) for shape in shapes]))
        order = np.lexsort((found, asked))
        bounds = np.searchsorted(asked[order], np.arange(len(shapes) + 1))
        return [found[order[bounds[i] : bounds[i + 1]]] for i in range(len(shapes))]

    def located(self, shape: Shape, candidates: Indices, by_postcode: Indices | None = None) -> Located:
        """Which of the candidates pass, and the assets that pass by their own postcode wherever they lie."""
        x, y = self.longitudes[candidates], self.latitudes[candidates]
        within = candidates[covers(shape.buffered, x, y)]
        inside = covers(shape.inside, self.longitudes[within], self.latitudes[within])
        if by_postcode is None or not len(by_postcode):
            return Located(within, ~inside)
        rows = np.union1d(within, by_postcode)
        in_buffer = np.isin(rows, within[~inside]) & ~np.isin(rows, by_postcode)
        return Located(rows, in_buffer)


KM_A_DEGREE = 111.195
"""Of latitude, on a sphere of the earth's mean radius."""


def kilometres_to(
    shape: BaseGeometry, longitudes: npt.NDArray[np.float64], latitudes: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """How far each point lies from the shape on the ground, 0 within it; NaN where the shape is empty.

    Worked out in a plane around the shape's middle: within 1 % as far as people ask, some tens of kilometres.
    """
    if shape.is_empty or not len(longitudes):
        return np.full(len(longitudes), np.nan)
    middle = np.radians(shape.centroid.y)
    scale = np.array([KM_A_DEGREE * np.cos(middle), KM_A_DEGREE])
    flat = shapely.transform(shape, lambda degrees: degrees * scale)
    points = shapely.points(longitudes * scale[0], latitudes * scale[1])
    found: npt.NDArray[np.float64] = shapely.distance(flat, points)
    return found
