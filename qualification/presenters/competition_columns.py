"""What qualification tells in lists of competitions: eligible and entered capacity, and a provider's own
entries."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q

from accounts.models import Member
from competitions.enums import Phase
from competitions.models import Competition
from competitions.presenters.columns import Shown, Standing, numbers_shown
from marketplace.prepared import asked
from marketplace.web.kept import kept_for, key_of
from qualification.domain.queries import entries_visible_to, entry_states
from qualification.domain.verdicts.standing import applicable, eligible_mw
from qualification.enums import EntryState
from qualification.models import Entry, Verdict

ANSWERS = {
    EntryState.ENTERED: Standing("Entered", "blue"),
    EntryState.WITHDRAWN: Standing("Declined"),
}


def own_mw(member: Member, competitions: Sequence[Competition], now: datetime) -> dict[uuid.UUID, Shown]:
    """The provider's own eligible capacity."""
    sums = _own_sums(member, competitions)
    return numbers_shown(
        {each.pk: sums.get((each.pk, member.organisation_id), Decimal(0)) for each in competitions},
        strong=True,
    )


def own_entries(
    member: Member, competitions: Sequence[Competition], now: datetime
) -> dict[uuid.UUID, Standing]:
    """Whether the provider entered or declined, and where it still has to say."""
    if not member.is_fsp:
        return {}
    states = entry_states(member.organisation_id, [each.pk for each in competitions])
    open_now = [each for each in competitions if each.phase(now) is Phase.QUALIFICATION_OPEN]
    reaching = {key for key, _ in applicable(_own_sums(member, open_now))} if open_now else set()
    found = {pk: ANSWERS[EntryState(state)] for pk, state in states.items() if EntryState(state) in ANSWERS}
    undecided = {each.pk: Standing("Undecided", "amber") for each in open_now if each.pk in reaching}
    return undecided | found


def eligible(member: Member, competitions: Sequence[Competition], now: datetime) -> dict[uuid.UUID, Shown]:
    """All providers' eligible capacity in an operator's published competitions."""
    sums, _ = _totals(member, competitions, now)
    return numbers_shown(sums)


def entered(member: Member, competitions: Sequence[Competition], now: datetime) -> dict[uuid.UUID, Shown]:
    """The eligible capacity of the providers that have entered, once qualification has opened."""
    _, sums = _totals(member, competitions, now)
    opened = [each for each in competitions if each.qualification_open <= now]
    return numbers_shown({key: sums[key] for key in _published(opened, now)})


Totals = dict[uuid.UUID, Decimal]


def _totals(member: Member, competitions: Sequence[Competition], now: datetime) -> tuple[Totals, Totals]:
    """What is eligible in those of an operator's competitions that are published, and what of it has entered: summed
    of all providers' assets, which is the dearest query of the list, once for both columns."""
    ids = _published(competitions, now)

    def make() -> tuple[Totals, Totals]:
        pairs, sums = _entered_in(member, ids, now), eligible_mw(competition_ids=ids)
        return _by_competition(ids, sums), _by_competition(
            ids, {key: sums[key] for key in pairs & sums.keys()}
        )

    return kept_for(member, f"qualification.totals {key_of(*ids)}", make, now)


def _entered_in(member: Member, ids: list[uuid.UUID], now: datetime) -> set[tuple[uuid.UUID, uuid.UUID]]:
    def entered_here() -> None:
        entries = entries_visible_to(member, now).filter(competition__among=ids, state=EntryState.ENTERED)
        list(entries.order_by().values_list("competition", "provider"))

    own = member.organisation_id
    rows = asked("qualification.entered_in", Entry, entered_here, whose=member, own=own, keys=ids)
    return {(competition, provider) for competition, provider in rows}


def _by_competition(ids: Sequence[uuid.UUID], sums: Mapping[tuple[uuid.UUID, uuid.UUID], Decimal]) -> Totals:
    totals = dict.fromkeys(ids, Decimal(0))
    for (competition, _), mw in sums.items():
        totals[competition] += mw
    return totals


def _published(competitions: Sequence[Competition], now: datetime) -> list[uuid.UUID]:
    return [each.pk for each in competitions if each.is_published(now)]


def _own_sums(
    member: Member, competitions: Sequence[Competition]
) -> dict[tuple[uuid.UUID, uuid.UUID], Decimal]:
    return eligible_mw(
        competition_ids=[each.pk for each in competitions], provider_ids=[member.organisation_id]
    )


def is_mine(member: Member, now: datetime) -> Q:
    """The competitions that the provider has entered."""
    entered_here = Entry.objects.filter(
        competition=OuterRef("pk"), provider=member.organisation_id, state=EntryState.ENTERED
    )
    return Q(Exists(entered_here))


def can_be_entered(member: Member, now: datetime) -> Q:
    """Qualification is open, something of the provider is eligible, and it has not answered."""
    eligible_here = Verdict.objects.filter(
        competition=OuterRef("pk"), asset__provider=member.organisation_id, eligible=True
    )
    answered = Entry.objects.filter(
        competition=OuterRef("pk"), provider=member.organisation_id, state__in=list(ANSWERS)
    )
    return Q(Exists(eligible_here)) & ~Q(Exists(answered)) & open_for_entries(now)


def open_for_entries(now: datetime) -> Q:
    """Qualification is open now."""
    return Q(
        publish_on__lte=now,
        qualification_open__lte=now,
        qualification_close__gt=now,
        cancelled_at=None,
    )


def can_be_bid_in(member: Member, now: datetime) -> Q:
    """Bidding is open and the provider has entered."""
    return is_mine(member, now) & Q(bidding_open__lte=now, bidding_close__gt=now, cancelled_at=None)
