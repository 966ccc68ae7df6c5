"""Which competitions are near a member's own things; where those are, other apps say."""

import math
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from uuid import UUID

import shapely

from accounts.models import Member
from competitions.models import BoundaryShape, Competition
from marketplace import geo

KILOMETRES = 10.0
KILOMETRES_A_DEGREE = 111.2
Place = tuple[float, float]
PlaceFinder = Callable[[Member], Iterable[Place]]
_finders: list[PlaceFinder] = []


def register_places(finder: PlaceFinder) -> None:
    """Register ``finder(member)``, which returns longitudes and latitudes; called once at start."""
    if finder not in _finders:
        _finders.append(finder)


def covering(latitude: Decimal, longitude: Decimal, competitions: Iterable[Competition]) -> set[UUID]:
    """The ids of the competitions whose boundary, with its buffer, holds the place."""
    point = shapely.Point(float(longitude), float(latitude))
    stored = BoundaryShape.objects.filter(competition__in=competitions).values_list(
        "competition", "buffered_wkb"
    )
    return {pk for pk, wkb in stored if shapely.intersects(geo.from_wkb(bytes(wkb)), point)}


def near(member: Member, competitions: Iterable[Competition]) -> set[UUID]:
    """The ids of the competitions whose boundary, with its buffer, is within 10 km of one of the member's
    places."""
    return near_places([place for finder in _finders for place in finder(member)], competitions)


def near_places(places: Sequence[Place], competitions: Iterable[Competition]) -> set[UUID]:
    """The ids of the competitions whose boundary, with its buffer, is within 10 km of one of the places.

    Distances are taken on a map scaled at the places' mean latitude, which is good to a percent over a
    country.
    """
    if not places:
        return set()
    scale = math.cos(math.radians(sum(latitude for _, latitude in places) / len(places)))
    points = shapely.multipoints([(longitude * scale, latitude) for longitude, latitude in places])
    reach = KILOMETRES / KILOMETRES_A_DEGREE
    shapely.prepare(points)
    stored = BoundaryShape.objects.filter(competition__in=competitions).values_list(
        "competition", "buffered_wkb"
    )
    found = set()
    for pk, wkb in stored:
        shape = shapely.transform(geo.from_wkb(bytes(wkb)), lambda corners: corners * [scale, 1.0])
        if not shape.is_empty and shapely.dwithin(points, shape, reach):
            found.add(pk)
    return found
