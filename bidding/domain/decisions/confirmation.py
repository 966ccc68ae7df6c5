"""Confirming results: one transaction that makes them known, awards contracts and can't be undone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import Member
from bidding import rules
from bidding.domain.decisions.proposals import check_second_person
from bidding.domain.decisions.seen import Seen, check_seen
from bidding.domain.gate.closing import ensure_closed
from bidding.domain.notifications import notify_results
from bidding.domain.queries import bids_of_competition
from bidding.domain.recommendation.costs import cost_of
from bidding.enums import Decision
from bidding.models import Bid, Confirmation
from bidding.signals import results_confirmed
from competitions.domain.locks import lock_for_change
from competitions.models import Competition
from marketplace import clock
from marketplace.audit.chain import lock_chains, record
from marketplace.units import currency_sign


def confirm_results(*, by: Member, competition: Competition, seen: Seen, now: datetime) -> Confirmation:
    """Confirm the results of a competition as they were seen; one without bids is confirmed as “no award”.

    Raises :class:`ChangedSince` when decisions changed since ``seen``; ``Refused`` while bids are
    undecided, before the close, when already confirmed, and where two people confirm and this is not the
    second one with the proposal that they saw; ``NotAllowed`` without the role. A receiver of the signal that
    raises undoes everything.
    """
    rules.check_may_decide(by, competition)
    ensure_closed(competition, now)
    with transaction.atomic():
        locked = lock_for_change(competition.pk)
        now = clock.now()
        rules.check_decision_is_open(locked, now)
        bids = list(bids_of_competition(locked).prefetch_related("ballot__ballot_assets"))
        check_seen(by, locked, bids, seen.decisions)
        rules.check_all_decided(locked, bids)
        stand_ins = check_second_person(by, locked, bids, seen, now)
        lock_chains([locked.operator_id, *(bid.ballot.provider_id for bid in bids)])
        accepted = [bid for bid in bids if bid.decision == Decision.ACCEPTED]
        confirmation = _confirm(by, locked, bids, accepted, now)
        results_confirmed.send(
            sender=Competition, competition=locked, bids=accepted, confirmation=confirmation, by=by, now=now
        )
        _audit(by, locked, bids, confirmation, stand_ins, now)
        notify_results(locked, bids, now)
    competition.confirmed_at = locked.confirmed_at
    return confirmation


def _confirm(
    by: Member, competition: Competition, bids: Sequence[Bid], accepted: Sequence[Bid], now: datetime
) -> Confirmation:
    competition.confirmed_at = now
    competition.save(update_fields=["confirmed_at"])
    return Confirmation.objects.create(
        competition=competition,
        confirmed_at=now,
        confirmed_by_id=by.user_id,
        accepted_count=len(accepted),
        rejected_count=len(bids) - len(accepted),
        accepted_mw=sum((bid.capacity_mw for bid in accepted), Decimal(0)),
        expected_cost=sum((cost_of(bid) for bid in accepted), Decimal(0)),
    )


def _audit(
    by: Member,
    competition: Competition,
    bids: Sequence[Bid],
    confirmation: Confirmation,
    stand_ins: Mapping[str, tuple[None, str]],
    now: datetime,
) -> None:
    """An entry in the operator's chain and one in each bidder's, in the order of their ids."""
    record(
        organisation_id=competition.operator_id,
        by=by,
        action="results confirmed" if bids else "confirmed without award",
        subject=competition,
        changes={
            "confirmed_at": (None, now),
            "accepted bids": (None, confirmation.accepted_count),
            "rejected bids": (None, confirmation.rejected_count),
            f"expected cost ({currency_sign(by.organisation.currency).strip()})": (
                None,
                confirmation.expected_cost,
            ),
            **stand_ins,
        },
        now=now,
    )
    by_provider: dict[object, list[Bid]] = {}
    for bid in bids:
        by_provider.setdefault(bid.ballot.provider_id, []).append(bid)
    for _, own in sorted(by_provider.items(), key=lambda item: str(item[0])):
        decided = {
            str(decision.label): (None, sorted(str(bid.pk) for bid in own if bid.decision == decision))
            for decision in (Decision.ACCEPTED, Decision.REJECTED)
        }
        record(
            organisation_id=own[0].ballot.provider_id,
            by=by,
            action="results confirmed",
            subject=competition,
            changes=decided,
            now=now,
        )
