"""The gate: the fact that bidding is over, made once all bids in flight are in."""

import hashlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from bidding.domain.decisions.policy import policy_of
from bidding.enums import BallotState
from bidding.models import BallotDraft, Bid, GateClose
from competitions.domain.locks import lock_for_change
from competitions.models import Competition
from marketplace import clock
from marketplace.audit.chain import record
from marketplace.audit.queries import open_seal
from marketplace.prepared import asked

LATE_AFTER = timedelta(minutes=1)
"""A gate that is not closed so long after bidding ended is late: beat has it closed every five seconds."""


def ensure_closed(competition: Competition, now: datetime) -> GateClose | None:
    """The competition's closed gate, made now if bidding has ended; None before that, or when it was
    cancelled.

    The competition is locked against bids: one that holds its lock is waited for and counted, one that waits
    for ours finds that it is late. From here on what was sealed may be shown to the operator.
    """
    found = GateClose.objects.filter(competition_id=competition.pk).first()
    if found is not None or not _is_over(competition, now):
        return found
    with transaction.atomic():
        locked = lock_for_change(competition.pk)
        now = clock.now()
        found = GateClose.objects.filter(competition_id=locked.pk).first()
        if found is not None or not _is_over(locked, now):
            return found
        return _close(locked, now)


def close_due(now: datetime) -> list[Competition]:
    """Close every gate that is due, each in its own transaction; returns the competitions closed."""
    return [each for each in list(due(now)) if ensure_closed(each, now) is not None]


def close_due_of(member: Member, now: datetime) -> None:
    """Close the due gates of the member's own competitions, so that a page need not wait for the beat."""
    if not member.is_so:
        return
    own = member.organisation_id
    rows = asked(
        "bidding.due",
        Competition,
        lambda: list(due(now).filter(operator=own).values_list("pk")),
        whose=None,
        own=own,
        now=now,
    )
    for competition in due(now).filter(pk__in=[key for (key,) in rows]) if rows else ():
        ensure_closed(competition, now)


def due(now: datetime) -> "QuerySet[Competition]":
    """Competitions whose bidding has ended and whose gate is not closed yet."""
    ended = Competition.objects.filter(gate_close=None, bidding_close__lte=now, cancelled_at=None)
    return ended.select_related("operator").order_by("bidding_close", "pk")


def late(now: datetime) -> "QuerySet[Competition]":
    """Competitions whose gate should be closed by now and is not."""
    return due(now - LATE_AFTER)


def is_any_late(now: datetime) -> bool:
    return late(now).exists()


def _is_over(competition: Competition, now: datetime) -> bool:
    close = competition.bidding_close
    return close is not None and close <= now and competition.cancelled_at is None


def _close(competition: Competition, now: datetime) -> GateClose:
    bids = Bid.objects.filter(ballot__competition=competition, ballot__state=BallotState.SUBMITTED)
    digests = sorted(bids.values_list("digest", flat=True))
    digest = hashlib.sha256("\n".join(digests).encode()).hexdigest()
    made = GateClose.objects.create(
        competition=competition,
        closed_at=now,
        bid_count=len(digests),
        digest=digest,
        four_eyes=policy_of(competition.operator).four_eyes,
    )
    BallotDraft.objects.filter(competition=competition).delete()
    open_seal(competition.pk, now)
    record(
        organisation_id=competition.operator_id,
        by=None,
        action="bidding closed",
        subject=competition,
        changes={"bids": (None, len(digests)), "digest of all bids": (None, digest)},
        now=now,
    )
    return made
