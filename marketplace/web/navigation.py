"""The top bar: what each kind of visitor finds there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.http import HttpRequest
from django.urls import reverse

from marketplace.members import Member

Audience = Literal["so", "fsp", "visitors"]


@dataclass(frozen=True)
class NavigationItem:
    """A link of the top bar."""

    title: str
    url: str
    is_here: bool


@dataclass(frozen=True)
class Destination:
    """A page that an app puts into the top bar of those whom it concerns.

    ``position`` orders the bar, from the left; ``role`` is the one needed, empty for any member.
    """

    title: str
    url_name: str
    audience: Audience
    position: int
    role: str = ""


_destinations: dict[Audience, list[Destination]] = {"so": [], "fsp": [], "visitors": []}


def register_destination(
    title: str, url_name: str, positions: Mapping[Audience, int], *, role: str = ""
) -> None:
    """Put a page into the top bar of system operators, providers or visitors, at a position each.

    Raises ``ValueError`` for a position that is taken by another page.
    """
    for audience, position in positions.items():
        new = Destination(title, url_name, audience, position, role)
        present = [each for each in _destinations[audience] if each.position == position]
        if present and present != [new]:
            raise ValueError(f"Position {position} of the navigation is taken by {present[0].title}.")
        if not present:
            _destinations[audience].append(new)
            _destinations[audience].sort(key=lambda each: each.position)


def destinations_for(member: Member | None) -> Sequence[Destination]:
    """What concerns the member's side of the market, whatever its roles; without a member, the visitors' pages."""
    if member is None:
        return _destinations["visitors"]
    return _destinations["so" if member.is_so else "fsp"]


def items_for(request: HttpRequest) -> list[NavigationItem]:
    """The links that whoever makes the request may follow; none while a second factor must be set up first."""
    if getattr(request, "second_factor_missing", ""):
        return []
    member: Member | None = getattr(request, "member", None)
    links = [
        (each.title, reverse(each.url_name))
        for each in destinations_for(member)
        if not each.role or (member is not None and member.holds(each.role))
    ]
    here = max((url for _, url in links if request.path.startswith(url)), key=len, default="")
    return [NavigationItem(title, url, url == here) for title, url in links]
