"""Assets as points of a map; where more are in view than one can tell apart, the database makes clusters of
them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Aggregate,
    Avg,
    BooleanField,
    Count,
    ExpressionWrapper,
    F,
    FloatField,
    Max,
    Min,
    Q,
    QuerySet,
)
from django.db.models.functions import Cast, Degrees, Floor, Greatest, Least, Ln, Pi, Radians, Tan
from django.http import QueryDict
from django.urls import reverse

from marketplace.geo.map_bounds import MAP_BOUNDS
from marketplace.numbers import count_text, short_count_text
from qualification.models import Asset

MOST_POINTS = 500
CELL_PIXELS = 64
TILE_PIXELS = 256
DEEPEST_ZOOM = 20
EDGE_OF_MERCATOR = 85.0


class AnyValue(Aggregate):
    """The value of any row of the group."""

    function = "any_value"
    name = "AnyValue"


@dataclass(frozen=True)
class View:
    """What a map shows: degrees at its edges, and how far it is zoomed in (0 is the whole earth)."""

    west: float = -180.0
    south: float = -90.0
    east: float = 180.0
    north: float = 90.0
    zoom: int = 5


def view_asked(query: QueryDict) -> View:
    """The view in ``bounds`` (west, south, east, north) and ``zoom``; the whole earth where they can't be
    read."""
    try:
        west, south, east, north = (
            max(-180.0, min(float(edge), 180.0)) for edge in str(query["bounds"]).split(",")
        )
        zoom = max(0, min(int(str(query.get("zoom", "5"))), DEEPEST_ZOOM))
        int(west + south + east + north)
    except (KeyError, ValueError):
        return View()
    return View(west, south, east, north, zoom)


def within(assets: "QuerySet[Asset]", view: View) -> "QuerySet[Asset]":
    """The assets that lie in the view, its edges included."""
    if view == View():
        return assets
    return assets.filter(_inside(view))


def _inside(view: View) -> Q:
    return Q(
        longitude__gte=view.west, longitude__lte=view.east, latitude__gte=view.south, latitude__lte=view.north
    )


def country() -> View:
    """What the maps cover."""
    return View(*MAP_BOUNDS)


@dataclass(frozen=True)
class Reach:
    """How many assets there are, how many of them lie where the maps don't reach, and the ``extent`` of the others: west,
    south, east and north; of the country where there are none in it."""

    number: int
    outside: int
    extent: str


def reach(assets: "QuerySet[Asset]") -> Reach:
    """Where the assets lie, by one look at them."""
    placed = assets.order_by().annotate(is_inside=ExpressionWrapper(_inside(country()), BooleanField()))
    told = placed.values_list("is_inside").annotate(
        Count("pk"), Min("longitude"), Min("latitude"), Max("longitude"), Max("latitude")
    )
    found = {is_inside: (number, edges) for is_inside, number, *edges in told}
    inside, edges = found.get(True, (0, MAP_BOUNDS))
    outside, _ = found.get(False, (0, ()))
    return Reach(inside + outside, outside, ",".join(f"{value:.5f}" for value in edges))


def points(assets: "QuerySet[Asset]", view: View) -> dict[str, Any]:
    """GeoJSON of the assets in view: each one with its name and page, or clusters with their number and
    extent."""
    shown = within(assets, view).order_by()
    columns = ("pk", "ref", "name", "status", "longitude", "latitude")
    rows = list(shown.values_list(*columns)[: MOST_POINTS + 1])
    features = [_point(*row) for row in rows] if len(rows) <= MOST_POINTS else _clusters(shown, view.zoom)
    return {"type": "FeatureCollection", "features": features}


def _clusters(assets: "QuerySet[Asset]", zoom: int) -> list[dict[str, Any]]:
    size = 360 / (TILE_PIXELS * 2**zoom) * CELL_PIXELS
    longitude, latitude = Cast("longitude", FloatField()), Cast("latitude", FloatField())
    on_mercator = Least(Greatest(latitude, -EDGE_OF_MERCATOR), EDGE_OF_MERCATOR)
    northing = Degrees(Ln(Tan(Pi() / 4 + Radians(on_mercator) / 2)))
    cells = assets.annotate(
        x=longitude, y=latitude, column=Floor(longitude / size), line=Floor(northing / size)
    ).values("column", "line")
    found = cells.annotate(
        number=Count("pk"),
        **{f"any_{name}": AnyValue(name) for name in ("pk", "ref", "name", "status")},
        east=Avg("x"),
        north=Avg("y"),
        extent_west=Min("x"),
        extent_south=Min("y"),
        extent_east=Max("x"),
        extent_north=Max("y"),
    ).order_by(F("number").desc())
    return [_cluster(dict(cell)) for cell in found]


def _cluster(cell: dict[str, Any]) -> dict[str, Any]:
    if cell["number"] == 1:
        pk, ref, name, status = (cell[f"any_{column}"] for column in ("pk", "ref", "name", "status"))
        return _point(pk, ref, name, status, cell["east"], cell["north"])
    properties = {
        "title": f"{count_text(cell['number'])} assets",
        "look": "cluster",
        "number": cell["number"],
        "short": short_count_text(cell["number"]),
        "extent": [round(cell[f"extent_{edge}"], 5) for edge in ("west", "south", "east", "north")],
    }
    return _feature(cell["east"], cell["north"], properties)


def _point(pk: Any, ref: str, name: str, status: str, x: Any, y: Any) -> dict[str, Any]:
    url = reverse("qualification:asset", args=[pk])
    told = {"title": ref, "text": name, "url": url, "look": "asset", "pale": status != "operational"}
    return _feature(float(x), float(y), told)


def _feature(x: float, y: float, properties: dict[str, Any]) -> dict[str, Any]:
    place = {"type": "Point", "coordinates": [round(x, 5), round(y, 5)]}
    return {"type": "Feature", "geometry": place, "properties": properties}
