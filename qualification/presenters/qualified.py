"""An operator's qualified assets across its competitions, and the capacity that is eligible but not entered
yet."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import Member, Organisation
from competitions.models import Competition
from qualification.domain import criteria
from qualification.domain.queries import entries_visible_to
from qualification.domain.verdicts.standing import eligible_mw
from qualification.enums import EntryState, OverrideDecision
from qualification.models import Verdict

ZERO = Decimal(0)
MOST_CHASED = 12


@dataclass(frozen=True)
class QualifiedRow:
    """An asset in a competition: the verdict, its result in a word with a colour, and its provider's
    answer."""

    verdict: Verdict
    result: str
    colour: str
    fails: str
    entry_label: str


def qualified_rows(member: Member, verdicts: Sequence[Verdict], now: datetime) -> list[QualifiedRow]:
    """The rows of a page; one query for the entries of all of them."""
    entries = entries_visible_to(member, now).filter(
        competition__in={each.competition_id for each in verdicts}
    )
    states = {(each.competition_id, each.provider_id): each.state for each in entries}
    rows = []
    for each in verdicts:
        state = states.get((each.competition_id, each.asset.provider_id), EntryState.UNDECIDED)
        result, colour = _result(each)
        fails = ", ".join(criteria.BY_CODE[code].label for code in each.failed if code in criteria.BY_CODE)
        rows.append(QualifiedRow(each, result, colour, fails, str(EntryState(state).label)))
    return rows


def _result(verdict: Verdict) -> tuple[str, str]:
    if verdict.override == OverrideDecision.QUALIFY:
        return "Qualified by you", "green"
    if verdict.override == OverrideDecision.DISQUALIFY:
        return "Disqualified by you", "red"
    return ("Eligible", "green") if verdict.eligible else ("Not eligible", "")


@dataclass(frozen=True)
class Chased:
    """A provider with eligible capacity in competitions that it can still enter and has not answered."""

    provider: Organisation
    mw: Decimal
    refs: tuple[str, ...]


def to_chase(member: Member, competitions: Sequence[Competition], now: datetime) -> list[Chased]:
    """The providers to chase, those with most MW first; ``competitions`` are those that can be entered
    now."""
    known = {each.pk: each for each in competitions}
    answered = set(
        entries_visible_to(member, now)
        .filter(competition__in=list(known))
        .exclude(state=EntryState.UNDECIDED)
        .values_list("competition_id", "provider_id")
    )
    found: dict[uuid.UUID, list[tuple[Decimal, str]]] = {}
    for (competition, provider), mw in eligible_mw(competition_ids=list(known)).items():
        if mw > 0 and (competition, provider) not in answered:
            found.setdefault(provider, []).append((mw, known[competition].ref))
    names = Organisation.objects.in_bulk(list(found))
    rows = [
        Chased(names[key], sum((mw for mw, _ in parts), ZERO), tuple(sorted(ref for _, ref in parts)))
        for key, parts in found.items()
    ]
    return sorted(rows, key=lambda row: (-row.mw, row.provider.name))[:MOST_CHASED]
