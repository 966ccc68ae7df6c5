"""Whether something was told of a month after the instant of its statement's data, so that it may come to something else."""

from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, Q, QuerySet

from competitions.domain.settlement_terms import BaselineMethod
from contracts.models import Contract, ContractedAsset
from operations.domain.called import terms_of_contract
from operations.enums import ExclusionState
from operations.models import (
    ExcludedDay,
    FixedReference,
    LateNomination,
    MeterDay,
    ReferenceAsset,
    Unavailability,
)
from settlement.domain.working_out import month_after, month_span

LOOKBACK = timedelta(days=70)
"""How long before a month readings may still matter for its baselines at least: those of other contracts share its assets."""
BESIDE = timedelta(days=10)
"""Days before the first that a baseline looks at of which a period may still be needed."""
AFTER = timedelta(days=2)


def has_later_data(contract: Contract, month: date, instant: datetime) -> bool:
    """Whether readings, unavailability, late nominations, references, days to leave out or other assets were told since."""
    since, until = month_span(month, contract.buyer.zone)
    baseline = terms_of_contract(contract).baseline
    first = month - max(LOOKBACK, timedelta(days=baseline.lookback_days) + BESIDE)
    told: tuple[QuerySet[Any], ...] = (
        MeterDay.objects.filter(
            unit__provider=contract.seller_id,
            received_at__gt=instant,
            day__gte=first,
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
            day__gte=first,
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
    if baseline.method is BaselineMethod.FIXED_REFERENCE:
        newer = {"operator": contract.buyer_id, "stored_at__gt": instant, "from_day__lt": month_after(month)}
        told = (
            *told,
            FixedReference.objects.filter(**newer),
            ReferenceAsset.objects.filter(unit__provider=contract.seller_id, **newer),
        )
    is_told = reduce(or_, (Q(Exists(each)) for each in told))
    return Contract.objects.filter(is_told, pk=contract.pk).exists()
