"""The shape of a competition: the union of its areas and boxes, what lies in the buffer, and its
postcodes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shapely.geometry.base import BaseGeometry

from competitions.enums import BoundaryType
from competitions.models import Boundary, BoundaryShape, Competition
from marketplace import geo


@dataclass(frozen=True)
class BoundaryParts:
    """What location is judged by. ``buffered`` contains ``inside``; postcodes and sectors in capitals, one
    space."""

    inside: BaseGeometry
    buffered: BaseGeometry
    postcodes: frozenset[str]
    sectors: frozenset[str]


def boundary_of(competition: Competition) -> BoundaryParts:
    """The boundary as stored, with the shape that the competition is run with."""
    parts = list(competition.boundaries.all())
    shape = competition.boundary_shape
    return BoundaryParts(
        inside=geo.from_wkb(shape.inside_wkb),
        buffered=geo.from_wkb(shape.buffered_wkb),
        postcodes=frozenset(part.value for part in parts if part.kind == BoundaryType.POSTCODE),
        sectors=frozenset(part.value for part in parts if part.kind == BoundaryType.POSTCODE_SECTOR),
    )


def remake_shape(competition: Competition, now: datetime) -> BoundaryShape:
    """Work out and store the shape again from the competition's areas, boxes and buffer."""
    parts = competition.boundaries.select_related("area").all()
    inside = _united(parts)
    buffered = geo.buffer_on_ground(inside, competition.area_buffer_km)
    shape, _ = BoundaryShape.objects.update_or_create(
        competition=competition,
        defaults={"inside_wkb": geo.to_wkb(inside), "buffered_wkb": geo.to_wkb(buffered), "made_at": now},
    )
    return shape


def _united(parts: Iterable[Boundary]) -> BaseGeometry:
    shapes = []
    for part in parts:
        if part.area is not None:
            shapes.append(geo.from_wkb(part.area.shape_wkb))
        elif (
            part.north is not None
            and part.south is not None
            and part.east is not None
            and part.west is not None
        ):
            shapes.append(geo.box(part.north, part.south, part.east, part.west))
    return geo.union(shapes)
