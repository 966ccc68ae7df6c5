"""Dispatches issued, amended, stopped, cancelled by the operator; acknowledged and declined by the provider.

Each action locks both parties' logs, the contract and the dispatch, in this order, reads the clock then, and writes the
event, the entries of both logs and the provider's message in one transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from contracts.models import Contract
from marketplace.errors import Refused
from operations import rules
from operations.domain import answers
from operations.domain.called import callable_of, events_of, stands_unanswered, terms_of_contract
from operations.domain.instructions import check_mw, reason_text
from operations.domain.limits import Refusal, refusals_of_amendment
from operations.domain.occurrences import Stretch
from operations.domain.profiles import Response
from operations.domain.recording import (
    answer_terms,
    locked_dispatch,
    record_event,
    record_move,
)
from operations.enums import DispatchState, EventKind
from operations.models import Dispatch, DispatchEvent

LONGEST_REASON = 1000
LONGEST_INCIDENT = 60
MOST_MW = 10**8


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
        record_move(locked, DispatchState.CANCELLED, EventKind.CANCEL, by, reason_text(reason), **also)


@transaction.atomic
def stop_dispatch(
    *, by: Member, dispatch_id: UUID, is_emergency: bool = False, reason: str = "", now: datetime
) -> None:
    """End a dispatch that runs, now; an emergency stop is told before anything else. Raises ``Refused``, ``NotAllowed``."""
    locked = locked_dispatch(by, dispatch_id)
    rules.check_may_dispatch(by, locked.contract)
    if answers.check_stop(locked.events, locked.now, **locked.answer):
        kind = EventKind.EMERGENCY_STOP if is_emergency else EventKind.STOP
        record_event(locked.dispatch, locked.contract, kind, by, locked.now, reason=reason_text(reason))


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
        record_move(locked, DispatchState.DECLINED, EventKind.DECLINE, by, reason_text(reason), **also)


def _raise_first(refusals: Sequence[Refusal]) -> None:
    if refusals:
        raise Refused(" ".join(each.sentence for each in refusals))


def response_of(dispatch: Dispatch, contract: Contract, now: datetime) -> Response | None:
    """How a dispatch stands; None while its answer may still come in time."""
    terms = terms_of_contract(contract)
    told = answer_terms(terms)
    return answers.response_at(events_of(dispatch), now, **told)
