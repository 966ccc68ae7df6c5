"""The provider's calendar of availability: a week by contract, and one contract, as plain data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from competitions.domain.settlement_terms import AvailabilityMode, Cycle, Undeclared
from contracts.models import Contract
from marketplace.dates import day_text, season_text, short_day_text, short_weekday_text
from marketplace.numbers import counted, exact_text, power_text
from operations.domain.declaring import AvailabilityState
from operations.domain.local_times import clock_words, times_text
from operations.domain.occurrences import Occurrence
from operations.domain.promised import Piece
from operations.domain.stretch_words import WORDS, mw_text
from operations.domain.told import Promise
from operations.models import Unavailability

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
COLOURS = {
    AvailabilityState.OPEN: "blue",
    AvailabilityState.LOCKED: "",
    AvailabilityState.ACCEPTED: "green",
    AvailabilityState.RELEASED: "line",
    AvailabilityState.REDUCED: "amber",
}


@dataclass(frozen=True)
class ShownPiece:
    """A stretch: its times, its MW in words and its state."""

    times: str
    declared: str
    accepted: str
    available: str
    state: str
    colour: str
    is_said: bool


@dataclass(frozen=True)
class Cell:
    """A contract's service of one day. ``name`` is that of its input, empty where nothing can be declared any more."""

    day: date
    title: str
    pieces: Sequence[ShownPiece]
    name: str = ""
    value: str = ""
    placeholder: str = ""


@dataclass(frozen=True)
class Row:
    """A contract with its days of a week, and the deadlines of the first that is open or waits."""

    contract: Contract
    name: str
    mw: str
    url_args: Sequence[UUID]
    cells: Sequence[Cell | None]
    lock: datetime | None
    answer: str
    is_open: bool
    mode: str


@dataclass(frozen=True)
class Week:
    """Seven days from a Monday, with what leads to the weeks beside it."""

    first: date
    days: Sequence[tuple[date, str]]
    title: str
    before: str
    after: str

    @property
    def code(self) -> str:
        return self.first.isoformat()


def week_of(monday: date) -> Week:
    """A week in words."""
    days = [monday + number * DAY for number in range(7)]
    last = days[-1]
    start = short_day_text(monday) if monday.year == last.year else day_text(monday)
    return Week(
        monday,
        [(each, f"{short_weekday_text(each)} {short_day_text(each)}") for each in days],
        f"{start} to {short_day_text(last)} {last.year}",
        (monday - WEEK).isoformat(),
        (monday + WEEK).isoformat(),
    )


def rows_of(
    promises: Iterable[Promise], week: Week, now: datetime, typed: Mapping[str, str] | None = None
) -> list[Row]:
    """The calendar's rows; ``typed`` is what stands in the cells after something was refused."""
    return [_row(each, week, now, typed or {}) for each in promises]


def _row(promise: Promise, week: Week, now: datetime, typed: Mapping[str, str]) -> Row:
    contract = promise.contract
    cells: dict[date, Cell] = {}
    due = []
    for occurrence, pieces in promise.pieces(now):
        deadlines = promise.deadlines(occurrence)
        is_open = promise.is_declared and now < deadlines.lock
        if promise.is_declared and now < deadlines.answer:
            due.append(deadlines)
        cells[occurrence.day] = _cell(promise, occurrence, pieces, is_open, typed)
    first = min(due, key=lambda each: each.lock, default=None)
    return Row(
        contract,
        f"{contract.period_name}/{contract.window_name}",
        power_text(contract.capacity_mw, promise.unit),
        [contract.pk],
        [cells.get(day) for day, _ in week.days],
        first.lock if first else None,
        season_text(first.answer, promise.rules.zone, now) if first else "",
        any(cell.name for cell in cells.values()),
        "" if promise.is_declared else "Accepted by the award",
    )


def _cell(
    promise: Promise,
    occurrence: Occurrence,
    pieces: Sequence[Piece],
    is_open: bool,
    typed: Mapping[str, str],
) -> Cell:
    zone = promise.rules.zone
    shown = [shown_piece(promise, each) for each in pieces]
    day = f"{short_weekday_text(occurrence.day)} {short_day_text(occurrence.day)}"
    title = f"{day}, {times_text(occurrence.start, occurrence.end, zone)}"
    if not is_open:
        return Cell(occurrence.day, title, shown)
    one = len({(each.declared, each.declared_at is not None) for each in pieces}) == 1
    said = one and pieces[0].declared_at is not None
    name = f"mw|{promise.contract.pk}|{occurrence.day.isoformat()}"
    return Cell(
        occurrence.day,
        title,
        shown,
        name,
        typed.get(name, mw_text(pieces[0].declared) if said else ""),
        mw_text(pieces[0].declared) if one else "several",
    )


def shown_piece(promise: Promise, piece: Piece) -> ShownPiece:
    """A stretch in words."""
    return ShownPiece(
        times_text(piece.start, piece.end, promise.rules.zone),
        mw_text(piece.declared),
        mw_text(piece.accepted) if piece.is_settled else "",
        mw_text(piece.available) if piece.is_settled else "",
        WORDS[piece.state],
        COLOURS[piece.state],
        piece.declared_at is not None,
    )


@dataclass(frozen=True)
class Line:
    """A stretch of one contract in its list of a week."""

    day: str
    piece: ShownPiece
    lock: str
    answer: str


def lines_of(promise: Promise, now: datetime) -> list[Line]:
    """The stretches of a contract, day by day."""
    found = []
    for occurrence, pieces in promise.pieces(now):
        due = promise.deadlines(occurrence)
        day = f"{short_weekday_text(occurrence.day)} {short_day_text(occurrence.day)}"
        lock, answer = (season_text(at, promise.rules.zone, now) for at in (due.lock, due.answer))
        found += [Line(day, shown_piece(promise, piece), lock, answer) for piece in pieces]
    return found


def said_of_terms(promise: Promise) -> str:
    """In a sentence, what counts without a declaration and without an answer."""
    if promise.rules.mode is AvailabilityMode.FIXED:
        return "The award is the acceptance: the contract's capacity is accepted at all its times."
    declaration = promise.rules.declaration
    default = (
        "the contract's capacity counts as declared"
        if declaration.default is Undeclared.FULL
        else "nothing counts as declared"
    )
    cycle = "week by week" if declaration.cycle is Cycle.WEEKLY else "for each day"
    return (
        f"Availability is declared {cycle}. Where you declare nothing, {default}; what the operator does not answer is "
        f"{declaration.unanswered.value}."
    )


def sentence_of(rows: Sequence[Row]) -> str:
    """What of the week can still be declared."""
    open_ = sum(row.is_open for row in rows)
    if not open_:
        return "Nothing of this week can be declared any more." if rows else ""
    return f"{counted(open_, 'contract')} can still be declared for this week."


@dataclass(frozen=True)
class Notice:
    """A notice of unavailability as its row shows it."""

    pk: UUID
    start: datetime
    end: datetime
    mw: str
    reason: str
    notified_at: datetime
    is_back: bool
    is_shortened: bool
    can_shorten: bool
    shortest_day: str
    shortest: str


def notices(found: Iterable[Unavailability], zone: ZoneInfo, now: datetime) -> list[Notice]:
    """The notices of a contract."""
    found = list(found)
    shortest = [_next_minute(max(each.start, now)) for each in found]
    return [
        Notice(
            each.pk,
            each.start,
            each.notified_end if each.end == each.start else each.end,
            exact_text(each.mw),
            each.get_reason_display(),
            each.notified_at,
            each.end == each.start,
            each.end != each.notified_end,
            each.end > now,
            at.astimezone(zone).date().isoformat(),
            clock_words(at, zone),
        )
        for each, at in zip(found, shortest, strict=True)
    ]


def _next_minute(at: datetime) -> datetime:
    whole = at.replace(second=0, microsecond=0)
    return whole if whole == at else whole + timedelta(minutes=1)
