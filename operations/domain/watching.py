"""What the clock brings to dispatches: answers that are due, and emergency stops that nobody has acknowledged."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from contracts.models import Contract
from marketplace import clock
from marketplace.audit.chain import lock_chains, record
from marketplace.errors import NotAllowed
from operations import rules
from operations.domain.called import events_of, terms_of_contract
from operations.domain.dispatch_notifications import (
    notify_emergency_again,
    notify_half_time,
    notify_unanswered,
)
from operations.domain.profiles import deadline_of
from operations.domain.recording import hold_time
from operations.domain.standing import half_time
from operations.enums import DispatchState, EventKind, MessageKind, ReceiptKind
from operations.models import Dispatch, Message, MessageReceipt

REPEATED_EVERY, LATER_EVERY = timedelta(minutes=5), timedelta(hours=1)
OFTEN_FOR = timedelta(hours=2)
"""So long an emergency stop is repeated every few minutes; then every hour, until it is acknowledged."""
NEEDED = ("operator", "contract__buyer", "contract__seller", "contract__competition")


def watch_dispatches(now: datetime) -> int:
    """Remind of answers when half of their time is gone, alert when they are overdue, repeat emergency stops; how many.

    Done twice, it tells nobody twice.
    """
    waiting = Dispatch.objects.filter(state=DispatchState.ISSUED, alerted_at=None)
    told = sum(_watch(each, now) for each in waiting.select_related(*NEEDED).order_by("issued_at", "id"))
    return told + sum(_repeat(each, now) for each in _unacknowledged_stops(now))


@transaction.atomic
def _watch(dispatch: Dispatch, now: datetime) -> bool:
    contract = dispatch.contract
    terms = terms_of_contract(contract)
    issue = events_of(dispatch)[0]
    due = deadline_of(issue, terms.acknowledge_minutes)
    if now > due:
        if not _claimed(dispatch, "alerted_at", now):
            return False
        dispatch.refresh_from_db(fields=["end", "holds_its_time"])
        hold_time(dispatch, terms, now)
        notify_unanswered(dispatch, contract, terms, due, now)
        return True
    if dispatch.reminded_at is None and now >= half_time(issue, terms.acknowledge_minutes):
        if not _claimed(dispatch, "reminded_at", now):
            return False
        notify_half_time(dispatch, contract, terms, due, now)
        return True
    return False


def _claimed(dispatch: Dispatch, field: str, now: datetime) -> bool:
    """Whether this run is the one that tells: the answer has not come, and no other run was first."""
    open_to = Dispatch.objects.filter(pk=dispatch.pk, state=DispatchState.ISSUED, **{field: None})
    return bool(open_to.update(**{field: now}))


def _unacknowledged_stops(now: datetime) -> list[Message]:
    acknowledged = MessageReceipt.objects.filter(kind=ReceiptKind.ACKNOWLEDGED).values("message")
    stops = Message.objects.filter(
        kind=MessageKind.DISPATCH_EMERGENCY_STOPPED,
        at__lte=now - REPEATED_EVERY,
    ).exclude(pk__in=acknowledged)
    return list(stops.select_related(*(f"dispatch__{each}" for each in NEEDED)).order_by("at", "id"))


def times_repeated(since: timedelta) -> int:
    """How often an emergency stop has been told again by then."""
    return min(since, OFTEN_FOR) // REPEATED_EVERY + max(since - OFTEN_FOR, timedelta(0)) // LATER_EVERY


def _repeat(message: Message, now: datetime) -> bool:
    dispatch = message.dispatch
    assert dispatch is not None
    again = times_repeated(now - message.at)
    event = dispatch.events.get(kind=EventKind.EMERGENCY_STOP)
    notify_emergency_again(dispatch, dispatch.contract, event, message, again, now)
    return True


def overdue_numbers(now: datetime) -> tuple[int, int]:
    """How many dispatches that are not over have an overdue answer, and how many emergency stops nobody has
    acknowledged."""
    overdue = Dispatch.objects.filter(state=DispatchState.ISSUED, alerted_at__isnull=False, end__gt=now)
    return overdue.count(), len(_unacknowledged_stops(now))


@transaction.atomic
def acknowledge_stop(*, by: Member, message_id: UUID, now: datetime) -> None:
    """Confirm that an emergency stop was read; said twice, it is recorded once. Raises ``NotAllowed``."""
    found = (
        Message.objects.filter(
            pk=message_id,
            receiver=by.organisation_id,
            kind=MessageKind.DISPATCH_EMERGENCY_STOPPED,
        )
        .select_related("dispatch__contract")
        .first()
    )
    if found is None or found.dispatch is None:
        raise NotAllowed("Your organisation has no such message.")
    contract: Contract = found.dispatch.contract
    rules.check_may_answer(by, contract)
    parties = (contract.buyer_id, contract.seller_id)
    lock_chains(parties)
    instant = clock.now()
    receipt, made = MessageReceipt.objects.get_or_create(
        message=found, kind=ReceiptKind.ACKNOWLEDGED, defaults={"at": instant, "by_id": by.user_id}
    )
    if made:
        for party in parties:
            record(
                organisation_id=party,
                by=by,
                action="emergency stop acknowledged",
                subject=found.dispatch,
                changes={"acknowledged_at": (None, receipt.at.isoformat())},
                now=instant,
            )
