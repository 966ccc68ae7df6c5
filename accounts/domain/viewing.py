"""View as: a platform admin sees the marketplace as a member does, for half an hour, changing nothing.

What is sealed stays sealed: the member whom the admin looks through is marked, and the queries that unseal
bids to their own company give nothing of them before their gate closes.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.domain.queries import member_who_may_act
from accounts.domain.registration import PlatformAdmin
from accounts.models import Member
from marketplace.audit.chain import lock_chains, record
from marketplace.errors import NotAllowed, Refused

LASTS = timedelta(minutes=30)
LONGEST_REASON = 300


@dataclass(frozen=True)
class Viewing:
    """Whom an admin looks through, and until when."""

    member_user_id: int
    until: datetime

    def to_session(self) -> dict[str, str | int]:
        return {"user": self.member_user_id, "until": self.until.isoformat()}

    @classmethod
    def from_session(cls, kept: object) -> "Viewing | None":
        """The viewing kept in a session; None for anything else."""
        try:
            return cls(int(kept["user"]), datetime.fromisoformat(kept["until"]))  # type: ignore[index]
        except (TypeError, KeyError, ValueError):
            return None


def start_viewing(*, by: PlatformAdmin, member: Member, reason: str, now: datetime) -> Viewing:
    """Begin to look through a member's eyes; both the platform's log and the organisation's say so.

    Raises ``NotAllowed`` for anyone but an active admin, ``Refused`` without a reason and for a member who
    may not act.
    """
    if not (by.user.is_staff and by.user.is_active):
        raise NotAllowed("Only platform admins may see the marketplace as somebody else.")
    reason = reason.strip()
    if not reason:
        raise Refused("Say why: the organisation reads it in its log.")
    if member_who_may_act(member.user_id) is None:
        raise Refused("This person is deactivated, so there is nothing to see.")
    viewing = Viewing(member.user_id, now + LASTS)
    _record(by, member.organisation_id, member, "viewing as a member began", reason[:LONGEST_REASON], now)
    return viewing


def stop_viewing(*, by: PlatformAdmin, viewing: Viewing, now: datetime) -> None:
    """End it before its time."""
    member = member_who_may_act(viewing.member_user_id)
    if member is not None:
        _record(by, member.organisation_id, member, "viewing as a member ended", "", now)


def member_seen_by(viewing: Viewing, now: datetime) -> Member | None:
    """The member to act as, marked as looked through; None when the time is over or the member may no longer
    act."""
    if viewing.until <= now:
        return None
    member = member_who_may_act(viewing.member_user_id)
    if member is not None:
        member.is_seen_by_admin = True
    return member


def _record(
    by: PlatformAdmin, organisation_id: uuid.UUID, member: Member, action: str, reason: str, now: datetime
) -> None:
    changes = {"reason": (None, reason)} if reason else {}
    with transaction.atomic():
        lock_chains([organisation_id])
        for chain in (organisation_id, None):
            record(organisation_id=chain, by=by, action=action, subject=member, changes=changes, now=now)
