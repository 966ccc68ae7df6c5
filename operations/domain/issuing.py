"""Dispatches issued, one or many at once: all of them or none, in as many queries for many as for one.

Both parties' logs and the contracts are locked, in this order, and the clock is read then, as for everything else that
happens to a dispatch (see :mod:`operations.domain.recording`).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from contracts.models import Contract
from marketplace import clock
from marketplace.audit.chain import Event as LogEntry
from marketplace.audit.chain import record_in_chains
from marketplace.errors import Refused
from operations import rules
from operations.domain.available import callables_between
from operations.domain.called import event_of, terms_of_contract
from operations.domain.dispatch_notifications import notify_clash, notify_issued
from operations.domain.dispatch_queries import time_held
from operations.domain.dispatch_warnings import clashes_of_each
from operations.domain.instructions import Instruction, checked, issued_under, same_dispatch
from operations.domain.limits import refusals_of_issue
from operations.domain.messages import Told, write_messages_to_each
from operations.domain.occurrences import Stretch
from operations.domain.recording import (
    body_of,
    entry_of,
    locked_contracts,
    make_ref,
    release_time,
    time_held_by,
)
from operations.enums import DispatchKind, EventKind, MessageKind
from operations.models import Dispatch, DispatchEvent


class NotIssued(Refused):
    """One of several instructions is refused: ``place`` says which, from 0."""

    def __init__(self, sentence: str, place: int) -> None:
        super().__init__(sentence)
        self.place = place


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
    warnings: Sequence[str] = (),
    now: datetime,
) -> Dispatch:
    """Call a contract for these MW from start to end. The same ref with the same content gives the first dispatch again.

    ``warnings`` are those that the operator was told before; they are kept, for it alone.

    Raises ``Refused`` with every limit that is broken, for a ref that stands for something else, and ``NotAllowed``.
    """
    told = Instruction(contract_id, mw, start, end, kind, ref, reason, incident_reference, tuple(warnings))
    return issue_dispatches(by=by, instructions=[told], now=now)[0]


@transaction.atomic
def issue_dispatches(*, by: Member, instructions: Sequence[Instruction], now: datetime) -> list[Dispatch]:
    """Issue dispatches together, in this order: all of them or, refused, none.

    Each is recorded, told and answered by itself. Raises ``NotIssued`` for the first that is refused, and ``NotAllowed``.
    """
    contracts = locked_contracts(by, {each.contract_id for each in instructions})
    for contract in contracts.values():
        rules.check_may_dispatch(by, contract)
    instant = clock.now()
    told = []
    for place, each in enumerate(instructions):
        with _refused_at(place):
            told.append(checked(each))
    known = issued_under(by, [each.ref for each in told])
    found: list[Dispatch] = []
    new: list[tuple[int, Dispatch]] = []
    warnings: dict[UUID, Sequence[str]] = {}
    for place, each in enumerate(told):
        with _refused_at(place):
            before = known.get(each.ref.lower()) if each.ref else None
            if before is not None:
                found.append(same_dispatch(before, each))
                continue
        dispatch = _dispatch(each, contracts[each.contract_id], by, instant)
        known[dispatch.ref.lower()] = (dispatch, each)
        found.append(dispatch)
        new.append((place, dispatch))
        warnings[dispatch.pk] = each.warnings
    _check_limits(new, instant)
    _record([_issue(each, warnings[each.pk], by, instant) for _, each in new], by, instant)
    return found


@contextmanager
def _refused_at(place: int) -> Iterator[None]:
    """Say of which instruction a refusal speaks."""
    try:
        yield
    except Refused as refusal:
        raise NotIssued(refusal.sentence, place) from refusal


def _dispatch(told: Instruction, contract: Contract, by: Member, now: datetime) -> Dispatch:
    return Dispatch(
        operator=contract.buyer,
        contract=contract,
        ref=told.ref or make_ref(contract.buyer, now),
        kind=told.kind,
        mw=told.mw,
        start=told.start,
        end=told.end,
        reason=told.reason,
        incident_reference=told.incident_reference,
        issued_at=now,
        issued_by_id=by.user_id,
    )


def _check_limits(new: Sequence[tuple[int, Dispatch]], now: datetime) -> None:
    """Raise ``NotIssued`` for the first that breaks a limit, also by what is issued together with it."""
    if not new:
        return
    called = {each.contract_id: each.contract for _, each in new}
    terms = {}
    for place, each in new:
        with _refused_at(place):
            terms[each.contract_id] = terms_of_contract(each.contract)
    release_time(terms, now)
    first, last = min(each.start for _, each in new), max(each.end for _, each in new)
    limits = callables_between(list(called.values()), time_held(list(called)), first, last, now)
    for place, each in new:
        asked, limit = Stretch(each.start, each.end, Fraction(each.mw)), limits[each.contract_id]
        refusals = refusals_of_issue(limit, asked, now)
        if refusals:
            raise NotIssued(" ".join(one.sentence for one in refusals), place)
        limits[each.contract_id] = replace(limit, called=[*limit.called, asked])


def _record(issues: Sequence[DispatchEvent], by: Member, now: datetime) -> None:
    """Store the dispatches with their events, both parties' entries, the messages and what people are told."""
    if not issues:
        return
    dispatches = [each.dispatch for each in issues]
    terms = [terms_of_contract(each.contract) for each in dispatches]
    for issue, own in zip(issues, terms, strict=True):
        of = issue.dispatch
        of.end, of.holds_its_time = time_held_by([event_of(issue)], of.end, own, now)
    Dispatch.objects.bulk_create(dispatches)
    DispatchEvent.objects.bulk_create(issues)
    entries: dict[UUID, list[LogEntry]] = defaultdict(list)
    for issue in issues:
        contract = issue.dispatch.contract
        for party in (contract.buyer_id, contract.seller_id):
            entries[party].append(_entry(issue, is_operators=party == contract.buyer_id))
    record_in_chains(entries, by, now)
    told = [
        (
            each.dispatch.contract.seller_id,
            Told(
                MessageKind.DISPATCH_ISSUED,
                body_of(each.dispatch, each.dispatch.contract, each),
                each.dispatch,
            ),
        )
        for each in issues
    ]
    messages = write_messages_to_each(told, now)
    notify_issued(list(zip(issues, terms, messages, strict=True)), now)
    _tell_of_clashes(dispatches, by, now)


def _issue(dispatch: Dispatch, warnings: Sequence[str], by: Member, now: datetime) -> DispatchEvent:
    return DispatchEvent(
        dispatch=dispatch,
        place=1,
        kind=EventKind.ISSUE,
        at=now,
        by_id=by.user_id,
        start=dispatch.start,
        end=dispatch.end,
        mw=dispatch.mw,
        reason=dispatch.reason,
        warnings=list(warnings),
    )


def _entry(issue: DispatchEvent, *, is_operators: bool) -> LogEntry:
    """What a party's log says of a dispatch; what the operator was warned of stands in its own alone."""
    of = issue.dispatch
    changes: dict[str, tuple[Any, Any]] = {"contract": (None, str(of.contract_id)), "ref": (None, of.ref)}
    if issue.warnings and is_operators:
        changes["warnings"] = (None, issue.warnings)
    return entry_of(issue, changes, start=issue.start, end=issue.end, mw=issue.mw)


def _tell_of_clashes(dispatches: Sequence[Dispatch], by: Member, now: datetime) -> None:
    """Tell the other operators whose running or coming dispatches call an asset that one of these calls too."""
    calls = [(each.contract, each.start, each.end) for each in dispatches]
    found = clashes_of_each(calls, not_of=by.organisation_id)
    for dispatch, clashes in zip(dispatches, found, strict=True):
        for other, refs in clashes.items():
            notify_clash(other, other.contract, refs, str(dispatch.pk), now)
