"""What other apps may hear of, and be asked for, inside the transaction that changes assets or verdicts."""

import uuid
from dataclasses import dataclass

from django.dispatch import Signal


@dataclass(frozen=True)
class GroupMove:
    """An asset that leaves a group, joins one, or both."""

    ref: str
    before: uuid.UUID | None
    after: uuid.UUID | None


assets_changed = Signal()
"""Assets were created or changed. Keyword arguments: asset_ids (list of UUID), provider_id, now."""

verdicts_changed = Signal()
"""Verdicts were made, changed or removed. Keyword arguments: competition_ids (set of UUID), now."""

assets_in_use = Signal()
"""Asks which of ``asset_ids`` a live ballot or contract holds, so that they stay in place: receivers return a
set."""

groups_changing = Signal()
"""Assets are about to join or leave groups; receivers raise ``Refused`` where that can't be. Keyword arguments: provider_id,
moves (list of GroupMove)."""
