"""Confirming in bulk: every competition of a round whose bids are decided, in one transaction."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from bidding.domain.decisions.confirmation import confirm_results
from bidding.domain.decisions.seen import ChangedSince, DecisionChange, Seen, check_seen
from bidding.domain.queries import bids_of_competition, closed_competitions, loaded_bids
from bidding.models import Confirmation
from competitions.domain.locks import lock_for_change
from competitions.models import Competition
from marketplace.audit.chain import lock_chains
from marketplace.errors import Refused


def rounds_to_confirm(member: Member, now: datetime) -> list[str]:
    """The names of the rounds in which the member's organisation has closed competitions to confirm, by
    name."""
    waiting = _waiting(member, now).exclude(round_name="").order_by("round_name")
    return list(waiting.values_list("round_name", flat=True).distinct())


def competitions_of_round(member: Member, round_name: str, now: datetime) -> list[Competition]:
    """The round's competitions whose bidding has closed and whose results are not confirmed, by ref."""
    return list(_waiting(member, now).filter(round_name=round_name).order_by("ref"))


def confirm_round(
    *, by: Member, round_name: str, seen: Mapping[uuid.UUID, Seen], now: datetime
) -> list[Confirmation]:
    """Confirm all that :func:`competitions_of_round` names, all or none.

    ``seen`` is what the member was shown of each competition. Raises ``Refused`` when these changed since,
    :class:`ChangedSince` with every changed decision of the round, and whatever :func:`confirm_results`
    raises for one of them.
    """
    found = competitions_of_round(by, round_name, now)
    if not found or {each.pk for each in found} != set(seen):
        raise Refused(_others(round_name, found, seen))
    with transaction.atomic():
        locked = [lock_for_change(each.pk) for each in sorted(found, key=lambda each: each.pk)]
        _check_all_seen(by, round_name, locked, seen)
        lock_chains(_concerned(locked))
        return [confirm_results(by=by, competition=each, seen=seen[each.pk], now=now) for each in locked]


def _others(round_name: str, found: list[Competition], seen: Collection[uuid.UUID]) -> str:
    sentence = f"The competitions of {round_name} to confirm changed meanwhile, so nothing was confirmed."
    new = sorted(each.ref for each in found if each.pk not in seen)
    gone = Competition.objects.filter(pk__in=set(seen) - {each.pk for each in found}, round_name=round_name)
    left = sorted(
        gone.filter(operator__in={each.operator_id for each in found}).values_list("ref", flat=True)
    )
    told = [
        f"Since then came: {', '.join(new)}." if new else "",
        f"Done already: {', '.join(left)}." if left else "",
    ]
    return " ".join([sentence, *filter(None, told), "Look at them again."])


def _check_all_seen(
    by: Member, round_name: str, competitions: list[Competition], seen: Mapping[uuid.UUID, Seen]
) -> None:
    changes: list[DecisionChange] = []
    changed = []
    for each in competitions:
        try:
            check_seen(by, each, loaded_bids(each), seen[each.pk].decisions)
        except ChangedSince as refusal:
            changed.append(each.ref)
            changes += refusal.changes
    if changed:
        raise ChangedSince(
            f"Decisions of {round_name} changed since your page was made, in {', '.join(sorted(changed))}: "
            "nothing was confirmed. Look at them again.",
            changes,
        )


def _waiting(member: Member, now: datetime) -> QuerySet[Competition]:
    return closed_competitions(member, now).filter(cancelled_at=None, confirmed_at=None)


def _concerned(competitions: list[Competition]) -> set[uuid.UUID]:
    found = {each.operator_id for each in competitions}
    for each in competitions:
        found |= set(bids_of_competition(each).order_by().values_list("ballot__provider", flat=True))
    return found
