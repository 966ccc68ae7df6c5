"""Declared availability answered by the operator: stretch by stretch, all, up to the MW required, or none.

Each action holds the logs of all parties and the contracts, reads the clock then, and writes answers, entries and the
providers' messages in one transaction. What was accepted is never lowered.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import groupby
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from contracts.models import Contract
from marketplace import clock
from marketplace.dates import instant_text
from marketplace.errors import Refused
from operations import rules
from operations.domain.availability_notifications import notify_answered
from operations.domain.called import callable_for
from operations.domain.cycles import near_cycles
from operations.domain.declaring import Deadlines, check_answer
from operations.domain.filling import Offer, up_to_required
from operations.domain.held import hold, promises_between, tell_logs
from operations.domain.messages import write_message
from operations.domain.occurrences import Occurrence, Stretch
from operations.domain.promised import Piece
from operations.domain.stretch_words import decimal_of, mw_text, told
from operations.domain.told import Promise, contracts_with_availability, promises_of
from operations.enums import MessageKind
from operations.models import AvailabilityAnswer

CHANGED = "Somebody answered, or something was notified, since your page was made, so nothing was done. Look at it again."


class Answer(StrEnum):
    """What the operator does with everything that waits for its answer."""

    ALL = "all"
    REQUIRED = "required"
    NONE = "none"


@dataclass(frozen=True)
class Accepted:
    """MW that the operator takes of a contract from a start to an end; 0 releases."""

    contract_id: UUID
    start: datetime
    end: datetime
    mw: Decimal


@dataclass(frozen=True)
class Waiting:
    """An occurrence of a contract of which something is locked and not answered, and when it was due to be."""

    promise: Promise
    occurrence: Occurrence
    pieces: Sequence[Piece]
    due: datetime


@transaction.atomic
def answer(*, by: Member, stretches: Sequence[Accepted], now: datetime) -> int:
    """Take these MW of what is declared. Returns how many stretches changed something; all or none.

    Raises ``Refused`` with the rule that one breaks, and ``NotAllowed``.
    """
    if not stretches:
        return 0
    contracts = _held(by, {each.contract_id for each in stretches})
    instant = clock.now()
    start, end = min(each.start for each in stretches), max(each.end for each in stretches)
    promises = promises_between(contracts, start, end)
    asked: dict[UUID, list[Stretch]] = {each.pk: [] for each in contracts}
    for each in stretches:
        asked[each.contract_id].append(Stretch(each.start, each.end, Fraction(each.mw)))
    return _answer(promises, asked, by, instant)


@transaction.atomic
def answer_waiting(*, by: Member, what: Answer, seen: str = "", now: datetime) -> int:
    """Answer everything that waits: accept all, accept up to the MW required, or release all.

    ``seen`` is the digest of what the member was shown. Raises ``Refused`` when that changed, or nothing waits, and
    ``NotAllowed``.
    """
    found = waiting_for(by, now)
    contracts = _held(by, {each.promise.contract.pk for each in found})
    instant = clock.now()
    held = {each.pk: each for each in contracts}
    asked = {key: own for key, own in planned(by, what, instant).items() if key in held}
    if not asked:
        raise Refused("Nothing waits for an answer.")
    if seen and seen != digest_of(asked):
        raise Refused(CHANGED)
    start = min(each.start for own in asked.values() for each in own)
    end = max(each.end for own in asked.values() for each in own)
    return _answer(promises_between([held[key] for key in asked], start, end), asked, by, instant)


def waiting_for(member: Member, now: datetime) -> list[Waiting]:
    """What is locked and not yet answered of the member's contracts, the first due first."""

    def is_open(due: Deadlines) -> bool:
        return due.lock <= now < due.answer

    found = []
    for contracts, days in near_cycles(contracts_with_availability(member), now, is_open):
        for promise in promises_of(contracts, days[0], days[-1]):
            for occurrence, pieces in promise.pieces(now):
                due = promise.deadlines(occurrence)
                if is_open(due) and any(not each.is_settled and each.declared for each in pieces):
                    found.append(Waiting(promise, occurrence, pieces, due.answer))
    return sorted(found, key=lambda each: (each.due, each.occurrence.start))


def planned(member: Member, what: Answer, now: datetime) -> dict[UUID, list[Stretch]]:
    """The answers that an action for everything would give, by contract."""
    found = waiting_for(member, now)
    if what is Answer.REQUIRED:
        return _required(member, found, now)
    answers: dict[UUID, list[Stretch]] = {}
    for each in found:
        for piece in each.pieces:
            if not piece.is_settled:
                mw = piece.declared if what is Answer.ALL else Fraction(0)
                answers.setdefault(each.promise.contract.pk, []).append(Stretch(piece.start, piece.end, mw))
    return answers


def digest_of(answers: Mapping[UUID, Iterable[Stretch]]) -> str:
    """What tells one set of answers from another."""
    lines = [f"{key} {line}" for key, own in sorted(answers.items()) for line in told(own)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def offers_of(
    promises: Iterable[Promise], now: datetime
) -> dict[tuple[UUID, date], list[tuple[Promise, Occurrence, list[Piece]]]]:
    """What the contracts promise, by window and day."""
    found: dict[tuple[UUID, date], list[tuple[Promise, Occurrence, list[Piece]]]] = {}
    for promise in promises:
        window = promise.contract.bid.window_id
        for occurrence, pieces in promise.pieces(now):
            found.setdefault((window, occurrence.day), []).append((promise, occurrence, pieces))
    return found


def _required(member: Member, found: Sequence[Waiting], now: datetime) -> dict[UUID, list[Stretch]]:
    """By window and day: those that wait, beside everything accepted in the same window."""
    if not found:
        return {}
    waiting = {(each.promise.contract.pk, each.occurrence.day) for each in found}
    windows = {each.promise.contract.bid.window_id for each in found}
    days = [each.occurrence.day for each in found]
    beside = contracts_with_availability(member).filter(bid__window__in=windows, status__in=rules.CAN_RUN)
    answers: dict[UUID, list[Stretch]] = {}
    for (_, day), promised in offers_of(promises_of(beside, min(days), max(days)), now).items():
        required = Fraction(promised[0][0].contract.bid.window.capacity_required_mw)
        offers = [
            Offer(each.contract.pk, Fraction(each.contract.availability_price or 0), pieces)
            for each, _, pieces in promised
        ]
        for contract_id, own in up_to_required(required, offers).items():
            if (contract_id, day) in waiting:
                answers.setdefault(contract_id, []).extend(own)
    return answers


def _held(by: Member, contract_ids: Collection[UUID]) -> list[Contract]:
    contracts = hold(by, contract_ids)
    for contract in contracts:
        rules.check_may_accept(by, contract)
    return contracts


def _answer(
    promises: Mapping[UUID, Promise], asked: Mapping[UUID, Sequence[Stretch]], by: Member, now: datetime
) -> int:
    done = 0
    told_of: list[tuple[Contract, list[Stretch]]] = []
    for contract_id, own in sorted(asked.items()):
        promise = promises[contract_id]
        new = _checked(promise, own, now)
        AvailabilityAnswer.objects.bulk_create(
            AvailabilityAnswer(
                contract=promise.contract,
                start=each.start,
                end=each.end,
                mw=decimal_of(each.mw),
                answered_at=now,
                answered_by_id=by.user_id,
            )
            for each in new
        )
        if new:
            done += len(new)
            told_of.append((promise.contract, new))
    for contract, new in told_of:
        _tell(contract, new, by, now)
    notify_answered(told_of, now)
    return done


def _checked(promise: Promise, asked: Sequence[Stretch], now: datetime) -> list[Stretch]:
    """Those of the answers that change something. Raises ``Refused``."""
    seen = callable_for(promise.contract, promise.terms, promise.occurrences)
    new: list[Stretch] = []
    for each in asked:
        check_answer(
            seen,
            promise.terms.declaration,
            each,
            promise.told.declared,
            now,
            [*promise.told.answered, *new],
        )
        if not _stands(promise, each):
            new.append(each)
    return new


def _stands(promise: Promise, asked: Stretch) -> bool:
    at = asked.start
    while at < asked.end:
        last = next((each for each in reversed(promise.told.answered) if each.start <= at < each.end), None)
        if last is None or last.mw != asked.mw:
            return False
        at = min([last.end, *(each.start for each in promise.told.answered if at < each.start)])
    return True


def _tell(contract: Contract, new: Sequence[Stretch], by: Member, now: datetime) -> None:
    """Both logs, and a message to the provider for what is accepted and one for what is released."""
    for is_accepted, own in groupby(
        sorted(new, key=lambda each: (not each.mw, each.start)), lambda e: bool(e.mw)
    ):
        stretches = list(own)
        word = "accepted" if is_accepted else "released"
        tell_logs(contract, by, f"availability {word}", {"stretches": (None, told(stretches))}, now)
        kind = MessageKind.AVAILABILITY_ACCEPTED if is_accepted else MessageKind.AVAILABILITY_RELEASED
        write_message(contract.seller_id, kind, message_body(contract, stretches), now, None)


def message_body(contract: Contract, stretches: Iterable[Stretch]) -> dict[str, object]:
    """What a message says of answers: everything that is needed to act on it."""
    return {
        "contract": str(contract.pk),
        "competition": contract.competition.ref,
        "window": contract.window_name,
        "stretches": [
            {"start": instant_text(each.start), "end": instant_text(each.end), "mw": mw_text(each.mw)}
            for each in stretches
        ],
    }
