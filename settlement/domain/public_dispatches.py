"""What everybody may know of availability and dispatches: a month later, and nothing of what was metered or declared.

A month is public from the first of the next but one on, in the operator's zone. Companies are named by the rule under which
the competition's bids were given; where it names none, nothing that tells the company is published and rows stand in the
order of time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from accounts.enums import OrganisationKind
from accounts.models import Organisation
from bidding.domain.results.bidder_disclosure import names_bidders
from bidding.domain.results.regulator import place_of, settings_of
from competitions.enums import NeedDirection
from contracts.models import Contract, ContractedAsset
from marketplace.calendar import local_instant
from operations.domain.measuring import requested_of
from operations.domain.occurrences import Stretch
from operations.domain.profiles import Requested
from operations.domain.promised import accepted_at
from operations.domain.told import Promise, contracts_with_promises, promises_of
from operations.models import Dispatch, DispatchEvent
from qualification.enums import RELEVANT_CAPACITIES
from settlement.domain.drafts import last_day

DAY = timedelta(days=1)
KWH_OF_MWH, SECONDS_OF_HOUR = 1000, 3600
TURNS = {
    NeedDirection.DEFICIT: (
        ("generation_turn_up", "generation_turn_up_mw"),
        ("demand_turn_down", "demand_turn_down_mw"),
    ),
    NeedDirection.EXCESS: (
        ("generation_turn_down", "generation_turn_down_mw"),
        ("demand_turn_up", "demand_turn_up_mw"),
    ),
}
"""What a contract turns, by the need: of two the one with more capacity among its assets."""


@dataclass(frozen=True)
class Published:
    """What rows of one contract have in common; ``company`` and ``unit`` are empty where nobody is named."""

    company: str
    unit: str
    zone: str
    product: str
    technology: str
    dispatch_type: str


@dataclass(frozen=True)
class PublicRow:
    """An accepted availability, or a dispatch."""

    about: Published
    contract: Contract
    start: datetime
    end: datetime
    mw: Fraction
    mwh: Fraction
    is_dispatch: bool
    method: str

    @property
    def hours(self) -> Fraction:
        return Fraction(int((self.end - self.start).total_seconds()), SECONDS_OF_HOUR)


def public_until(operator: Organisation, now: datetime) -> date:
    """The first month of the operator that is not public yet: that before the one in which we are."""
    here = now.astimezone(operator.zone).date().replace(day=1)
    return (here - DAY).replace(day=1)


def public_months(operator: Organisation, now: datetime) -> list[date]:
    """The months that are public and in which contracts of the operator may have had service, oldest first."""
    first = (
        Contract.objects.filter(buyer=operator)
        .order_by("first_day")
        .values_list("first_day", flat=True)
        .first()
    )
    until = public_until(operator, now)
    months, month = [], first.replace(day=1) if first else until
    while month < until:
        months.append(month)
        month = (month + 31 * DAY).replace(day=1)
    return months


def operators() -> QuerySet[Organisation]:
    return Organisation.objects.filter(kind=OrganisationKind.SYSTEM_OPERATOR).order_by("code")


def public_rows(now: datetime) -> Iterator[PublicRow]:
    """All that is public, operator by operator and month by month, in the order of time."""
    for operator in operators():
        known: dict[UUID, Published] = {}
        for month in public_months(operator, now):
            yield from rows_of_month(operator, month, now, known)


def rows_of_month(
    operator: Organisation, month: date, now: datetime, known: dict[UUID, Published]
) -> list[PublicRow]:
    """The rows of an operator's month. ``known`` keeps what is told of contracts from month to month."""
    promises = promises_of(contracts_with_promises(operator, month, last_day(month)), month, last_day(month))
    dispatches = list(_dispatches(operator, month))
    _learn([*(each.contract for each in promises), *(each.contract for each in dispatches)], operator, known)
    found = [*_availability(promises, now, known), *_called(dispatches, known)]
    return sorted(found, key=lambda each: (each.start, each.end, each.about.zone, str(each.contract.pk)))


def _dispatches(operator: Organisation, month: date) -> QuerySet[Dispatch]:
    since = local_instant(month, time(0), operator.zone)
    until = local_instant(last_day(month) + DAY, time(0), operator.zone)
    events = Prefetch("events", DispatchEvent.objects.order_by("place"))
    found = Dispatch.objects.filter(
        contract__buyer=operator, contract__terms__isnull=False, start__gte=since, start__lt=until
    )
    return (
        found.select_related("contract__competition", "contract__buyer", "contract__seller")
        .prefetch_related(events)
        .order_by("start", "id")
    )


def _availability(
    promises: Iterable[Promise], now: datetime, known: Mapping[UUID, Published]
) -> Iterator[PublicRow]:
    for promise in promises:
        for each in accepted_stretches(promise, now):
            hours = Fraction(int((each.end - each.start).total_seconds()), SECONDS_OF_HOUR)
            yield PublicRow(
                known[promise.contract.pk],
                promise.contract,
                each.start,
                each.end,
                each.mw,
                each.mw * hours,
                False,
                "availability",
            )


def accepted_stretches(promise: Promise, now: datetime) -> list[Stretch]:
    """What was accepted, cut only where that changes: neither what was declared for it nor what was missing of it shows."""
    found: list[Stretch] = []
    for each in accepted_at(promise.occurrences, promise.rules, promise.told, now):
        if found and (found[-1].end, found[-1].mw) == (each.start, each.mw):
            found[-1] = replace(found[-1], end=each.end)
        else:
            found.append(each)
    return found


def _called(dispatches: Iterable[Dispatch], known: Mapping[UUID, Published]) -> Iterator[PublicRow]:
    for each in dispatches:
        asked = requested_of(each)
        if asked.has_effect:
            mw, mwh = asked_of(asked)
            yield PublicRow(
                known[each.contract_id], each.contract, asked.start, asked.end, mw, mwh, True, each.kind
            )


def asked_of(asked: Requested) -> tuple[Fraction, Fraction]:
    """The highest MW that a dispatch asked for, and its MWh."""
    mw = max((each.mw for each in asked.pieces), default=Fraction(0))
    return mw, asked.energy(asked.start, asked.end) / KWH_OF_MWH


def _learn(contracts: Iterable[Contract], operator: Organisation, known: dict[UUID, Published]) -> None:
    new = {each.pk: each for each in contracts if each.pk not in known}
    if not new:
        return
    assets: dict[UUID, list[Any]] = {}
    for asset in ContractedAsset.objects.filter(contract__in=new).order_by("asset_ref"):
        assets.setdefault(asset.contract_id, []).append(asset.data)
    told = settings_of(operator)
    zones: dict[UUID, str] = {}
    names: dict[UUID, bool] = {}
    for contract in new.values():
        competition = contract.competition
        if competition.pk not in zones:
            zones[competition.pk] = place_of(competition, told).zone_name or competition.ref
            names[competition.pk] = names_bidders(competition)
        is_named = names[competition.pk]
        own = assets.get(contract.pk, [])
        known[contract.pk] = Published(
            contract.seller.name if is_named else "",
            str(contract.pk) if is_named else "",
            zones[competition.pk],
            competition.product_type,
            technology_of(contract, own),
            _turned(contract, own),
        )


def technology_of(contract: Contract, assets: Sequence[Mapping[str, Any]]) -> str:
    """The asset type with the most relevant capacity among the contract's assets; among equals the first by name."""
    competition = contract.competition
    fields = RELEVANT_CAPACITIES[competition.power_type, competition.need_direction]
    capacity: dict[str, Decimal] = {}
    for data in assets:
        kind = str(data.get("asset_type") or "")
        capacity[kind] = capacity.get(kind, Decimal(0)) + sum(_mw(data, str(each)) for each in fields)
    return min(capacity, key=lambda kind: (-capacity[kind], kind), default="")


def _turned(contract: Contract, assets: Sequence[Mapping[str, Any]]) -> str:
    first, second = TURNS[NeedDirection(contract.competition.need_direction)]
    of_first, of_second = (sum(_mw(data, field) for data in assets) for _, field in (first, second))
    return second[0] if of_second > of_first else first[0]


def _mw(data: Mapping[str, Any], field: str) -> Decimal:
    return Decimal(str(data.get(field) or 0))
