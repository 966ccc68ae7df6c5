"""The page of a dispatch: what is asked for, how it stands, what happened, and how the provider was told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from zlib import crc32
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString

from accounts.models import Member
from competitions.domain.payment import rounded
from marketplace.dates import time_of_day
from marketplace.deliveries.enums import DeliveryState
from marketplace.notifications.models import Notification
from marketplace.numbers import counted, power_text, rounded_text
from marketplace.units import power_unit
from operations import rules
from operations.domain.called import events_of, terms_of_contract
from operations.domain.dispatch_notifications import key_of
from operations.domain.dispatch_plan import cost_of_energy
from operations.domain.dispatch_queries import dispatch_messages, mails_of, names_of
from operations.domain.dispatch_words import Words, left_words, mw_text, span_text, words_of
from operations.domain.profiles import VOID, Response
from operations.domain.recording import answer_terms
from operations.domain.scheduled import BY_AWARD
from operations.domain.series import minute_of
from operations.domain.standing import Phase, Standing, standing_at
from operations.domain.ways import Went, ways_of
from operations.enums import EventKind, MessageKind, ReceiptKind
from operations.models import Dispatch, DispatchEvent, Message
from operations.presenters.lanes import Bar, day_axis, head_html, lane_html

HOUR = timedelta(hours=1)
UNDERWAY = frozenset({DeliveryState.WAITING, DeliveryState.SENDING})


@dataclass(frozen=True)
class Step:
    """A line of the trail: what happened or follows, when, and whether it is past, now or to come."""

    text: str
    at: str
    css: str = ""
    more: str = ""


@dataclass(frozen=True)
class Way:
    """How a message went by one channel: its state, and how long after the event."""

    channel: str
    state: str
    colour: str
    after: str = ""


@dataclass(frozen=True)
class Delivered:
    """A message and the ways that it took."""

    number: int
    kind: str
    at: str
    ways: Sequence[Way]


@dataclass(frozen=True)
class DispatchPage:
    """All that the page shows."""

    dispatch: Dispatch
    standing: Standing
    words: Words
    asked: str
    mwh: Decimal
    cost: Decimal
    due: datetime | None
    due_left: str
    trail: Sequence[Step]
    delivered: Sequence[Delivered]
    head: SafeString
    drawing: SafeString
    can_acknowledge: bool
    can_acknowledge_late: bool
    can_decline: bool
    amendments: Sequence["Amendment"]
    stop_to_acknowledge: Message | None
    can_amend: bool
    can_cancel: bool
    can_stop: bool
    binds_silently: bool
    zone: ZoneInfo
    digest: str
    warnings: Sequence[str]

    @property
    def is_alarm(self) -> bool:
        """Whether the page turns red: an emergency stop, not acknowledged yet."""
        return self.stop_to_acknowledge is not None


@dataclass(frozen=True)
class Amendment:
    """An amendment that the provider may acknowledge."""

    number: int
    text: str
    due: datetime


def page_of(member: Member, dispatch: Dispatch, now: datetime) -> DispatchPage:
    """The page of a dispatch for one of its parties, as it stands now."""
    contract, zone = dispatch.contract, dispatch.contract.buyer.zone
    terms = terms_of_contract(contract)
    events = events_of(dispatch)
    standing = standing_at(events, now, **answer_terms(terms))
    messages = list(dispatch_messages(member, dispatch))
    answers, dispatches = rules.can_answer(member, contract), rules.can_dispatch(member, contract)
    head, drawing = _drawn(dispatch, standing, zone)
    due = standing.answer_due
    first_open = standing.response is None
    stands = answer_terms(terms)["stands_unanswered"]
    stop = _stop_to_acknowledge(messages)
    delivered = _all_delivered(messages, zone)
    open_to_change = (
        standing.stopped is None
        and standing.response not in VOID
        and standing.response is not Response.DECLINED
    )
    return DispatchPage(
        dispatch=dispatch,
        standing=standing,
        words=words_of(standing, zone),
        asked=asked_text(dispatch, standing),
        mwh=rounded(standing.energy, 3),
        cost=cost_of_energy(contract.utilisation_price, standing.energy),
        due=due,
        due_left=left_words(due, now) if due is not None else "",
        trail=_trail(member, dispatch, standing, zone),
        delivered=delivered,
        head=head,
        drawing=drawing,
        can_acknowledge=answers and first_open,
        can_acknowledge_late=answers and standing.response is Response.UNANSWERED,
        can_decline=answers
        and standing.response in (None, Response.UNANSWERED)
        and now < _start(dispatch)
        and (first_open or stands),
        amendments=amendments_of(dispatch, standing) if answers else [],
        stop_to_acknowledge=stop if answers else None,
        can_amend=dispatches and open_to_change and standing.phase in (Phase.COMING, Phase.RUNNING),
        can_cancel=dispatches and open_to_change and standing.phase is Phase.COMING,
        can_stop=dispatches and open_to_change and standing.phase is Phase.RUNNING,
        binds_silently=stands,
        zone=zone,
        digest=digest_of(dispatch, delivered, standing),
        warnings=next(iter(dispatch.events.all())).warnings if member.is_so else [],
    )


def digest_of(dispatch: Dispatch, delivered: Iterable[Delivered], standing: Standing) -> str:
    """Changes when something of the page does: an event, a delivery, the phase, or a minute on the clock."""
    told = crc32("\n".join(f"{way}" for each in delivered for way in each.ways).encode())
    events = len(dispatch.events.all())
    return f"{events}-{told}-{standing.phase}-{standing.response}-{minute_of(standing.now)}"


def _start(dispatch: Dispatch) -> datetime:
    first = next(iter(dispatch.events.all())).start
    assert first is not None
    return first


def _stop_to_acknowledge(messages: Iterable[Message]) -> Message | None:
    for each in messages:
        if each.kind == MessageKind.DISPATCH_EMERGENCY_STOPPED and not _receipt(
            each, ReceiptKind.ACKNOWLEDGED
        ):
            return each
    return None


def _receipt(message: Message, kind: ReceiptKind) -> datetime | None:
    return next((each.at for each in message.receipts.all() if each.kind == kind), None)


def asked_text(dispatch: Dispatch, standing: Standing) -> str:
    """The MW and times asked for, piece by piece; of one without effect what it had asked for."""
    contract, zone = dispatch.contract, dispatch.contract.buyer.zone
    if not standing.pieces:
        unit = power_unit(contract.competition.power_type)
        issue = next(iter(dispatch.events.all()))
        assert issue.start is not None
        assert issue.end is not None
        return f"{power_text(dispatch.mw, unit)}, {span_text(issue.start, issue.end, zone, standing.now)}"
    return "; ".join(
        f"{mw_text(each.mw, contract)}, {span_text(each.start, each.end, zone, standing.now)}"
        for each in standing.pieces
    )


def amendments_of(dispatch: Dispatch, standing: Standing) -> list[Amendment]:
    found = []
    for each in standing.waiting:
        if each.start is not None and each.end is not None and each.mw is not None and each.amendment:
            asked = span_text(each.start, each.end, dispatch.contract.buyer.zone, standing.now)
            found.append(
                Amendment(each.amendment, f"{mw_text(each.mw, dispatch.contract)}, {asked}", each.start)
            )
    return found


def _drawn(dispatch: Dispatch, standing: Standing, zone: ZoneInfo) -> tuple[SafeString, SafeString]:
    """The requested profile on its own axis."""
    pieces = standing.pieces
    if not pieces:
        return SafeString(""), SafeString("")
    start = (pieces[0].start - HOUR / 2).replace(minute=0, second=0, microsecond=0)
    end = (pieces[-1].end + HOUR).replace(minute=0, second=0, microsecond=0)
    axis = day_axis(start, max(end, start + 2 * HOUR), standing.now, zone)
    most = max(each.mw for each in pieces)
    colour = words_of(standing, zone).bar
    bars = [
        Bar(each.start, each.end, each.mw / most, colour, mw_text(each.mw, dispatch.contract))
        for each in pieces
    ]
    sentence = f"Asked for: {asked_text(dispatch, standing)}"
    return head_html(axis, zone), lane_html(axis, [], bars, sentence)


def _trail(member: Member, dispatch: Dispatch, standing: Standing, zone: ZoneInfo) -> list[Step]:
    """What happened, in order, and what follows."""
    events = list(dispatch.events.all())
    names = names_of(member, {each.by_id for each in events})
    steps = [
        Step(
            _event_text(each, dispatch, names),
            time_of_day(each.at, zone, seconds=True),
            "is-done",
            each.reason,
        )
        for each in events
    ]
    return steps + _following(standing, zone)


def _following(standing: Standing, zone: ZoneInfo) -> list[Step]:
    now, steps = standing.now, []
    if standing.must_be_answered and standing.answer_due is not None:
        left = left_words(standing.answer_due, now)
        steps.append(Step("Waiting for an acknowledgement", f"{left} left" if left else "due", "is-now"))
    elif standing.response is Response.UNANSWERED and standing.phase is not Phase.OVER:
        steps.append(
            Step("Not acknowledged in time", time_of_day(standing.due, zone, seconds=True), "is-now")
        )
    if standing.pieces and standing.stopped is None:
        start, end = standing.pieces[0].start, standing.pieces[-1].end
        if standing.phase is Phase.COMING:
            steps.append(Step("Running", f"from {time_of_day(start, zone)}"))
        elif standing.phase is Phase.RUNNING:
            steps.append(Step("Running", f"since {time_of_day(start, zone)}", "is-now"))
        over = "is-done" if standing.phase is Phase.OVER else ""
        steps.append(Step("Over" if over else "Ends", time_of_day(end, zone), over))
    return steps


def _event_text(event: DispatchEvent, dispatch: Dispatch, names: dict[int, str]) -> str:
    label = {
        EventKind.ISSUE: "Sent",
        EventKind.ACKNOWLEDGE: "Acknowledged",
        EventKind.DECLINE: "Declined",
        EventKind.CANCEL: "Cancelled",
        EventKind.AMEND: "Amended",
        EventKind.STOP: "Stopped",
        EventKind.EMERGENCY_STOP: "Stopped in an emergency",
    }[EventKind(event.kind)]
    if event.kind == EventKind.AMEND and event.start and event.end and event.mw is not None:
        zone = dispatch.contract.buyer.zone
        unit = power_unit(dispatch.contract.competition.power_type)
        span = span_text(event.start, event.end, zone, event.at)
        label = f"Amended to {power_text(event.mw, unit)}, {span}"
    if event.kind == EventKind.ACKNOWLEDGE and event.amendment:
        label = "Amendment acknowledged"
    contract = dispatch.contract
    answers = event.kind in (EventKind.ACKNOWLEDGE, EventKind.DECLINE) and event.reason != BY_AWARD
    is_sellers = answers or dispatch.is_own_test
    return f"{label} by {names.get(event.by_id) or (contract.seller if is_sellers else contract.buyer)}"


def _all_delivered(messages: Sequence[Message], zone: ZoneInfo) -> list[Delivered]:
    mails, ways = mails_of(messages), ways_of(messages)
    return [_delivered(each, mails.get(key_of(each), []), ways[each.pk], zone) for each in messages]


def _delivered(
    message: Message, mails: Sequence[Notification], went: Sequence[Went], zone: ZoneInfo
) -> Delivered:
    shown, read = _receipt(message, ReceiptKind.PAGE), _receipt(message, ReceiptKind.ACKNOWLEDGED)
    fetched = _receipt(message, ReceiptKind.PROGRAM)
    ways = [
        Way("Page", "Received", "green", _after(shown, message.at))
        if shown
        else Way("Page", "Not opened yet", "amber"),
        *_mail_way(mails, message.at),
        *(
            _by_addresses(name, list(own), message.at)
            for name, own in groupby(sorted(went, key=attrgetter("way")), key=attrgetter("way"))
        ),
    ]
    if fetched:
        ways.append(Way("Program", "Fetched", "green", _after(fetched, message.at)))
    if read:
        ways.append(Way("Stop acknowledged", "Acknowledged", "green", _after(read, message.at)))
    at = time_of_day(message.at, zone, seconds=True)
    return Delivered(message.number, message.get_kind_display(), at, ways)


def _by_addresses(name: str, went: Sequence[Went], at: datetime) -> Way:
    """A way that leads to one address or several: what matters is the first that took it, or how it stands else."""
    taken = [each for each in went if each.state == DeliveryState.SENT]
    if taken:
        part = "" if len(went) == 1 else f" by {len(taken)} of {len(went)} addresses"
        colour = "green" if len(taken) == len(went) else "amber"
        first = min((each.taken_at for each in taken if each.taken_at is not None), default=None)
        return Way(name, f"Received{part}", colour, _after(first, at))
    if any(each.state in UNDERWAY for each in went):
        failed = max(each.failed for each in went)
        return Way(name, f"Not taken yet, tried {counted(failed, 'time')}" if failed else "Queued", "amber")
    is_off = all(each.state == DeliveryState.UNWANTED for each in went)
    return Way(name, "Switched off", "") if is_off else Way(name, "Failed", "red")


def _mail_way(mails: Sequence[Notification], at: datetime) -> list[Way]:
    """The mails of a message together: what matters is the first that went out, or that none did."""
    if not mails:
        return [Way("Mail", "Nobody to tell", "red")]
    sent = sorted(each.sent_at for each in mails if each.sent_at is not None)
    if sent:
        return [
            Way("Mail", f"Sent to {counted(len(sent), 'person', 'people')}", "green", _after(sent[0], at))
        ]
    failed = all(each.mail_state in (DeliveryState.GIVEN_UP, DeliveryState.LAPSED) for each in mails)
    return [Way("Mail", "Failed", "red")] if failed else [Way("Mail", "Queued", "amber")]


def _after(then: datetime | None, at: datetime) -> str:
    if then is None:
        return ""
    seconds = max(0.0, (then - at).total_seconds())
    if seconds < 120:
        return f"after {rounded_text(seconds, 1)} s"
    return f"after {left_words(then, at)}"
