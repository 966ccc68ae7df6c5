"""What bidding adds to the start page: how far the need is covered, where a provider takes part, and
counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.enums import Role
from accounts.models import Member
from bidding.domain.queries import (
    accepted_in_largest_window,
    competitions_to_confirm,
    competitions_with_a_ballot,
    competitions_without_a_ballot,
)
from competitions.domain.queries import largest_windows, live_competitions
from competitions.models import Competition
from competitions.presenters.phases import step_of
from competitions.presenters.todo import page_of
from marketplace.members import Member as AnyMember
from marketplace.numbers import power_text
from marketplace.units import power_unit
from marketplace.web.figures import Step
from marketplace.web.home import Part
from marketplace.web.navigation import Count
from qualification.domain.cover import Cover, competitions_that_concern, kept_cover_of
from qualification.domain.queries import live_competitions_for
from qualification.domain.verdicts.standing import eligible_mw
from qualification.enums import EntryState

MOST_ROWS = 10


@dataclass(frozen=True)
class CoverRow:
    """What a competition requires in its largest window, and what there is for it."""

    ref: str
    name: str
    url: str
    required: Decimal
    unit: str
    parts: Sequence[tuple[str, Decimal]]
    sentence: str


def cover(member: Member, now: datetime) -> Part | None:
    """For an operator: eligible, entered and accepted capacity against what is required, next deadline
    first."""
    found = list(live_competitions_for(member, now)[:MOST_ROWS])
    ids = [one.pk for one in found]
    required = largest_windows(ids) if ids else {}
    if not required:
        return None
    figures, accepted = (
        kept_cover_of(member, ids),
        accepted_in_largest_window(ids) if member.holds(Role.BIDS) else {},
    )
    rows = [
        _cover_row(one, required[one.pk], figures[one.pk], accepted.get(one.pk, Decimal(0)))
        for one in found
        if one.pk in required
    ]
    return Part("bidding/_home_cover.html", {"rows": rows})


def _cover_row(competition: Competition, required: Decimal, cover: Cover, accepted: Decimal) -> CoverRow:
    unit = power_unit(competition.power_type)
    told = [f"{power_text(required, unit)} required", f"{power_text(cover.eligible, unit)} eligible"]
    told.append(f"{power_text(cover.entered, unit)} entered")
    told += [f"{power_text(accepted, unit)} accepted"] if accepted else []
    return CoverRow(
        competition.ref,
        competition.name,
        page_of(competition),
        required,
        unit,
        (("eligible", cover.eligible), ("entered", cover.entered), ("accepted", accepted)),
        f"{competition.ref}: {', '.join(told)}",
    )


@dataclass(frozen=True)
class PlaceRow:
    """A competition in which a provider takes part or could."""

    ref: str
    name: str
    url: str
    step: Step
    mw: Decimal | None
    unit: str
    state: str
    colour: str


def where_i_take_part(member: Member, now: datetime) -> Part | None:
    """For a provider: live competitions that it has entered or could enter, next deadline first."""
    found = list(competitions_that_concern(member, now)[:MOST_ROWS])
    if not found:
        return None
    ids = [one.pk for one in found]
    own = eligible_mw(competition_ids=ids, provider_ids=[member.organisation_id])
    placed = competitions_with_a_ballot(member, ids) if member.holds(Role.BIDS) else set()
    rows = [
        _place_row(one, own.get((one.pk, member.organisation_id)), one.pk in placed, now) for one in found
    ]
    return Part("bidding/_home_part.html", {"rows": rows, "all": live_competitions(now).count()})


def _place_row(competition: Competition, mw: Decimal | None, has_ballot: bool, now: datetime) -> PlaceRow:
    state, colour = {
        EntryState.ENTERED: ("Entered", "blue"),
        EntryState.WITHDRAWN: ("Not taking part", ""),
    }.get(competition.entry_state, ("Undecided", "amber"))  # type: ignore[attr-defined]  # the query adds it
    if has_ballot:
        state, colour = "Bid placed", "green"
    phase = competition.phase(now)
    return PlaceRow(
        competition.ref,
        competition.name,
        page_of(competition),
        step_of(phase, visibility_only=competition.is_visibility_only),
        mw,
        power_unit(competition.power_type),
        state,
        colour,
    )


def bids_count(member: AnyMember, now: datetime) -> Count | None:
    """How many competitions are open for bids in which the company has placed none."""
    return _due(competitions_without_a_ballot(member, now).order_by().count())  # type: ignore[arg-type]


def confirm_count(member: AnyMember, now: datetime) -> Count | None:
    """How many competitions wait for decisions or for confirmation."""
    return _due(competitions_to_confirm(member, now).order_by().count())  # type: ignore[arg-type]


def _due(number: int) -> Count | None:
    return Count(number, is_due=True) if number else None
