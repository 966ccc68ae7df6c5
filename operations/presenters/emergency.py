"""What an emergency stop would end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Member
from operations.domain.dispatch_queries import dispatches_not_over
from operations.domain.dispatch_words import Words, clock_text, mw_text, standing_of, words_of
from operations.domain.profiles import VOID, Response
from operations.domain.standing import Phase
from operations.models import Dispatch

NOTHING = VOID | {Response.DECLINED}


@dataclass(frozen=True)
class Running:
    """A dispatch that runs now."""

    dispatch: Dispatch
    mw: str
    until: str
    words: Words


def running_of(member: Member, now: datetime) -> Sequence[Running]:
    """What runs of the operator's dispatches, the one that ends last first."""
    found = []
    for each in dispatches_not_over(member, now).filter(start__lte=now):
        standing = standing_of(each, now)
        if standing.phase is Phase.RUNNING and standing.response not in NOTHING:
            zone = each.contract.buyer.zone
            mw = mw_text(standing.mw_at(now), each.contract)
            until = clock_text(standing.pieces[-1].end, zone, now)
            found.append(Running(each, mw, until, words_of(standing, zone)))
    return found
