"""Dispatches as they are recorded: locked, with their event, both parties' logs, the message and what people are told.

Everything that happens to a dispatch locks both parties' logs, the contract and the dispatch, in this order, and reads
the clock then; so the order of the lock decides between what comes at the same time.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Member, Organisation
from competitions.domain.settlement_terms import SettlementTerms
from contracts.models import Contract
from marketplace import clock, states
from marketplace.audit.chain import Event as LogEntry
from marketplace.audit.chain import lock_chains, record_many
from marketplace.dates import day_in_ref, instant_text
from marketplace.errors import NotAllowed
from marketplace.numbers import exact_text
from operations.domain import answers
from operations.domain.called import events_of, stands_unanswered, terms_of_contract
from operations.domain.dispatch_notifications import notify_event
from operations.domain.messages import write_message
from operations.domain.profiles import VOID, Event, amendments_waiting, requested
from operations.enums import DispatchState, EventKind, MessageKind
from operations.models import Dispatch, DispatchEvent

OF_EVENT = {
    EventKind.ISSUE: MessageKind.DISPATCH_ISSUED,
    EventKind.AMEND: MessageKind.DISPATCH_AMENDED,
    EventKind.STOP: MessageKind.DISPATCH_STOPPED,
    EventKind.EMERGENCY_STOP: MessageKind.DISPATCH_EMERGENCY_STOPPED,
    EventKind.CANCEL: MessageKind.DISPATCH_CANCELLED,
}
"""What the provider is told of which event."""
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""What a made ref ends in: nothing that is read for something else."""


@dataclass(frozen=True)
class Locked:
    """A dispatch with its contract, locked, and what the rules need of it."""

    dispatch: Dispatch
    contract: Contract
    terms: SettlementTerms
    events: list[Event]
    now: datetime

    @property
    def answer(self) -> dict[str, Any]:
        """What the rules of answers need of the terms."""
        return answer_terms(self.terms)


def answer_terms(terms: SettlementTerms) -> dict[str, Any]:
    """How long an answer may take, and whether silence binds."""
    return {
        "acknowledge_minutes": terms.acknowledge_minutes,
        "stands_unanswered": stands_unanswered(terms),
    }


def locked_contract(by: Member, contract_id: UUID) -> Contract:
    """The contract of the member's organisation, locked with both parties' logs. Raises ``NotAllowed``."""
    return locked_contracts(by, [contract_id])[contract_id]


def locked_contracts(by: Member, contract_ids: Collection[UUID]) -> dict[UUID, Contract]:
    """Contracts of the member's organisation, locked with all their parties' logs. Raises ``NotAllowed``."""
    parties = Contract.objects.filter(pk__in=contract_ids).values_list("pk", "buyer", "seller")
    found = {pk: both for pk, *both in parties}
    if any(by.organisation_id not in found.get(pk, ()) for pk in contract_ids):
        raise NotAllowed("Your organisation has no such contract.")
    lock_chains(party for both in found.values() for party in both)
    return {each.pk: each for each in _for_update().filter(pk__in=contract_ids).order_by("pk")}


def contract_for_update(contract_id: UUID) -> Contract:
    """A contract, locked, with what its dispatches need of it; its parties' logs are locked before."""
    return _for_update().get(pk=contract_id)


def _for_update() -> QuerySet[Contract]:
    return Contract.objects.select_for_update(of=("self",)).select_related(
        "buyer", "seller", "competition", "bid__window", "terms_version__record"
    )


def locked_dispatch(by: Member, dispatch_id: UUID) -> Locked:
    """The dispatch of the member's organisation, locked with its contract and logs. Raises ``NotAllowed``."""
    contract_id = seen_by(by).filter(pk=dispatch_id).values_list("contract", flat=True).first()
    if contract_id is None:
        raise NotAllowed("Your organisation has no such dispatch.")
    return of_contract(locked_contract(by, contract_id), dispatch_id, clock.now())


def lock_dispatch(dispatch: Dispatch) -> None:
    """Lock the dispatch as :func:`locked_dispatch` does, without what the rules need of it."""
    contract = dispatch.contract
    lock_chains([contract.buyer_id, contract.seller_id])
    Contract.objects.select_for_update().only("pk").get(pk=contract.pk)
    Dispatch.with_own_tests.select_for_update().only("pk").get(pk=dispatch.pk)


def seen_by(member: Member) -> QuerySet[Dispatch]:
    """The dispatches that exist for the member's organisation: tests of its own channels for a provider alone."""
    if member.is_so:
        return Dispatch.objects.filter(operator=member.organisation_id)
    return Dispatch.with_own_tests.filter(contract__seller=member.organisation_id)


def of_contract(contract: Contract, dispatch_id: UUID, now: datetime | None = None) -> Locked:
    """A dispatch of a contract that is locked already, locked too."""
    every = Dispatch.with_own_tests.select_for_update(of=("self",))
    dispatch = every.select_related("operator").get(pk=dispatch_id)
    terms = terms_of_contract(contract)
    return Locked(dispatch, contract, terms, events_of(dispatch), now or clock.now())


def release_time(terms: Mapping[UUID, SettlementTerms], now: datetime) -> None:
    """Let go of the time that dispatches of these contracts hold and that they turned out not to need."""
    held = Dispatch.objects.filter(contract__in=list(terms), holds_its_time=True, end__gt=now)
    for dispatch in held.prefetch_related("events"):
        hold_time(dispatch, terms[dispatch.contract_id], now)


def hold_time(dispatch: Dispatch, terms: SettlementTerms, now: datetime) -> None:
    """Have the dispatch hold the time until the latest end that may still be asked for; none once it is void."""
    if dispatch.is_own_test:
        return
    end, holds = time_held_by(events_of(dispatch), dispatch.end, terms, now)
    if (dispatch.end, dispatch.holds_its_time) != (end, holds):
        dispatch.end, dispatch.holds_its_time = end, holds
        dispatch.save(update_fields=["end", "holds_its_time"])


def time_held_by(
    events: Sequence[Event], end: datetime, terms: SettlementTerms, now: datetime
) -> tuple[datetime, bool]:
    """The latest end that may still be asked for by these events, ``end`` where there is none; and whether time is held."""
    response = answers.response_at(events, now, **answer_terms(terms))
    holds = response not in VOID
    profile = requested(events, acknowledge_minutes=terms.acknowledge_minutes, stands_unanswered=True)
    stopped = any(each.type in answers.ENDED for each in events)
    waiting = [
        each.end
        for each in amendments_waiting(events)
        if not stopped and each.start is not None and each.start > now and each.end is not None
    ]
    return max([profile.end, *waiting]) if holds and profile.has_effect else end, holds


def make_ref(operator: Organisation, now: datetime, start: str = "D") -> str:
    """A ref for a dispatch that was given none: D, the operator's local day, and four signs."""
    day = now.astimezone(operator.zone)
    return f"{start}-{day_in_ref(day)}-{''.join(secrets.choice(LETTERS) for _ in range(4))}"


def record_move(
    locked: Locked, to: DispatchState, kind: EventKind, by: Member, reason: str = "", **also: Any
) -> None:
    """Bring the dispatch to a state, which the operator's log records, and add the event.

    Of a provider's own test its own log does, and the operator's holds nothing.
    """
    dispatch, contract = locked.dispatch, locked.contract
    states.move(
        dispatch,
        "state",
        to,
        by=by,
        action=f"dispatch {to.value}",
        now=locked.now,
        organisation_id=contract.seller_id if dispatch.is_own_test else dispatch.operator_id,
        **also,
    )
    parties = [] if dispatch.is_own_test else [contract.seller_id]
    record_event(dispatch, contract, kind, by, locked.now, reason=reason, parties=parties)


def record_event(
    dispatch: Dispatch,
    contract: Contract,
    kind: EventKind,
    by: Member,
    now: datetime,
    *,
    reason: str = "",
    parties: Sequence[UUID] | None = None,
    changes: dict[str, tuple[Any, Any]] | None = None,
    **told: Any,
) -> DispatchEvent:
    """Record an event, in the logs of ``parties`` (by default both), and tell the other party what was done."""
    event = DispatchEvent.objects.create(
        dispatch=dispatch,
        place=dispatch.events.count() + 1,
        kind=kind,
        at=now,
        by_id=by.user_id,
        reason=reason,
        **told,
    )
    terms = terms_of_contract(contract)
    hold_time(dispatch, terms, now)
    both = (contract.seller_id,) if dispatch.is_own_test else (contract.buyer_id, contract.seller_id)
    for party in both if parties is None else parties:
        record_many(party, by, [entry_of(event, changes or {}, **told)], now)
    message = None
    if kind in OF_EVENT:
        body = body_of(dispatch, contract, event)
        message = write_message(contract.seller_id, OF_EVENT[kind], body, now, dispatch)
    notify_event(dispatch, contract, terms, event, message, now)
    return event


def entry_of(event: DispatchEvent, changes: Mapping[str, tuple[Any, Any]], **told: Any) -> LogEntry:
    """What a party's log says of an event: the changes, and what it tells."""
    said = {key: (None, plain(value)) for key, value in {**told, "reason": event.reason}.items() if value}
    label = EventKind(event.kind).label.lower()
    return LogEntry(f"dispatch {label}", event.dispatch, {**changes, **said})


def body_of(dispatch: Dispatch, contract: Contract, event: DispatchEvent) -> dict[str, Any]:
    """What a message says of an event: everything that is needed to act on it."""
    return {
        "dispatch": str(dispatch.pk),
        "ref": dispatch.ref,
        "contract": str(contract.pk),
        "competition": contract.competition.ref,
        "window": contract.window_name,
        "dispatch_kind": dispatch.kind,
        "at": instant_text(event.at),
        "start": instant_text(event.start) if event.start is not None else None,
        "end": instant_text(event.end) if event.end is not None else None,
        "mw": plain(event.mw),
        "amendment": event.amendment,
        "reason": event.reason,
    }


def plain(value: Any) -> Any:
    """A value as a log and a message hold it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return exact_text(value) if isinstance(value, Decimal) else value
