"""The rows of the list of competitions, and the views above it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.http import QueryDict

from accounts.models import Member
from competitions.domain.queries import required_mw
from competitions.enums import Phase
from competitions.filters import LIVE, CompetitionFilter, in_phase
from competitions.models import Competition
from competitions.presenters.columns import NOTHING, Extra, Shown, extras_for, standing_shown, standings
from competitions.presenters.phases import STEPS, step_of
from competitions.tables import ExtraColumn
from marketplace.numbers import aligned_texts
from marketplace.prepared import asked
from marketplace.web.figures import Step

EMPTY = Shown("", NOTHING)
STANDING = "standing"
OPERATOR_PHASES = (
    Phase.DRAFT,
    Phase.QUALIFICATION_OPEN,
    Phase.BIDDING_OPEN,
    Phase.DECISION,
    Phase.CONFIRMED,
)


@dataclass(frozen=True)
class CompetitionRow:
    """A line of the list."""

    competition: Competition
    step: Step
    required_mw: Decimal | None
    required: str
    must_act: bool
    extra: Mapping[str, Shown] = field(default_factory=dict)


@dataclass(frozen=True)
class Chip:
    """A view above the list, with how many competitions are in it."""

    title: str
    url: str
    number: int
    is_here: bool


def list_columns(member: Member | None) -> list[tuple[str, ExtraColumn]]:
    """The columns that other apps add to the list, and what a provider has."""
    found = [
        (each.name, ExtraColumn(each.title, accessor=f"extra__{each.name}", number=True))
        for each in extras_for(member, "list")
    ]
    if member is not None and member.is_fsp:
        found.append((STANDING, ExtraColumn("I have", accessor=f"extra__{STANDING}", phone="wide")))
    return found


def competition_rows(
    member: Member | None, competitions: Sequence[Competition], now: datetime
) -> list[CompetitionRow]:
    """The lines of a page: what other apps know is asked for once for all of them."""
    extras = extras_for(member, "list")
    filled = filled_columns(member, extras, competitions, now)
    have = standings(member, competitions, now) if member is not None and member.is_fsp else {}
    required = required_mw(competitions)
    texts = dict(zip(required, aligned_texts(required.values()), strict=True))
    rows = []
    for each in competitions:
        phase = each.phase(now)
        shown = {name: cells.get(each.pk, EMPTY) for name, cells in filled.items()}
        shown[STANDING] = standing_shown(have.get(each.pk))
        rows.append(
            CompetitionRow(
                each,
                step_of(phase, visibility_only=each.is_visibility_only),
                required.get(each.pk),
                texts.get(each.pk, ""),
                must_act=member is not None,
                extra=shown,
            )
        )
    return rows


def filled_columns(
    member: Member | None, extras: Sequence[Extra], competitions: Sequence[Competition], now: datetime
) -> dict[str, Mapping[UUID, Shown]]:
    """The cells of other apps' columns, by column and competition."""
    if member is None:
        return {}
    return {each.name: each.cells(member, competitions, now) for each in extras}


def chips(found: CompetitionFilter, query: QueryDict) -> list[Chip]:
    """The views that exclude one another: for an operator its competitions by phase, for others what they can
    do now."""
    views = [("All", "", ""), *_views(found)]
    return [
        _chip(title, key, value, number, query)
        for (title, key, value), number in zip(views, _numbers(found), strict=True)
    ]


def count_of(chips: Sequence[Chip], found: CompetitionFilter) -> int | None:
    """How many competitions are listed, where nothing but one of the views narrows them."""
    if not found.form.is_valid():
        return None
    if any(value for name, value in found.form.cleaned_data.items() if name not in ("view", "phase")):
        return None
    return next((each.number for each in chips if each.is_here), None)


def _numbers(found: CompetitionFilter) -> Sequence[int]:
    """How many competitions each of the views holds, that of all first."""
    member = found.member

    def counted() -> None:
        holding = [Q(pk__isnull=False), *(_holds(found, key, value) for _, key, value in _views(found))]
        counts = {f"view_{place}": Count("pk", filter=condition) for place, condition in enumerate(holding)}
        found.queryset.order_by().filter(found.unarchived).aggregate(**counts)

    own = {} if member is None else {"own": member.organisation_id}
    [numbers] = asked("competitions.views", Competition, counted, whose=member, now=found.now, **own)
    return numbers


def _holds(found: CompetitionFilter, key: str, value: str) -> Q:
    return in_phase(value, found.now) if key == "phase" else found.view_condition(value)


def _views(found: CompetitionFilter) -> list[tuple[str, str, str]]:
    """Title, name and value in the address of each view."""
    if found.member is not None and found.member.is_so:
        return [(STEPS[phase].word, "phase", phase.value) for phase in OPERATOR_PHASES]
    names = [(LIVE, "Live"), *((each.name, each.title) for each in found.views.values())]
    return [(title, "view", name) for name, title in names]


def _chip(title: str, key: str, value: str, number: int, query: QueryDict) -> Chip:
    shown: Any = query.copy()
    for each in ("view", "phase", "page", "download"):
        shown.pop(each, None)
    if key:
        shown[key] = value
        is_here = query.get(key) == value
    else:
        is_here = not query.get("view") and not query.get("phase")
    return Chip(title, f"?{shown.urlencode()}", number, is_here)
