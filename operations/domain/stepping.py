"""Dispatches whose setpoint changes in steps: issued with the first one, and amended to each that follows, together.

A step that asks for no more than the one before binds at once; one that asks for more waits, as every amendment does, until it
is acknowledged (see :mod:`operations.domain.profiles`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from operations.domain.dispatching import amend_dispatch
from operations.domain.instructions import issued_under, ref_is_taken
from operations.domain.issuing import issue_dispatch
from operations.domain.recording import locked_contracts
from operations.enums import EventKind
from operations.models import Dispatch


@dataclass(frozen=True)
class Step:
    """A stretch of a profile, in MW."""

    start: datetime
    end: datetime
    mw: Decimal


@transaction.atomic
def issue_in_steps(
    *,
    by: Member,
    contract_id: UUID,
    steps: Sequence[Step],
    ref: str = "",
    warnings: Sequence[str] = (),
    now: datetime,
) -> Dispatch:
    """Call a contract for these steps, which follow each other without a gap: all of them or, refused, none.

    The same ref with the same steps gives the first dispatch again. Raises as :func:`issue_dispatch` and
    :func:`amend_dispatch` do.
    """
    locked_contracts(by, {contract_id})
    known = bool(ref) and bool(issued_under(by, [ref]))
    first, *later = steps
    made = issue_dispatch(
        by=by,
        contract_id=contract_id,
        mw=first.mw,
        start=first.start,
        end=steps[-1].end,
        ref=ref,
        warnings=warnings,
        now=now,
    )
    if not known:
        amend_in_steps(by=by, dispatch_id=made.pk, steps=[*later], end=steps[-1].end, now=now)
    elif not _was_issued_in(made, later, steps[-1].end):
        raise ref_is_taken(made.ref)
    return made


@transaction.atomic
def amend_in_steps(
    *, by: Member, dispatch_id: UUID, steps: Sequence[Step], end: datetime, now: datetime
) -> None:
    """Ask for the MW of each step from its start on, and for an end: all or none. Raises ``Refused`` and ``NotAllowed``."""
    for each in steps:
        amend_dispatch(by=by, dispatch_id=dispatch_id, mw=each.mw, since=each.start, end=end, now=now)


def _was_issued_in(dispatch: Dispatch, later: Sequence[Step], end: datetime) -> bool:
    amendments = dispatch.events.filter(kind=EventKind.AMEND).order_by("place")[: len(later)]
    told = [(each.start, each.mw, each.end) for each in amendments]
    return told == [(each.start, each.mw, end) for each in later]
