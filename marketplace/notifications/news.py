"""The last few notifications, on the start page."""

from datetime import datetime

from marketplace.members import Member
from marketplace.notifications.queries import notifications_of
from marketplace.web.home import Part

MOST = 3


def what_changed(member: Member, now: datetime) -> Part | None:
    """What the member was told last; without what is sealed when an admin looks through the member's eyes."""
    found = list(notifications_of(member.user, seen_by_another=member.is_seen_by_admin)[:MOST])
    return Part("notifications/_home_news.html", {"items": found}) if found else None
