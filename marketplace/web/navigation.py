"""The side navigation: what each kind of visitor finds there, in which group, and how much waits behind
it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from django.http import HttpRequest
from django.urls import get_urlconf, reverse

from marketplace import clock
from marketplace.members import Member
from marketplace.web.kept import kept_for

Audience = Literal["so", "fsp", "visitors"]

GROUPS: Mapping[Audience, Sequence[tuple[str, Sequence[str]]]] = {
    "so": (
        ("", ("Home", "Rounds")),
        ("Manage", ("Areas", "Competitions", "Company qualification", "Qualified assets")),
        ("Results", ("Confirm results", "View results")),
        ("Contracts", ("Contracts",)),
        ("Operations", ("Availability", "Dispatch", "Meter data", "Performance")),
        ("Settlement", ("Statements", "Invoices")),
        ("Records", ("Files", "Audit log")),
        ("Settings", ("Team", "Organisation", "Notifications", "API")),
    ),
    "fsp": (
        ("", ("Home",)),
        ("Take part", ("Competitions", "Entries", "Bids", "Results")),
        ("Manage", ("Assets", "Asset qualification", "Company qualification")),
        ("Contracts", ("Contracts",)),
        ("Operations", ("Availability", "Dispatch", "Meter data", "Performance")),
        ("Settlement", ("Statements", "Invoices")),
        ("Records", ("Files", "Audit log")),
        ("Settings", ("Team", "Organisation", "Notifications", "API")),
    ),
    "visitors": (("", ("Competitions", "Operators", "Market data", "How it works")),),
}
"""Every label there may be, group by group; one appears when an app registers its page."""

ICONS = {
    "Home": "home",
    "Rounds": "calendar-stats",
    "Areas": "polygon",
    "Competitions": "flag",
    "Company qualification": "certificate",
    "Qualified assets": "list-check",
    "Asset qualification": "list-check",
    "Confirm results": "scale",
    "View results": "chart-bar",
    "Entries": "checks",
    "Bids": "gavel",
    "Results": "trophy",
    "Assets": "plug",
    "Contracts": "file-certificate",
    "Availability": "calendar-time",
    "Dispatch": "bolt",
    "Meter data": "gauge",
    "Performance": "chart-line",
    "Statements": "receipt",
    "Invoices": "file-invoice",
    "Files": "files",
    "Audit log": "history",
    "Team": "users",
    "Organisation": "building",
    "Notifications": "bell",
    "API": "api",
}
KEYS = {"Home": "h", "Rounds": "r", "Competitions": "c", "Assets": "a"}
"""What follows “g” on the keyboard."""


@dataclass(frozen=True)
class Count:
    """How many there are behind a link, or how many of them wait for the reader."""

    number: int
    is_due: bool = False


Counter = Callable[[Any, datetime], Count | None]  # an app's own member


@dataclass(frozen=True)
class NavigationItem:
    """A link of the navigation."""

    title: str
    url: str
    is_here: bool
    icon: str = ""
    key: str = ""
    count: Count | None = None


@dataclass(frozen=True)
class NavigationGroup:
    """Links under one heading; the first group has none."""

    title: str
    items: tuple[NavigationItem, ...]


@dataclass(frozen=True)
class Destination:
    """A page that an app puts into the navigation of those whom it concerns.

    ``role`` is the one needed, empty for any member; ``count`` says what stands beside the label, equal to
    the rows of the page behind it, and the same for all colleagues with the same roles.
    """

    title: str
    url_name: str
    audience: Audience
    role: str = ""
    count: Counter | None = field(default=None, compare=False)


_destinations: dict[Audience, dict[str, Destination]] = {"so": {}, "fsp": {}, "visitors": {}}


def register_destination(
    title: str,
    url_name: str,
    *audiences: Audience,
    role: str = "",
    count: Counter | None = None,
) -> None:
    """Put a page into the navigation of system operators, providers or visitors, under a label of ``GROUPS``.

    Raises ``ValueError`` for a label that is not theirs, or is taken by another page.
    """
    for audience in audiences:
        if title not in (label for _, labels in GROUPS[audience] for label in labels):
            raise ValueError(f"“{title}” is not a label of the navigation.")
        new = Destination(title, url_name, audience, role, count)
        if _destinations[audience].setdefault(title, new) != new:
            raise ValueError(f"“{title}” in the navigation is taken by another page.")


def audience_of(member: Member | None) -> Audience:
    """Whose navigation it is: visitors are all without an organisation."""
    if member is None:
        return "visitors"
    return "so" if member.is_so else "fsp"


def destinations_for(member: Member | None) -> list[Destination]:
    """What concerns the member's side of the market, whatever its roles; without a member, the visitors'
    pages."""
    audience = audience_of(member)
    known = _destinations[audience]
    return [known[label] for _, labels in GROUPS[audience] for label in labels if label in known]


def groups_for(request: HttpRequest) -> tuple[NavigationGroup, ...]:
    """The links that the person who makes the request may follow; none while a second factor must be set up
    first."""
    if getattr(request, "second_factor_missing", ""):
        return ()
    member: Member | None = getattr(request, "member", None)
    open_to = {
        each.title: (each, _address(each.url_name, get_urlconf()))
        for each in destinations_for(member)
        if not each.role or (member is not None and member.holds(each.role))
    }
    here = max((url for _, url in open_to.values() if _leads_to(url, request.path)), key=len, default="")
    counts = (
        _counts(member, [each for each, _ in open_to.values()], clock.now()) if member is not None else {}
    )
    found = []
    for title, labels in GROUPS[audience_of(member)]:
        items = tuple(
            NavigationItem(
                label,
                open_to[label][1],
                open_to[label][1] == here,
                ICONS.get(label, ""),
                KEYS.get(label, ""),
                counts.get(label),
            )
            for label in labels
            if label in open_to
        )
        if items:
            found.append(NavigationGroup(title, items))
    return tuple(found)


@lru_cache
def _address(url_name: str, urlconf: str | None) -> str:
    return reverse(url_name, urlconf)


def _leads_to(url: str, path: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def _counts(member: Member, shown: Iterable[Destination], now: datetime) -> Mapping[str, Count | None]:
    """What stands beside each label."""
    counters = {each.title: each.count for each in shown if each.count is not None}
    return kept_for(
        member,
        "navigation",
        lambda: {title: count(member, now) for title, count in counters.items()},
        now,
    )
