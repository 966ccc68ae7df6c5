"""The boundary of a competition with assets in and around it, in three colours."""

from datetime import datetime
from typing import Any

import shapely
from django.db.models import Exists, OuterRef, Subquery

from accounts.models import Member
from competitions.models import Competition
from qualification.domain.facts import reading
from qualification.domain.queries import assets_visible_to
from qualification.models import Verdict

MOST_POINTS = 3_000
AROUND = 0.6
"""How far around the boundary assets are drawn, as a part of its width and height."""


def why_points(member: Member, competition: Competition, now: datetime) -> dict[str, Any]:
    """GeoJSON: green is eligible, amber inside and failing, slate outside; those far away are left out."""
    shape = reading.shapes_of([competition.pk])[competition.pk]
    features = [] if shape.inside.is_empty else [_shape(shape.inside, competition)]
    verdicts = Verdict.objects.filter(competition=competition, asset=OuterRef("pk"))
    assets = assets_visible_to(member, now).exclude(status="archived").select_related(None)
    if not shape.buffered.is_empty:
        west, south, east, north = shape.buffered.bounds
        wide, high = max(east - west, 0.05) * AROUND, max(north - south, 0.03) * AROUND
        assets = assets.filter(
            longitude__gte=west - wide,
            longitude__lte=east + wide,
            latitude__gte=south - high,
            latitude__lte=north + high,
        )
    told = assets.annotate(is_in=Exists(verdicts), is_eligible=Subquery(verdicts.values("eligible")[:1]))
    rows = told.order_by("-is_in", "pk").values_list("longitude", "latitude", "ref", "is_eligible", "is_in")[
        :MOST_POINTS
    ]
    features += [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [round(float(x), 5), round(float(y), 5)]},
            "properties": {
                "title": ref,
                "radius": 5 if is_in else 4,
                "look": "good" if is_eligible else "waiting" if is_in else "outside",
            },
        }
        for x, y, ref, is_eligible, is_in in rows
    ]
    return {"type": "FeatureCollection", "features": features}


def _shape(inside: Any, competition: Competition) -> dict[str, Any]:
    simple = shapely.simplify(inside, 0.0005)
    return {
        "type": "Feature",
        "geometry": shapely.geometry.mapping(simple),
        "properties": {"title": competition.ref, "look": "chosen", "label": competition.ref},
    }
