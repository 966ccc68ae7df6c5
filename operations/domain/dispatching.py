"""Dispatches issued, amended, stopped, cancelled by the operator; acknowledged and declined by the provider.

Each action locks both parties' logs, the contract and the dispatch, in this order, reads the clock then, and writes the
event, the entries of both logs and the provider's message in one transaction.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from contracts.models import Contract
from marketplace import clock
from marketplace.errors import Refused
from marketplace.numbers import count_text
from operations import rules
from operations.domain import answers
from operations.domain.called import callable_of, events_of, stands_unanswered, terms_of_contract
from operations.domain.dispatch_notifications import notify_clash
from operations.domain.dispatch_warnings import clashing_dispatches
from operations.domain.limits import Refusal, refusals_of_amendment, refusals_of_issue
from operations.domain.occurrences import Stretch
from operations.domain.profiles import Response
from operations.domain.recording import (
    answer_terms,
    locked_contract,
    locked_dispatch,
    make_ref,
    record_event,
    record_move,
    release_time,
)
from operations.enums import DispatchKind, DispatchState, EventKind
from operations.models import REF_PATTERN, Dispatch, DispatchEvent

LONGEST_REASON = 1000
LONGEST_INCIDENT = 60
MOST_MW = 10**8


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
    contract = locked_contract(by, contract_id)
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
        operator=contract.buyer,
        ref=ref or make_ref(contract.buyer, instant),
        issued_at=instant,
        issued_by_id=by.user_id,
        **told,
    )
    changes = {"contract": (None, str(contract.pk)), "ref": (None, dispatch.ref)}
    record_event(
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
    _tell_of_clashes(dispatch, contract, instant)
    return dispatch


@transaction.atomic
def amend_dispatch(
    *, by: Member, dispatch_id: UUID, mw: Decimal, since: datetime, end: datetime, now: datetime
) -> DispatchEvent:
    """Ask for other MW, or another end, from an instant on. More, or longer, binds once it is acknowledged before it.

    Raises ``Refused`` and ``NotAllowed``.
    """
    locked = locked_dispatch(by, dispatch_id)
    rules.check_may_dispatch(by, locked.contract)
    dispatch, contract = locked.dispatch, locked.contract
    present = answers.check_amend(locked.events, locked.now, **locked.answer)
    others = Dispatch.objects.filter(contract=contract, holds_its_time=True).exclude(pk=dispatch.pk)
    pieces = [Stretch(each.start, each.end, each.mw) for each in present.pieces]
    check_mw(mw)
    asked = Stretch(since, end, Fraction(mw))
    limits = callable_of(contract, locked.terms, others, locked.now)
    _raise_first(refusals_of_amendment(limits, pieces, asked, locked.now))
    return record_event(
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
    locked = locked_dispatch(by, dispatch_id)
    rules.check_may_dispatch(by, locked.contract)
    if answers.check_cancel(locked.events, locked.now):
        also = {"holds_its_time": False}
        record_move(locked, DispatchState.CANCELLED, EventKind.CANCEL, by, _reason(reason), **also)


@transaction.atomic
def stop_dispatch(
    *, by: Member, dispatch_id: UUID, is_emergency: bool = False, reason: str = "", now: datetime
) -> None:
    """End a dispatch that runs, now; an emergency stop is told before anything else. Raises ``Refused``, ``NotAllowed``."""
    locked = locked_dispatch(by, dispatch_id)
    rules.check_may_dispatch(by, locked.contract)
    if answers.check_stop(locked.events, locked.now, **locked.answer):
        kind = EventKind.EMERGENCY_STOP if is_emergency else EventKind.STOP
        record_event(locked.dispatch, locked.contract, kind, by, locked.now, reason=_reason(reason))


@transaction.atomic
def acknowledge_dispatch(
    *, by: Member, dispatch_id: UUID, amendment: int | None = None, now: datetime
) -> None:
    """Confirm a dispatch, or an amendment of it; said twice, it is recorded once. Raises ``Refused``, ``NotAllowed``."""
    locked = locked_dispatch(by, dispatch_id)
    rules.check_may_answer(by, locked.contract)
    if not answers.check_acknowledge(locked.events, locked.now, amendment=amendment, **locked.answer):
        return
    if amendment is None or amendment == 1:
        record_move(locked, DispatchState.ACKNOWLEDGED, EventKind.ACKNOWLEDGE, by)
    else:
        record_event(
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
    locked = locked_dispatch(by, dispatch_id)
    rules.check_may_answer(by, locked.contract)
    if answers.check_decline(locked.events, locked.now, reason, **locked.answer):
        holds = stands_unanswered(locked.terms) and not locked.dispatch.is_own_test
        also = {"holds_its_time": holds}
        record_move(locked, DispatchState.DECLINED, EventKind.DECLINE, by, _reason(reason), **also)


def _told(
    contract: Contract,
    mw: Decimal,
    start: datetime,
    end: datetime,
    kind: DispatchKind,
    reason: str,
    incident_reference: str,
) -> dict[str, Any]:
    check_mw(mw)
    return {
        "contract": contract,
        "mw": mw,
        "start": start,
        "end": end,
        "kind": kind,
        "reason": _reason(reason),
        "incident_reference": _short(incident_reference, LONGEST_INCIDENT, "An incident reference"),
    }


def check_mw(mw: Decimal) -> None:
    """Raise ``Refused`` for what is no amount of power that can be kept."""
    if not mw.is_finite() or abs(mw) >= MOST_MW:
        raise Refused("MW are a number, such as 2.5, with up to eight digits before the point.")
    if mw != round(mw, 6):
        raise Refused("MW have up to six decimals.")


def _reason(reason: str) -> str:
    return _short(reason, LONGEST_REASON, "A reason")


def _short(text: str, most: int, what: str) -> str:
    text = text.strip()
    if len(text) > most:
        raise Refused(f"{what} can have at most {count_text(most)} characters.")
    return text


def check_ref(ref: str) -> None:
    """Raise ``Refused`` for a ref of another form."""
    if not re.fullmatch(REF_PATTERN, ref):
        raise Refused("A dispatch ref has up to 60 letters, digits, dots, slashes, hyphens and underscores.")


def issued_before(member: Member, *, ref: str, contract: Contract, **told: Any) -> Dispatch | None:
    """The dispatch that was issued under this ref with this content, if any. Raises ``Refused`` for other content."""
    return _known(member, ref, _told(contract, **told))


def _known(by: Member, ref: str, told: dict[str, Any]) -> Dispatch | None:
    """The dispatch that was issued under this ref with this content. Raises ``Refused`` where its content was another."""
    if not ref:
        return None
    check_ref(ref)
    found = Dispatch.objects.filter(operator=by.organisation_id, ref__iexact=ref).first()
    if found is None:
        return None
    issue = found.events.get(place=1)
    first = {"start": issue.start, "end": issue.end, "mw": issue.mw}
    if all(first.get(key, getattr(found, key)) == value for key, value in told.items()):
        return found
    raise Refused(f"Another dispatch was issued under the ref {found.ref}. Choose another ref.")


def _tell_of_clashes(dispatch: Dispatch, contract: Contract, now: datetime) -> None:
    """Tell the other operators whose running or coming dispatches call an asset that this one calls too."""
    for other, refs in clashing_dispatches(contract, dispatch.start, dispatch.end).items():
        if other.operator_id != dispatch.operator_id:
            notify_clash(other, other.contract, refs, str(dispatch.pk), now)


def _raise_first(refusals: Sequence[Refusal]) -> None:
    if refusals:
        raise Refused(" ".join(each.sentence for each in refusals))


def response_of(dispatch: Dispatch, contract: Contract, now: datetime) -> Response | None:
    """How a dispatch stands; None while its answer may still come in time."""
    terms = terms_of_contract(contract)
    told = answer_terms(terms)
    return answers.response_at(events_of(dispatch), now, **told)
