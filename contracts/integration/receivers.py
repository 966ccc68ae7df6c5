"""Receivers: what happens in other apps and leads to contracts."""

import uuid
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from bidding.signals import results_confirmed
from contracts.domain.awards import award_contracts
from contracts.enums import ContractStatus
from contracts.models import ContractedAsset
from marketplace import clock
from qualification.signals import assets_in_use


@receiver(results_confirmed)
def award_on_confirmation(sender: object, **kwargs: Any) -> None:
    """Make the contracts in the transaction that confirms the results: both are there or neither is."""
    award_contracts(
        competition=kwargs["competition"], bids=kwargs["bids"], by=kwargs["by"], now=kwargs["now"]
    )


@receiver(assets_in_use, dispatch_uid="contracts.held_by_contracts")
def held_by_contracts(sender: object, asset_ids: Collection[uuid.UUID], **kwargs: Any) -> set[uuid.UUID]:
    """Those of the assets that a contract counts on, today or later: one awarded or signed."""
    active = [ContractStatus.AWARDED, ContractStatus.SIGNED]
    yesterday = clock.now().date() - timedelta(days=1)
    held = ContractedAsset.objects.filter(
        Q(last_day=None) | Q(last_day__gte=yesterday),
        asset_id__in=list(asset_ids),
        contract__status__in=active,
    )
    return set(held.order_by().values_list("asset_id", flat=True))
