"""The control desk of an operator: a day's windows by contract, what is asked for, and how each dispatch stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString

from accounts.models import Member
from competitions.domain.payment import rounded
from competitions.enums import PowerType
from contracts.domain.queries import contracts_in_service
from contracts.models import Contract
from marketplace.calendar import local_instant
from marketplace.dates import time_of_day, time_text
from marketplace.numbers import power_text
from marketplace.units import power_unit
from marketplace.web.figures import Axis
from operations.domain.available import Availability, availability_of
from operations.domain.called import occurrences_of, terms_of_contract
from operations.domain.dispatch_plan import cost_of_energy
from operations.domain.dispatch_queries import dispatches_between
from operations.domain.dispatch_words import Words, clock_text, left_words, mw_text, standing_of, words_of
from operations.domain.occurrences import Occurrence, Stretch, available_pieces
from operations.domain.profiles import VOID, Response
from operations.domain.standing import Phase, Standing
from operations.models import Dispatch, DispatchEvent
from operations.presenters.dispatch_page import asked_text
from operations.presenters.lanes import Bar, day_axis, head_html, lane_html

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MIDNIGHT = time(0)
LATEST = 8
ZERO = Fraction(0)
NOT_DELIVERED = frozenset({Response.DECLINED})


@dataclass(frozen=True)
class Held:
    """A dispatch with how it stands."""

    dispatch: Dispatch
    standing: Standing
    words: Words
    asked: str


@dataclass(frozen=True)
class Lane:
    """A contract on the desk."""

    contract: Contract
    drawing: SafeString
    word: str
    colour: str
    more: str
    is_on: bool
    dispatches: Sequence[Held]
    occurrences: Sequence[Occurrence]
    available_now: Fraction


@dataclass(frozen=True)
class Happened:
    """A line of what happened last."""

    at: str
    text: str
    dispatch: Dispatch


@dataclass(frozen=True)
class PowerSum:
    """What of active, or of reactive, power is accepted and asked for now, and asked for on the day."""

    unit: str
    accepted: str
    asked: str
    energy: str


@dataclass(frozen=True)
class Desk:
    """All that the page shows of a day."""

    day: date
    zone: ZoneInfo
    now: datetime
    axis: Axis
    head: SafeString
    lanes: Sequence[Lane]
    latest: Sequence[Happened]
    powers: Sequence[PowerSum]
    running: int
    waiting: int
    waiting_for: str
    cost: Decimal
    next_start: str

    @property
    def is_today(self) -> bool:
        return self.day == self.now.astimezone(self.zone).date()

    def lane_of(self, contract_id: UUID | None) -> Lane | None:
        """The lane of a contract, if it is on the desk."""
        return next((each for each in self.lanes if each.contract.pk == contract_id), None)


def desk_of(
    member: Member, day: date, now: datetime, *, chosen: UUID | None = None, whole_day: bool = False
) -> Desk:
    """The desk of a local day. Whom it shows are the contracts with service that day, and those dispatched then."""
    zone = member.organisation.zone
    start, end = local_instant(day, MIDNIGHT, zone), local_instant(day + DAY, MIDNIGHT, zone)
    dispatches: dict[UUID, list[Held]] = {}
    for each in dispatches_between(member, start, end):
        dispatches.setdefault(each.contract_id, []).append(_held(each, now, zone))
    contracts = list(
        contracts_in_service(member, day - DAY, day).select_related(
            "competition", "buyer", "seller", "bid__window", "terms_version__record"
        )
    )
    served = {
        each.pk: [one for one in occurrences_of(each, day - DAY, day) if one.end > start and one.start < end]
        for each in contracts
    }
    shown = [each for each in contracts if served[each.pk] or each.pk in dispatches]
    shown.sort(key=lambda each: (each.competition.ref, each.seller.name, each.window_name, str(each.pk)))
    axis = _axis(start, end, now, zone, [one for own in served.values() for one in own], whole_day)
    there = availability_of(shown, served, now)
    lanes = [
        _lane(each, served[each.pk], dispatches.get(each.pk, []), there[each.pk], axis, now, chosen)
        for each in shown
    ]
    return _desk(day, zone, now, axis, lanes)


def _held(dispatch: Dispatch, now: datetime, zone: ZoneInfo) -> Held:
    standing = standing_of(dispatch, now)
    return Held(dispatch, standing, words_of(standing, zone), asked_text(dispatch, standing))


def _axis(
    start: datetime,
    end: datetime,
    now: datetime,
    zone: ZoneInfo,
    occurrences: Iterable[Occurrence],
    whole_day: bool,
) -> Axis:
    """The whole day, or the hours around its occurrences and now."""
    listed = list(occurrences)
    if whole_day or not listed:
        return day_axis(start, end, now, zone)
    moments = [now] if start <= now < end else []
    first = max(start, _hour(min([*moments, *(each.start for each in listed)]) - HOUR))
    last = min(end, _hour(max([*moments, *(each.end for each in listed)])) + HOUR)
    return day_axis(first, last, now, zone)


def _hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)


def _lane(
    contract: Contract,
    occurrences: Sequence[Occurrence],
    dispatches: Sequence[Held],
    there: Availability,
    axis: Axis,
    now: datetime,
    chosen: UUID | None,
) -> Lane:
    zone = contract.buyer.zone
    pieces = [piece for each in occurrences for piece in available_in(contract, each, there)]
    bars = [bar for held in dispatches for bar in _bars(held, contract, pieces)]
    here = next((each for each in occurrences if each.start <= now < each.end), None)
    available = _mw_at(now, pieces) if here else ZERO
    word, colour, more = _state(contract, occurrences, dispatches, available, now)
    said = [f"window {_clock(each.start, zone)} to {_clock(each.end, zone)}" for each in occurrences] + [
        f"{each.text} asked for {_clock(each.start, zone)} to {_clock(each.end, zone)}" for each in bars
    ]
    drawing = lane_html(axis, [(each.start, each.end) for each in occurrences], bars, "; ".join(said))
    return Lane(
        contract,
        drawing,
        word,
        colour,
        more,
        contract.pk == chosen,
        dispatches,
        occurrences,
        available,
    )


def available_in(contract: Contract, occurrence: Occurrence, there: Availability) -> list[Stretch]:
    """The MW that may be called in an occurrence, piece by piece; the capacity where nothing is promised."""
    if contract.terms is None:
        return [Stretch(occurrence.start, occurrence.end, ZERO)]
    mode = terms_of_contract(contract).availability.mode
    if mode == "none":
        return [Stretch(occurrence.start, occurrence.end, Fraction(contract.capacity_mw))]
    return available_pieces(
        occurrence, mode, Fraction(contract.capacity_mw), there.accepted, there.unavailable
    )


def _bars(held: Held, contract: Contract, pieces: Sequence[Stretch]) -> Iterable[Bar]:
    colour = held.words.bar
    for each in held.standing.pieces:
        whole = max(_mw_at(each.start, pieces), each.mw) or Fraction(1)
        yield Bar(each.start, each.end, each.mw / whole, colour, mw_text(each.mw, contract))


def _mw_at(instant: datetime, pieces: Iterable[Stretch]) -> Fraction:
    return next((each.mw for each in pieces if each.start <= instant < each.end), ZERO)


def _state(
    contract: Contract,
    occurrences: Sequence[Occurrence],
    dispatches: Sequence[Held],
    available: Fraction,
    now: datetime,
) -> tuple[str, str, str]:
    """The state of a lane: that of the dispatch that matters most, else of its window."""
    zone = contract.buyer.zone
    telling = _most_telling(dispatches)
    if telling is not None:
        words = telling.words
        return words.word, words.colour, words.more
    if contract.terms is None:
        return "No terms", "amber", "give it settlement terms first"
    here = next((each for each in occurrences if each.start <= now < each.end), None)
    if here is not None:
        if not available:
            return "Unavailable", "red", "nothing is accepted now"
        return "Ready", "", f"until {clock_text(here.end, zone, now)}"
    coming = next((each for each in occurrences if each.start > now), None)
    return ("Ready", "", f"from {clock_text(coming.start, zone, now)}") if coming else ("Over", "", "")


def _most_telling(dispatches: Sequence[Held]) -> Held | None:
    """What needs the reader first: what waits, what runs, what comes; then what is over."""

    def place(held: Held) -> tuple[int, datetime]:
        standing = held.standing
        if standing.must_be_answered:
            return 0, held.dispatch.start
        order = {Phase.RUNNING: 1, Phase.COMING: 2, Phase.OVER: 3, Phase.VOID: 4}
        return order[standing.phase], held.dispatch.start

    return min(dispatches, key=place, default=None)


def _clock(instant: datetime, zone: ZoneInfo) -> str:
    return time_text(instant.astimezone(zone).time())


def _desk(day: date, zone: ZoneInfo, now: datetime, axis: Axis, lanes: Sequence[Lane]) -> Desk:
    effective = [
        (each.contract, held)
        for each in lanes
        for held in each.dispatches
        if held.standing.response not in VOID and held.standing.response not in NOT_DELIVERED
    ]
    everything = [held for each in lanes for held in each.dispatches]
    waiting = [held for held in everything if held.standing.must_be_answered]
    costs = [cost_of_energy(contract.utilisation_price, held.standing.energy) for contract, held in effective]
    longest = min((held.dispatch.issued_at for held in waiting), default=None)
    starts = [one.start for each in lanes for one in each.occurrences if one.start > now]
    return Desk(
        day=day,
        zone=zone,
        now=now,
        axis=axis,
        head=head_html(axis, zone),
        lanes=lanes,
        latest=_latest(everything, zone),
        powers=_power_sums(lanes, effective, now),
        running=sum(_runs(held) for held in everything),
        waiting=len(waiting),
        waiting_for=left_words(now, longest) if longest is not None else "",
        cost=sum(costs, Decimal(0)),
        next_start=clock_text(min(starts), zone, now) if starts else "",
    )


def _power_sums(
    lanes: Sequence[Lane], effective: Sequence[tuple[Contract, Held]], now: datetime
) -> list[PowerSum]:
    """MW and MVAr are never added up: a line for each kind that the day has, active power first."""
    kinds = {each.contract.competition.power_type for each in lanes} or {PowerType.ACTIVE}
    found = []
    for kind in sorted(kinds):
        of_kind = [held for contract, held in effective if contract.competition.power_type == kind]
        there = (each.available_now for each in lanes if each.contract.competition.power_type == kind)
        found.append(
            PowerSum(
                power_unit(kind),
                _mw(sum(there, ZERO)),
                _mw(sum((held.standing.mw_at(now) for held in of_kind), ZERO)),
                _mw(sum((held.standing.energy for held in of_kind), ZERO)),
            )
        )
    return found


def _runs(held: Held) -> bool:
    is_declined = held.standing.response in NOT_DELIVERED
    return held.standing.phase is Phase.RUNNING and not is_declined


def _mw(mw: Fraction) -> str:
    return power_text(rounded(mw, 3), "").strip()


def _latest(everything: Iterable[Held], zone: ZoneInfo) -> list[Happened]:
    """What happened last, newest first."""
    events: list[tuple[DispatchEvent, Dispatch]] = [
        (event, held.dispatch) for held in everything for event in held.dispatch.events.all()
    ]
    events.sort(key=lambda each: (each[0].at, each[0].pk), reverse=True)
    return [
        Happened(time_of_day(event.at, zone, seconds=True), _told(event, dispatch), dispatch)
        for event, dispatch in events[:LATEST]
    ]


def _told(event: DispatchEvent, dispatch: Dispatch) -> str:
    label = event.get_kind_display().lower()
    unit = power_unit(dispatch.contract.competition.power_type)
    mw = f" to {power_text(event.mw, unit)}" if event.kind == "amend" and event.mw is not None else ""
    amendment = " (amendment)" if event.kind == "acknowledge" and event.amendment else ""
    reason = f": {event.reason}" if event.reason and event.kind == "decline" else ""
    return f"{label}{mw}{amendment}{reason}"
