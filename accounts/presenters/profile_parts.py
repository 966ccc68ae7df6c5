"""What other apps add to an operator's public page: each says what it has to show there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Organisation


@dataclass(frozen=True)
class ProfileLine:
    """One thing with where it leads and a word on how it stands."""

    title: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class ProfilePart:
    """A box on the page."""

    title: str
    lines: Sequence[ProfileLine]
    empty: str
    more_url: str = ""


PartMaker = Callable[[Organisation, datetime], Sequence[ProfilePart]]
_makers: list[PartMaker] = []


def register_profile_parts(maker: PartMaker) -> None:
    """Register ``maker(operator, now)``, which returns boxes that everyone may see; called once at start."""
    if maker not in _makers:
        _makers.append(maker)


def parts_for(operator: Organisation, now: datetime) -> list[ProfilePart]:
    """All boxes of an operator's page."""
    return [part for maker in _makers for part in maker(operator, now)]
