"""Who may be the two people of a confirmation: members who could decide before anybody knew the bids.

1. Who has held the role *Bids* since before the bidding close.
2. Where fewer than two of them are left: also who has held *Account* since before the close, and holds *Bids*
  now.
3. Where these are fewer than two: also who has held *Bids* for :data:`STAND_IN` by now. So nobody is stuck
  for ever, and
   a person invited to agree has to wait, in the sight of the team.

The audit entries of proposal and confirmation say on which of these grounds a person took part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.domain.queries import team_of
from accounts.domain.tenure import role_held_since
from accounts.enums import Role
from accounts.models import Member
from competitions.models import Competition
from marketplace.errors import Refused

STAND_IN = timedelta(days=7)
BEFORE_CLOSE = "held Bids before the close"
ACCOUNT_BEFORE_CLOSE = "held Account before the close"
STANDS_IN = f"has held Bids for {STAND_IN.days} days"


@dataclass(frozen=True)
class Tenure:
    """A member who holds *Bids*: since when, and since when *Account* (None without it)."""

    user_id: int
    email: str
    bids_since: datetime
    account_since: datetime | None


def tenures_of(by: Member) -> list[Tenure]:
    """The members of the team who hold *Bids* now, by email."""
    found = []
    for member in team_of(by).filter(is_active=True, user__is_active=True).order_by("user__email"):
        bids_since = role_held_since(member, Role.BIDS)
        if bids_since is not None:
            account_since = role_held_since(member, Role.ACCOUNT)
            found.append(Tenure(member.user_id, member.email, bids_since, account_since))
    return found


def grounds_of(tenures: Sequence[Tenure], competition: Competition, now: datetime) -> dict[int, str]:
    """Who may be one of the two people of this competition, by user id: on what ground."""
    close = competition.bidding_close
    if close is None:
        return {}
    steps = (
        (BEFORE_CLOSE, [each for each in tenures if each.bids_since < close]),
        (
            ACCOUNT_BEFORE_CLOSE,
            [each for each in tenures if each.account_since and each.account_since < close],
        ),
        (STANDS_IN, [each for each in tenures if each.bids_since <= now - STAND_IN]),
    )
    found: dict[int, str] = {}
    for ground, holders in steps:
        found = {each.user_id: ground for each in holders} | found
        if len(found) >= 2:
            break
    return found


def why_not_one_of_two(
    tenures: Sequence[Tenure], user_id: int, competition: Competition, now: datetime
) -> str:
    """The sentence that keeps this person from being one of the two; empty when nothing does."""
    grounds = grounds_of(tenures, competition, now)
    if user_id in grounds:
        return ""
    who = next((each.email for each in tenures if each.user_id == user_id), "who proposed it")
    can = [each.email for each in tenures if each.user_id in grounds]
    told = (
        f"The two people who confirm {competition.ref} must have held the Bids role since before its bidding closed: "
        f"{who} has not."
    )
    if len(can) >= 2:
        return f"{told} These can: {', '.join(can)}."
    return (
        f"{told} Fewer than two members are left who held it, or the Account role, before the close, so anyone who has held "
        f"Bids for {STAND_IN.days} days counts as well."
    )


def check_one_of_two(by: Member, user_id: int, competition: Competition, now: datetime) -> str:
    """On what ground this person may be one of the two. Raises ``Refused`` where they may not."""
    tenures = tenures_of(by)
    refusal = why_not_one_of_two(tenures, user_id, competition, now)
    if refusal:
        raise Refused(refusal)
    return grounds_of(tenures, competition, now)[user_id]
