"""What other apps add to a competition's page: each says where its part of the story is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Member
from competitions.models import Competition


@dataclass(frozen=True)
class CompetitionLink:
    """A line on a competition's page: a sentence and where it leads."""

    text: str
    title: str
    url: str


LinkMaker = Callable[[Member | None, Competition, datetime], CompetitionLink | None]
_makers: list[LinkMaker] = []


def register_link(maker: LinkMaker) -> LinkMaker:
    """Register ``maker(member, competition, now)``, which returns a line; called once at start. Visitors'
    member is None."""
    if maker not in _makers:
        _makers.append(maker)
    return maker


def links_for(member: Member | None, competition: Competition, now: datetime) -> list[CompetitionLink]:
    """The lines that this visitor is shown on the competition's page."""
    links = (maker(member, competition, now) for maker in _makers)
    return [link for link in links if link is not None]
