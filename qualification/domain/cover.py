"""How far the eligible assets cover what competitions require, and what an operator can still do about it."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from accounts.models import Member
from competitions.domain.queries import live_competitions, operator_competitions, running_competitions_of
from competitions.models import Competition
from marketplace import memo
from marketplace.audit.queries import end_of
from qualification.domain.queries import competitions_to_answer
from qualification.domain.verdicts.standing import applicable, eligible_mw
from qualification.enums import EntryState
from qualification.models import Entry, Verdict

KEPT_SECONDS = 60
COVER_SECONDS = 20


@dataclass(frozen=True)
class Cover:
    """The capacity of the eligible assets of all providers, and of those that have entered, in MW or MVAr."""

    eligible: Decimal = Decimal(0)
    entered: Decimal = Decimal(0)


def cover_of(competition_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Cover]:
    """The cover of each of these competitions; for the few that a page shows."""
    entries = Entry.objects.filter(competition__in=list(competition_ids), state=EntryState.ENTERED)
    entered = set(entries.values_list("competition_id", "provider_id"))
    found = {each: Cover() for each in competition_ids}
    for (competition, provider), mw in eligible_mw(competition_ids=competition_ids).items():
        before = found[competition]
        of_entered = mw if (competition, provider) in entered else Decimal(0)
        found[competition] = Cover(before.eligible + mw, before.entered + of_entered)
    return found


def kept_cover_of(member: Member, competition_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Cover]:
    """The cover of an operator's own competitions, kept for :data:`COVER_SECONDS` or until the operator does
    anything."""
    mark = end_of(member.organisation_id)
    keys = {each: f"qualification.cover.{mark}.{each}" for each in competition_ids}
    kept = memo.cache_get_many(keys.values())
    missing = [each for each, key in keys.items() if key not in kept]
    made = cover_of(missing) if missing else {}
    memo.cache_set_many({keys[each]: cover for each, cover in made.items()}, COVER_SECONDS)
    return {each: made[each] if each in made else kept[key] for each, key in keys.items()}


def qualifying_competitions(member: Member, now: datetime) -> QuerySet[Competition]:
    """The operator's published competitions whose qualification has not closed, the first to close first."""
    own = operator_competitions(member).filter(pk__in=live_competitions(now).order_by().values("pk"))
    return own.filter(qualification_close__gt=now).order_by("qualification_close", "ref")


def overridable_soon(member: Member, now: datetime, within: timedelta) -> QuerySet[Competition]:
    """The operator's competitions whose bidding opens so soon, after which no override can be given."""
    own = operator_competitions(member).filter(pk__in=live_competitions(now).order_by().values("pk"))
    soon = own.filter(qualification_open__lte=now, bidding_open__gt=now, bidding_open__lte=now + within)
    return soon.order_by("bidding_open", "ref")


def near_misses(competition_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many assets inside each boundary fail a single criterion and have no override."""
    missed = Verdict.objects.filter(competition__in=list(competition_ids), failed__len=1, override="")
    return dict(missed.order_by().values_list("competition").annotate(Count("pk")))


def competitions_open_to(member: Member, now: datetime) -> dict[uuid.UUID, Decimal]:
    """The competitions in qualification in which the provider's assets reach a window, with its eligible
    capacity.

    What the assets reach is kept for :data:`KEPT_SECONDS`, since every page counts it.
    """
    key = f"qualification.open_to.{member.organisation_id}"
    kept: dict[uuid.UUID, Decimal] | None = memo.cache_get(key)
    if kept is None:
        ids = _in_qualification(member, now).values_list("pk", flat=True)
        sums = eligible_mw(competition_ids=list(ids), provider_ids=[member.organisation_id])
        kept = {competition: sums[competition, provider] for competition, provider in applicable(sums)}
        memo.cache_set(key, kept, KEPT_SECONDS)
    return kept


def competitions_to_enter(member: Member, now: datetime) -> QuerySet[Competition]:
    """The competitions that wait for the provider's answer and that it could enter, the first to close
    first."""
    if not member.is_fsp:
        return Competition.objects.none()
    waiting = _in_qualification(member, now).filter(pk__in=competitions_open_to(member, now))
    return waiting.filter(Q(entry_state=None) | Q(entry_state=EntryState.UNDECIDED))


def competitions_that_concern(member: Member, now: datetime) -> QuerySet[Competition]:
    """An operator's own competitions with dates to come; the live ones that a provider has entered or could
    enter."""
    if member.is_so:
        return running_competitions_of(member, now).select_related("operator")
    live = competitions_to_answer(member, now)
    return live.filter(Q(entry_state=EntryState.ENTERED) | Q(pk__in=competitions_open_to(member, now)))


def _in_qualification(member: Member, now: datetime) -> QuerySet[Competition]:
    return competitions_to_answer(member, now).filter(
        qualification_open__lte=now, qualification_close__gt=now
    )
