"""When contracts have service within a few days, and how much they are together. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from contracts.models import Contract
from marketplace.calendar import HolidayRule, holidays_between, service_intervals

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stretch:
    """From one instant to another the contracts with service sum up to this much."""

    start: datetime
    end: datetime
    mw: Decimal


def service_between(contracts: Iterable[Contract], first: date, last: date) -> list[Stretch]:
    """The stretches of service on these days, inclusive, in order; contracts at the same time add up.

    Only days of the contracts that lie in between are worked out, so a long contract costs no more than a
    short one.
    """
    changes: dict[datetime, Decimal] = defaultdict(Decimal)
    for contract in contracts:
        begin, end = max(contract.first_day, first), min(contract.end_day - DAY, last)
        if begin > end:
            continue
        buyer = contract.buyer
        days = holidays_between(buyer.country, buyer.holiday_region, begin, end)
        spans = service_intervals(
            begin,
            end,
            contract.weekdays,
            contract.start,
            contract.end,
            HolidayRule(contract.public_holidays),
            days,
            buyer.zone,
        )
        for start, stop in spans:
            changes[start] += contract.capacity_mw
            changes[stop] -= contract.capacity_mw
    return _stretches(changes)


def _stretches(changes: dict[datetime, Decimal]) -> list[Stretch]:
    found: list[Stretch] = []
    total, since = Decimal(0), None
    for at in sorted(changes):
        if not changes[at]:
            continue
        if total and since is not None:
            found.append(Stretch(since, at, total))
        total, since = total + changes[at], at
    return found
