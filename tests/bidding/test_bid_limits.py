"""No sequence of actions leads past the limits of bids: members of two providers act as they like, before,
during and after the opening hours; what is refused must change nothing, and what is allowed must be taken."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.enums import Role
from bidding.domain.ballots import offers
from bidding.domain.ballots.offers import BallotOffer
from bidding.domain.ballots.submitting import submit_ballot, submit_ballots, withdraw_ballot
from bidding.domain.gate.closing import ensure_closed
from bidding.models import Ballot, BallotAsset, GateClose
from marketplace.errors import NotAllowed, Refused
from tests.bidding.limits_kept import all_rows, broken
from tests.bidding.market import Market, at, bid, market
from tests.qualification import market as base

pytestmark = pytest.mark.django_db

OPENING, CLOSE = base.BIDDING_OPEN, base.BIDDING_CLOSE
TICK = timedelta(microseconds=1)
DAY = timedelta(hours=24)
INSTANTS = [OPENING - TICK, OPENING, OPENING + DAY, CLOSE - TICK, CLOSE, CLOSE + DAY]
BIDDERS = ("north", "north's colleague", "south", "south's colleague")
ACTORS = st.sampled_from([*BIDDERS, "north", "north's colleague", "north's reader", "buyer"])
LABELS = st.sampled_from(["1", "2"])
CAPACITIES = st.sampled_from(
    ["0.5", "0.5", "1", "1", "1.5", "2", "2.5", "3", "4", "4.000001", "6", "0.4", "0"]
)
BIDS = st.lists(st.tuples(st.integers(0, 1), CAPACITIES), min_size=1, max_size=2) | st.just([])
OWN_ASSETS = st.frozensets(st.sampled_from("123"), min_size=1)
ASSETS = st.none() | OWN_ASSETS | OWN_ASSETS | st.frozensets(st.sampled_from(["1", "2", "of the other"]))
OFFERS = st.tuples(LABELS, ASSETS, BIDS)


@pytest.fixture
def here():
    """Two windows of 4 MW, one with a minimum; two providers with 1, 2 and 3 MW, two bidders and a reader
    each."""
    made = market(minimum_mw=("0", "0.5"))
    for window in made.windows:
        window.capacity_required_mw = Decimal(4)
        window.save()
    return made


def actors_of(here: Market) -> dict:
    """Everyone who tries: bidders, colleagues, one without the role, and the operator."""
    north, south = here.north.organisation, here.south.organisation
    return {
        "north": here.north,
        "north's colleague": base.member(north, (Role.BIDS,)),
        "north's reader": base.member(north, (Role.CONTRACTS,)),
        "south": here.south,
        "south's colleague": base.member(south, (Role.BIDS,)),
        "buyer": here.buyer,
    }


class Bidding(RuleBasedStateMachine):
    """Ballots placed, replaced, swapped and withdrawn by many hands while the clock goes on."""

    here: Market
    actors: dict

    @initialize(tick=st.integers(0, 3))
    def start(self, tick: int) -> None:
        self.example = transaction.atomic()
        self.example.__enter__()
        self.tick = tick
        self.rows = all_rows()

    def teardown(self) -> None:
        if hasattr(self, "example"):
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    @property
    def now(self):
        return INSTANTS[self.tick]

    @property
    def is_open(self) -> bool:
        return OPENING <= self.now < CLOSE

    def refs(self, actor: str, numbers) -> frozenset:
        own, other = ("N", "S") if actor.startswith("north") else ("S", "N")
        return frozenset(
            self.here.assets[other + "1" if each == "of the other" else own + each].pk for each in numbers
        )

    def offer(self, actor: str, worded) -> BallotOffer:
        label, numbers, bids = worded
        terms = tuple(bid(self.here.windows[window], mw) for window, mw in bids)
        return BallotOffer(label, None if numbers is None else self.refs(actor, numbers), terms)

    def attempt(self, actor: str, act) -> bool:
        """Whether the action was taken; one that was refused must have changed nothing."""
        try:
            with at(self.now), transaction.atomic():
                act(self.actors[actor])
        except NotAllowed:
            assert actor not in BIDDERS
        except Refused:
            pass
        else:
            assert self.is_open, f"taken at {self.now}"
            assert broken(self.here) == []
            self.rows = all_rows()
            return True
        assert all_rows() == self.rows
        return False

    @rule(actor=ACTORS, worded=OFFERS)
    def place(self, actor: str, worded) -> None:
        expected = self.may_be_placed(actor, worded)
        offer = self.offer(actor, worded)
        taken = self.attempt(
            actor,
            lambda by: submit_ballot(
                by=by,
                competition=self.here.competition,
                label=offer.label,
                asset_ids=offer.assets,
                bids=offer.bids,
                now=self.now,
            ),
        )
        assert taken == expected

    @rule(actor=ACTORS, first=OFFERS, second=OFFERS)
    def place_two_at_once(self, actor: str, first, second) -> None:
        both = [self.offer(actor, first), self.offer(actor, second)]
        self.attempt(
            actor,
            lambda by: submit_ballots(by=by, competition=self.here.competition, offers=both, now=self.now),
        )

    @rule(actor=ACTORS, label=LABELS)
    def withdraw(self, actor: str, label: str) -> None:
        expected = self.is_open and actor in BIDDERS and self.live(actor).filter(label=label).exists()
        taken = self.attempt(
            actor,
            lambda by: withdraw_ballot(by=by, competition=self.here.competition, label=label, now=self.now),
        )
        assert taken == expected

    @precondition(lambda self: self.tick + 1 < len(INSTANTS))
    @rule(goes_on=st.booleans())
    def time_passes(self, goes_on: bool) -> None:
        self.tick += goes_on

    @rule()
    def the_gate_is_looked_at(self) -> None:
        with at(self.now):
            ensure_closed(self.here.competition, self.now)
        assert GateClose.objects.exists() == (self.now >= CLOSE)
        assert all_rows() == self.rows

    def live(self, actor: str):
        return Ballot.objects.filter(provider=self.actors[actor].organisation, state="submitted")

    def may_be_placed(self, actor: str, worded) -> bool:
        """What the rules say of one ballot, worked out here once more."""
        label, numbers, bids = worded
        if not (self.is_open and actor in BIDDERS and bids):
            return False
        others = self.live(actor).exclude(label=label)
        taken = set(BallotAsset.objects.filter(ballot__in=others).values_list("asset", flat=True))
        own = self.refs(actor, "123")
        assets = own - taken if numbers is None else self.refs(actor, numbers)
        if not assets or assets & taken or assets - own:
            return False
        mw = {asset.pk: asset.generation_turn_up_mw for asset in self.here.assets.values()}
        limit = min(sum(mw[asset] for asset in assets), Decimal(4))
        for number, minimum in enumerate(("0", "0.5")):
            offered = [Decimal(capacity) for window, capacity in bids if window == number]
            if sum(offered) > limit or any(each <= 0 or each < Decimal(minimum) for each in offered):
                return False
        return True


class WhileOpen(Bidding):
    """The same while bids are taken and nobody withdraws: what a rule lets pass is soon met."""

    time_passes = withdraw = the_gate_is_looked_at = None

    @initialize()
    def start(self) -> None:
        super().start(tick=1)


def run(here: Market, examples: int, of: type[Bidding] = Bidding, steps: int = 30, **fields) -> None:
    machine = type("BiddingHere", (of,), {"here": here, "actors": actors_of(here)})
    quiet = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        **fields,
    )
    run_state_machine_as_test(machine, settings=quiet)


@pytest.mark.slow
def test_no_sequence_of_actions_leads_past_the_limits(here):
    run(here, examples=25)


def test_the_search_finds_a_way_past_a_rule_that_is_broken(here, monkeypatch):
    monkeypatch.setattr(offers._Round, "_about_assets", lambda *_: [])
    with pytest.raises((AssertionError, KeyError, IntegrityError)):
        run(
            here,
            examples=100,
            of=WhileOpen,
            steps=10,
            phases=[Phase.generate],
            report_multiple_bugs=False,
            derandomize=True,
        )
