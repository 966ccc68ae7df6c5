"""What stored contracts earned in a month, through the functions that settle a case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

from competitions.domain.settlement_terms import AvailabilityFactor, AvailabilityMode
from contracts.enums import ContractStatus
from contracts.models import Contract
from marketplace.calendar import HolidayRule, holidays_between, local_instant
from operations.domain.called import occurrences_of, stored_of, terms_of_contract
from operations.domain.measuring import Measured, measured_of_seller, sigma_of
from operations.domain.occurrences import Stretch, Window
from operations.domain.promised import Terms, Told, accepted_at
from operations.models import Unavailability
from settlement.domain.lines import Contracted, Statement, month_before, month_of, statement

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
AFTER = timedelta(days=3)
"""How far after a month's last midnight its last occurrence may still reach."""


@dataclass(frozen=True)
class WorkedOut:
    """A contract's month with what its dispatches delivered."""

    contract: Contract
    statement: Statement
    measured: Sequence[Measured]


def month_after(month: date) -> date:
    return month_of(month.replace(day=28) + 5 * DAY)


def month_span(month: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants at which a month begins and is over."""
    return local_instant(month, time(0), zone), local_instant(month_after(month), time(0), zone)


def stopped_at(contract: Contract) -> datetime | None:
    """When the contract was withdrawn; what was accepted and asked for before that instant is settled."""
    return contract.withdrawn_at if contract.status == ContractStatus.WITHDRAWN else None


def last_month(contract: Contract) -> date:
    """The last month in which the contract may earn something: a dispatch in the night of its last day may begin in the next."""
    stop, zone = stopped_at(contract), contract.buyer.zone
    last = (contract.over_at - MOMENT).astimezone(zone).date()
    if stop is not None:
        last = min(last, stop.astimezone(zone).date())
    return month_of(last)


def serves_in(contract: Contract, month: date) -> bool:
    return month_of(contract.first_day) <= month <= last_month(contract)


def worked_out(
    contracts: Sequence[Contract], month: date, now: datetime, instant: datetime
) -> list[WorkedOut]:
    """Contracts of one provider, each with its month, by what was known at an instant; they have settlement terms."""
    if not contracts:
        return []
    since = min(_first_instant(each, month) for each in contracts)
    until = max(_last_instant(each, month) for each in contracts)
    measured: dict[UUID, list[Measured]] = {}
    for each in measured_of_seller(contracts[0].seller_id, since, until, now, instant):
        measured.setdefault(each.contract.pk, []).append(each)
    known = contracted_of(contracts, month, instant)
    return [_worked_out(each, month, known[each.pk], measured.get(each.pk, ())) for each in contracts]


def _first_instant(contract: Contract, month: date) -> datetime:
    """When the first dispatch begins that the month may depend on."""
    needs_more = (
        terms_of_contract(contract).availability.factor is AvailabilityFactor.PREVIOUS_MONTH
        and contract.availability_price is not None
    )
    return month_span(month_before(month) if needs_more else month, contract.buyer.zone)[0]


def _last_instant(contract: Contract, month: date) -> datetime:
    """When the last dispatch begins that the month may depend on: one in the night that begins on its last day."""
    over = month_span(month, contract.buyer.zone)[1]
    return over + DAY if contract.is_overnight else over


def _worked_out(
    contract: Contract, month: date, known: Contracted, measured: Sequence[Measured]
) -> WorkedOut:
    zone = contract.buyer.zone
    made = statement(known, month, [each.performance for each in measured], _holidays(contract), zone)
    own = [
        each
        for each in measured
        if month_of(each.performance.called.requested.start.astimezone(zone).date()) == month
    ]
    return WorkedOut(contract, made, own)


def _holidays(contract: Contract) -> frozenset[date]:
    buyer = contract.buyer
    return holidays_between(buyer.country, buyer.holiday_region, contract.first_day, contract.end_day - DAY)


def contracted_of(contracts: Sequence[Contract], month: date, instant: datetime) -> Mapping[UUID, Contracted]:
    """The contracts as settlement sees them, with what was accepted for the month and what was not there of it."""
    since = datetime.combine(month - DAY, time(), UTC)
    until = datetime.combine(month_after(month) + AFTER, time(), UTC)
    told = stored_of(contracts, since, until)
    missing = _missing(contracts, since, until, instant)
    return {
        each.pk: _contracted(each, month, told[each.pk], missing.get(each.pk, ()), instant)
        for each in contracts
    }


def _missing(
    contracts: Sequence[Contract], since: datetime, until: datetime, instant: datetime
) -> dict[UUID, list[Stretch]]:
    """By contract, the notices of what is not there that had come by the instant."""
    found: dict[UUID, list[Stretch]] = {}
    notices = Unavailability.objects.filter(
        contract__in=[each.pk for each in contracts],
        start__lt=until,
        end__gt=since,
        notified_at__lte=instant,
    )
    for each in notices.order_by("notified_at", "id"):
        if each.end > each.start:
            found.setdefault(each.contract_id, []).append(Stretch(each.start, each.end, Fraction(each.mw)))
    return found


def _contracted(
    contract: Contract, month: date, told: Told, missing: Sequence[Stretch], instant: datetime
) -> Contracted:
    terms, zone = terms_of_contract(contract), contract.buyer.zone
    accepted: Sequence[Stretch] = ()
    if terms.availability.mode is AvailabilityMode.DECLARED:
        exact = Terms.of(terms, Fraction(contract.capacity_mw), zone)
        service = occurrences_of(contract, month, month_after(month) - DAY)
        accepted = accepted_at(service, exact, told, instant)
    return Contracted(
        id=str(contract.pk),
        seller=str(contract.seller_id),
        capacity_mw=Fraction(contract.capacity_mw),
        sigma=sigma_of(contract),
        units=(),
        window=Window(
            contract.first_day,
            contract.end_day - DAY,
            frozenset(contract.weekdays),
            contract.start,
            contract.end,
            HolidayRule(contract.public_holidays),
        ),
        availability_price=_exact(contract.availability_price),
        utilisation_price=_exact(contract.utilisation_price),
        service_fee=_exact(contract.service_fee),
        terms=terms,
        accepted=accepted,
        unavailable=missing,
        until=stopped_at(contract),
    )


def _exact(price: object) -> Fraction | None:
    return None if price is None else Fraction(str(price))
