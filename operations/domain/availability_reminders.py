"""What of availability is told when its moment comes: once, and not after it.

Deadlines are worked out, not stored: contracts with the same terms and zone share them, so that a look costs little.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from uuid import NAMESPACE_OID, UUID, uuid5

import structlog
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from competitions.domain.settlement_terms import Unanswered
from contracts.models import Contract
from marketplace.notifications.occasions import take
from operations.domain.accepting import message_body
from operations.domain.availability_notifications import notify_answered, notify_to_answer, notify_to_declare
from operations.domain.cycles import near_cycles
from operations.domain.declaring import Deadlines
from operations.domain.messages import write_message
from operations.domain.occurrences import Stretch
from operations.domain.promised import Piece
from operations.domain.told import Promise, contracts_with_availability, promises_of
from operations.enums import MessageKind

log = structlog.get_logger(__name__)
DAY = timedelta(days=1)
BEFORE_ANSWER = (timedelta(hours=2), timedelta(minutes=15))
NEWS = timedelta(hours=6)
"""An answer by the terms longer ago is no longer told."""


@dataclass(frozen=True)
class Cycle:
    """The occurrences of a contract that lock and are answered together."""

    promise: Promise
    lock: datetime
    answer: datetime
    pieces: Sequence[Piece]

    @property
    def is_declared(self) -> bool:
        return any(each.declared_at is not None for each in self.pieces)

    @property
    def waiting(self) -> list[Piece]:
        return [each for each in self.pieces if each.answered_at is None and each.declared]


def notify_due(now: datetime) -> int:
    """Tell everything whose moment has come; returns how much. Run every minute; late is no harm."""
    cycles = list(cycles_of(now))
    return _remind_to_declare(cycles, now) + _remind_to_answer(cycles, now) + _tell_unanswered(cycles, now)


def cycles_of(now: datetime) -> Iterator[Cycle]:
    """The cycles of all contracts with a deadline about now."""
    for contracts, days in near_cycles(Contract.objects.all(), now, lambda due: _is_near(due, now)):
        yield from _cycles(contracts, days, now)


def undeclared_of(member: Member, now: datetime, within: timedelta) -> list[tuple[Contract, date, datetime]]:
    """A provider's contracts that lock within that time and for which nothing is declared, with the first day and the lock."""

    def is_soon(due: Deadlines) -> bool:
        return now < due.lock <= now + within

    found: list[tuple[Contract, date, datetime]] = []
    for contracts, days in near_cycles(contracts_with_availability(member), now, is_soon):
        for promise in promises_of(contracts, days[0], days[-1]):
            cycles: dict[datetime, list[tuple[date, bool]]] = defaultdict(list)
            for occurrence, pieces in promise.pieces(now):
                lock = promise.deadlines(occurrence).lock
                if now < lock <= now + within:
                    cycles[lock].append((occurrence.day, any(each.declared_at for each in pieces)))
            found += [
                (promise.contract, days_of[0][0], lock)
                for lock, days_of in cycles.items()
                if not any(said for _, said in days_of)
            ]
    return sorted(found, key=lambda each: (each[2], each[0].competition.ref, str(each[0].pk)))


def _is_near(due: Deadlines, now: datetime) -> bool:
    return due.lock - DAY <= now < due.answer + NEWS


def _cycles(contracts: QuerySet[Contract], days: Sequence[date], now: datetime) -> Iterator[Cycle]:
    held = contracts.select_related("competition", "buyer", "seller", "bid__window")
    for promise in promises_of(held, days[0], days[-1]):
        found: dict[Deadlines, list[Piece]] = defaultdict(list)
        for occurrence, pieces in promise.pieces(now):
            due = promise.deadlines(occurrence)
            if _is_near(due, now):
                found[due] += pieces
        for due, pieces in found.items():
            yield Cycle(promise, due.lock, due.answer, pieces)


def _remind_to_declare(cycles: Sequence[Cycle], now: datetime) -> int:
    due = [each for each in cycles if now < each.lock and not each.is_declared]
    locks = {each.promise.contract.pk: each.lock for each in due}

    def tell(taken: set[UUID]) -> None:
        notify_to_declare(
            [each.promise.contract for each in due if each.promise.contract.pk in taken], locks, now
        )

    return _once("availability to declare", locks, tell, now)


def _remind_to_answer(cycles: Sequence[Cycle], now: datetime) -> int:
    told = 0
    groups: dict[tuple[UUID, datetime, str], list[Cycle]] = defaultdict(list)
    for each in cycles:
        if each.lock <= now < each.answer and each.waiting:
            contract = each.promise.contract
            groups[contract.buyer_id, each.answer, each.promise.unit].append(each)
    for (buyer, due, unit), own in groups.items():
        passed = [each for each in BEFORE_ANSWER if now >= due - each]
        if not passed:
            continue
        name = f"availability to answer {int(min(passed).total_seconds() // 60)}"
        subject = uuid5(NAMESPACE_OID, f"{buyer} {unit}")

        def tell(taken: set[UUID], own: Sequence[Cycle] = own, buyer: UUID = buyer, unit: str = unit) -> None:
            released = own[0].promise.rules.declaration.unanswered is Unanswered.RELEASED
            stake = highest_at_once([piece for each in own for piece in each.waiting])
            notify_to_answer(buyer, own[0].answer, stake, len(own), unit, released, now)

        told += _once(name, {subject: due}, tell, now)
    return told


def _tell_unanswered(cycles: Sequence[Cycle], now: datetime) -> int:
    """What the terms made of what was not answered: told, and written as messages, once the answer was due."""
    due = {
        each.promise.contract.pk: each
        for each in cycles
        if each.answer <= now < each.answer + NEWS and each.waiting
    }

    def tell(taken: set[UUID]) -> None:
        answers = []
        for key in sorted(taken):
            contract = due[key].promise.contract
            stretches = [Stretch(each.start, each.end, each.accepted) for each in due[key].waiting]
            is_accepted = any(each.mw for each in stretches)
            kind = MessageKind.AVAILABILITY_ACCEPTED if is_accepted else MessageKind.AVAILABILITY_RELEASED
            write_message(contract.seller_id, kind, message_body(contract, stretches), now, None)
            answers.append((contract, stretches))
        notify_answered(answers, now)

    return _once("availability answered by terms", {key: each.answer for key, each in due.items()}, tell, now)


def highest_at_once(pieces: Sequence[Piece]) -> Fraction:
    """The most MW that the pieces declare at one instant."""
    steps = sorted(
        [(each.start, each.declared) for each in pieces] + [(each.end, -each.declared) for each in pieces]
    )
    highest = present = Fraction(0)
    for _, step in steps:
        present += step
        highest = max(highest, present)
    return highest


def _once(
    name: str, moments: Mapping[UUID, datetime], tell: Callable[[set[UUID]], None], now: datetime
) -> int:
    """Tell of those that nobody told of before, in one transaction."""
    if not moments:
        return 0
    try:
        with transaction.atomic():
            taken = take(name, moments, now)
            if taken:
                tell(taken)
    except Exception:
        log.exception("occasion_not_told", occasion=name, subjects=len(moments))
        return 0
    return len(taken)
