"""A market in which two providers may bid, for the tests of bidding."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import Member, Organisation
from bidding.domain.ballots.limits import BidTerms
from competitions.models import Competition, ServiceWindow
from marketplace import clock
from qualification.enums import EntryState
from qualification.models import Entry
from tests.qualification import market as base

BIDDING = base.BIDDING_OPEN + timedelta(hours=1)
CLOSE = base.BIDDING_CLOSE
AFTER = CLOSE + timedelta(minutes=1)
TWO_HOURS = timedelta(hours=2)


@dataclass
class Market:
    """An operator's competition, its windows, and two providers with assets that have entered it."""

    buyer: Member
    competition: Competition
    windows: list[ServiceWindow]
    north: Member
    south: Member
    assets: dict[str, object] = field(default_factory=dict)

    def ids(self, *refs: str) -> list[object]:
        return [self.assets[ref].pk for ref in refs]


def market(minimum_mw=("0", "0.5"), mw=("1", "2", "3"), **fields) -> Market:
    """North has assets N1.. and South S1.. of these MW; windows require 100 MW each."""
    buyer = base.operator()
    competition = base.competition(buyer, minimum_mw=minimum_mw, **fields)
    sellers = [base.provider("North"), base.provider("South")]
    assets = {}
    for seller in sellers:
        for number, capacity in enumerate(mw, 1):
            ref = f"{seller.name[0]}{number}"
            assets[ref] = base.asset(seller, ref=ref, generation_turn_up_mw=Decimal(capacity))
        enter(competition, seller)
    windows = list(
        ServiceWindow.objects.filter(competition=competition).select_related("period").order_by("position")
    )
    return Market(base.member(buyer), competition, windows, *map(base.member, sellers), assets)


def enter(competition: Competition, provider: Organisation) -> None:
    Entry.objects.create(
        competition=competition, provider=provider, state=EntryState.ENTERED, changed_at=base.DURING
    )


def bid(window: ServiceWindow, mw="1", price="10", **fields) -> BidTerms:
    return BidTerms(
        **{
            "window_id": window.pk,
            "capacity_mw": Decimal(mw),
            "maximum_run_time": TWO_HOURS,
            "utilisation_price": Decimal(price),
        }
        | fields
    )


@contextmanager
def at(instant: datetime) -> Iterator[datetime]:
    with clock.set_to(instant):
        yield instant
