"""The search of the top bar: each app finds its own things by the queries of its pages, so that it finds what
they show."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import resolve

from marketplace.members import Member

MOST_OF_A_KIND = 5
SHORTEST, LONGEST = 2, 80


@dataclass(frozen=True)
class Hit:
    """A thing that was found: its name, a few words about it, and its page."""

    title: str
    text: str
    url: str


@dataclass(frozen=True)
class Found:
    """The first of a kind, and where all of them are listed if there are more."""

    kind: str
    hits: Sequence[Hit]
    all_url: str = ""


Finder = Callable[[Any, str, datetime], Found | None]  # an app's own member
_finders: list[tuple[int, Finder]] = []


def register_finder(finder: Finder, place: int) -> Finder:
    """Register ``finder(member, text, now)``, which finds things of one kind; ``place`` is the order of the
    kinds.

    It looks for one more than :data:`MOST_OF_A_KIND`, among what the member's pages show.
    """
    if (place, finder) not in _finders:
        _finders.append((place, finder))
    return finder


def found_of(kind: str, hits: Iterable[Hit], all_url: str) -> Found:
    """The first hits of a kind; ``all_url`` is kept where there are more."""
    listed = list(hits)
    return Found(kind, listed[:MOST_OF_A_KIND], all_url if len(listed) > MOST_OF_A_KIND else "")


def search_for(by: Member, text: str, now: datetime) -> list[Found]:
    """What is found by the text, by kind; nothing for a text too short to mean something, or too long."""
    wanted = " ".join(text.split())
    if not SHORTEST <= len(wanted) <= LONGEST or "\0" in wanted:
        return []
    found = [finder(by, wanted, now) for _, finder in sorted(_finders, key=lambda each: each[0])]
    shown = (_that_opens(each, by) for each in found if each is not None)
    return [each for each in shown if each.hits]


def _that_opens(found: Found, by: Member) -> Found:
    """Without hits whose page would refuse the member, by what the page itself declares."""
    return Found(found.kind, [hit for hit in found.hits if _may_open(hit.url, by)], found.all_url)


def _may_open(url: str, by: Member) -> bool:
    access = getattr(resolve(url.partition("?")[0].partition("#")[0]).func, "access", None)
    if access is None or access.level != "member":
        return access is not None and access.level in ("public", "signed_in")
    return access.kind in (None, by.organisation.kind) and (not access.role or by.holds(access.role))
