"""Decisions and confirmation: after the close only, by the operator only, all or nothing."""

from decimal import Decimal

import pytest

from bidding.domain.decisions.deciding import BidDecision, decide_as_recommended
from bidding.domain.gate.closing import close_due, close_due_of, ensure_closed, is_any_late, late
from bidding.domain.queries import bids_for_operator, competitions_to_decide
from bidding.domain.recommendation.advice import recommendation_for
from bidding.domain.recommendation.costs import cost_of
from bidding.enums import Decision, RejectionReason
from bidding.models import Bid, Confirmation, GateClose
from bidding.signals import results_confirmed
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from tests.bidding.confirming import confirm_results
from tests.bidding.market import AFTER, CLOSE, at, market
from tests.qualification import market as base
from tests.support.decisions import accept, decide, reject, with_bids

pytestmark = pytest.mark.django_db


def decisions_now() -> set[str]:
    return set(Bid.objects.values_list("decision", flat=True))


def test_the_gate_counts_the_bids_once_and_opens_their_seal():
    here = with_bids()
    with at(CLOSE - base.SECOND) as now:
        assert ensure_closed(here.competition, now) is None
        assert list(bids_for_operator(here.buyer, now)) == []
    with at(CLOSE) as now:
        assert list(bids_for_operator(here.buyer, now)) == []
        first, again = ensure_closed(here.competition, now), ensure_closed(here.competition, now)
        assert first == again == GateClose.objects.get()
        assert first.bid_count == 2
        assert bids_for_operator(here.buyer, now).count() == 2
        [told] = competitions_to_decide(here.buyer, now)
    assert (told.bidder_count, told.bid_count, told.undecided_count) == (2, 2, 2)
    assert list(bids_for_operator(base.member(base.operator()), now)) == []
    assert list(bids_for_operator(here.north, now)) == []


def test_bids_of_a_competition_cancelled_before_the_close_are_never_shown():
    here = with_bids()
    here.competition.cancelled_at = CLOSE - base.SECOND
    here.competition.save()
    with at(AFTER) as now:
        assert ensure_closed(here.competition, now) is None
        assert list(bids_for_operator(here.buyer, now)) == []


def test_a_gate_stays_open_where_the_competition_was_cancelled_while_it_waited_for_the_lock():
    here = with_bids()
    type(here.competition).objects.filter(pk=here.competition.pk).update(cancelled_at=CLOSE - base.SECOND)
    assert here.competition.cancelled_at is None, "as it was read before"
    with at(AFTER) as now:
        assert ensure_closed(here.competition, now) is None
    assert not GateClose.objects.exists()


def test_the_page_of_an_operator_closes_its_own_due_gates_and_a_providers_none():
    here, other = with_bids(), base.member(base.operator())
    with at(CLOSE) as now:
        for member, number in ((here.north, 0), (other, 0), (here.buyer, 1)):
            close_due_of(member, now)
            assert GateClose.objects.count() == number


def test_the_gates_that_are_due_are_closed_once_and_late_from_a_minute_on():
    here, cancelled = market(), market(ref="CANCELLED")
    cancelled.competition.cancelled_at = CLOSE - base.SECOND
    cancelled.competition.save()
    with at(CLOSE - base.SECOND) as now:
        assert close_due(now) == []
    assert not is_any_late(CLOSE + 59 * base.SECOND)
    assert list(late(CLOSE + 60 * base.SECOND)) == [here.competition]
    with at(CLOSE) as now:
        assert close_due(now) == [here.competition]
        assert close_due(now) == []
    assert not is_any_late(AFTER)


def test_bids_are_decided_after_the_close_and_can_change_until_confirmed():
    here = with_bids()
    north, south = here.bids["North"], here.bids["South"]
    with pytest.raises(Refused, match="not closed yet"):
        decide(here, accept(north), now=CLOSE - base.SECOND)
    decide(here, accept(north), reject(south, comment="dear"))
    assert len(decide(here, reject(north), BidDecision(south.pk, Decision.UNDECIDED))) == 2
    north.refresh_from_db(), south.refresh_from_db()
    assert (north.decision, north.rejection_reason) == (Decision.REJECTED, RejectionReason.PRICE_TOO_HIGH)
    assert (south.decision, south.rejection_comment, south.decided_at) == (Decision.UNDECIDED, "", None)
    told = AuditEntry.objects.filter(organisation_id=here.buyer.organisation_id, action__startswith="bid ")
    assert sorted(told.exclude(action="bidding closed").values_list("action", flat=True)) == [
        "bid accepted",
        "bid made undecided again",
        "bid rejected",
        "bid rejected",
    ]


def test_a_decision_on_what_somebody_else_changed_meanwhile_is_refused_whole():
    here = with_bids()
    north, south = here.bids["North"], here.bids["South"]
    decide(here, accept(north))
    with pytest.raises(Refused, match="Meanwhile somebody else"):
        decide(here, accept(south), reject(north, seen=Decision.UNDECIDED))
    south.refresh_from_db()
    assert south.decision == Decision.UNDECIDED


def test_only_the_operators_members_with_the_role_decide():
    here = with_bids()
    others = [
        here.north,
        base.member(base.operator()),
        base.member(here.buyer.organisation, ("procurement",)),
    ]
    for other in others:
        with pytest.raises(NotAllowed):
            decide(here, accept(here.bids["North"]), by=other)
        with pytest.raises(NotAllowed), at(AFTER) as now:
            confirm_results(by=other, competition=here.competition, now=now)
    assert decisions_now() == {Decision.UNDECIDED}


def test_a_rejection_needs_a_reason_and_a_foreign_bid_is_refused():
    here, there = with_bids(), market(ref="OTHER")
    with pytest.raises(Refused, match="needs a reason"):
        decide(here, BidDecision(here.bids["North"].pk, Decision.REJECTED))
    with pytest.raises(Refused, match="not among those of OTHER"):
        decide(there, accept(here.bids["North"]), by=there.buyer)
    assert decisions_now() == {Decision.UNDECIDED}


def test_only_a_rejection_is_explained_and_in_so_many_characters():
    here = with_bids()
    north = here.bids["North"]
    for said in ({"reason": RejectionReason.PRICE_TOO_HIGH}, {"comment": "cheap"}):
        with pytest.raises(Refused, match="Only a rejection carries"):
            decide(here, accept(north, **said))
    with pytest.raises(Refused, match="at most 1,000 characters"):
        decide(here, reject(north, comment="a" * 1001))
    assert len(decide(here, reject(north, comment="a" * 1000))) == 1


def test_following_the_recommendation_accepts_it_and_rejects_the_rest_as_not_needed():
    here = with_bids()
    here.windows[0].capacity_required_mw = Decimal(3)
    here.windows[0].save()
    with at(AFTER) as now:
        advice = decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
    assert advice.recommendation.accepted == {str(here.bids["South"].pk)}
    north = Bid.objects.get(pk=here.bids["North"].pk)
    assert (north.decision, north.rejection_reason) == (Decision.REJECTED, RejectionReason.VOLUME_NOT_NEEDED)
    assert Bid.objects.get(pk=here.bids["South"].pk).decision == Decision.ACCEPTED


def test_accepting_beyond_need_or_budget_is_allowed_and_says_by_how_much():
    here = with_bids(maximum_budget=Decimal(30))
    decide(here, accept(here.bids["North"]), accept(here.bids["South"]))
    coverage = recommendation_for(here.competition).decided
    assert coverage.cost == Decimal("35.00")
    assert coverage.over_budget == Decimal(5)
    assert coverage.windows[0].surplus_mw == Decimal(1)
    assert len(coverage.warnings) == 2
    assert "1 MW more than the 4 MW" in coverage.warnings[0]


def test_results_are_confirmed_once_when_every_bid_is_decided():
    here = with_bids()
    decide(here, accept(here.bids["South"]))
    with at(AFTER) as now, pytest.raises(Refused, match="1 bid is undecided"):
        confirm_results(by=here.buyer, competition=here.competition, now=now)
    assert not Confirmation.objects.exists()
    decide(here, reject(here.bids["North"]))
    with at(AFTER) as now:
        done = confirm_results(by=here.buyer, competition=here.competition, now=now)
        with pytest.raises(Refused, match="are confirmed"):
            confirm_results(by=here.buyer, competition=here.competition, now=now)
    with pytest.raises(Refused, match="are confirmed"):
        decide(here, accept(here.bids["North"]))
    assert (done.accepted_count, done.rejected_count, done.accepted_mw) == (1, 1, Decimal(3))
    assert done.expected_cost == cost_of(here.bids["South"]) == Decimal("15.00")
    here.competition.refresh_from_db()
    assert here.competition.confirmed_at == AFTER
    chains = AuditEntry.objects.filter(action="results confirmed").values_list("organisation_id", flat=True)
    assert set(chains) == {each.organisation_id for each in (here.buyer, here.north, here.south)}


def test_a_receiver_gets_the_accepted_bids_and_its_failure_undoes_the_confirmation():
    here = with_bids()
    decide(here, accept(here.bids["South"]), reject(here.bids["North"]))
    got = []

    def award(sender, bids, confirmation, **kwargs):
        got.extend(bids)
        raise ZeroDivisionError

    results_confirmed.connect(award)
    try:
        with at(AFTER) as now, pytest.raises(ZeroDivisionError):
            confirm_results(by=here.buyer, competition=here.competition, now=now)
    finally:
        results_confirmed.disconnect(award)
    assert got == [here.bids["South"]]
    assert not Confirmation.objects.exists()
    here.competition.refresh_from_db()
    assert here.competition.confirmed_at is None


def test_a_competition_without_bids_is_confirmed_as_no_award():
    here = market()
    with at(AFTER) as now:
        done = confirm_results(by=here.buyer, competition=here.competition, now=now)
    assert (done.accepted_count, done.expected_cost) == (0, 0)
    assert AuditEntry.objects.filter(action="confirmed without award").count() == 1
