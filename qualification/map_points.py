"""Assets as points of a map; many become clusters, so that the page stays light however many there are."""

from collections import defaultdict
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from qualification.models import Asset

MOST_POINTS = 1_500
GRID = 60


def points(assets: "QuerySet[Asset]") -> dict[str, Any]:
    """GeoJSON of the assets: each one with its name and page, or clusters with their number."""
    columns = ("pk", "ref", "name", "status", "longitude", "latitude")
    rows = [(*row[:4], float(row[4]), float(row[5])) for row in assets.order_by("ref").values_list(*columns)]
    features = [_point(*row) for row in rows] if len(rows) <= MOST_POINTS else _clusters(rows)
    return {"type": "FeatureCollection", "features": features}


def _point(pk: Any, ref: str, name: str, status: str, x: float, y: float) -> dict[str, Any]:
    look = "good" if status == "operational" else "area"
    url = reverse("qualification:asset", args=[pk])
    return _feature(x, y, {"title": ref, "text": name, "url": url, "look": look, "radius": 6})


def _feature(x: float, y: float, properties: dict[str, Any]) -> dict[str, Any]:
    place = {"type": "Point", "coordinates": [round(x, 5), round(y, 5)]}
    return {"type": "Feature", "geometry": place, "properties": properties}


def _clusters(rows: list[tuple[Any, str, str, str, float, float]]) -> list[dict[str, Any]]:
    west, south = min(row[4] for row in rows), min(row[5] for row in rows)
    size = max(max(row[4] for row in rows) - west, max(row[5] for row in rows) - south) / GRID or 1
    cells: dict[tuple[int, int], list[tuple[Any, str, str, str, float, float]]] = defaultdict(list)
    for row in rows:
        cells[int((row[4] - west) / size), int((row[5] - south) / size)].append(row)
    features = []
    for members in cells.values():
        if len(members) == 1:
            features.append(_point(*members[0]))
            continue
        x, y = (sum(row[axis] for row in members) / len(members) for axis in (4, 5))
        radius = min(6 + len(members) ** 0.5, 24)
        features.append(_feature(x, y, {"title": f"{len(members)} assets", "look": "cluster", "radius": radius}))
    return features
