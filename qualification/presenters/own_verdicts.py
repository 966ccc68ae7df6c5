"""How a provider's assets stand across the live competitions: asset by asset, and summed for what closes
next."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import Member
from competitions.domain.queries import listed
from competitions.models import Competition
from marketplace.prepared import asked
from marketplace.web.lists import Chip
from qualification.domain import criteria
from qualification.domain.queries import entry_states, live_competitions_for, verdicts_visible_to
from qualification.domain.verdicts.standing import standing_of
from qualification.enums import AssetStanding, EntryState, OverrideDecision
from qualification.models import Verdict

ZERO = Decimal(0)
NONE = (0, 0, ZERO, 0)
MOST_CLOSING = 6
PILLS = {
    AssetStanding.QUALIFIED: "green",
    AssetStanding.ELIGIBLE: "blue",
    AssetStanding.DISQUALIFIED: "red",
    AssetStanding.NOT_ELIGIBLE: "",
}
ENTRY_PILLS = {EntryState.ENTERED: "blue", EntryState.WITHDRAWN: "", EntryState.UNDECIDED: "amber"}
ELIGIBLE = Q(eligible=True)
NEAR = Q(eligible=False, override="", failed__len=1)
DECIDED = ~Q(override="")
VIEWS = {"eligible": ELIGIBLE, "near": NEAR, "out": Q(eligible=False), "decided": DECIDED}
"""The exclusive views of the list, by their value in the address."""


@dataclass(frozen=True)
class VerdictRow:
    """An asset in a competition: the verdict, its result in a word with a colour, what it fails, and the
    answer given."""

    verdict: Verdict
    result: str
    colour: str
    fails: str
    entry: str


def verdict_rows(member: Member, verdicts: Sequence[Verdict], now: datetime) -> list[VerdictRow]:
    """The rows of a page; one query for the entries of all of them."""
    states = entry_states(member.organisation_id, list({each.competition_id for each in verdicts}))
    rows = []
    for each in verdicts:
        state = states.get(each.competition_id, EntryState.UNDECIDED)
        standing = standing_of(
            is_eligible=each.eligible,
            override=each.override,
            competition=each.competition,
            entry_state=state,
            now=now,
        )
        fails = ", ".join(criteria.BY_CODE[code].label for code in each.failed if code in criteria.BY_CODE)
        rows.append(
            VerdictRow(each, _words(each, standing), PILLS[standing], fails, str(EntryState(state).label))
        )
    return rows


def _words(verdict: Verdict, standing: AssetStanding) -> str:
    if verdict.override == OverrideDecision.QUALIFY:
        return f"{standing.label} by decision"
    return str(standing.label)


LABELS = {
    "eligible": "Eligible",
    "near": "Fails one criterion",
    "out": "Not eligible",
    "decided": "Decided by the operator",
}


def view_chips(member: Member, verdicts: "QuerySet[Verdict]", most: int, now: datetime) -> list[Chip]:
    """The exclusive views of the list of the member's ``verdicts``; with their numbers, counted in one query, where
    there are fewer than ``most``."""
    given: dict[str, uuid.UUID | datetime] = {"own": member.organisation_id, "now": now}
    plain = verdicts.order_by()
    [[some]] = asked(
        "qualification.some_verdicts", Verdict, lambda: plain[:most].count(), whose=member, **given
    )
    if some >= most:
        return [Chip("", "All"), *(Chip(name, label) for name, label in LABELS.items())]
    counts = {name: Count("pk", filter=condition) for name, condition in VIEWS.items()}
    [[every, *numbers]] = asked(
        "qualification.verdict_views",
        Verdict,
        lambda: plain.aggregate(every=Count("pk"), **{f"in_{name}": each for name, each in counts.items()}),
        whose=member,
        **given,
    )
    counted = zip(LABELS.items(), numbers, strict=True)
    return [
        Chip("", "All", every),
        *(Chip(name, label, number) for (name, label), number in counted if number),
    ]


@dataclass(frozen=True)
class Closing:
    """A competition that can still be qualified for: the assets inside, those eligible, and those that just
    miss it."""

    competition: Competition
    inside: int
    eligible: int
    mw: Decimal
    near: int
    entry: str
    colour: str


def closing_next(member: Member, now: datetime) -> list[Closing]:
    """The competitions whose qualification closes next, with how the provider's assets stand in each."""
    open_ones = live_competitions_for(member, now).filter(qualification_close__gt=now)
    shown = list(listed(open_ones)[:MOST_CLOSING])
    keys = [each.pk for each in shown]

    def summed() -> None:
        here = verdicts_visible_to(member, now).filter(competition__among=keys).order_by()
        list(
            here.values_list("competition").annotate(
                Count("pk"),
                of_them=Count("pk", filter=ELIGIBLE),
                mw=Sum("relevant_capacity_mw", filter=ELIGIBLE),
                near=Count("pk", filter=NEAR),
            )
        )

    own = member.organisation_id
    rows = asked("qualification.closing", Verdict, summed, whose=member, own=own, now=now, keys=keys)
    sums = {competition: tuple(told) for competition, *told in rows}
    states = entry_states(member.organisation_id, keys)
    return [
        _closing(each, sums.get(each.pk, NONE), states.get(each.pk, EntryState.UNDECIDED)) for each in shown
    ]


def _closing(competition: Competition, sums: Sequence[Any], state: str) -> Closing:
    answer = EntryState(state)
    inside, eligible, mw, near = sums
    return Closing(
        competition=competition,
        inside=inside,
        eligible=eligible,
        mw=mw or ZERO,
        near=near,
        entry=str(answer.label),
        colour=ENTRY_PILLS[answer],
    )
