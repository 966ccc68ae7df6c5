"""What qualification tells in lists of competitions: eligible and entered capacity, and a provider's own
entries."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q

from accounts.models import Member
from competitions.enums import Phase
from competitions.models import Competition
from competitions.presenters.columns import Shown, Standing, numbers_shown
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
    return _summed(eligible_mw(competition_ids=_published(competitions, now)), competitions, now)


def entered(member: Member, competitions: Sequence[Competition], now: datetime) -> dict[uuid.UUID, Shown]:
    """The eligible capacity of the providers that have entered, once qualification has opened."""
    opened = [each for each in competitions if each.qualification_open <= now]
    ids = _published(opened, now)
    entries = entries_visible_to(member, now).filter(competition__in=ids, state=EntryState.ENTERED)
    pairs = set(entries.values_list("competition", "provider"))
    sums = eligible_mw(competition_ids=ids, provider_ids={provider for _, provider in pairs}) if pairs else {}
    return _summed({key: mw for key, mw in sums.items() if key in pairs}, opened, now)


def _published(competitions: Sequence[Competition], now: datetime) -> list[uuid.UUID]:
    return [each.pk for each in competitions if each.is_published(now)]


def _summed(
    sums: dict[tuple[uuid.UUID, uuid.UUID], Decimal], competitions: Sequence[Competition], now: datetime
) -> dict[uuid.UUID, Shown]:
    totals = dict.fromkeys(_published(competitions, now), Decimal(0))
    for (competition_id, _), mw in sums.items():
        totals[competition_id] += mw
    return numbers_shown(totals)


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
