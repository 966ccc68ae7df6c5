"""Whether something was told of a month after the instant of its statement's data, so that it may come to something else."""

from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Exists, Q

from contracts.models import Contract, ContractedAsset
from operations.enums import ExclusionState
from operations.models import ExcludedDay, LateNomination, MeterDay, Unavailability
from settlement.domain.working_out import month_after, month_span

LOOKBACK = timedelta(days=70)
"""How long before a month readings may still matter for its baselines."""
AFTER = timedelta(days=2)


def has_later_data(contract: Contract, month: date, instant: datetime) -> bool:
    """Whether readings, unavailability, late nominations, days to leave out or other assets were told since the instant."""
    since, until = month_span(month, contract.buyer.zone)
    told = (
        MeterDay.objects.filter(
            unit__provider=contract.seller_id,
            received_at__gt=instant,
            day__gte=month - LOOKBACK,
            day__lte=month_after(month) + AFTER,
        ),
        Unavailability.objects.filter(
            contract=contract, notified_at__gt=instant, start__lt=until + AFTER, end__gt=since
        ),
        LateNomination.objects.filter(
            operator=contract.buyer_id,
            nomination__unit__provider=contract.seller_id,
            nomination__period_start__gte=since,
            nomination__period_start__lt=until + AFTER,
            accepted_at__gt=instant,
        ),
        ExcludedDay.objects.filter(
            operator=contract.buyer_id,
            unit__provider=contract.seller_id,
            day__gte=month - LOOKBACK,
            day__lt=month_after(month),
            state=ExclusionState.APPROVED,
            answered_at__gt=instant,
        ),
        ContractedAsset.objects.filter(
            Q(added_at__gt=instant, from_day__lt=month_after(month))
            | Q(removed_at__gt=instant, last_day__lt=month_after(month)),
            contract=contract,
        ),
    )
    is_told = reduce(or_, (Q(Exists(each)) for each in told))
    return Contract.objects.filter(is_told, pk=contract.pk).exists()
