"""What bidding answers to other apps."""

import uuid
from collections.abc import Collection
from typing import Any

from django.dispatch import receiver

from bidding.models import BallotAsset
from bidding.signals import results_confirmed
from marketplace.jobs import public_files
from qualification.signals import assets_in_use


@receiver(assets_in_use, dispatch_uid="bidding.held_by_ballots")
def held_by_ballots(sender: Any, asset_ids: Collection[uuid.UUID], **signal: Any) -> set[uuid.UUID]:
    """Those of the assets that a ballot offers whose competition is neither confirmed nor cancelled."""
    held = BallotAsset.objects.filter(asset__in=list(asset_ids), is_live=True)
    held = held.filter(competition__confirmed_at=None, competition__cancelled_at=None)
    return {each for each in held.order_by().values_list("asset_id", flat=True) if each is not None}


@receiver(results_confirmed, dispatch_uid="bidding.market_data")
def market_data_changes(sender: Any, **signal: Any) -> None:
    """Confirmed results are public: have a worker make the public files again, once the confirmation is
    committed."""
    public_files.refresh_soon()
