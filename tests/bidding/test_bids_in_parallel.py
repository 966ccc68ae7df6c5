"""The limits of bids with many connections at once, by the database's clock, up to the close and past it."""

import random
import threading
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import close_old_connections, connection

from accounts.enums import Role
from bidding.domain.ballots import offers
from bidding.domain.ballots.offers import BallotOffer
from bidding.domain.ballots.submitting import BallotRefused, submit_ballots, withdraw_ballot
from bidding.domain.gate.closing import ensure_closed
from bidding.models import Bid
from marketplace import clock
from marketplace.errors import Refused
from tests.bidding.limits_kept import all_rows, broken
from tests.bidding.market import bid, market
from tests.qualification import market as base

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 6


class Desk(threading.Thread):
    """A member who places, replaces and withdraws ballots at random until the close has refused it a few
    times."""

    def __init__(self, here, member, seed):
        super().__init__()
        self.here, self.member, self.random = here, member, random.Random(seed)
        self.outcomes: Counter = Counter()
        self.errors: list[Exception] = []

    def run(self):
        try:
            while self.outcomes["closed"] < 3 and not self.errors:
                self.outcomes[self.outcome()] += 1
        finally:
            connection.close()

    def outcome(self) -> str:
        try:
            self.act()
        except BallotRefused:
            return "limit"
        except Refused as refusal:
            return "closed" if "has closed" in refusal.sentence else "other"
        except Exception as error:
            self.errors.append(error)
            return "error"
        return "in"

    def act(self) -> None:
        if self.random.random() < 0.2:
            label = self.random.choice("12")
            withdraw_ballot(by=self.member, competition=self.here.competition, label=label, now=clock.now())
            return
        labels = self.random.sample("12", self.random.choice([1, 1, 2]))
        worded = [self.offer(label) for label in labels]
        submit_ballots(by=self.member, competition=self.here.competition, offers=worded, now=clock.now())

    def offer(self, label: str) -> BallotOffer:
        own = self.member.organisation.name[0]
        refs = self.random.sample([f"{own}1", f"{own}2", f"{own}3"], self.random.choice([1, 1, 2]))
        chosen = None if self.random.random() < 0.2 else frozenset(self.here.ids(*refs))
        windows = self.random.choices(self.here.windows, k=self.random.choice([1, 2]))
        capacities = self.random.choices(["0.5", "0.75", "1", "2", "3"], k=len(windows))
        price = str(self.random.randint(1, 500))
        return BallotOffer(
            label, chosen, tuple(bid(*each, price) for each in zip(windows, capacities, strict=True))
        )


def busy_market():
    """Bidding closes in seconds; two colleagues' desks for each of two providers, twice."""
    now = clock.now()
    here = market(
        minimum_mw=("0", "0.5"),
        publish_on=now - timedelta(days=9),
        qualification_open=now - timedelta(days=8),
        qualification_close=now - timedelta(days=3),
        bidding_open=now - timedelta(days=2),
        bidding_close=now + timedelta(seconds=SECONDS),
        first_day=(now + timedelta(days=30)).date(),
    )
    for window in here.windows:
        window.capacity_required_mw = Decimal(4)
        window.save()
    members = [here.north, here.south]
    members += [base.member(each.organisation, (Role.BIDS,)) for each in members]
    return here, [Desk(here, member, seed) for seed, member in enumerate(members * 2)]


def run_to_the_close(here, desks):
    """The gate and all rows as another connection closes and reads them while the desks still try."""
    for desk in desks:
        desk.start()
    gate = None
    while gate is None:
        threading.Event().wait(0.05)
        gate = ensure_closed(here.competition, clock.now())
    rows = all_rows()
    for desk in desks:
        desk.join()
    close_old_connections()
    return gate, rows


def test_many_connections_at_once_lead_past_no_limit_and_the_close_holds():
    here, desks = busy_market()
    gate, rows = run_to_the_close(here, desks)
    assert [error for desk in desks for error in desk.errors] == []
    outcomes = sum((desk.outcomes for desk in desks), Counter())
    assert outcomes["in"] > 20
    assert outcomes["limit"] > 0
    assert outcomes["closed"] == 3 * len(desks)
    assert broken(here) == []
    assert all_rows() == rows, "something changed after the gate was closed"
    assert gate.bid_count == Bid.objects.filter(ballot__state="submitted").count()


def test_a_broken_rule_shows_with_many_connections(monkeypatch):
    monkeypatch.setattr(offers._Round, "_about_assets", lambda *_: [])
    here, desks = busy_market()
    run_to_the_close(here, desks)
    assert [error for desk in desks for error in desk.errors] or broken(here)
