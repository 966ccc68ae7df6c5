"""What dispatches tell people: the provider what it is to do, the operator what became of it. None can be turned off."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from accounts.domain.organisation_notifications import (
    OrganisationMessage,
    Words,
    notify_each_organisation,
    notify_organisations_of_many,
)
from accounts.enums import Role
from accounts.models import Organisation
from competitions.domain.settlement_terms import AvailabilityMode, SettlementTerms
from contracts.models import Contract
from marketplace.dates import moment_text, time_text
from marketplace.notifications import Kind
from marketplace.numbers import counted, power_text
from marketplace.units import power_unit
from operations.domain.called import event_of
from operations.domain.profiles import deadline_of
from operations.enums import EventKind
from operations.models import Dispatch, DispatchEvent, Message

DISPATCH = Kind(
    "dispatch",
    "A contract of yours is dispatched, or a dispatch is amended, stopped or cancelled",
    "fsp",
    switchable=False,
    explanation="You are told what to deliver, so these can't be turned off.",
)
EMERGENCY = Kind(
    "dispatch_emergency",
    "A dispatch is stopped in an emergency",
    "fsp",
    switchable=False,
    explanation="Sent again until somebody acknowledges the stop.",
    urgent=True,
)
HALF_TIME = Kind("dispatch_half_time", "Half of the time to acknowledge a dispatch is gone", "fsp")
ANSWERED = Kind("dispatch_declined", "A provider declines a dispatch", "so")
UNANSWERED = Kind("dispatch_unanswered", "A dispatch is not acknowledged in time", "so")
CLASH = Kind("dispatch_clash", "An asset of your dispatch is also called by another contract", "so")
KINDS = (DISPATCH, EMERGENCY, HALF_TIME, ANSWERED, UNANSWERED, CLASH)


def notify_event(
    dispatch: Dispatch,
    contract: Contract,
    terms: SettlementTerms,
    event: DispatchEvent,
    message: Message | None,
    now: datetime,
) -> None:
    """Tell of an event, in the transaction that records it: the seller by its message, the buyer of a refusal."""
    if message is not None:
        _tell_seller(dispatch, contract, terms, event, message, now)
    elif event.kind == EventKind.DECLINE and not dispatch.is_own_test:
        _tell(
            ANSWERED,
            contract.buyer_id,
            lambda to: (
                f"{contract.seller} declines {dispatch.ref}",
                [_what(dispatch, contract), f"The reason given: {event.reason}", _after_decline(terms)],
            ),
            dispatch,
            f"{dispatch.pk} declined",
            now,
        )


def _tell_seller(
    dispatch: Dispatch,
    contract: Contract,
    terms: SettlementTerms,
    event: DispatchEvent,
    message: Message,
    now: datetime,
) -> None:
    say = WORDS[EventKind(event.kind)]
    is_emergency = event.kind == EventKind.EMERGENCY_STOP
    _tell(
        EMERGENCY if is_emergency else DISPATCH,
        contract.seller_id,
        lambda to: say(dispatch, contract, terms, event),
        dispatch,
        key_of(message),
        now,
    )


def notify_issued(issued: Sequence[tuple[DispatchEvent, SettlementTerms, Message]], now: datetime) -> None:
    """Tell the sellers of dispatches issued together: of each by itself, in as many queries for many as for one."""
    told: dict[UUID, list[OrganisationMessage]] = defaultdict(list)
    for event, terms, message in issued:
        contract = event.dispatch.contract
        words = _issued(event.dispatch, contract, terms, event)
        told[contract.seller_id].append(_message(words, event.dispatch, key_of(message), now))
    notify_organisations_of_many(DISPATCH.code, told, [Role.OPERATIONS], lambda to: told[to.pk], now=now)


def key_of(message: Message, again: int = 0) -> str:
    """The key of the notifications that carry a message; ``again`` counts those that repeat it."""
    return f"message {message.pk}" + (f" {again}" if again else "")


def notify_emergency_again(
    dispatch: Dispatch, contract: Contract, event: DispatchEvent, message: Message, again: int, now: datetime
) -> None:
    """Repeat an emergency stop that nobody has acknowledged."""
    title, lines = _stopped_at_once(dispatch, contract, None, event)
    _tell(
        EMERGENCY,
        contract.seller_id,
        lambda to: (title, [*lines, "You are told again because nobody has acknowledged the stop."]),
        dispatch,
        key_of(message, again),
        now,
    )


def notify_half_time(
    dispatch: Dispatch, contract: Contract, terms: SettlementTerms, due: datetime, now: datetime
) -> None:
    """Tell the seller that half of the time to answer is gone."""
    zone = contract.buyer.zone
    _tell(
        HALF_TIME,
        contract.seller_id,
        lambda to: (
            f"Acknowledge {dispatch.ref} by {moment_text(due, zone)}",
            [_what(dispatch, contract), "Nobody has acknowledged it yet.", _silence(terms)],
        ),
        dispatch,
        f"{dispatch.pk} half time",
        now,
    )


def notify_unanswered(
    dispatch: Dispatch, contract: Contract, terms: SettlementTerms, due: datetime, now: datetime
) -> None:
    """Tell the buyer that the answer is overdue."""
    zone = contract.buyer.zone
    _tell(
        UNANSWERED,
        contract.buyer_id,
        lambda to: (
            f"{contract.seller} has not acknowledged {dispatch.ref}",
            [
                _what(dispatch, contract),
                f"The answer was due on {moment_text(due, zone)}.",
                "The dispatch is void: no availability was accepted."
                if terms.availability.mode is AvailabilityMode.NONE
                else "The dispatch stands, and can still be acknowledged late.",
            ],
        ),
        dispatch,
        f"{dispatch.pk} unanswered",
        now,
    )


def notify_clash(
    dispatch: Dispatch, contract: Contract, assets: Sequence[str], key: str, now: datetime
) -> None:
    """Tell the buyer of a dispatch that assets of it are also called by another contract; never by whose."""
    _tell(
        CLASH,
        contract.buyer_id,
        lambda to: (
            f"{counted(len(assets), 'asset')} of {dispatch.ref} {'is' if len(assets) == 1 else 'are'} also called by"
            " another contract",
            [
                _what(dispatch, contract),
                f"At the same time another contract calls {', '.join(assets[:10])}.",
                "What they deliver is credited once, to the dispatch that was issued first.",
            ],
        ),
        dispatch,
        f"{dispatch.pk} clash {key}",
        now,
    )


def notify_scheduled(
    contract: Contract, dispatches: Sequence[Dispatch], first: datetime, last: datetime, now: datetime
) -> None:
    """Tell the seller in one of all dispatches that follow from signing; each has a message of its own."""
    zone, competition = contract.buyer.zone, contract.competition

    def message(to: Organisation) -> OrganisationMessage:
        return OrganisationMessage(
            f"{counted(len(dispatches), 'scheduled dispatch', 'scheduled dispatches')} under your contract in"
            f" {competition.ref}",
            [
                f"{contract.buyer} and your company, {competition.ref}, {contract.period_name}, {contract.window_name}:"
                f" the award is the instruction, so each occurrence of the window is dispatched at"
                f" {power_text(contract.capacity_mw, power_unit(competition.power_type))}.",
                f"The first starts on {moment_text(first, zone)}, the last on {moment_text(last, zone)}.",
                "They count as acknowledged; there is nothing to answer.",
            ],
            f"{reverse('operations:dispatches')}?search={competition.ref}",
            f"scheduled {contract.pk} {dispatches[0].pk}",
        )

    notify_each_organisation(DISPATCH.code, [contract.seller_id], [Role.OPERATIONS], message, now=now)


def _tell(
    kind: Kind,
    organisation_id: UUID,
    say: Callable[[Organisation], Words],
    dispatch: Dispatch,
    key: str,
    now: datetime,
) -> None:
    """Notify the holders of Operations."""

    def message(to: Organisation) -> OrganisationMessage:
        return _message(say(to), dispatch, key, now)

    notify_each_organisation(kind.code, [organisation_id], [Role.OPERATIONS], message, now=now)


def _message(words: Words, dispatch: Dispatch, key: str, now: datetime) -> OrganisationMessage:
    """What leads to a dispatch's page; nothing is mailed past the end that the dispatch still has."""
    title, lines = words
    link = reverse("operations:dispatch", args=[dispatch.pk])
    ends = dispatch.end if dispatch.end > now else None
    about = {"dispatch": str(dispatch.pk), "ref": dispatch.ref, "contract": str(dispatch.contract_id)}
    return OrganisationMessage(title, lines, link, key, worth_until=ends, about=about)


def _what(dispatch: Dispatch, contract: Contract) -> str:
    competition = contract.competition
    return (
        f"{dispatch.get_kind_display()} dispatch {dispatch.ref} under {competition.ref}, {contract.period_name},"
        f" {contract.window_name}: {profile_text(contract, dispatch.mw, dispatch.start, dispatch.end)}."
    )


def profile_text(contract: Contract, mw: object, start: datetime | None, end: datetime | None) -> str:
    """A dispatch's power and times in the buyer's zone, with the day of the end where it is another."""
    assert start is not None
    assert end is not None
    zone = contract.buyer.zone
    unit = power_unit(contract.competition.power_type)
    is_one_day = start.astimezone(zone).date() == end.astimezone(zone).date()
    until = time_text(end.astimezone(zone).time()) if is_one_day else moment_text(end, zone)
    return f"{power_text(mw, unit)} from {moment_text(start, zone)} to {until}"  # type: ignore[arg-type]


def _issued(dispatch: Dispatch, contract: Contract, terms: SettlementTerms, event: DispatchEvent) -> Words:
    due = deadline_of(event_of(event), terms.acknowledge_minutes)
    said = profile_text(contract, event.mw, event.start, event.end)
    if dispatch.is_own_test:
        return f"TEST: dispatch {dispatch.ref}: {said}", [
            "This is a TEST that your company started to try its channels. Deliver nothing: it counts nowhere, nothing"
            " is paid, and the operator doesn't see it.",
            f"It names your contract in {contract.competition.ref}, {contract.period_name}, {contract.window_name}:"
            f" {said}.",
            f"Acknowledge or decline it by {moment_text(due, contract.buyer.zone)} to try that too.",
        ]
    return f"Dispatch {dispatch.ref}: {said}", [
        f"{contract.buyer} calls your contract in {contract.competition.ref}, {contract.period_name},"
        f" {contract.window_name}: {said}.",
        f"It is {_kind(dispatch)}.",
        *([f"Incident reference: {dispatch.incident_reference}"] if dispatch.incident_reference else []),
        *([f"The reason given: {dispatch.reason}"] if dispatch.reason else []),
        f"Acknowledge or decline it by {moment_text(due, contract.buyer.zone)}. {_silence(terms)}",
    ]


def _kind(dispatch: Dispatch) -> str:
    return {"operational": "an operational dispatch", "scheduled": "a scheduled dispatch", "test": "a test"}[
        dispatch.kind
    ]


def _amended(dispatch: Dispatch, contract: Contract, terms: SettlementTerms, event: DispatchEvent) -> Words:
    said = profile_text(contract, event.mw, event.start, event.end)
    return f"Dispatch {dispatch.ref} is amended: {said}", [
        f"{contract.buyer} amends {dispatch.ref} under {contract.competition.ref}: {said}.",
        "Less power and no later end bind at once. More power, or a later end, binds only once you acknowledge it"
        f" before {moment_text(event.start, contract.buyer.zone)}; else the profile before stands."
        if event.start
        else "",
    ]


def _stopped(
    dispatch: Dispatch, contract: Contract, terms: SettlementTerms | None, event: DispatchEvent
) -> Words:
    at = moment_text(event.at, contract.buyer.zone, seconds=True)
    return f"Dispatch {dispatch.ref} is stopped", [
        f"{contract.buyer} ends {dispatch.ref} under {contract.competition.ref} at {at}.",
        *([f"The reason given: {event.reason}"] if event.reason else []),
        "What was asked for until then is settled.",
    ]


def _stopped_at_once(
    dispatch: Dispatch, contract: Contract, terms: SettlementTerms | None, event: DispatchEvent
) -> Words:
    at = moment_text(event.at, contract.buyer.zone, seconds=True)
    return f"Emergency stop: end {dispatch.ref} now", [
        f"{contract.buyer} stops {dispatch.ref} under {contract.competition.ref} in an emergency, at {at}. Stop"
        " delivering now, and acknowledge the stop.",
        *([f"The reason given: {event.reason}"] if event.reason else []),
        "What was asked for until then is settled.",
    ]


def _cancelled(dispatch: Dispatch, contract: Contract, terms: SettlementTerms, event: DispatchEvent) -> Words:
    return f"Dispatch {dispatch.ref} is cancelled", [
        f"{contract.buyer} takes {dispatch.ref} under {contract.competition.ref} back before its start.",
        *([f"The reason given: {event.reason}"] if event.reason else []),
        "Nothing is to be delivered.",
    ]


WORDS: dict[EventKind, Callable[..., Words]] = {
    EventKind.ISSUE: _issued,
    EventKind.AMEND: _amended,
    EventKind.STOP: _stopped,
    EventKind.EMERGENCY_STOP: _stopped_at_once,
    EventKind.CANCEL: _cancelled,
}


def _silence(terms: SettlementTerms) -> str:
    if terms.availability.mode is AvailabilityMode.NONE:
        return "Without an acknowledgement in time it is void."
    return "Without an answer it stands, since availability was accepted."


def _after_decline(terms: SettlementTerms) -> str:
    if terms.availability.mode is AvailabilityMode.NONE:
        return "It is void."
    return "It stands with nothing delivered."
