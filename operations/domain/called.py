"""A contract and its dispatches as the rules see them, from what is stored."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from uuid import UUID

from django.db.models import F, Q

from bidding.models import DecisionPolicy
from competitions.domain.settlement_terms import AvailabilityMode, SettlementTerms
from competitions.domain.terms_fields import terms_of
from contracts.enums import ContractStatus
from contracts.models import Contract
from marketplace.calendar import HolidayRule, holidays_between
from marketplace.errors import Refused
from marketplace.units import power_unit
from operations import rules
from operations.domain.limits import Callable
from operations.domain.occurrences import Occurrence, Stretch, Window, occurrences
from operations.domain.profiles import Event, EventType
from operations.domain.promised import Said, Terms, Told, accepted_at
from operations.models import (
    AvailabilityAnswer,
    AvailabilityDeclaration,
    Dispatch,
    DispatchEvent,
    Unavailability,
)


def terms_of_contract(contract: Contract) -> SettlementTerms:
    """The settlement terms of a contract. Raises ``Refused`` for one that has none yet."""
    if contract.terms is None:
        raise Refused(
            "The contract has no settlement terms yet; its buyer gives them once, before it is run."
        )
    return terms_of(contract.terms)


def occurrences_of(
    contract: Contract, first: date | None = None, last: date | None = None
) -> list[Occurrence]:
    """The stretches of service of a contract, in its buyer's time zone and by its holidays: all, or those of these days."""
    first_day = max(contract.first_day, first or contract.first_day)
    last_day = min(contract.end_day - timedelta(days=1), last or date.max)
    if last_day < first_day:
        return []
    rule = HolidayRule(contract.public_holidays)
    window = Window(first_day, last_day, frozenset(contract.weekdays), contract.start, contract.end, rule)
    buyer = contract.buyer
    holidays = (
        frozenset()
        if rule is HolidayRule.IGNORE
        else holidays_between(buyer.country, buyer.holiday_region, first_day, last_day)
    )
    return occurrences(window, holidays, buyer.zone)


def callable_of(
    contract: Contract, terms: SettlementTerms, others: Iterable[Dispatch], now: datetime
) -> Callable:
    """What of the contract may be called at ``now`` beside ``others``, its dispatches that hold their time."""
    service = occurrences_of(contract)
    told = Told() if not service else stored_of([contract], service[0].start, service[-1].end)[contract.pk]
    exact = Terms.of(terms, Fraction(contract.capacity_mw), contract.buyer.zone)
    is_declared = terms.availability.mode is AvailabilityMode.DECLARED
    return replace(
        callable_for(contract, terms, service),
        accepted=accepted_at(service, exact, told, now) if is_declared else (),
        unavailable=told.unavailable,
        called=[Stretch(each.start, each.end, Fraction(each.mw)) for each in others],
        must_be_signed=contract.pk in waiting_for_signature([contract]),
    )


def waiting_for_signature(contracts: Iterable[Contract]) -> set[UUID]:
    """Those of the contracts that are not signed and whose operators dispatch only signed ones."""
    awarded = [each for each in contracts if each.status == ContractStatus.AWARDED]
    if not awarded:
        return set()
    strict = set(
        DecisionPolicy.objects.filter(
            operator__in={each.buyer_id for each in awarded}, dispatch_needs_signature=True
        ).values_list("operator", flat=True)
    )
    return {each.pk for each in awarded if each.buyer_id in strict}


def callable_for(contract: Contract, terms: SettlementTerms, service: Sequence[Occurrence]) -> Callable:
    """The contract by its terms alone, for what is checked before anything of it is accepted or called."""
    window = contract.bid.window
    return Callable(
        status=contract.get_status_display(),
        can_run=contract.status in rules.CAN_RUN,
        mode=terms.availability.mode,
        capacity_mw=Fraction(contract.capacity_mw),
        occurrences=service,
        maximum_run=contract.maximum_run_time,
        minimum_run=window.minimum_run_time,
        response_time=window.required_response_time or timedelta(0),
        zone=contract.buyer.zone,
        unit=power_unit(contract.competition.power_type),
    )


def stored_of(contracts: Iterable[Contract], start: datetime, end: datetime) -> dict[UUID, Told]:
    """What is stored of the availability of contracts between two instants, by contract; of a stopped one nothing is left."""
    held = list(contracts)
    within = {"contract__in": [each.pk for each in held], "start__lt": end, "end__gt": start}
    declared: dict[UUID, list[Said]] = {each.pk: [] for each in held}
    answered: dict[UUID, list[Said]] = {each.pk: [] for each in held}
    missing: dict[UUID, list[Stretch]] = {each.pk: [] for each in held}
    for one in AvailabilityDeclaration.objects.filter(**within).order_by("id"):
        declared[one.contract_id].append(Said(one.start, one.end, Fraction(one.mw), one.declared_at))
    for each in AvailabilityAnswer.objects.filter(**within).order_by("id"):
        answered[each.contract_id].append(Said(each.start, each.end, Fraction(each.mw), each.answered_at))
    for notice in Unavailability.objects.filter(Q(end__gt=F("start")), **within).order_by(
        "notified_at", "id"
    ):
        missing[notice.contract_id].append(Stretch(notice.start, notice.end, Fraction(notice.mw)))
    for contract in held:
        stop = rules.stopped_at(contract)
        if stop is not None:
            missing[contract.pk].append(Stretch(stop, datetime.max.replace(tzinfo=UTC), Fraction(0)))
    return {each.pk: Told(declared[each.pk], answered[each.pk], missing[each.pk]) for each in held}


def stands_unanswered(terms: SettlementTerms) -> bool:
    """Whether a dispatch binds without an answer, since availability was accepted for it."""
    return terms.availability.mode is not AvailabilityMode.NONE


def events_of(dispatch: Dispatch) -> list[Event]:
    """The events of a dispatch, in the order in which they were recorded."""
    return [event_of(each) for each in dispatch.events.all()]


def event_of(stored: DispatchEvent) -> Event:
    """A stored event as the rules see it."""
    mw = None if stored.mw is None else Fraction(stored.mw)
    return Event(EventType(stored.kind), stored.at, stored.start, stored.end, mw, stored.amendment)
