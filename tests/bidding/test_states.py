"""The stored states of bidding: every step from every state by everybody, with the entry that each step
leaves."""

from copy import deepcopy
from itertools import product
from types import SimpleNamespace

import pytest

from accounts.enums import Role
from bidding.domain.ballots.submitting import submit_ballot, withdraw_ballot
from bidding.domain.decisions.deciding import BidDecision, decide_bids
from bidding.enums import DECISION_TRANSITIONS, BallotState, Decision, RejectionReason
from bidding.models import Ballot, Bid
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from tests.bidding.market import AFTER, BIDDING, at, bid, market
from tests.qualification import market as base
from tests.support.decisions import with_bids

pytestmark = pytest.mark.django_db
REASONS = {Decision.REJECTED: RejectionReason.TECHNICAL}
PEOPLE = ("buyer", "buyer without the role", "bidder", "other operator")


@pytest.fixture(scope="module")
def once(module_database):
    return SimpleNamespace(with_bids=with_bids(), without=market())


def person(here, who):
    return {
        "buyer": lambda: here.buyer,
        "buyer without the role": lambda: base.member(
            here.buyer.organisation, (Role.PROCUREMENT, Role.CONTRACTS)
        ),
        "bidder": lambda: here.north,
        "bidder without the role": lambda: base.member(
            here.north.organisation, (Role.PROCUREMENT, Role.ACCOUNT)
        ),
        "rival": lambda: here.south,
        "other operator": lambda: base.member(base.operator()),
    }[who]()


def decide(here, by, to):
    one = here.bids["North"]
    with at(AFTER) as now:
        wanted = [BidDecision(one.pk, to, REASONS.get(to, ""))]
        return decide_bids(by=by, competition=here.competition, decisions=wanted, now=now)


@pytest.mark.parametrize(("source", "to", "who"), list(product(Decision, Decision, PEOPLE)))
def test_a_bid_is_decided_from_every_decision_to_every_other_by_the_buyer_alone(once, source, to, who):
    here = deepcopy(once.with_bids)
    if source != Decision.UNDECIDED:
        decide(here, here.buyer, source)
    before = AuditEntry.objects.filter(subject_id=str(here.bids["North"].pk)).count()
    by = person(here, who)
    if who == "buyer":
        assert len(decide(here, by, to)) == (source != to)
    else:
        with pytest.raises(NotAllowed):
            decide(here, by, to)
    told = AuditEntry.objects.filter(subject_id=str(here.bids["North"].pk)).order_by("sequence")
    after = Bid.objects.get(pk=here.bids["North"].pk).decision
    if who == "buyer" and source != to:
        assert to in DECISION_TRANSITIONS[source]
        assert (after, told.count()) == (to, before + 1)
        assert told.last().changes["decision"] == [source.value, to.value]
    else:
        assert (after, told.count()) == (source, before)


STEPS = {BallotState.SUBMITTED: "place", BallotState.WITHDRAWN: "withdraw"}


@pytest.mark.parametrize(
    ("source", "to", "who"),
    list(product(BallotState, BallotState, ("bidder", "bidder without the role", "rival", "buyer"))),
)
def test_a_ballot_is_placed_and_withdrawn_by_its_own_bidders_alone(once, source, to, who):
    here = deepcopy(once.without)
    change(here, here.north, BallotState.SUBMITTED)
    if source == BallotState.WITHDRAWN:
        change(here, here.north, BallotState.WITHDRAWN)
    own = Ballot.objects.filter(provider=here.north.organisation)
    entries = AuditEntry.objects.filter(organisation_id=here.north.organisation_id)
    before = entries.count()
    by = person(here, who)
    moves = who == "bidder" and source != to
    if moves or (who == "rival" and to == BallotState.SUBMITTED):
        change(here, by, to)
    elif who == "bidder" and to == BallotState.SUBMITTED:
        assert change(here, by, to).receipts == []
    else:
        with pytest.raises(Refused):
            change(here, by, to)
    assert own.get().state == (to if moves else source)
    assert entries.count() == before + moves


def change(here, by, to):
    with at(BIDDING) as now:
        if to == BallotState.WITHDRAWN:
            return withdraw_ballot(by=by, competition=here.competition, label="1", now=now)
        return submit_ballot(
            by=by,
            competition=here.competition,
            label="1",
            asset_ids=None,
            bids=[bid(here.windows[0])],
            now=now,
        )
