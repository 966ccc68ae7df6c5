"""Availability declared by the provider: stretch by stretch, a week copied, or the whole period.

Each action holds the logs of both parties and the contracts, reads the clock then, and writes the stretches and the entries
of both logs in one transaction. Rows are added only where something changes, so doing it twice is doing it once.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from contracts.models import Contract
from marketplace import clock
from marketplace.dates import day_text, moment_text
from marketplace.errors import Refused
from operations import rules
from operations.domain.called import callable_for
from operations.domain.declaring import check_declare, check_runs, overlapping
from operations.domain.held import hold, promises_between, promises_from, tell_logs
from operations.domain.local_times import same_place, span_within
from operations.domain.occurrences import Occurrence, Stretch
from operations.domain.stretch_words import decimal_of, told
from operations.domain.told import Promise, promises_of
from operations.models import AvailabilityDeclaration

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Declared:
    """MW of a contract from a start to an end."""

    contract_id: UUID
    start: datetime
    end: datetime
    mw: Decimal


@transaction.atomic
def declare(*, by: Member, stretches: Sequence[Declared], now: datetime) -> int:
    """Declare these MW; later ones replace earlier ones. Returns how many stretches changed something.

    All or none. Raises ``Refused`` with the rule that one breaks, and ``NotAllowed``.
    """
    if not stretches:
        return 0
    contracts = _held(by, {each.contract_id for each in stretches})
    instant = clock.now()
    start, end = min(each.start for each in stretches), max(each.end for each in stretches)
    promises = promises_between(contracts, start, end)
    by_contract: dict[UUID, list[Stretch]] = {}
    for each in stretches:
        by_contract.setdefault(each.contract_id, []).append(Stretch(each.start, each.end, Fraction(each.mw)))
    return sum(
        _declare(promises[contract.pk], by_contract[contract.pk], by, instant) for contract in contracts
    )


@dataclass(frozen=True)
class DayDeclared:
    """MW for a service day: all of it, or what lies between two local times."""

    contract_id: UUID
    day: date
    mw: Decimal
    start: time | None = None
    end: time | None = None


@transaction.atomic
def declare_days(*, by: Member, days: Sequence[DayDeclared], now: datetime) -> int:
    """Declare by service days and local times. Returns how many stretches changed something; all or none.

    Raises ``Refused`` with the rule that one breaks, and ``NotAllowed``.
    """
    if not days:
        return 0
    contracts = _held(by, {each.contract_id for each in days})
    instant = clock.now()
    first, last = min(each.day for each in days), max(each.day for each in days)
    promises = {each.contract.pk: each for each in promises_of(contracts, first, last)}
    asked: dict[UUID, list[Stretch]] = {each.pk: [] for each in contracts}
    for each in days:
        asked[each.contract_id].append(stretch_of(promises[each.contract_id], each))
    return sum(_declare(promises[key], own, by, instant) for key, own in asked.items())


def stretch_of(promise: Promise, asked: DayDeclared) -> Stretch:
    """The instants of what is declared for a service day. Raises ``Refused`` where the contract has no service then."""
    check_runs(callable_for(promise.contract, promise.terms, promise.occurrences))
    occurrence = next((each for each in promise.occurrences if each.day == asked.day), None)
    if occurrence is None:
        raise Refused(f"The contract has no service on {day_text(asked.day)}.")
    since, until = occurrence.start, occurrence.end
    if asked.start is not None and asked.end is not None:
        since, until = span_within(occurrence, asked.start, asked.end, promise.rules.zone)
    return Stretch(since, until, Fraction(asked.mw))


@transaction.atomic
def copy_week(
    *, by: Member, contract_ids: Collection[UUID], source: date, target: date, now: datetime
) -> int:
    """Declare for the week of the Monday ``target`` what was declared for the week of ``source``, day by day.

    Days that are locked, or for which nothing was declared, stay as they are. Returns how many stretches changed something.
    Raises ``NotAllowed``.
    """
    contracts = _held(by, contract_ids)
    instant = clock.now()
    promises = promises_from(contracts, min(source, target))
    done = 0
    for contract in contracts:
        promise = promises[contract.pk]
        if promise.is_declared and contract.status in rules.CAN_RUN:
            done += _declare(promise, list(_copied(promise, source, target, instant)), by, instant)
    return done


@transaction.atomic
def declare_period(
    *,
    by: Member,
    contract_id: UUID,
    mw: Decimal,
    start: time | None = None,
    end: time | None = None,
    now: datetime,
) -> int:
    """Declare these MW for every service day that is not locked, whole or between two local times.

    Returns how many stretches changed something. Raises ``Refused`` and ``NotAllowed``.
    """
    [contract] = _held(by, [contract_id])
    instant = clock.now()
    promise = promises_from([contract], instant.date())[contract.pk]
    zone = contract.buyer.zone
    asked = []
    for each in open_occurrences(promise, instant):
        since, until = each.start, each.end
        if start is not None and end is not None:
            since, until = span_within(each, start, end, zone)
        asked.append(Stretch(since, until, Fraction(mw)))
    if not asked:
        raise Refused("No service day of the contract can be declared any more.")
    return _declare(promise, asked, by, instant)


def open_occurrences(promise: Promise, now: datetime) -> list[Occurrence]:
    """The service that may still be declared."""
    return [each for each in promise.occurrences if now < promise.deadlines(each).lock]


def _held(by: Member, contract_ids: Collection[UUID]) -> list[Contract]:
    contracts = hold(by, contract_ids)
    for contract in contracts:
        rules.check_may_declare(by, contract)
    return contracts


def _declare(promise: Promise, asked: Sequence[Stretch], by: Member, now: datetime) -> int:
    contract = promise.contract
    seen = callable_for(contract, promise.terms, promise.occurrences)
    for each in asked:
        check_declare(seen, promise.terms.declaration, each, now)
    twice = overlapping(asked)
    if twice is not None:
        since = moment_text(twice[1].start, contract.buyer.zone)
        raise Refused(f"Two stretches of one contract cover the same time, from {since} on.")
    new = [each for each in asked if not _stands(promise, each)]
    AvailabilityDeclaration.objects.bulk_create(
        AvailabilityDeclaration(
            contract=contract,
            start=each.start,
            end=each.end,
            mw=decimal_of(each.mw),
            declared_at=now,
            declared_by_id=by.user_id,
        )
        for each in new
    )
    if new:
        tell_logs(contract, by, "availability declared", {"stretches": (None, told(new))}, now)
    return len(new)


def _stands(promise: Promise, asked: Stretch) -> bool:
    """Whether the same MW are declared already for all of the time, by the provider itself."""
    at = asked.start
    while at < asked.end:
        last = next((each for each in reversed(promise.told.declared) if each.start <= at < each.end), None)
        if last is None or last.mw != asked.mw:
            return False
        later = [each.start for each in promise.told.declared if at < each.start]
        at = min([last.end, *later])
    return True


def _copied(promise: Promise, source: date, target: date, now: datetime) -> Iterable[Stretch]:
    zone = promise.contract.buyer.zone
    from_week = {
        each.day.weekday(): (each, pieces)
        for each, pieces in promise.pieces(now)
        if source <= each.day < source + WEEK and any(one.declared_at for one in pieces)
    }
    for each in open_occurrences(promise, now):
        if not target <= each.day < target + WEEK or each.day.weekday() not in from_week:
            continue
        origin, pieces = from_week[each.day.weekday()]
        for piece in pieces:
            since = same_place(origin, piece.start, each, zone)
            until = same_place(origin, piece.end, each, zone)
            if since < until:
                yield Stretch(since, until, piece.declared)
