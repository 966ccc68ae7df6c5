"""Receivers: what happens in other apps and leads to contracts."""

from typing import Any

from django.dispatch import receiver

from bidding.signals import results_confirmed
from contracts.domain.awards import award_contracts


@receiver(results_confirmed)
def award_on_confirmation(sender: object, **kwargs: Any) -> None:
    """Make the contracts in the transaction that confirms the results: both are there or neither is."""
    award_contracts(competition=kwargs["competition"], bids=kwargs["bids"], by=kwargs["by"], now=kwargs["now"])
