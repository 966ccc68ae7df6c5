"""Since when a member has held a role without a break, read from the audit log: who wrote there, can't
unwrite."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from accounts.models import Member
from marketplace.audit.queries import entries_about

ACTIVE = ("active", "is_active")


def role_held_since(member: Member, role: str) -> datetime | None:
    """When the member last got the role, or was last let back in if that was later; None without the role.

    The member is read again: what a colleague changed a moment ago counts.
    """
    present = Member.objects.select_related("user").filter(pk=member.pk).first()
    if present is None or not present.user.is_active or not present.holds(role):
        return None
    gained = [entry.at for entry in _entries(present) if _gives(entry.changes, role)]
    return max(gained, default=present.joined_at)


def _entries(member: Member) -> Iterator[Any]:
    yield from entries_about(member)
    yield from entries_about(member.user)


def _gives(changes: dict[str, list[Any]], role: str) -> bool:
    """Whether the change gave the role, or let back in whoever held it. An admin's changes are kept as
    texts."""
    before, after = changes.get("roles", (None, None))
    if role in (after or ()) and role not in (before or ()):
        return True
    return any(
        str(changes[name][0]) == "False" and str(changes[name][1]) == "True"
        for name in ACTIVE
        if name in changes
    )
