"""The operator's answer desk: what is required, declared and accepted by window and day, as plain data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

from contracts.models import Contract
from marketplace.dates import short_day_text, short_weekday_text
from marketplace.numbers import counted, exact_text, money_text, power_text
from operations.domain.accepting import Answer, Waiting, offers_of
from operations.domain.availability_reminders import highest_at_once
from operations.domain.local_times import times_text
from operations.domain.occurrences import Occurrence, Stretch
from operations.domain.promised import Piece
from operations.domain.stretch_words import decimal_of, mw_text
from operations.domain.told import Promise
from operations.presenters.availability import ShownPiece, Week, shown_piece

ZERO = Fraction(0)


@dataclass(frozen=True)
class Offered:
    """A stretch of a contract. ``name`` is that of its input, empty where it can't be answered now."""

    contract: Contract
    piece: ShownPiece
    price: str
    name: str = ""
    value: str = ""
    is_declared: bool = True


@dataclass(frozen=True)
class Group:
    """A window's service of one day with what is offered for it; the MW are the lowest of its time."""

    title: str
    window: str
    competition: str
    required: Decimal
    declared: Decimal
    accepted: Decimal
    unit: str
    sentence: str
    rows: Sequence[Offered]

    @property
    def parts(self) -> list[tuple[str, Decimal]]:
        return [("offered", self.declared), ("accepted", self.accepted)]

    @property
    def short(self) -> str:
        missing = self.required - self.accepted
        return f"{exact_text(missing)} short" if missing > 0 else "covered"


def groups_of(
    promises: Iterable[Promise], week: Week, now: datetime, typed: Mapping[str, str]
) -> list[Group]:
    """The desk's groups, by day and then window."""
    found = offers_of(promises, now)
    ordered = sorted(
        found, key=lambda key: (found[key][0][1].start, str(found[key][0][0].contract.bid.window))
    )
    return [_group(found[key], now, typed) for key in ordered]


def _group(
    offers: Sequence[tuple[Promise, Occurrence, Sequence[Piece]]],
    now: datetime,
    typed: Mapping[str, str],
) -> Group:
    promise, occurrence, _ = offers[0]
    window = promise.contract.bid.window
    pieces = [own for _, _, own in offers]
    declared, accepted = (decimal_of(each) for each in _lowest(pieces))
    required, unit = window.capacity_required_mw, promise.unit
    day = f"{short_weekday_text(occurrence.day)} {short_day_text(occurrence.day)}"
    cheapest = sorted(
        offers, key=lambda each: (each[0].contract.availability_price or 0, str(each[0].contract.pk))
    )
    rows = [
        _offered(own, each, piece, now, typed) for own, each, own_pieces in cheapest for piece in own_pieces
    ]
    return Group(
        f"{day}, {times_text(occurrence.start, occurrence.end, promise.rules.zone)}",
        f"{promise.contract.period_name}/{promise.contract.window_name}",
        promise.contract.competition.ref,
        required,
        declared,
        accepted,
        unit,
        f"{exact_text(accepted)} accepted and {exact_text(declared)} declared of {power_text(required, unit)} required",
        rows,
    )


def _offered(
    promise: Promise, occurrence: Occurrence, piece: Piece, now: datetime, typed: Mapping[str, str]
) -> Offered:
    contract = promise.contract
    due = promise.deadlines(occurrence)
    price = contract.availability_price
    told = "–" if price is None else money_text(price, contract.buyer.currency)
    name = ""
    if promise.is_declared and due.lock <= now < due.answer and piece.declared:
        name = f"mw|{contract.pk}|{piece.start.isoformat()}~{piece.end.isoformat()}"
    value = mw_text(piece.accepted) if piece.is_settled else ""
    return Offered(
        contract, shown_piece(promise, piece), told, name, typed.get(name, value), promise.is_declared
    )


def _lowest(offers: Sequence[Sequence[Piece]]) -> tuple[Fraction, Fraction]:
    """The least MW declared, and accepted, at any instant."""
    marks = sorted({at for own in offers for each in own for at in (each.start, each.end)})
    sums = []
    for start, _ in pairwise(marks):
        here = [each for own in offers for each in own if each.start <= start < each.end]
        sums.append(
            (sum((each.declared for each in here), ZERO), sum((each.available for each in here), ZERO))
        )
    return min((each for each, _ in sums), default=ZERO), min((each for _, each in sums), default=ZERO)


@dataclass(frozen=True)
class Stake:
    """What waits for an answer: how much at once, of how many contracts, and until when."""

    mw: str
    contracts: int
    due: datetime
    sentence: str


def stake_of(waiting: Sequence[Waiting]) -> Stake | None:
    """What waits, with the first deadline; None for nothing."""
    if not waiting:
        return None
    pieces = [piece for each in waiting for piece in each.pieces if not piece.is_settled]
    contracts = len({each.promise.contract.pk for each in waiting})
    mw = power_text(decimal_of(highest_at_once(pieces)), waiting[0].promise.unit)
    return Stake(
        mw,
        contracts,
        waiting[0].due,
        f"Up to {mw} at once, of {counted(contracts, 'contract')}, wait for your answer.",
    )


TITLES = {
    Answer.ALL: "Accept all that waits",
    Answer.REQUIRED: "Accept up to the MW required",
    Answer.NONE: "Release all that waits",
}


@dataclass(frozen=True)
class PlannedRow:
    """What a contract would get."""

    contract: Contract
    accepted: str
    released: str
    hours: Decimal


@dataclass(frozen=True)
class Plan:
    """What an answer to everything would do, before it is given."""

    title: str
    rows: Sequence[PlannedRow]
    hours: Decimal
    contracts: int
    verb: str


def plan_of(what: Answer, answers: Mapping[UUID, Sequence[Stretch]], waiting: Sequence[Waiting]) -> Plan:
    """The answers in words, by contract."""
    contracts = {each.promise.contract.pk: each.promise.contract for each in waiting}
    rows = []
    for key, own in answers.items():
        taken = [each for each in own if each.mw]
        hours = sum(
            (each.mw * Fraction(int((each.end - each.start).total_seconds()), 3600) for each in taken), ZERO
        )
        rows.append(
            PlannedRow(
                contracts[key],
                _span(taken),
                counted(len(own) - len(taken), "stretch", "stretches") if len(taken) < len(own) else "–",
                round(decimal_of(hours), 2),
            )
        )
    rows.sort(
        key=lambda each: (each.contract.competition.ref, each.contract.window_name, str(each.contract.pk))
    )
    total = sum((each.hours for each in rows), Decimal(0))
    verb = {Answer.ALL: "Accept", Answer.REQUIRED: "Accept", Answer.NONE: "Release"}[what]
    return Plan(TITLES[what], rows, total, len(rows), verb)


def _span(taken: Sequence[Stretch]) -> str:
    if not taken:
        return "–"
    least, most = min(each.mw for each in taken), max(each.mw for each in taken)
    mw = mw_text(most) if least == most else f"{mw_text(least)} to {mw_text(most)}"
    return f"{mw} in {counted(len(taken), 'stretch', 'stretches')}"


def first_day_of(waiting: Sequence[Waiting]) -> date | None:
    """The day that the desk opens at."""
    return min((each.occurrence.day for each in waiting), default=None)
