"""What an app declares to tell people things."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID


@dataclass(frozen=True)
class Kind:
    """A kind of notification: who it concerns, and whether a person may turn it off.

    ``audience`` is the kind of organisation that it concerns, in the words of its ``kind``. An ``urgent`` one is mailed
    before all others that wait. Where whoever gets it tells of bids, it is in no number for monitoring.
    """

    code: str
    title: str
    audience: Literal["so", "fsp", "any"] = "any"
    switchable: bool = True
    explanation: str = ""
    urgent: bool = False
    tells_of_bids: bool = False


@dataclass(frozen=True)
class Message:
    """What one person is told. ``key`` is unique for the kind and the person: it is told once, however often
    asked.

    ``link`` is a path on this site. ``sealed_under`` names the seal (a competition's id) that must be open
    before anyone but the person may see it, admins included. After ``worth_until`` it is no longer mailed.
    """

    user_id: int
    title: str
    lines: Sequence[str]
    link: str
    key: str
    organisation_id: UUID | None = None
    sealed_under: UUID | None = None
    worth_until: datetime | None = None


_kinds: dict[str, Kind] = {}


def declare(*kinds: Kind) -> None:
    """Make the ``KINDS`` of a module known, in their order; called by an ``integration`` module of its app. Raises
    ``ValueError`` for a code that is taken."""
    for kind in kinds:
        if _kinds.get(kind.code, kind) != kind:
            raise ValueError(f"The kind of notification {kind.code} is declared twice.")
        _kinds[kind.code] = kind


def kind_of(code: str) -> Kind:
    """The kind with this code. Raises ``KeyError`` when none is declared."""
    return _kinds[code]


def urgent_codes() -> list[str]:
    """The codes of the kinds that are mailed before all others."""
    return [kind.code for kind in _kinds.values() if kind.urgent]


def codes_that_tell_of_bids() -> list[str]:
    """The codes of the kinds whose number could tell before a close who has bid."""
    return [kind.code for kind in _kinds.values() if kind.tells_of_bids]


def title_of(code: str) -> str:
    """The kind's title; the code of one that is no longer declared."""
    return _kinds[code].title if code in _kinds else code


def kinds_for(audience: str | None) -> list[Kind]:
    """The kinds that concern this kind of organisation (None: people who belong to none), in the order of
    declaration."""
    return [kind for kind in _kinds.values() if kind.audience in ("any", audience)]
