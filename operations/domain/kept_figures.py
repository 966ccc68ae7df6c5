"""What dispatches came to, in a few figures, kept until anything is told that could change them.

Whatever performance is made of (readings, dispatches, nominations, references, excluded days, groups, substitutions) is
written into the log of a party in the transaction that changes it: while the logs of a provider and of all its buyers end
where they ended, its figures are the same.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from django.db.models import Count

from contracts.models import Contract, ContractedAsset
from marketplace.audit.queries import ends_of
from marketplace.jobs.publishing import hand_over, jobs_run_inline
from marketplace.memo import cache_add, cache_get, cache_get_many, cache_set, cache_set_many
from operations.domain.baselines.trust import Trust
from operations.domain.measuring import Measured, measured_among
from operations.domain.profiles import Response
from operations.domain.trusting import trust_in
from operations.models import Dispatch

FORM = 1
"""Counted up when the formulas or the form of what is kept change."""
KEPT_SECONDS = 24 * 3600
ASKED_SECONDS = 120
"""How long a worker that was asked is waited for before another is."""
AT_ONCE = 150
"""So many times a unit is measured within half a second, while a page is made."""
TRUST_AT_ONCE = 10
"""So many units' last 60 days are worked out within half a second, while a page is made."""
TASK, TRUST_TASK = "operations.keep_figures", "operations.keep_trust"


@dataclass(frozen=True)
class Figures:
    """A dispatch, measured: kWh, and how many of its periods are complete."""

    requested: Fraction
    delivered: Fraction
    share: Fraction
    complete: int
    periods: int
    response: Response


def figures_of(measured: Measured) -> Figures:
    """The figures of a dispatch that was measured."""
    found = measured.performance
    return Figures(
        found.requested,
        found.delivered,
        found.share,
        found.complete_periods,
        len(found.periods),
        found.called.requested.response,
    )


def figures_among(dispatches: Sequence[Dispatch], now: datetime) -> dict[UUID, Figures]:
    """The figures of these dispatches that have begun, by dispatch; one without effect has none."""
    keys = _keys(dispatches)
    known = cache_get_many(keys.values())
    missing = [each for each in dispatches if keys[each.pk] not in known]
    measured = {each.dispatch.pk: figures_of(each) for each in measured_among(missing, now)}
    cache_set_many({keys[each.pk]: (measured.get(each.pk),) for each in missing}, KEPT_SECONDS)
    found = {pk: known[key][0] for pk, key in keys.items() if key in known} | measured
    return {pk: figures for pk, figures in found.items() if figures is not None}


def figures_soon(dispatches: Sequence[Dispatch], now: datetime) -> dict[UUID, Figures | None]:
    """The figures of these dispatches as far as they are known; None for one that a worker measures now.

    Few units are measured at once, and all where no worker can be asked. One without effect is left out.
    """
    keys = _keys(dispatches)
    known = cache_get_many(keys.values())
    missing = [each for each in dispatches if keys[each.pk] not in known]
    if _units_of(missing) <= AT_ONCE or not _asked_a_worker([keys[each.pk] for each in missing], missing):
        return dict(figures_among(dispatches, now))
    found = {pk: known[key][0] for pk, key in keys.items() if key in known and known[key][0] is not None}
    return found | dict.fromkeys(each.pk for each in missing)


def _units_of(dispatches: Sequence[Dispatch]) -> int:
    """How many times a unit would be measured."""
    rows = ContractedAsset.objects.filter(contract__in={each.contract_id for each in dispatches})
    numbers = dict(rows.order_by().values_list("contract").annotate(Count("pk")))
    return sum(numbers.get(each.contract_id, 0) for each in dispatches)


def _asked_a_worker(keys: Sequence[str], dispatches: Sequence[Dispatch]) -> bool:
    """Whether a worker measures these dispatches, asked now or shortly before."""
    return _asked(keys, TASK, *(str(each.pk) for each in dispatches))


def _asked(keys: Sequence[str], task: str, *ids: str) -> bool:
    asked = f"figures-asked-{hashlib.sha256(repr(keys).encode()).hexdigest()[:32]}"
    if jobs_run_inline():
        return False
    return not cache_add(asked, ASKED_SECONDS) or hand_over(task, *ids)


def kept_trust(contract: Contract, now: datetime) -> dict[str, Trust]:
    """By unit, how the contract's baseline does on the days before today (see :func:`trust_in`)."""
    key = _trust_key(contract, now)
    known: dict[str, Trust] | None = cache_get(key)
    if known is None:
        known = trust_in(contract, now)
        cache_set(key, known, KEPT_SECONDS)
    return known


def trust_soon(contract: Contract, now: datetime) -> dict[str, Trust] | None:
    """The same; None where a worker works it out now, since the contract has many units."""
    key = _trust_key(contract, now)
    known: dict[str, Trust] | None = cache_get(key)
    if known is not None:
        return known
    units = ContractedAsset.objects.filter(contract=contract).count()
    if units > TRUST_AT_ONCE and _asked([key], TRUST_TASK, str(contract.pk)):
        return None
    return kept_trust(contract, now)


def _trust_key(contract: Contract, now: datetime) -> str:
    day = now.astimezone(contract.buyer.zone).date()
    return f"trust-{FORM}-{contract.pk}-{day.isoformat()}-{_marks([contract.seller_id])[contract.seller_id]}"


def _keys(dispatches: Iterable[Dispatch]) -> dict[UUID, str]:
    """By dispatch, a name for its figures that changes with the logs of the parties."""
    marks = _marks({each.contract.seller_id for each in dispatches})
    return {each.pk: f"figures-{FORM}-{each.pk}-{marks[each.contract.seller_id]}" for each in dispatches}


def _marks(sellers: Collection[UUID]) -> dict[UUID, str]:
    parties: dict[UUID, set[UUID]] = {seller: {seller} for seller in sellers}
    pairs = Contract.objects.filter(seller__in=sellers).order_by().values_list("seller", "buyer").distinct()
    for seller, buyer in pairs:
        parties[seller].add(buyer)
    ends = ends_of({each for own in parties.values() for each in own})
    told = {seller: sorted((str(each), ends.get(each, 0)) for each in own) for seller, own in parties.items()}
    return {seller: hashlib.sha256(repr(each).encode()).hexdigest()[:24] for seller, each in told.items()}
