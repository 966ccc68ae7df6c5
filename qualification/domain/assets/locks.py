"""The lock of one asset, planned asset or group that is about to be changed."""

from typing import TypeVar, cast

from django.db.models import QuerySet

from qualification.domain.verdicts.freeze import ready_for_asset_writes
from qualification.models import Asset, AssetGroup, PlannedAsset

Row = TypeVar("Row", bound=Asset | PlannedAsset | AssetGroup)


def lock_for_write(row: Row) -> Row:
    """The row as it is stored, locked against every other change until the transaction ends.

    The lock of asset data comes before the row's, as everywhere. Assets still join a group that is locked so: they wait
    for its removal alone. Raises ``DoesNotExist`` when the row was removed.
    """
    ready_for_asset_writes()
    rows = cast("QuerySet[Row]", type(row)._base_manager.all())
    return rows.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
