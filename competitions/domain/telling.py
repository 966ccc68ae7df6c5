"""Telling organisations of competitions: of one alone in full, of several at once in one letter with a line for each.

A round is often hundreds of competitions with the same dates: nobody wants hundreds of mails.
"""

import hashlib
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.domain.telling import Story, Words, tell_stories
from accounts.models import Organisation
from competitions.models import Competition

MOST_LINES = 30

Reach = Mapping[Competition, Collection[uuid.UUID]]
"""Which organisations each competition concerns."""


@dataclass(frozen=True)
class Telling:
    """How competitions are told of: ``alone`` in full; ``several`` is the title for a number, ``line`` one of many."""

    kind: str
    role: str
    alone: Callable[[Competition, Organisation], Words]
    several: str
    line: Callable[[Competition, Organisation], str]
    page: Callable[[Competition], str]
    page_of_several: str
    worth_until: Callable[[Competition], datetime | None] = lambda competition: None
    sealed: bool = False


def by_competition(competitions: Iterable[Competition], pairs: Iterable[tuple[uuid.UUID, uuid.UUID]]) -> Reach:
    """The reach that these pairs of competition and organisation tell, in the order of the competitions."""
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    for competition_id, organisation_id in pairs:
        found.setdefault(competition_id, set()).add(organisation_id)
    return {each: found.get(each.pk, set()) for each in competitions}


def tell_of(telling: Telling, reach: Reach, now: datetime) -> None:
    """Tell each organisation of all its competitions at once, in the caller's transaction."""
    by_organisation: dict[uuid.UUID, list[Competition]] = {}
    for competition, organisations in reach.items():
        for each in organisations:
            by_organisation.setdefault(each, []).append(competition)

    def story_for(to: Organisation) -> Story:
        own = by_organisation[to.pk]
        return _of_one(telling, own[0], to) if len(own) == 1 else _of_several(telling, own, to)

    tell_stories(telling.kind, by_organisation, [telling.role], story_for, now=now)


def _of_one(telling: Telling, competition: Competition, to: Organisation) -> Story:
    title, lines = telling.alone(competition, to)
    return Story(
        title,
        lines,
        link=telling.page(competition),
        key=_key(telling, [competition]),
        sealed_under=competition.pk if telling.sealed else None,
        worth_until=telling.worth_until(competition),
    )


def _of_several(telling: Telling, competitions: list[Competition], to: Organisation) -> Story:
    """Sealed for good if at all: the gates of several don't close as one."""
    lines = [telling.line(each, to) for each in competitions[:MOST_LINES]]
    more = len(competitions) - MOST_LINES
    ends = [end for end in map(telling.worth_until, competitions) if end is not None]
    return Story(
        telling.several.format(count=f"{len(competitions):,}"),
        [*lines, f"And {more:,} more."] if more > 0 else lines,
        link=telling.page_of_several,
        key=_key(telling, competitions),
        sealed_under=uuid.uuid4() if telling.sealed else None,
        worth_until=max(ends, default=None),
    )


def _key(telling: Telling, competitions: list[Competition]) -> str:
    """The same for the same competitions with the same end, in any order."""
    named = sorted(f"{each.pk} {telling.worth_until(each) or ''}" for each in competitions)
    return named[0] if len(named) == 1 else hashlib.sha256("\n".join(named).encode()).hexdigest()
