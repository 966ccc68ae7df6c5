"""A contract and its dispatches as the rules see them, from what is stored."""

from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction

from competitions.domain.settlement_terms import AvailabilityMode, SettlementTerms
from competitions.domain.terms_fields import terms_of
from contracts.models import Contract
from marketplace.calendar import HolidayRule, holidays_between
from marketplace.errors import Refused
from marketplace.units import power_unit
from operations import rules
from operations.domain.limits import Callable
from operations.domain.occurrences import Occurrence, Stretch, Window, occurrences
from operations.domain.profiles import Event, EventType
from operations.models import Dispatch, DispatchEvent


def terms_of_contract(contract: Contract) -> SettlementTerms:
    """The settlement terms of a contract. Raises ``Refused`` for one that has none yet."""
    if contract.terms is None:
        raise Refused(
            "The contract has no settlement terms yet; its buyer gives them once, before it is run."
        )
    return terms_of(contract.terms)


def occurrences_of(contract: Contract) -> list[Occurrence]:
    """Every stretch of service of a contract, in its buyer's time zone and by its holidays."""
    last_day = contract.end_day - timedelta(days=1)
    rule = HolidayRule(contract.public_holidays)
    window = Window(
        contract.first_day, last_day, frozenset(contract.weekdays), contract.start, contract.end, rule
    )
    buyer = contract.buyer
    holidays = (
        frozenset()
        if rule is HolidayRule.IGNORE
        else holidays_between(buyer.country, buyer.holiday_region, contract.first_day, last_day)
    )
    return occurrences(window, holidays, buyer.zone)


def callable_of(
    contract: Contract, terms: SettlementTerms, others: Iterable[Dispatch], accepted: Iterable[Stretch] = ()
) -> Callable:
    """What of the contract may be called beside ``others``, its dispatches that hold their time."""
    window = contract.bid.window
    return Callable(
        status=contract.get_status_display(),
        can_run=contract.status in rules.CAN_RUN,
        mode=terms.availability.mode,
        capacity_mw=Fraction(contract.capacity_mw),
        occurrences=occurrences_of(contract),
        maximum_run=contract.maximum_run_time,
        minimum_run=window.minimum_run_time,
        response_time=window.required_response_time or timedelta(0),
        zone=contract.buyer.zone,
        accepted=list(accepted),
        called=[Stretch(each.start, each.end, Fraction(each.mw)) for each in others],
        unit=power_unit(contract.competition.power_type),
    )


def stands_unanswered(terms: SettlementTerms) -> bool:
    """Whether a dispatch binds without an answer, since availability was accepted for it."""
    return terms.availability.mode is not AvailabilityMode.NONE


def events_of(dispatch: Dispatch) -> list[Event]:
    """The events of a dispatch, in the order in which they were recorded."""
    return [event_of(each) for each in dispatch.events.order_by("place")]


def event_of(stored: DispatchEvent) -> Event:
    """A stored event as the rules see it."""
    mw = None if stored.mw is None else Fraction(stored.mw)
    return Event(EventType(stored.kind), stored.at, stored.start, stored.end, mw, stored.amendment)
