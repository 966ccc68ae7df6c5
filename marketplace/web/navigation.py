"""The top bar: what each kind of visitor finds there."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class NavigationItem:
    """A link of the top bar."""

    title: str
    url: str
    is_here: bool


# title, URL name, role needed (empty: any member)
FOR_OPERATORS = (
    ("Competitions", "competitions:list", ""),
    ("Areas", "competitions:areas", "procurement"),
    ("DPS", "qualification:dps_applications", "procurement"),
    ("Assets", "qualification:assets_map", "procurement"),
    ("Decisions", "bidding:decisions", "bids"),
    ("Contracts", "contracts:list", "contracts"),
    ("Files", "jobs:history", ""),
    ("Team", "accounts:team", "account"),
    ("Audit log", "audit:entries", "account"),
)
FOR_PROVIDERS = (
    ("Competitions", "competitions:list", ""),
    ("DPS", "qualification:dps_systems", "procurement"),
    ("Assets", "qualification:assets", "procurement"),
    ("Entries", "qualification:entries", "procurement"),
    ("Bids", "bidding:list", "bids"),
    ("Contracts", "contracts:list", "contracts"),
    ("Files", "jobs:history", ""),
    ("Team", "accounts:team", "account"),
    ("Audit log", "audit:entries", "account"),
)
FOR_EVERYONE = (
    ("Competitions", "competitions:list", ""),
    ("Operators", "accounts:operators", ""),
    ("Market data", "market_data:index", ""),
)


def table_for(member: Any) -> tuple[tuple[str, str, str], ...]:
    if member is None:
        return FOR_EVERYONE
    return FOR_OPERATORS if member.is_so else FOR_PROVIDERS


def items_for(request: HttpRequest) -> list[NavigationItem]:
    """The links that whoever makes the request may follow; none while a second factor must be set up first."""
    if getattr(request, "second_factor_missing", ""):
        return []
    member: Any = getattr(request, "member", None)
    table = table_for(member)
    links = []
    for title, name, role in table:
        if role and not (member is not None and member.holds(role)):
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        links.append((title, url))
    here = max((url for _, url in links if request.path.startswith(url)), key=len, default="")
    return [NavigationItem(title, url, url == here) for title, url in links]
