"""Dispatches that follow from the contract itself: scheduled ones at its signing, and the end of all at its withdrawal."""

from datetime import datetime

from django.db import transaction

from accounts.models import Member
from competitions.domain.settlement_terms import SettlementTerms
from contracts.enums import ContractStatus
from contracts.models import Contract
from marketplace.audit.chain import Event as LogEntry
from marketplace.audit.chain import record_many
from marketplace.dates import day_in_ref
from operations.domain.called import occurrences_of, terms_of_contract
from operations.domain.dispatch_notifications import notify_scheduled
from operations.domain.messages import Told, write_messages
from operations.domain.recording import (
    answer_terms,
    body_of,
    contract_for_update,
    of_contract,
    plain,
    record_event,
    record_move,
)
from operations.domain.standing import Phase, standing_at
from operations.enums import DispatchKind, DispatchState, EventKind, MessageKind
from operations.models import Dispatch, DispatchEvent

AWARD_IS_INSTRUCTION = frozenset({"peak reduction", "scheduled utilisation"})
"""Product types by which signing a contract dispatches it."""
BY_AWARD = "Acknowledged by the award."
WITHDRAWN = "The contract is withdrawn."


def is_scheduled(contract: Contract) -> bool:
    """Whether the award of a contract is the instruction to deliver."""
    return contract.competition.product_type.strip().casefold() in AWARD_IS_INSTRUCTION


@transaction.atomic
def issue_scheduled(*, by: Member, contract: Contract, now: datetime) -> list[Dispatch]:
    """Dispatch each coming occurrence of a signed contract whose award is the instruction, at its capacity.

    Each begins with its window and ends with it, or after the maximum run time. They are acknowledged by the award. An
    occurrence that is dispatched already, or has begun, is left as it is; so doing it again makes none twice.
    """
    if not is_scheduled(contract) or contract.terms is None or contract.status != ContractStatus.SIGNED:
        return []
    locked = contract_for_update(contract.pk)
    taken = Dispatch.objects.filter(contract=locked, holds_its_time=True).values_list("start", "end")
    held, dispatches = list(taken), []
    for each in occurrences_of(locked):
        end = min(each.end, each.start + locked.maximum_run_time)
        if each.start > now and not any(start < end and stop > each.start for start, stop in held):
            dispatches.append(
                Dispatch(
                    operator=locked.buyer,
                    contract=locked,
                    ref=f"S-{locked.pk.hex[:12]}-{day_in_ref(each.day)}",
                    kind=DispatchKind.SCHEDULED,
                    state=DispatchState.ACKNOWLEDGED,
                    mw=locked.capacity_mw,
                    start=each.start,
                    end=end,
                    issued_at=now,
                    issued_by_id=by.user_id,
                )
            )
    if dispatches:
        _record(dispatches, locked, by, now)
    return dispatches


def _record(dispatches: list[Dispatch], contract: Contract, by: Member, now: datetime) -> None:
    Dispatch.objects.bulk_create(dispatches)
    issues = [
        DispatchEvent(
            dispatch=each,
            place=1,
            kind=EventKind.ISSUE,
            at=now,
            by_id=by.user_id,
            start=each.start,
            end=each.end,
            mw=each.mw,
        )
        for each in dispatches
    ]
    answers = [
        DispatchEvent(
            dispatch=each, place=2, kind=EventKind.ACKNOWLEDGE, at=now, by_id=by.user_id, reason=BY_AWARD
        )
        for each in dispatches
    ]
    DispatchEvent.objects.bulk_create([*issues, *answers])
    told = [
        Told(MessageKind.DISPATCH_ISSUED, body_of(each.dispatch, contract, each), each.dispatch)
        for each in issues
    ]
    write_messages(contract.seller_id, told, now)
    entries = [LogEntry("dispatch issued", each, _told(each)) for each in dispatches]
    for party in (contract.buyer_id, contract.seller_id):
        record_many(party, by, entries, now)
    notify_scheduled(contract, dispatches, dispatches[0].start, dispatches[-1].start, now)


def _told(dispatch: Dispatch) -> dict[str, tuple[None, str]]:
    fields = {"contract": str(dispatch.contract_id), "ref": dispatch.ref, "kind": dispatch.kind}
    profile = {name: plain(getattr(dispatch, name)) for name in ("start", "end", "mw")}
    return {name: (None, value) for name, value in {**fields, **profile, "reason": BY_AWARD}.items()}


def end_with_contract(*, by: Member, contract: Contract, now: datetime) -> None:
    """Stop what runs of a contract that is being withdrawn, and cancel what comes; in the transaction of its withdrawal."""
    if contract.terms is None:
        return
    locked = contract_for_update(contract.pk)
    terms = terms_of_contract(locked)
    ahead = Dispatch.objects.filter(contract=locked, holds_its_time=True, end__gt=now)
    for dispatch in ahead.exclude(state=DispatchState.DECLINED).order_by("start"):
        _end(dispatch, locked, terms, by, now)


def _end(dispatch: Dispatch, contract: Contract, terms: SettlementTerms, by: Member, now: datetime) -> None:
    found = of_contract(contract, dispatch.pk, now)
    standing = standing_at(found.events, now, **answer_terms(terms))
    if standing.phase is Phase.COMING:
        also = {"holds_its_time": False}
        record_move(found, DispatchState.CANCELLED, EventKind.CANCEL, by, WITHDRAWN, **also)
    elif standing.phase is Phase.RUNNING:
        record_event(found.dispatch, contract, EventKind.STOP, by, now, reason=WITHDRAWN)
