"""What other apps may hear of, and be asked for, inside the transaction that changes assets or verdicts."""

from django.dispatch import Signal

assets_changed = Signal()
"""Assets were created or changed. Keyword arguments: asset_ids (list of UUID), provider_id, now."""

verdicts_changed = Signal()
"""Verdicts were made, changed or removed. Keyword arguments: competition_ids (set of UUID), now."""

assets_in_use = Signal()
"""Asks which of ``asset_ids`` a live ballot or contract holds, so that they stay in place: receivers return a
set."""
