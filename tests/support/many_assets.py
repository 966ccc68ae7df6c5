"""Assets spread over a country, for the map: the provider's, and within the operator's area."""

import numpy as np
from django.db import connection, transaction

from accounts.models import Member
from qualification.domain.assets import saving
from qualification.models import Asset, AssetInOperatingArea
from tests.qualification import market

VIEWS = {
    "town": {"bounds": "-1.55,52.95,-1.45,53.05", "zoom": "14"},
    "county": {"bounds": "-2.2,52.5,-0.8,53.5", "zoom": "10"},
    "country": {"bounds": "-9,49,3,60", "zoom": "6"},
}
"""What the map shows, from near to far."""


def spread(provider: Member, operator: Member, number: int) -> None:
    """So many assets around the middle of England, always the same places."""
    random, kind = np.random.default_rng(9), market.asset_type()
    places = np.round(np.c_[random.normal(-1.5, 1.2, number), random.normal(53, 1.4, number)], 6).tolist()
    with transaction.atomic():
        saving._write([market.an_asset(provider.organisation, x, y, kind=kind) for x, y in places])
    AssetInOperatingArea.objects.bulk_create(
        [
            AssetInOperatingArea(operator=operator.organisation, asset_id=pk)
            for pk in Asset.objects.filter(provider=provider.organisation).values_list("pk", flat=True)
        ],
        batch_size=10_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
