"""What becomes of a contract after its award: signed, ended, withdrawn; and its documents."""

import hashlib
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import Member
from contracts import rules
from contracts.domain.notifications import notify_status
from contracts.enums import ContractStatus
from contracts.models import Contract, ContractDocument
from contracts.signals import contract_signed, contract_withdrawing, contracts_moved
from marketplace import attachments, states
from marketplace.audit.chain import lock_chains, record
from marketplace.calendar import local_instant
from marketplace.errors import Refused
from marketplace.jobs.models import StoredFile
from marketplace.numbers import count_text

LONGEST_REASON = 1000


def signable_from(awarded_at: datetime, standstill_days: int, zone: ZoneInfo) -> datetime | None:
    """When a contract awarded then may be signed: after so many whole days in ``zone``; None for at once."""
    if not standstill_days:
        return None
    first = awarded_at.astimezone(zone).date() + timedelta(days=standstill_days + 1)
    return local_instant(first, time(0), zone)


def sign_contract(*, by: Member, contract: Contract, now: datetime) -> None:
    """Mark a contract signed. Raises ``Refused`` during the standstill and for one not “Awarded”;
    ``NotAllowed``."""
    rules.check_may_manage(by, contract)
    rules.check_standstill_is_over(contract, now)
    _move(contract, ContractStatus.SIGNED, by, "contract signed", now, signed_at=now, signed_by_id=by.user_id)


def withdraw_contract(
    *, by: Member, contract: Contract, reason: str, seen: str | None = None, now: datetime
) -> None:
    """End a contract before its time, with a reason that the seller reads. ``seen`` is the status that was
    shown.

    Raises ``Refused`` without a reason, when its status changed since, and for one that ended or is
    withdrawn; ``NotAllowed`` without the role.
    """
    rules.check_may_manage(by, contract)
    reason = reason.strip()
    if not reason:
        raise Refused("A withdrawal needs a reason; the seller reads it.")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"A reason can have at most {count_text(LONGEST_REASON)} characters.")
    also = {"withdrawal_reason": reason, "withdrawn_at": now, "withdrawn_by_id": by.user_id}
    _move(contract, ContractStatus.WITHDRAWN, by, "contract withdrawn", now, seen, **also)


def add_document(
    *, by: Member, contract: Contract, data: bytes, filename: str, now: datetime
) -> ContractDocument:
    """Keep a document with the contract, for both parties; sent again, it is there once.

    Raises ``Refused`` for files of other kinds.
    """
    rules.check_may_manage(by, contract)
    document = attachments.examine(data, filename)
    with transaction.atomic():
        lock_chains([contract.buyer_id, contract.seller_id])
        locked = Contract.objects.select_for_update().get(pk=contract.pk)
        digest = hashlib.sha256(data).hexdigest()
        same = locked.documents.filter(file__sha256=digest, file__name=document.name).order_by("pk").first()
        if same is not None:
            return same
        rules.check_takes_documents(locked, locked.documents.count())
        file = StoredFile.objects.keep(document.name, data, organisation_id=contract.buyer_id, now=now)
        made = ContractDocument.objects.create(
            contract=locked, file=file, added_at=now, added_by_id=by.user_id
        )
        changes = {"document": (None, file.name), "sha256": (None, file.sha256)}
        _tell_both(locked, by, "contract document added", changes, now)
    return made


def end_due(now: datetime) -> int:
    """End every signed contract whose last day of service is over in its buyer's zone, with the night that begins on it;
    returns how many."""
    tomorrow = now.date() + timedelta(days=1)
    signed = Contract.objects.filter(status=ContractStatus.SIGNED, end_day__lte=tomorrow)
    ended = 0
    for contract in signed.select_related("buyer", "seller", "competition").order_by("pk"):
        if contract.over_at <= now:
            _move(contract, ContractStatus.ENDED, None, "contract ended", now, ended_at=now)
            ended += 1
    return ended


def _move(
    contract: Contract,
    to: ContractStatus,
    by: Member | None,
    action: str,
    now: datetime,
    seen: str | None = None,
    **also: Any,
) -> None:
    with transaction.atomic():
        lock_chains([contract.buyer_id, contract.seller_id])
        if seen is not None:
            _check_status_seen(contract, seen)
        if to == ContractStatus.WITHDRAWN:
            contract_withdrawing.send(Contract, contract=contract, by=by, now=now)
        before = contract.status
        states.move(
            contract, "status", to, by=by, action=action, now=now, organisation_id=contract.buyer_id, **also
        )
        changes: dict[str, tuple[Any, Any]] = {"status": (before, to)}
        if to == ContractStatus.WITHDRAWN:
            changes["withdrawal_reason"] = (None, also["withdrawal_reason"])
        record(
            organisation_id=contract.seller_id,
            by=by,
            action=action,
            subject=contract,
            changes=changes,
            now=now,
        )
        notify_status(contract, now)
        contracts_moved.send(Contract, contracts=[contract], now=now)
        if to == ContractStatus.SIGNED:
            contract_signed.send(Contract, contract=contract, by=by, now=now)


def _check_status_seen(contract: Contract, seen: str) -> None:
    locked = Contract.objects.select_for_update().get(pk=contract.pk)
    if locked.status != seen:
        told = locked.get_status_display().lower()
        raise Refused(
            f"The contract is {told} since your page was made, so nothing was done. Look at it again."
        )


def _tell_both(
    contract: Contract, by: Member, action: str, changes: dict[str, tuple[Any, Any]], now: datetime
) -> None:
    for party in (contract.buyer_id, contract.seller_id):
        record(organisation_id=party, by=by, action=action, subject=contract, changes=changes, now=now)
