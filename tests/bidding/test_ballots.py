"""Ballots: who may place them and when, what they hold, their receipts."""

import hashlib
from datetime import timedelta
from decimal import Decimal

import pytest

from bidding.domain.ballots.offers import BallotOffer
from bidding.domain.ballots.submitting import (
    BallotRefused,
    assess_ballot,
    submit_ballots,
    withdraw_ballot,
)
from bidding.domain.gate.receipts import digest_of
from bidding.models import AssetList, Ballot, Bid, Receipt
from marketplace.audit.models import AuditEntry
from marketplace.audit.verification import verify
from marketplace.errors import NotAllowed, Refused
from qualification.enums import EntryState
from qualification.models import Entry
from tests.bidding.market import AFTER, BIDDING, CLOSE, at, bid, enter, market
from tests.qualification import market as base
from tests.support.ballots import held, place

pytestmark = pytest.mark.django_db


def test_a_ballot_without_assets_named_takes_all_that_are_in_no_other_ballot():
    here = market()
    place(here, label="A", refs=["N2"])
    place(here, label="B", bids=[bid(here.windows[0], "4")])
    assert held(here.north) == {"A": {"N2"}, "B": {"N1", "N3"}}


def test_the_limit_is_the_smaller_of_qualified_capacity_and_what_the_window_requires():
    here = market()
    with pytest.raises(BallotRefused, match=r"6\.000001 MW is more than the 6 MW"):
        place(here, bids=[bid(here.windows[0], "6.000001")])
    assert not Ballot.objects.exists()
    place(here, bids=[bid(here.windows[0], "6")])
    assert Bid.objects.get().capacity_mw == Decimal(6)


def test_an_asset_in_another_live_ballot_is_refused_until_that_one_is_withdrawn():
    here = market()
    place(here, label="A", refs=["N1", "N2"])
    with pytest.raises(BallotRefused, match="in ballot A too: N1"):
        place(here, label="B", refs=["N1"])
    assert held(here.north) == {"A": {"N1", "N2"}}
    with at(BIDDING) as now:
        withdraw_ballot(by=here.north, competition=here.competition, label="A", now=now)
    place(here, label="B", refs=["N1"])
    assert held(here.north) == {"B": {"N1"}}


def test_ballots_placed_together_may_swap_assets():
    here = market()
    place(here, label="A", refs=["N1"])
    place(here, label="B", refs=["N2"])
    offers = [
        BallotOffer("A", frozenset(here.ids("N2")), (bid(here.windows[0], "2"),)),
        BallotOffer("B", frozenset(here.ids("N1")), (bid(here.windows[0], "1"),)),
    ]
    with at(BIDDING) as now:
        submit_ballots(by=here.north, competition=here.competition, offers=offers, now=now)
    assert held(here.north) == {"A": {"N2"}, "B": {"N1"}}


def test_assets_of_another_provider_or_not_qualified_are_refused():
    here = market()
    with pytest.raises(BallotRefused, match="not one of your qualified assets"):
        place(here, refs=["S1"])
    assert not Ballot.objects.exists()


def test_only_who_entered_may_bid_and_only_with_the_role():
    here = market()
    Entry.objects.filter(provider=here.north.organisation).update(state=EntryState.WITHDRAWN)
    with pytest.raises(Refused, match="has not entered"):
        place(here)
    novice = base.member(here.south.organisation, ("procurement",))
    with pytest.raises(NotAllowed):
        place(here, by=novice)
    with pytest.raises(NotAllowed):
        place(here, by=here.buyer)
    assert not Ballot.objects.exists()


@pytest.mark.parametrize(
    ("instant", "sentence"),
    [(base.BIDDING_OPEN - base.SECOND, "not opened"), (CLOSE, "closed"), (AFTER, "closed")],
)
def test_a_bid_outside_the_bidding_hours_is_refused(instant, sentence):
    here = market()
    with pytest.raises(Refused, match=sentence):
        place(here, at_=instant)
    assert not Ballot.objects.exists()


@pytest.mark.parametrize("instant", [base.BIDDING_OPEN, CLOSE - timedelta(microseconds=1)])
def test_a_bid_from_the_instant_of_opening_to_just_before_the_close_counts(instant):
    here = market()
    place(here, at_=instant)
    assert Bid.objects.get().submitted_at == instant


def test_the_asset_data_as_frozen_at_qualification_close_set_the_limit_whatever_is_edited_later():
    here = market()
    place(here, label="A", refs=["N1"])
    here.assets["N2"].generation_turn_up_mw = Decimal(50)
    here.assets["N2"].save()
    with pytest.raises(BallotRefused, match="more than the 2 MW"):
        place(here, label="B", refs=["N2"], bids=[bid(here.windows[0], "3")])


def test_each_accepted_change_gives_a_receipt_whose_digest_can_be_checked():
    here = market()
    [receipt] = place(here, refs=["N1"]).receipts
    stored = Receipt.objects.get()
    assert digest_of(stored.content, stored.nonce) == stored.digest == receipt.digest
    assert stored.content["asset_count"] == 1
    assert stored.content["assets_digest"] == hashlib.sha256(b'["N1"]').hexdigest()
    assert AssetList.objects.get(digest=stored.content["assets_digest"]).refs == ["N1"]
    assert stored.content["capacity_mw"] == "1"
    assert stored.bid_id == Bid.objects.get().pk
    entry = AuditEntry.objects.get(organisation_id=here.north.organisation_id, sequence=stored.audit_position)
    assert entry.changes["digests of bids"] == [[], [stored.digest]]
    assert entry.sealed_under == here.competition.pk


def test_the_audit_log_holds_digests_and_no_content():
    here = market()
    place(here, bids=[bid(here.windows[0], "1.234567", "98765.43")])
    texts = [
        f"{entry.subject_label} {entry.changes}"
        for entry in AuditEntry.objects.filter(
            organisation_id=here.north.organisation_id, sealed_under__isnull=False
        )
    ]
    assert texts
    assert not any("1.234567" in text or "98765.43" in text for text in texts)
    assert list(verify()) == []


def test_the_same_ballot_again_changes_nothing_and_a_changed_bid_keeps_its_id():
    here = market()
    bids = [bid(here.windows[0], "1"), bid(here.windows[0], "2", "7"), bid(here.windows[1], "1")]
    place(here, bids=bids)
    before = {each.pk: each.digest for each in Bid.objects.all()}
    assert place(here, bids=bids).receipts == []
    assert {each.pk: each.digest for each in Bid.objects.all()} == before
    later = BIDDING + timedelta(minutes=1)
    again = place(here, bids=[bids[0], bid(here.windows[0], "2.5", "7")], at_=later)
    assert sorted(receipt.action for receipt in again.receipts) == ["changed", "withdrawn"]
    left = {each.pk: each for each in Bid.objects.all()}
    assert len(left) == 2
    assert set(left) < set(before)
    assert {each.submitted_at for each in left.values()} == {BIDDING, later}


def test_withdrawing_frees_the_ballot_gives_receipts_and_it_can_come_back():
    here = market()
    place(here)
    with at(BIDDING) as now:
        gone = withdraw_ballot(by=here.north, competition=here.competition, label="1", now=now)
        with pytest.raises(Refused, match="no ballot 1"):
            withdraw_ballot(by=here.north, competition=here.competition, label="1", now=now)
    assert [receipt.action for receipt in gone.receipts] == ["withdrawn"]
    assert held(here.north) == {}
    place(here)
    assert held(here.north) == {"1": {"N1", "N2", "N3"}}


def test_every_breach_of_a_refused_ballot_is_told_with_its_bid():
    here = market()
    with pytest.raises(BallotRefused) as refusal:
        place(
            here,
            bids=[bid(here.windows[1], "0.4"), bid(here.windows[0], "1", "1.005", service_fee=Decimal(1))],
        )
    [assessment] = refusal.value.assessments
    assert {(each.bid, each.field) for each in assessment.breaches} == {
        (0, "capacity_mw"),
        (1, "utilisation_price"),
        (1, "service_fee"),
    }


def test_assets_offered_at_the_same_time_in_another_competition_are_warned_of():
    here = market()
    place(here, refs=["N1"])
    there = base.competition(here.buyer.organisation, ref="THERE")
    enter(there, here.north.organisation)
    bids = [bid(there.windows.get())]
    with at(BIDDING) as now:
        offer = BallotOffer("1", None, tuple(bids))
        seen = assess_ballot(by=here.north, competition=there, offer=offer, now=now)
    assert [warning.sentence for warning in seen.warnings] == [
        f"Also offered at the same time in {here.competition.ref} Winter/Window 0: N1."
    ]
