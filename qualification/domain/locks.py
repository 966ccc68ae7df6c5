"""The locks of qualification, in the order in which they are taken.

1. *Asset data*: whoever writes assets holds it shared; freezing holds it alone. So a write is either wholly
  before the
   freeze and counted, or after it.
2. The competition's row: freezing holds it for update, entering for share.
3. *Verdicts*, one a competition, in the order of their ids: whoever writes verdicts of a competition.
"""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db import connection

from marketplace import clock

_ASSET_DATA = (0x51A1, 1)
_VERDICTS = 0x51A2


def share_asset_data() -> datetime:
    """Wait until no freezing is in flight, keep others from it until this transaction ends, and read the
    clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", _ASSET_DATA)
    return clock.now()


def own_asset_data() -> datetime:
    """Wait until no write of assets and no freezing is in flight, keep both away, and read the clock.

    Never taken after :func:`share_asset_data` in one transaction: two that did so would wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _ASSET_DATA)
    return clock.now()


def own_verdicts(competition_ids: Collection[uuid.UUID]) -> None:
    """Be the only one to write verdicts of these competitions until the transaction ends."""
    if not competition_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, key) FROM"
            " (SELECT DISTINCT hashtext(id::text) AS key FROM unnest(%s::uuid[]) AS id ORDER BY 1) AS ordered",
            [_VERDICTS, [str(each) for each in competition_ids]],
        )
