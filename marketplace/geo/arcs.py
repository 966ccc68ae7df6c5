"""Curved shapes of GeoPackages as straight ones: well-known binary with arcs, read into polygons. Pure."""

import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from marketplace.geo.features import Drawn, polygon, together

LINE, POLYGON, CIRCULAR, COMPOUND, CURVE_POLYGON, MULTI_SURFACE = 2, 3, 8, 9, 10, 12
CURVED = {CIRCULAR, COMPOUND, CURVE_POLYGON, 11, MULTI_SURFACE, 13, 14}
STEP = math.radians(2)
"""The angle between two corners of an arc: the chord lies within 0.02 % of the radius."""
DEEPEST = 10


def is_curved(wkb: bytes) -> bool:
    """Whether the shape may hold arcs, which shapely doesn't read."""
    if len(wkb) < 5:
        return False
    kind = struct.unpack("<I" if wkb[0] else ">I", wkb[1:5])[0]
    return (kind & 0x0FFFFFFF) % 1000 in CURVED


def from_curved_wkb(wkb: bytes) -> Drawn:
    """The shape with arcs replaced by many short straight edges; what is not a surface is reported as a
    fault."""
    try:
        return _Reader(wkb).shape(0)
    except (struct.error, ValueError, IndexError, shapely.errors.ShapelyError):
        return Drawn(fault="Its shape can't be read.")


class _Reader:
    def __init__(self, wkb: bytes) -> None:
        self.wkb, self.place = wkb, 0

    def _header(self) -> tuple[str, int, int]:
        """Byte order, kind of shape, numbers a corner."""
        order = "<" if self.wkb[self.place] else ">"
        (told,) = struct.unpack_from(f"{order}I", self.wkb, self.place + 1)
        self.place += 5
        if told & 0x20000000:
            self.place += 4
        kind, extra = (told & 0x0FFFFFFF) % 1000, (told & 0x0FFFFFFF) // 1000
        has_z = bool(told & 0x80000000) or extra in (1, 3)
        has_m = bool(told & 0x40000000) or extra in (2, 3)
        return order, kind, 2 + has_z + has_m

    def _count(self, order: str) -> int:
        (count,) = struct.unpack_from(f"{order}I", self.wkb, self.place)
        self.place += 4
        if count > len(self.wkb):
            raise ValueError("more parts than the shape has bytes")
        return int(count)

    def _corners(self, order: str, numbers: int) -> np.ndarray[Any, Any]:
        count = self._count(order)
        size = count * numbers * 8
        if self.place + size > len(self.wkb):
            raise ValueError("cut off")
        array = np.frombuffer(self.wkb, f"{order}f8", count * numbers, self.place).reshape(count, numbers)
        self.place += size
        return np.array(array[:, :2], dtype=float)

    def _curve(self, depth: int) -> np.ndarray[Any, Any]:
        order, kind, numbers = self._header()
        if kind == LINE:
            return self._corners(order, numbers)
        if kind == CIRCULAR:
            return _flattened(self._corners(order, numbers))
        if kind == COMPOUND and depth < DEEPEST:
            parts = [self._curve(depth + 1) for _ in range(self._count(order))]
            return np.vstack(parts) if parts else np.empty((0, 2))
        raise ValueError("no curve")

    def shape(self, depth: int) -> Drawn:
        order, kind, numbers = self._header()
        surfaces: dict[int, Callable[[], Drawn]] = {
            POLYGON: lambda: polygon([self._corners(order, numbers) for _ in range(self._count(order))]),
            CURVE_POLYGON: lambda: polygon([self._curve(0) for _ in range(self._count(order))]),
        }
        if kind in surfaces:
            return surfaces[kind]()
        if kind == MULTI_SURFACE and depth < DEEPEST:
            parts = [self.shape(depth + 1) for _ in range(self._count(order))]
            return together(parts) if parts else Drawn(shapely.MultiPolygon())
        return Drawn(fault="Its shape is a line; an area is a polygon.")


def _flattened(corners: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The corners of an arc string (start, a point on the arc, end, …) as many short edges."""
    if len(corners) < 3 or len(corners) % 2 == 0:
        raise ValueError("no arcs")
    pieces = [corners[:1]]
    for first in range(0, len(corners) - 2, 2):
        pieces.append(_arc(*corners[first : first + 3]))
    return np.vstack(pieces)


def _arc(start: Any, middle: Any, end: Any) -> np.ndarray[Any, Any]:
    """The corners after ``start`` of the arc through three points; a whole circle where start and end are
    one."""
    if np.array_equal(start, end):
        centre = (start + middle) / 2
        turned = 2 * math.pi
    else:
        (ax, ay), (bx, by) = middle - start, end - start
        cross = 2 * (ax * by - ay * bx)
        if cross == 0:
            return np.array([middle, end])
        a, b = ax * ax + ay * ay, bx * bx + by * by
        centre = start + np.array([by * a - ay * b, ax * b - bx * a]) / cross
        turned = _turned(start - centre, middle - centre, end - centre)
    radius = math.hypot(*(start - centre))
    begin = math.atan2(*(start - centre)[::-1])
    steps = max(2, math.ceil(abs(turned) / STEP))
    angles = begin + turned * np.arange(1, steps) / steps
    on_arc = np.column_stack([centre[0] + radius * np.cos(angles), centre[1] + radius * np.sin(angles)])
    return np.vstack([on_arc, end])


def _turned(start: Any, middle: Any, end: Any) -> float:
    begin, via, stop = (math.atan2(point[1], point[0]) for point in (start, middle, end))
    whole = (stop - begin) % (2 * math.pi)
    return whole if (via - begin) % (2 * math.pi) <= whole else whole - 2 * math.pi
