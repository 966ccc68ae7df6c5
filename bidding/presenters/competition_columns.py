"""What bidding tells in lists of competitions: own bids to a provider; to an operator, once the gate is
closed, all bids.

Before that an operator is told the same whether there are bids or not.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils.safestring import SafeString

from accounts.models import Member
from bidding.domain.queries import bids_for_operator, own_ballots
from bidding.domain.recommendation.costs import cost_of
from bidding.enums import BallotState, Decision
from bidding.models import Ballot
from competitions.enums import Phase
from competitions.models import Competition
from competitions.presenters.columns import Shown, Standing, numbers_shown
from marketplace.prepared import asked
from marketplace.web.icons import icon_html

ACCEPTED = Q(decision=Decision.ACCEPTED)


def own_bids(member: Member, competitions: Sequence[Competition], now: datetime) -> dict[uuid.UUID, Standing]:
    """Where the provider has bids that count."""
    if not member.is_fsp:
        return {}
    keys = [each.pk for each in competitions]

    def placed() -> None:
        ballots = own_ballots(member).filter(competition__among=keys, state=BallotState.SUBMITTED)
        list(ballots.order_by().values_list("competition").distinct())

    rows = asked("bidding.placed_in", Ballot, placed, whose=member, own=member.organisation_id, keys=keys)
    return {pk: Standing("Bid placed", "green") for (pk,) in rows}


def offered(member: Member, competitions: Sequence[Competition], now: datetime) -> dict[uuid.UUID, Shown]:
    """What was offered, at the window with most; sealed while bidding is open."""
    sealed = Shown("sealed", _sealed())
    open_now = {each.pk: sealed for each in competitions if each.phase(now) is Phase.BIDDING_OPEN}
    return open_now | numbers_shown(_peaks(member, competitions, Q(), now))


def accepted(member: Member, competitions: Sequence[Competition], now: datetime) -> dict[uuid.UUID, Shown]:
    """What is accepted so far, at the window with most."""
    return numbers_shown(_peaks(member, competitions, ACCEPTED, now))


def cost(member: Member, competitions: Sequence[Competition], now: datetime) -> dict[uuid.UUID, Shown]:
    """What the accepted bids cost."""
    totals: dict[uuid.UUID, Decimal] = {}
    found = bids_for_operator(member, now).filter(
        ACCEPTED, ballot__competition__in=[each.pk for each in competitions]
    )
    for bid in found:
        key = bid.ballot.competition_id
        totals[key] = totals.get(key, Decimal(0)) + cost_of(bid)
    whole = {key: total.quantize(Decimal(1)) for key, total in totals.items()}
    return numbers_shown(whole, decimals=0)


def _peaks(
    member: Member, competitions: Sequence[Competition], which: Q, now: datetime
) -> dict[uuid.UUID, Decimal]:
    bids = bids_for_operator(member, now).filter(ballot__competition__in=[each.pk for each in competitions])
    sums = (
        bids.order_by()
        .values_list("ballot__competition", "window")
        .annotate(mw=Sum("capacity_mw", filter=which))
    )
    peaks: dict[uuid.UUID, Decimal] = {}
    for competition_id, _, mw in sums:
        peaks[competition_id] = max(peaks.get(competition_id, Decimal(0)), mw or Decimal(0))
    return peaks


def _sealed() -> SafeString:
    return SafeString(f'<span class="dim">{icon_html("lock")} sealed</span>')
