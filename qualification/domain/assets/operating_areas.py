"""Which assets lie in which operator's operating area; worked out when an asset or an area changes, never on
a page."""

import uuid
from collections.abc import Collection, Sequence
from decimal import Decimal
from itertools import islice

import numpy as np
from django.db import transaction

from accounts.domain.profiles import operating_areas
from marketplace import geo
from qualification.models import Asset, AssetInOperatingArea

BATCH = 5_000
"""Assets that are looked at, or rows that are written, at once."""


@transaction.atomic
def place_assets(asset_ids: Collection[uuid.UUID]) -> None:
    """Note again where these assets lie, for all operators."""
    shapes, left = operating_areas(), iter(asset_ids)
    while some := list(islice(left, BATCH)):
        AssetInOperatingArea.objects.filter(asset__in=some).delete()
        if shapes:
            _note(list(Asset.objects.filter(pk__in=some).values_list("pk", "longitude", "latitude")), shapes)


@transaction.atomic
def place_in_area_of(operator_id: uuid.UUID) -> None:
    """Note again which assets lie in the area of one operator."""
    AssetInOperatingArea.objects.filter(operator=operator_id).delete()
    shapes = operating_areas(operator_id)
    if shapes:
        _note(list(Asset.objects.values_list("pk", "longitude", "latitude")), shapes)


def _note(places: Sequence[tuple[uuid.UUID, Decimal, Decimal]], shapes: dict[uuid.UUID, bytes]) -> None:
    if not places:
        return
    longitudes = np.array([float(place[1]) for place in places])
    latitudes = np.array([float(place[2]) for place in places])
    rows = []
    for operator_id, wkb in shapes.items():
        inside = geo.points_within(longitudes, latitudes, geo.from_wkb(wkb))
        rows += [
            AssetInOperatingArea(operator_id=operator_id, asset_id=places[index][0])
            for index in np.flatnonzero(inside).tolist()
        ]
    AssetInOperatingArea.objects.bulk_create(rows, batch_size=BATCH)
