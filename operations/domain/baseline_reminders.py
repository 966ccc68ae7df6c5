"""Contracts in service of which an asset can have no baseline by what is there: their providers are told once a week."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse

from accounts.domain.organisation_notifications import Words, notify_organisations
from accounts.enums import Role
from accounts.models import Organisation
from competitions.domain.settlement_terms import BaselineMethod
from contracts.models import Contract
from marketplace.notifications import Kind
from marketplace.numbers import count_text, counted
from operations.domain.called import occurrences_of
from operations.domain.measuring import terms_for
from operations.domain.series import no_readings
from operations.domain.stored_readings import series_of_units
from operations.domain.unit_facts import facts_for
from operations.domain.units import STANDING, Unit, units_of_contracts
from operations.models import DeliveryUnit

NO_BASELINE = Kind(
    "baseline_impossible",
    "A contract in service has an asset without readings, nominations or a reference for its baseline",
    "fsp",
)
KINDS = (NO_BASELINE,)
DAY = timedelta(days=1)
MOST_LINES = 20
QUIET_DAYS = 7
"""After so many days without a reading a baseline of recent days is at risk."""
AHEAD_DAYS = 7
"""Service within so many days is looked at."""


@dataclass(frozen=True)
class _Lack:
    """What is lacking for a method of baselines: which units lack it, the title and the sentence for people."""

    units: Callable[[Contract, Sequence[Unit], datetime], set[str]]
    title: str
    sentence: str
    page: str


def _without_readings(contract: Contract, units: Sequence[Unit], now: datetime) -> set[str]:
    """Units of which nothing was told for a week."""
    today = now.date()
    ids = [unit.pk for unit in units if isinstance(unit, DeliveryUnit)]
    series = series_of_units(ids, today - QUIET_DAYS * DAY, today)
    return {unit.ref for unit in units if not len(series.get(unit.pk, no_readings()).start)}


def _without_nominations(contract: Contract, units: Sequence[Unit], now: datetime) -> set[str]:
    """Units with service within a week and neither a nominated week nor a period of it."""
    today = now.astimezone(contract.buyer.zone).date()
    if not occurrences_of(contract, today, today + AHEAD_DAYS * DAY):
        return set()
    found = facts_for([contract.buyer], [unit.pk for unit in units], today, today + AHEAD_DAYS * DAY, now)[
        contract.buyer_id
    ]
    return {
        unit.ref
        for unit in units
        if not found[unit.pk].weeks
        and not any(each.period_start >= now for each in found[unit.pk].nominations)
    }


def _without_reference(contract: Contract, units: Sequence[Unit], now: datetime) -> set[str]:
    """Units that follow no fixed reference today."""
    today = now.astimezone(contract.buyer.zone).date()
    found = facts_for([contract.buyer], [unit.pk for unit in units], today, today, now)[contract.buyer_id]
    return {
        unit.ref for unit in units if not any(each.from_day <= today for each in found[unit.pk].references)
    }


LACKS: Mapping[BaselineMethod, _Lack] = {
    BaselineMethod.RECENT_DAYS: _Lack(
        _without_readings,
        "No readings for a week of {} under contract",
        "Their baselines are made of readings of the days before a dispatch: without them nothing that they deliver counts.",
        "operations:readings",
    ),
    BaselineMethod.NOMINATED: _Lack(
        _without_nominations,
        "Nothing is nominated for {} under contract",
        "Their baselines are what you nominate before the day: without it nothing that they deliver counts.",
        "operations:baselines",
    ),
    BaselineMethod.FIXED_REFERENCE: _Lack(
        _without_reference,
        "No fixed reference for {} under contract",
        "Their baselines are references that the operator sets: until it has, nothing that they deliver counts. Ask it.",
        "operations:baselines",
    ),
}
"""What a method needs beforehand; the others need nothing, or what is metered just before a dispatch."""


def tell_without_baseline(now: datetime) -> int:
    """Tell providers which of their assets can have no baseline under contracts in service; returns to how many."""
    lacking: dict[BaselineMethod, dict[UUID, set[str]]] = defaultdict(lambda: defaultdict(set))
    for contract in _in_service(now):
        method = terms_for(contract).baseline.method
        if method in LACKS:
            today = now.astimezone(contract.buyer.zone).date()
            units = units_of_contracts([contract.pk], today)[contract.pk]
            lacking[method][contract.seller_id] |= LACKS[method].units(contract, units, now)
    told = 0
    for method, by_seller in lacking.items():
        found = {seller: refs for seller, refs in by_seller.items() if refs}
        if found:
            _tell(method, found, now)
            told += len(found)
    return told


def _in_service(now: datetime) -> list[Contract]:
    today = now.date()
    running = Contract.objects.filter(
        status__in=STANDING, terms__isnull=False, first_day__lte=today, end_day__gt=today
    )
    return list(running.select_related("buyer", "seller", "competition").order_by("pk"))


def _tell(method: BaselineMethod, told: Mapping[UUID, set[str]], now: datetime) -> None:
    lack, monday = LACKS[method], now.date() - now.date().weekday() * DAY

    def say(to: Organisation) -> Words:
        refs = sorted(told[to.pk])
        more = f" and {count_text(len(refs) - MOST_LINES)} more." if len(refs) > MOST_LINES else "."
        many = counted(len(refs), "asset")
        return lack.title.format(many), [lack.sentence, ", ".join(refs[:MOST_LINES]) + more]

    notify_organisations(
        NO_BASELINE.code,
        told,
        [Role.OPERATIONS],
        say,
        link=reverse(lack.page),
        key=f"baseline impossible {method} {monday}",
        now=now,
    )
