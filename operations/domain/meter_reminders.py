"""Readings that are missing around the deadline of a month, and baselines that can't be made: told once to whom it concerns."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.urls import reverse

from accounts.domain.organisation_notifications import Words, notify_organisations
from accounts.enums import Role
from accounts.models import Organisation
from contracts.models import Contract
from marketplace.dates import day_text, month_code, month_text
from marketplace.notifications import Kind
from marketplace.numbers import count_text, counted
from operations.domain import baseline_reminders
from operations.domain.completeness import DAY, missing_periods, month_days
from operations.domain.measuring import terms_for
from operations.domain.series import no_readings
from operations.domain.stored_readings import series_of_units
from operations.domain.units import STILL_ASKED, still_metered, units_of_contracts
from operations.models import DeliveryUnit

MISSING_READINGS = Kind(
    "meter_data_missing", "Meter data is missing 5 days and 1 day before its deadline", "fsp"
)
DEADLINE_PASSED = Kind(
    "meter_deadline_passed", "The deadline of meter data has passed and some is missing: who lacks what", "so"
)
KINDS = (MISSING_READINGS, *baseline_reminders.KINDS, DEADLINE_PASSED)
DAYS_BEFORE = (5, 1)
DAYS_AFTER = (-1, -2, -3)
"""Told on the day after the deadline, or on one of the next two where nothing ran then."""
MOST_LINES = 20


def notify_due(now: datetime) -> int:
    """Tell whose readings of the last month are missing, providers shortly before a deadline and operators once it has passed.

    Returns to how many.
    """
    return _remind_of_readings(now) + baseline_reminders.tell_without_baseline(now)


def _remind_of_readings(now: datetime) -> int:
    lacking: dict[tuple[UUID, date, int], dict[str, int]] = defaultdict(dict)
    overdue: dict[tuple[UUID, date], dict[str, dict[str, int]]] = defaultdict(dict)
    for contract in _in_service(now):
        terms, zone = terms_for(contract), contract.buyer.zone
        today = now.astimezone(zone).date()
        deadline = today.replace(day=1) + (terms.statement.meter_day - 1) * DAY
        left = (deadline - today).days
        month = (today.replace(day=1) - DAY).replace(day=1)
        if left not in DAYS_BEFORE + DAYS_AFTER or contract.first_day >= today.replace(day=1):
            continue
        days = [day for day in month_days(month) if contract.first_day <= day <= _last_day(contract)]
        if days:
            found = _missing(contract, days, now)
            if left in DAYS_BEFORE and found:
                lacking[contract.seller_id, deadline, left] |= found
            elif found:
                overdue[contract.buyer_id, deadline].setdefault(contract.seller.name, {}).update(found)
    for (seller, deadline, left), refs in lacking.items():
        _tell_missing(seller, deadline, left, refs, now)
    for (buyer, deadline), sellers in overdue.items():
        _tell_overdue(buyer, deadline, sellers, now)
    return len(lacking) + len(overdue)


def _last_day(contract: Contract) -> date:
    """The last local day of which readings are needed: that of its end, or of its withdrawal before."""
    last = contract.end_day - DAY
    if contract.withdrawn_at is None:
        return last
    return min(last, contract.withdrawn_at.astimezone(contract.buyer.zone).date())


def _in_service(now: datetime) -> Iterable[Contract]:
    """Contracts that are in service now, or were within the last months."""
    found = Contract.objects.filter(
        still_metered(now),
        terms__isnull=False,
        first_day__lte=now.date(),
        end_day__gt=now.date() - STILL_ASKED,
    )
    return found.select_related("buyer", "seller", "competition").order_by("pk")


def _missing(contract: Contract, days: list[date], now: datetime) -> dict[str, int]:
    """How many periods of these days each unit lacks."""
    terms = terms_for(contract)
    units = units_of_contracts([contract.pk], days[-1])[contract.pk]
    ids = [unit.pk for unit in units if isinstance(unit, DeliveryUnit)]
    series = series_of_units(ids, days[0] - DAY, days[-1] + DAY)
    found = missing_periods(
        {unit.pk: series.get(unit.pk, no_readings()) for unit in units},
        days,
        contract.buyer.zone,
        now,
        minutes=terms.period_minutes,
        estimated_counts=terms.estimated_counts,
    )
    return {unit.ref: len(found[unit.pk]) for unit in units if found[unit.pk]}


def _tell_missing(seller: UUID, deadline: date, left: int, refs: dict[str, int], now: datetime) -> None:
    month = (deadline.replace(day=1) - DAY).replace(day=1)

    def say(to: Organisation) -> Words:
        lines = [f"{ref}: {counted(number, 'period')} missing." for ref, number in sorted(refs.items())]
        return f"Meter data of {month_text(month)} is missing for {counted(len(refs), 'asset')}", [
            f"Readings that arrive by the end of {day_text(deadline)} count in the statement of {month_text(month)};"
            f" {counted(left, 'day')} left. Later ones count in the next run.",
            *lines[:MOST_LINES],
            *([f"And {count_text(len(lines) - MOST_LINES)} more."] if len(lines) > MOST_LINES else []),
        ]

    notify_organisations(
        MISSING_READINGS.code,
        [seller],
        [Role.OPERATIONS],
        say,
        link=f"{reverse('operations:readings')}?month={month_code(month)}",
        key=f"meter data {month_code(month)} {deadline} {left}",
        about=lambda to: {
            "month": month_code(month),
            "deadline": deadline.isoformat(),
            "units": sorted(refs),
        },
        now=now,
    )


def _tell_overdue(buyer: UUID, deadline: date, sellers: dict[str, dict[str, int]], now: datetime) -> None:
    month = (deadline.replace(day=1) - DAY).replace(day=1)

    def say(to: Organisation) -> Words:
        lines = [
            f"{seller}, {ref}: {counted(number, 'period')} missing."
            for seller, refs in sorted(sellers.items())
            for ref, number in sorted(refs.items())
        ]
        many = counted(len(sellers), "provider")
        return f"Meter data of {month_text(month)} is missing from {many}", [
            f"The deadline was {day_text(deadline)}. Statements are made with what is there; lines without complete"
            " readings are marked incomplete.",
            *lines[:MOST_LINES],
            *([f"And {count_text(len(lines) - MOST_LINES)} more."] if len(lines) > MOST_LINES else []),
        ]

    notify_organisations(
        DEADLINE_PASSED.code,
        [buyer],
        [Role.OPERATIONS],
        say,
        link=f"{reverse('operations:readings')}?month={month_code(month)}",
        key=f"meter deadline passed {month_code(month)} {deadline}",
        now=now,
    )
