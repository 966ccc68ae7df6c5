"""Notifying organisations of competitions: of one alone in full, of several at once in one message with a
line for each.

A round is often hundreds of competitions with the same dates: nobody wants hundreds of mails.
"""

import hashlib
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.domain.organisation_notifications import OrganisationMessage, Words, notify_each_organisation
from accounts.models import Organisation
from competitions.models import Competition
from marketplace.numbers import count_text

MOST_LINES = 30

Reach = Mapping[Competition, Collection[uuid.UUID]]
"""Which organisations each competition concerns."""


@dataclass(frozen=True)
class CompetitionWording:
    """How a notification of competitions is worded: of one ``alone`` in full; of ``several`` by a title for
    their number and a ``line`` for each.
    """

    kind: str
    role: str
    alone: Callable[[Competition, Organisation], Words]
    several: str
    line: Callable[[Competition, Organisation], str]
    page: Callable[[Competition], str]
    page_of_several: str
    worth_until: Callable[[Competition], datetime | None] = lambda competition: None
    sealed: bool = False


def by_competition(
    competitions: Iterable[Competition], pairs: Iterable[tuple[uuid.UUID, uuid.UUID]]
) -> Reach:
    """The reach that these pairs of competition and organisation tell, in the order of the competitions."""
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    for competition_id, organisation_id in pairs:
        found.setdefault(competition_id, set()).add(organisation_id)
    return {each: found.get(each.pk, set()) for each in competitions}


def notify_of_competitions(wording: CompetitionWording, reach: Reach, now: datetime) -> None:
    """Notify each organisation of all its competitions at once, in the caller's transaction."""
    by_organisation: dict[uuid.UUID, list[Competition]] = {}
    for competition, organisations in reach.items():
        for each in organisations:
            by_organisation.setdefault(each, []).append(competition)

    def message_for(to: Organisation) -> OrganisationMessage:
        own = by_organisation[to.pk]
        return _of_one(wording, own[0], to) if len(own) == 1 else _of_several(wording, own, to)

    notify_each_organisation(wording.kind, by_organisation, [wording.role], message_for, now=now)


def _of_one(wording: CompetitionWording, competition: Competition, to: Organisation) -> OrganisationMessage:
    title, lines = wording.alone(competition, to)
    return OrganisationMessage(
        title,
        lines,
        link=wording.page(competition),
        key=_key(wording, [competition]),
        sealed_under=competition.pk if wording.sealed else None,
        worth_until=wording.worth_until(competition),
        about={"competitions": [competition.ref]},
    )


def _of_several(
    wording: CompetitionWording, competitions: list[Competition], to: Organisation
) -> OrganisationMessage:
    """Sealed for good if at all: the gates of several don't close as one."""
    lines = [wording.line(each, to) for each in competitions[:MOST_LINES]]
    more = len(competitions) - MOST_LINES
    ends = [end for end in map(wording.worth_until, competitions) if end is not None]
    return OrganisationMessage(
        wording.several.format(count=f"{count_text(len(competitions))}"),
        [*lines, f"And {count_text(more)} more."] if more > 0 else lines,
        link=wording.page_of_several,
        key=_key(wording, competitions),
        sealed_under=uuid.uuid4() if wording.sealed else None,
        worth_until=max(ends, default=None),
        about={"competitions": sorted(each.ref for each in competitions)},
    )


def _key(wording: CompetitionWording, competitions: list[Competition]) -> str:
    """The same for the same competitions with the same end, in any order."""
    named = sorted(f"{each.pk} {wording.worth_until(each) or ''}" for each in competitions)
    return named[0] if len(named) == 1 else hashlib.sha256("\n".join(named).encode()).hexdigest()
