"""What stands on a member's start page besides what waits: parts that each app brings, and a newcomer's first
steps."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from marketplace.members import Member
from marketplace.web.kept import kept_for
from marketplace.web.navigation import Audience, audience_of

Column = Literal["main", "side"]


@dataclass(frozen=True)
class Part:
    """A panel of the start page: its template, which reads ``part``, and what it shows."""

    template: str
    shown: Mapping[str, Any]


@dataclass(frozen=True)
class FirstStep:
    """What somebody new does first, on which page, and whether it is done."""

    title: str
    text: str
    url: str
    button: str
    is_done: bool
    role: str = ""


PartMaker = Callable[[Any, datetime], Part | None]  # an app's own member
"""Asked with the member, with None for visitors."""
StepMaker = Callable[[Any, datetime], FirstStep]
_parts: list[tuple[int, Column, Audience, PartMaker]] = []
_personal: set[PartMaker] = set()
_steps: list[tuple[int, Audience, StepMaker]] = []
_done: dict[tuple[int, uuid.UUID, bool], datetime] = {}
REMEMBERED = timedelta(minutes=10)
MOST_REMEMBERED = 10_000


def register_home_part(
    maker: PartMaker, audience: Audience, column: Column, place: int, *, is_personal: bool = False
) -> None:
    """Put a panel into a column of the start page of operators or providers; ``place`` is its order there.

    Only one that ``is_personal`` may show a member anything else than colleagues with the same roles.
    """
    if (place, column, audience, maker) not in _parts:
        _parts.append((place, column, audience, maker))
    if is_personal:
        _personal.add(maker)


def register_first_step(maker: StepMaker, audience: Audience, place: int) -> None:
    """Put a step into the list that a new operator or provider sees until all of them are done."""
    if (place, audience, maker) not in _steps:
        _steps.append((place, audience, maker))


def parts_for(member: Member | None, now: datetime) -> dict[Column, list[Part]]:
    """The panels of the start page of the member, or of visitors, by column."""
    own = [each for each in sorted(_parts, key=lambda each: each[0]) if each[2] == audience_of(member)]
    shared = [maker for *_, maker in own if maker not in _personal]

    def made() -> list[Part | None]:
        return [maker(member, now) for maker in shared]

    common = dict(zip(shared, made() if member is None else kept_for(member, "home", made, now), strict=True))
    found: dict[Column, list[Part]] = {"main": [], "side": []}
    for _, column, _, maker in own:
        part = common[maker] if maker in common else maker(member, now)
        if part is not None:
            found[column].append(part)
    return found


def first_steps_for(member: Member, now: datetime) -> Sequence[FirstStep]:
    """What is left to do for an organisation that is new here, with what is done; nothing once all is.

    That all is done is remembered of a member for :data:`REMEMBERED`, by this process alone: it is told of what a
    company has bid.
    """
    key = (member.user_id, member.organisation_id, member.is_seen_by_admin)
    if (known := _done.get(key)) is not None and timedelta(0) <= now - known < REMEMBERED:
        return []
    own = sorted((each for each in _steps if each[1] == audience_of(member)), key=lambda each: each[0])
    steps = [maker(member, now) for _, _, maker in own]
    if not all(step.is_done for step in steps):
        return steps
    if len(_done) >= MOST_REMEMBERED:
        _done.clear()
    _done[key] = now
    return []
