"""What one provider earned from one operator in a month, as orders and reservations: what the message FlexSettlement of the
USEF Flex Trading Protocol tells.

Its money is that of the lines that count: of every dispatch in its order, and of every other line (availability, service
fee, penalty relief, corrections) in an order of its own without power. Its power is that of the newest version of each
statement. Power is in W with the sign of the protocol: consumption is positive, so that what a *Deficit* orders is negative;
a deficiency has no sign.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from math import gcd
from uuid import UUID, uuid5

from competitions.domain.payment import rounded
from competitions.domain.terms_fields import terms_of
from marketplace.dates import month_code
from operations.domain.measuring import sigma_of
from settlement.domain.day_periods import DAY, DayPeriods
from settlement.domain.reservations import reserved_of
from settlement.domain.results import Result, by_id, unpacked
from settlement.domain.working_out import month_after
from settlement.enums import LineKind
from settlement.models import Statement, StatementLine, StatementVersion

NAMESPACE = UUID("1ac81cb7-1a79-4ed0-9a5d-ce26a95196d8")
"""Of the ids of messages, which follow from what they are about."""
HOUR_MINUTES = 60
W_OF_KW = 1000
NOTHING = "Nothing"


@dataclass(frozen=True)
class OrderedPeriod:
    """Consecutive settlement periods of a day, ``length`` of them, in W."""

    start: int
    length: int
    baseline: int = 0
    ordered: int = 0
    actual: int = 0
    delivered: int = 0
    deficiency: int = 0


@dataclass(frozen=True)
class SettledOrder:
    """What one order came to on one local day; of a line for no dispatch, its amount. Price and penalty are 0 or more."""

    reference: str
    contract: str
    competition: str
    competition_since: datetime
    day: date
    baseline: str
    price: Decimal
    penalty: Decimal
    periods: Sequence[OrderedPeriod]

    @property
    def net(self) -> Decimal:
        return self.price - self.penalty


@dataclass(frozen=True)
class ReservedPeriod:
    """Consecutive settlement periods of a day with the same reserved and ordered power, in W; None: nothing was ordered."""

    start: int
    length: int
    reserved: int
    ordered: int | None


@dataclass(frozen=True)
class ReservedContract:
    """What was reserved of a contract, day by day."""

    contract: str
    days: Mapping[date, Sequence[ReservedPeriod]]


@dataclass(frozen=True)
class FlexSettlement:
    """The message. ``id`` follows from the versions of statements that it tells of; ``made_at`` is when the last of them was
    issued."""

    id: UUID
    conversation: UUID
    made_at: datetime
    buyer_code: str
    seller_code: str
    first_day: date
    last_day: date
    currency: str
    minutes: int
    orders: Sequence[SettledOrder]
    reservations: Sequence[ReservedContract]

    @property
    def total(self) -> Decimal:
        return sum((each.net for each in self.orders), Decimal("0.00"))


@dataclass(frozen=True)
class _Month:
    """A statement with its lines that count, and what its newest version was worked out from."""

    statement: Statement
    versions: Sequence[StatementVersion]
    lines: Sequence[StatementLine]
    result: Result

    @property
    def newest(self) -> StatementVersion:
        return self.versions[-1]


def flex_settlement(statements: Iterable[Statement], versions: Iterable[StatementVersion]) -> FlexSettlement:
    """The message on statements of one provider, one operator and one month, and on those of their versions that count."""
    known = defaultdict(list)
    for version in sorted(versions, key=lambda each: each.number):
        known[version.statement_id].append(version)
    months = [_month(each, known[each.pk]) for each in statements]
    statement = months[0].statement
    contract, month = statement.contract, statement.month
    buyer, seller = contract.buyer, contract.seller
    periods = DayPeriods(buyer.zone, gcd(*(terms_of(each.result["terms"]).period_minutes for each in months)))
    last_day = month_after(month) - DAY
    counted = sorted(str(each.pk) for one in months for each in one.versions)
    orders = [order for each in months for order in _orders(each, periods, last_day)]
    return FlexSettlement(
        id=uuid5(NAMESPACE, " ".join(counted)),
        conversation=uuid5(NAMESPACE, f"{buyer.pk} {seller.pk} {month_code(month)}"),
        made_at=max(each.issued_at for one in months for each in one.versions),
        buyer_code=buyer.code,
        seller_code=seller.code,
        first_day=month,
        last_day=last_day,
        currency=buyer.currency,
        minutes=periods.minutes,
        orders=orders or [_without_power(months[0], periods, NOTHING, last_day, [])],
        reservations=[_reserved(each, periods) for each in months],
    )


def _month(statement: Statement, versions: Sequence[StatementVersion]) -> _Month:
    lines = [line for each in versions for line in each.lines.all()]
    return _Month(statement, versions, lines, unpacked(versions[-1].result))


def _orders(month: _Month, periods: DayPeriods, last_day: date) -> Iterator[SettledOrder]:
    dispatches = by_id(month.result)
    of_dispatch: dict[str, list[Decimal]] = defaultdict(list)
    others: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for line in month.lines:
        if line.kind != LineKind.CORRECTION and line.reference in dispatches:
            of_dispatch[line.reference].append(line.amount)
        else:
            others[line.kind, line.reference].append(line.amount)
    for name, dispatch in dispatches.items():
        yield from _of_dispatch(month, dispatch, periods, of_dispatch[name])
    for (kind, reference), amounts in others.items():
        day = date.fromisoformat(reference) if kind == LineKind.AVAILABILITY else last_day
        yield _without_power(month, periods, f"{kind} {reference}", day, amounts)


def _of_dispatch(
    month: _Month, dispatch: Result, periods: DayPeriods, amounts: Sequence[Decimal]
) -> Iterator[SettledOrder]:
    """A dispatch on each local day that it touches; its money is on the first of them."""
    sigma, minutes = sigma_of(month.statement.contract), dispatch["minutes"]
    days: dict[date, list[OrderedPeriod]] = defaultdict(list)
    for each in dispatch["periods"]:
        day, number = periods.place(datetime.fromisoformat(each["start"]))
        days[day].append(
            OrderedPeriod(
                number,
                minutes // periods.minutes,
                baseline=-_watts(each["baseline"], minutes),
                ordered=-sigma * _watts(each["requested"], minutes),
                actual=-_watts(each["metered"], minutes),
                delivered=-sigma * _watts(each["delivered"], minutes),
                deficiency=_watts(each["deficiency"], minutes),
            )
        )
    for place, (day, found) in enumerate(sorted(days.items())):
        yield _order(month, dispatch["ref"], day, dispatch["baseline"], amounts if place == 0 else [], found)


def _without_power(
    month: _Month, periods: DayPeriods, about: str, day: date, amounts: Sequence[Decimal]
) -> SettledOrder:
    """What is paid for no dispatch, over the whole of a day."""
    whole_day = [OrderedPeriod(1, periods.count(day))]
    return _order(month, f"{about} {month.statement.contract_id}", day, "", amounts, whole_day)


def _order(
    month: _Month,
    reference: str,
    day: date,
    baseline: str,
    amounts: Sequence[Decimal],
    periods: Sequence[OrderedPeriod],
) -> SettledOrder:
    competition = month.statement.contract.competition
    return SettledOrder(
        reference=reference,
        contract=str(month.statement.contract_id),
        competition=competition.ref,
        competition_since=competition.created_at,
        day=day,
        baseline=baseline,
        price=sum((each for each in amounts if each > 0), Decimal("0.00")),
        penalty=-sum((each for each in amounts if each < 0), Decimal("0.00")),
        periods=periods,
    )


def _watts(kwh: str, minutes: int) -> int:
    """The mean power of so much energy over so many minutes."""
    return int(rounded(Fraction(kwh) * W_OF_KW * HOUR_MINUTES / minutes, 0))


def _reserved(month: _Month, periods: DayPeriods) -> ReservedContract:
    """What was reserved of the contract by what its newest version knew, and what was ordered in the same periods."""
    statement = month.statement
    until = month.result["until"]
    reserved = reserved_of(
        statement.contract,
        statement.month,
        month.newest.data_instant,
        None if until is None else datetime.fromisoformat(until),
        periods,
    )
    sigma = sigma_of(statement.contract)
    ordered = _ordered(month.result, periods, sigma)
    days: dict[date, list[ReservedPeriod]] = {}
    for day, number in sorted(reserved.keys() | ordered.keys()):
        power = -sigma * int(rounded(reserved.get((day, number), Fraction(0)) * W_OF_KW * W_OF_KW, 0))
        one = ReservedPeriod(number, 1, power, ordered.get((day, number)))
        if one.reserved or one.ordered is not None:
            _append(days.setdefault(day, []), one)
    if not days:
        days = {statement.month: [ReservedPeriod(1, periods.count(statement.month), 0, None)]}
    return ReservedContract(str(statement.contract_id), days)


def _ordered(result: Result, periods: DayPeriods, sigma: int) -> dict[tuple[date, int], int]:
    """What all dispatches ordered, by day and number of the period."""
    found: dict[tuple[date, int], int] = defaultdict(int)
    for dispatch in result["dispatches"]:
        minutes = dispatch["minutes"]
        for each in dispatch["periods"]:
            day, first = periods.place(datetime.fromisoformat(each["start"]))
            for number in range(first, first + minutes // periods.minutes):
                found[day, number] -= sigma * _watts(each["requested"], minutes)
    return found


def _append(found: list[ReservedPeriod], one: ReservedPeriod) -> None:
    """Add a period of a day, as part of the one before it where the power is the same."""
    if found and found[-1].start + found[-1].length == one.start:
        before = found[-1]
        if (before.reserved, before.ordered) == (one.reserved, one.ordered):
            found[-1] = ReservedPeriod(before.start, before.length + 1, before.reserved, before.ordered)
            return
    found.append(one)
