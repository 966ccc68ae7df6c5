"""Entries: a provider says whether it takes part in a competition. Only providers that entered can bid."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import Member
from competitions.domain.locks import lock_for_bidding
from competitions.models import Competition
from marketplace import clock, states
from marketplace.errors import Refused
from marketplace.units import power_unit
from qualification import rules
from qualification.domain.locks import own_verdicts
from qualification.domain.notifications import notify_entries_lost
from qualification.domain.verdicts.standing import applicability, applicable, eligible_mw, why_not_applicable
from qualification.enums import EntryState
from qualification.models import Entry, Reopening

__all__ = ["EntryOutcome", "applicability", "enter", "enter_many", "fall_back", "withdraw", "withdraw_many"]

_ACTIONS = {
    EntryState.ENTERED: "competition entered",
    EntryState.WITHDRAWN: "entry withdrawn",
    EntryState.UNDECIDED: "entry lost",
}


def enter(*, by: Member, competition: Competition, now: datetime) -> Entry:
    """Enter the competition for the member's company. Raises ``Refused`` when closed or in no window
    applicable.

    After qualification close only providers with a :class:`Reopening` can, until bidding opens.
    """
    return _answer(by, competition, EntryState.ENTERED)


def withdraw(*, by: Member, competition: Competition, now: datetime) -> Entry:
    """Withdraw from the competition, or decline it. Raises ``Refused`` once qualification has closed."""
    return _answer(by, competition, EntryState.WITHDRAWN)


@dataclass(frozen=True)
class EntryOutcome:
    """What became of one competition in a bulk answer; ``refusal`` is the sentence, empty when it worked."""

    competition: Competition
    refusal: str = ""


def enter_many(*, by: Member, competitions: Iterable[Competition], now: datetime) -> list[EntryOutcome]:
    """Enter each competition that can be entered; each succeeds or fails by itself."""
    return [_outcome(by, each, EntryState.ENTERED) for each in competitions]


def withdraw_many(*, by: Member, competitions: Iterable[Competition], now: datetime) -> list[EntryOutcome]:
    """Withdraw from each competition; each succeeds or fails by itself."""
    return [_outcome(by, each, EntryState.WITHDRAWN) for each in competitions]


def _outcome(by: Member, competition: Competition, state: EntryState) -> EntryOutcome:
    try:
        _answer(by, competition, state)
    except Refused as refusal:
        return EntryOutcome(competition, refusal.sentence)
    return EntryOutcome(competition)


def _answer(by: Member, competition: Competition, state: EntryState) -> Entry:
    rules.check_may_manage_assets(by)
    with transaction.atomic():
        competition = lock_for_entering(competition)
        now = clock.now()
        is_reopened = Reopening.objects.filter(competition=competition, provider=by.organisation_id).exists()
        rules.check_entry_is_open(competition, now, is_reopened=is_reopened)
        if state == EntryState.ENTERED and not any(applicability(competition, by.organisation).values()):
            why = why_not_applicable(competition, by.organisation).sentence(
                power_unit(competition.power_type)
            )
            raise Refused(f"{competition.ref} is not applicable to you. {why}")
        entry, _ = Entry.objects.get_or_create(
            competition=competition, provider=by.organisation, defaults={"changed_at": now}
        )
        set_state(entry, state, by=by, now=now)
    return entry


def lock_for_entering(competition: Competition) -> Competition:
    """The competition as it is stored, locked so that nobody else enters it or withdraws until the transaction ends."""
    locked = lock_for_bidding(competition.pk)
    own_verdicts([locked.pk])
    return locked


def set_state(entry: Entry, to: EntryState, *, by: Member | None, now: datetime) -> None:
    """Move an entry along its transition table, under its lock, with an audit entry; nothing if it is
    there."""
    if Entry.objects.select_for_update(of=("self",)).get(pk=entry.pk).state == to:
        entry.state = to
        return
    states.move(
        entry,
        "state",
        to,
        by=by,
        action=_ACTIONS[to],
        now=now,
        organisation_id=entry.provider_id,
        changed_at=now,
    )


def fall_back(competition_ids: Collection[uuid.UUID], now: datetime) -> list[Entry]:
    """Make entries undecided whose last applicable window is lost; the caller holds these verdicts locked."""
    entered = Entry.objects.filter(competition__in=list(competition_ids), state=EntryState.ENTERED)
    entries = list(entered.select_related("competition__operator", "provider").order_by("pk"))
    if not entries:
        return []
    sums = eligible_mw(
        competition_ids={each.competition_id for each in entries},
        provider_ids={each.provider_id for each in entries},
    )
    kept = applicable(sums)
    lost = [each for each in entries if (each.competition_id, each.provider_id) not in kept]
    for entry in lost:
        set_state(entry, EntryState.UNDECIDED, by=None, now=now)
    notify_entries_lost(lost, now)
    return lost
