"""What is confirmed is what was seen: the digest of a competition's decisions, and what changed since it was
shown."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from accounts.models import Member
from bidding.enums import Decision, RejectionReason
from bidding.models import Bid
from competitions.models import Competition
from marketplace.audit.persons import addresses_of, named
from marketplace.audit.queries import entries_visible_to
from marketplace.errors import Refused

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from marketplace.audit.models import AuditEntry

FIELDS = ("decision", "rejection_reason", "rejection_comment")
ONE_BY_ONE = 300
MOST_STEPS = 500
"""How many steps of colleagues' work are gone back to find what a page showed, and how many of them bid by
bid."""

State = tuple[str, str, str]
"""A bid's decision, reason and comment."""


@dataclass(frozen=True)
class Seen:
    """What somebody saw who confirms: the digest of the decisions, and the version of the proposal if there
    was one."""

    decisions: str
    proposal: str = ""

    def __str__(self) -> str:
        return f"{self.decisions}.{self.proposal}"

    @classmethod
    def from_text(cls, text: str) -> "Seen":
        """What a page sends back; whatever was never shown matches nothing."""
        decisions, _, proposal = text.partition(".")
        return cls(decisions, proposal)


@dataclass(frozen=True)
class DecisionChange:
    """A bid whose decision changed since it was shown, in words."""

    competition_ref: str
    provider: str
    ballot: str
    window: str
    before: str
    after: str


class ChangedSince(Refused):
    """Decisions changed since they were shown. ``changes`` tells which; empty when that can't be told any
    more."""

    def __init__(self, sentence: str, changes: Sequence[DecisionChange]) -> None:
        super().__init__(sentence)
        self.changes = tuple(changes)


def state_of(bid: Bid) -> State:
    return str(bid.decision), str(bid.rejection_reason), bid.rejection_comment


def state_digest(bid: Bid) -> str:
    """A short digest of one bid's decision, reason and comment."""
    return digest_of_state(state_of(bid))


def digest_of_state(state: State) -> str:
    """The same, of the three alone."""
    return hashlib.sha256(repr(state).encode()).hexdigest()[:16]


def decisions_digest(bids: Sequence[Bid]) -> str:
    """SHA-256 in hex over every bid with its decision, reason and comment, in the order of their ids."""
    return digest_of_states({bid.pk: state_of(bid) for bid in bids})


def check_seen(by: Member, competition: Competition, bids: Sequence[Bid], digest: str) -> None:
    """Raises :class:`ChangedSince` when these bids, read under the lock, are not decided as the digest
    says."""
    if decisions_digest(bids) == digest:
        return
    changes = changes_since(by, competition, bids, digest)
    raise ChangedSince(
        f"The decisions in {competition.ref} changed since your page was made, so nothing was recorded. "
        + ("What changed is listed here." if changes else "Look at all of them again."),
        changes,
    )


def changes_since(
    by: Member, competition: Competition, bids: Sequence[Bid], digest: str
) -> tuple[DecisionChange, ...]:
    """How the decisions differ from those of the digest, bid by bid; nothing when it was never a digest of
    theirs.

    The audit log is walked back step by step until the decisions of then have that digest.
    """
    now = {bid.pk: state_of(bid) for bid in bids}
    then = dict(now)
    for step in _steps_back(by, bids):
        then |= step
        if digest_of_states(then) == digest:
            return tuple(
                _change(competition, bid, then[bid.pk]) for bid in bids if then[bid.pk] != now[bid.pk]
            )
    return ()


def set_since(by: Member, bids: Sequence[Bid], instant: datetime) -> dict[uuid.UUID, tuple[datetime, str]]:
    """The bids whose decision somebody changed after the instant, also back to undecided: when last, and
    who."""
    later = _entries(by, bids).filter(at__gt=instant).values_list("subject_id", "at", "actor_email")
    found = {uuid.UUID(bid_id): (at, person) for bid_id, at, person in later.order_by("sequence")}
    addresses = addresses_of(person for _, person in found.values())
    return {bid_id: (at, named(person, addresses)) for bid_id, (at, person) in found.items()}


def decision_words(state: State) -> str:
    """The decision with reason and comment, as a person reads it."""
    decision, reason, comment = state
    told = [str(Decision(decision).taken), str(RejectionReason(reason).label) if reason else "", comment]
    return ": ".join(each for each in told if each)


def _change(competition: Competition, bid: Bid, before: State) -> DecisionChange:
    return DecisionChange(
        competition.ref,
        bid.ballot.provider.name,
        bid.ballot.label,
        str(bid.window),
        decision_words(before),
        decision_words(state_of(bid)),
    )


def digest_of_states(states: Mapping[uuid.UUID, State]) -> str:
    """SHA-256 in hex over bids' decisions, reasons and comments, in the order of the bids' ids."""
    lines = sorted(f"{key} {' '.join(state[:2])} {state[2]!r}" for key, state in states.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _entries(by: Member, bids: Sequence[Bid]) -> "QuerySet[AuditEntry]":
    """What was recorded of decisions on these bids, the latest first."""
    return entries_visible_to(by).filter(
        subject_type=Bid._meta.label_lower,
        subject_id__in=[str(bid.pk) for bid in bids],
        changes__has_key="decision",
    )


def _steps_back(by: Member, bids: Sequence[Bid]) -> Iterator[dict[uuid.UUID, State]]:
    """What bids were before, the latest change first: one by one at first, then all that a person decided at
    once."""
    numbered = enumerate(_entries(by, bids).iterator(chunk_size=500))
    steps = groupby(
        numbered, key=lambda one: one[0] if one[0] < ONE_BY_ONE else (one[1].at, one[1].actor_user_id)
    )
    for _, (_, step) in zip(range(MOST_STEPS), steps, strict=False):
        before: dict[uuid.UUID, State] = {}
        for _, entry in step:
            decision, reason, comment = (str(entry.changes[name][0]) for name in FIELDS)
            before[uuid.UUID(entry.subject_id)] = (decision, reason, comment)
        yield before
