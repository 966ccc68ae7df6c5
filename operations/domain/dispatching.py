"""Dispatches issued, amended, stopped, cancelled by the operator; acknowledged and declined by the provider.

Each action locks both parties' logs, the contract and the dispatch, in this order, reads the clock then, and writes the
event, the entries of both logs and the provider's message in one transaction.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from competitions.domain.settlement_terms import SettlementTerms
from contracts.models import Contract
from marketplace import clock, states
from marketplace.audit.chain import lock_chains, record
from marketplace.errors import NotAllowed, Refused
from marketplace.numbers import count_text, exact_text
from operations import rules
from operations.domain import answers
from operations.domain.called import callable_of, events_of, stands_unanswered, terms_of_contract
from operations.domain.limits import Refusal, refusals_of_amendment, refusals_of_issue
from operations.domain.messages import write_message
from operations.domain.occurrences import Stretch
from operations.domain.profiles import VOID, Event, Response, amendments_waiting, requested
from operations.enums import DispatchKind, DispatchState, EventKind, MessageKind
from operations.models import REF_PATTERN, Dispatch, DispatchEvent

LONGEST_REASON = 1000
LONGEST_INCIDENT = 60
OF_EVENT = {
    EventKind.ISSUE: MessageKind.DISPATCH_ISSUED,
    EventKind.AMEND: MessageKind.DISPATCH_AMENDED,
    EventKind.STOP: MessageKind.DISPATCH_STOPPED,
    EventKind.EMERGENCY_STOP: MessageKind.DISPATCH_EMERGENCY_STOPPED,
    EventKind.CANCEL: MessageKind.DISPATCH_CANCELLED,
}
"""What the provider is told of which event."""


@dataclass(frozen=True)
class _Locked:
    """A dispatch with its contract, locked, and what the rules need of it."""

    dispatch: Dispatch
    contract: Contract
    terms: SettlementTerms
    events: list[Event]
    now: datetime

    @property
    def answer(self) -> dict[str, Any]:
        return _answer_terms(self.terms)


def _answer_terms(terms: SettlementTerms) -> dict[str, Any]:
    return {
        "acknowledge_minutes": terms.acknowledge_minutes,
        "stands_unanswered": stands_unanswered(terms),
    }


@transaction.atomic
def issue_dispatch(
    *,
    by: Member,
    contract_id: UUID,
    mw: Decimal,
    start: datetime,
    end: datetime,
    kind: DispatchKind = DispatchKind.OPERATIONAL,
    ref: str = "",
    reason: str = "",
    incident_reference: str = "",
    now: datetime,
) -> Dispatch:
    """Call a contract for these MW from start to end. The same ref with the same content gives the first dispatch again.

    Raises ``Refused`` with every limit that is broken, for a ref that stands for something else, and ``NotAllowed``.
    """
    contract = _locked_contract(by, contract_id)
    rules.check_may_dispatch(by, contract)
    instant = clock.now()
    told = _told(contract, mw, start, end, kind, reason, incident_reference)
    known = _known(by, ref, told)
    if known is not None:
        return known
    terms = terms_of_contract(contract)
    release_time(contract, terms, instant)
    others = Dispatch.objects.filter(contract=contract, holds_its_time=True)
    asked = Stretch(start, end, Fraction(mw))
    _raise_first(refusals_of_issue(callable_of(contract, terms, others, instant), asked, instant))
    dispatch = Dispatch.objects.create(
        operator=contract.buyer, ref=ref or _made_ref(), issued_at=instant, issued_by_id=by.user_id, **told
    )
    changes = {"contract": (None, str(contract.pk)), "ref": (None, dispatch.ref)}
    _add(
        dispatch,
        contract,
        EventKind.ISSUE,
        by,
        instant,
        reason=told["reason"],
        changes=changes,
        start=start,
        end=end,
        mw=mw,
    )
    return dispatch


@transaction.atomic
def amend_dispatch(
    *, by: Member, dispatch_id: UUID, mw: Decimal, since: datetime, end: datetime, now: datetime
) -> DispatchEvent:
    """Ask for other MW, or another end, from an instant on. More, or longer, binds once it is acknowledged before it.

    Raises ``Refused`` and ``NotAllowed``.
    """
    locked = _locked(by, dispatch_id)
    rules.check_may_dispatch(by, locked.contract)
    dispatch, contract = locked.dispatch, locked.contract
    present = answers.check_amend(locked.events, locked.now, **locked.answer)
    others = Dispatch.objects.filter(contract=contract, holds_its_time=True).exclude(pk=dispatch.pk)
    pieces = [Stretch(each.start, each.end, each.mw) for each in present.pieces]
    _check_decimals(mw)
    asked = Stretch(since, end, Fraction(mw))
    limits = callable_of(contract, locked.terms, others, locked.now)
    _raise_first(refusals_of_amendment(limits, pieces, asked, locked.now))
    return _add(
        dispatch,
        contract,
        EventKind.AMEND,
        by,
        locked.now,
        start=since,
        end=end,
        mw=mw,
        amendment=answers.next_amendment(locked.events),
    )


@transaction.atomic
def cancel_dispatch(*, by: Member, dispatch_id: UUID, reason: str = "", now: datetime) -> None:
    """Take a dispatch back before its start. Raises ``Refused`` and ``NotAllowed``."""
    locked = _locked(by, dispatch_id)
    rules.check_may_dispatch(by, locked.contract)
    if answers.check_cancel(locked.events, locked.now):
        also = {"holds_its_time": False}
        _move(locked, DispatchState.CANCELLED, EventKind.CANCEL, by, _reason(reason), **also)


@transaction.atomic
def stop_dispatch(
    *, by: Member, dispatch_id: UUID, is_emergency: bool = False, reason: str = "", now: datetime
) -> None:
    """End a dispatch that runs, now; an emergency stop is told before anything else. Raises ``Refused``, ``NotAllowed``."""
    locked = _locked(by, dispatch_id)
    rules.check_may_dispatch(by, locked.contract)
    if answers.check_stop(locked.events, locked.now, **locked.answer):
        kind = EventKind.EMERGENCY_STOP if is_emergency else EventKind.STOP
        _add(locked.dispatch, locked.contract, kind, by, locked.now, reason=_reason(reason))


@transaction.atomic
def acknowledge_dispatch(
    *, by: Member, dispatch_id: UUID, amendment: int | None = None, now: datetime
) -> None:
    """Confirm a dispatch, or an amendment of it; said twice, it is recorded once. Raises ``Refused``, ``NotAllowed``."""
    locked = _locked(by, dispatch_id)
    rules.check_may_answer(by, locked.contract)
    if not answers.check_acknowledge(locked.events, locked.now, amendment=amendment, **locked.answer):
        return
    if amendment is None or amendment == 1:
        _move(locked, DispatchState.ACKNOWLEDGED, EventKind.ACKNOWLEDGE, by)
    else:
        _add(
            locked.dispatch,
            locked.contract,
            EventKind.ACKNOWLEDGE,
            by,
            locked.now,
            amendment=amendment,
        )


@transaction.atomic
def decline_dispatch(*, by: Member, dispatch_id: UUID, reason: str, now: datetime) -> None:
    """Refuse a dispatch before its start, with a reason that the operator reads. Raises ``Refused``, ``NotAllowed``."""
    locked = _locked(by, dispatch_id)
    rules.check_may_answer(by, locked.contract)
    if answers.check_decline(locked.events, locked.now, reason, **locked.answer):
        also = {"holds_its_time": stands_unanswered(locked.terms)}
        _move(locked, DispatchState.DECLINED, EventKind.DECLINE, by, _reason(reason), **also)


def release_time(contract: Contract, terms: SettlementTerms, now: datetime) -> None:
    """Let go of the time that dispatches of the contract hold and that they turned out not to need."""
    for dispatch in Dispatch.objects.filter(contract=contract, holds_its_time=True, end__gt=now):
        _hold(dispatch, terms, now)


def _hold(dispatch: Dispatch, terms: SettlementTerms, now: datetime) -> None:
    """Have the dispatch hold the time until the latest end that may still be asked for; none once it is void."""
    events = events_of(dispatch)
    told = _answer_terms(terms)
    response = answers.response_at(events, now, **told)
    holds = response not in VOID
    profile = requested(events, acknowledge_minutes=terms.acknowledge_minutes, stands_unanswered=True)
    stopped = any(each.type in answers.ENDED for each in events)
    waiting = [
        each.end
        for each in amendments_waiting(events)
        if not stopped and each.start is not None and each.start > now and each.end is not None
    ]
    end = max([profile.end, *waiting]) if holds and profile.has_effect else dispatch.end
    if (dispatch.end, dispatch.holds_its_time) != (end, holds):
        dispatch.end, dispatch.holds_its_time = end, holds
        dispatch.save(update_fields=["end", "holds_its_time"])


def _locked_contract(by: Member, contract_id: UUID) -> Contract:
    """The contract of the member's organisation, locked with both parties' logs. Raises ``NotAllowed``."""
    found = Contract.objects.filter(pk=contract_id).values_list("buyer", "seller").first()
    if found is None or by.organisation_id not in found:
        raise NotAllowed("Your organisation has no such contract.")
    lock_chains(found)
    return (
        Contract.objects.select_for_update(of=("self",))
        .select_related("buyer", "seller", "competition", "bid__window", "terms_version__record")
        .get(pk=contract_id)
    )


def _locked(by: Member, dispatch_id: UUID) -> _Locked:
    """The dispatch of the member's organisation, locked with its contract and logs. Raises ``NotAllowed``."""
    contract_id = Dispatch.objects.filter(pk=dispatch_id).values_list("contract", flat=True).first()
    if contract_id is None:
        raise NotAllowed("Your organisation has no such dispatch.")
    contract = _locked_contract(by, contract_id)
    dispatch = Dispatch.objects.select_for_update(of=("self",)).select_related("operator").get(pk=dispatch_id)
    return _Locked(dispatch, contract, terms_of_contract(contract), events_of(dispatch), clock.now())


def _told(
    contract: Contract,
    mw: Decimal,
    start: datetime,
    end: datetime,
    kind: DispatchKind,
    reason: str,
    incident_reference: str,
) -> dict[str, Any]:
    _check_decimals(mw)
    return {
        "contract": contract,
        "mw": mw,
        "start": start,
        "end": end,
        "kind": kind,
        "reason": _reason(reason),
        "incident_reference": _short(incident_reference, LONGEST_INCIDENT, "An incident reference"),
    }


def _check_decimals(mw: Decimal) -> None:
    if mw != round(mw, 6):
        raise Refused("MW have up to six decimals.")


def _reason(reason: str) -> str:
    return _short(reason, LONGEST_REASON, "A reason")


def _short(text: str, most: int, what: str) -> str:
    text = text.strip()
    if len(text) > most:
        raise Refused(f"{what} can have at most {count_text(most)} characters.")
    return text


def _known(by: Member, ref: str, told: dict[str, Any]) -> Dispatch | None:
    """The dispatch that was issued under this ref with this content. Raises ``Refused`` where its content was another."""
    if not ref:
        return None
    if not re.fullmatch(REF_PATTERN, ref):
        raise Refused("A dispatch ref has up to 60 letters, digits, dots, slashes, hyphens and underscores.")
    found = Dispatch.objects.filter(operator=by.organisation_id, ref__iexact=ref).first()
    if found is None:
        return None
    issue = found.events.get(place=1)
    first = {"start": issue.start, "end": issue.end, "mw": issue.mw}
    if all(first.get(key, getattr(found, key)) == value for key, value in told.items()):
        return found
    raise Refused(f"Another dispatch was issued under the ref {found.ref}. Choose another ref.")


def _made_ref() -> str:
    return f"D-{uuid.uuid4().hex[:12].upper()}"


def _raise_first(refusals: Sequence[Refusal]) -> None:
    if refusals:
        raise Refused(" ".join(each.sentence for each in refusals))


def _move(
    locked: _Locked, to: DispatchState, kind: EventKind, by: Member, reason: str = "", **also: Any
) -> None:
    """Bring the dispatch to a state, which the operator's log records, and add the event."""
    dispatch = locked.dispatch
    states.move(
        dispatch,
        "state",
        to,
        by=by,
        action=f"dispatch {to.value}",
        now=locked.now,
        organisation_id=dispatch.operator_id,
        **also,
    )
    parties = [locked.contract.seller_id]
    _add(dispatch, locked.contract, kind, by, locked.now, reason=reason, parties=parties)


def _add(
    dispatch: Dispatch,
    contract: Contract,
    kind: EventKind,
    by: Member,
    now: datetime,
    *,
    reason: str = "",
    parties: Sequence[UUID] = (),
    changes: dict[str, tuple[Any, Any]] | None = None,
    **told: Any,
) -> DispatchEvent:
    """Record an event, in the logs of ``parties`` (by default both), and tell the provider what the operator did."""
    event = DispatchEvent.objects.create(
        dispatch=dispatch,
        place=dispatch.events.count() + 1,
        kind=kind,
        at=now,
        by_id=by.user_id,
        reason=reason,
        **told,
    )
    _hold(dispatch, terms_of_contract(contract), now)
    said = {key: (None, _text(value)) for key, value in {**told, "reason": reason}.items() if value}
    for party in parties or (contract.buyer_id, contract.seller_id):
        record(
            organisation_id=party,
            by=by,
            action=f"dispatch {kind.label.lower()}",
            subject=dispatch,
            changes={**(changes or {}), **said},
            now=now,
        )
    if kind in OF_EVENT:
        write_message(contract.seller_id, OF_EVENT[kind], _body(dispatch, contract, event), now, dispatch)
    return event


def _body(dispatch: Dispatch, contract: Contract, event: DispatchEvent) -> dict[str, Any]:
    """What a message says of an event: everything that is needed to act on it."""
    return {
        "dispatch": str(dispatch.pk),
        "ref": dispatch.ref,
        "contract": str(contract.pk),
        "competition": contract.competition.ref,
        "window": contract.window_name,
        "dispatch_kind": dispatch.kind,
        "at": event.at.isoformat(),
        "start": _text(event.start),
        "end": _text(event.end),
        "mw": _text(event.mw),
        "amendment": event.amendment,
        "reason": event.reason,
    }


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return exact_text(value) if isinstance(value, Decimal) else value


def response_of(dispatch: Dispatch, contract: Contract, now: datetime) -> Response | None:
    """How a dispatch stands; None while its answer may still come in time."""
    terms = terms_of_contract(contract)
    told = _answer_terms(terms)
    return answers.response_at(events_of(dispatch), now, **told)
