"""The decision desk: one window at a time, decisions in the rows, and the sums that explain the advice."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from bidding.domain.decisions.seen import decisions_digest, state_digest
from bidding.domain.decisions.tally import tallied_bids, tally_digest, tally_of
from bidding.domain.gate.closing import ensure_closed
from bidding.domain.queries import bids_of_competition
from bidding.domain.recommendation.explained import explain
from bidding.domain.recommendation.solver import OfferedBid, recommend
from bidding.enums import Decision
from bidding.models import Bid
from bidding.presenters.decisions import advice_for
from bidding.presenters.desk import desk_of
from bidding.presenters.why_advice import why_shown
from tests.bidding.market import AFTER, at
from tests.support.bidding_pages import get, post, text_of
from tests.support.decisions import accept, decide, reject, with_bids

NOW = timezone.now()


def offer(name, mw, cost):
    return OfferedBid(name, "peak", Decimal(mw), Decimal(cost), NOW)


HARBOUR, FELLSIDE, CINDER = (
    offer("harbour", "4.8", "17280"),
    offer("fellside", "3.0", "12150"),
    offer("cinder", "4.8", "21600"),
)
NAMES = {"harbour": "Harbour", "fellside": "Fellside", "cinder": "Cinder Lane"}


def test_a_bid_left_out_is_explained_by_the_cheapest_sets_with_and_without_it():
    found = explain(FELLSIDE, [HARBOUR, CINDER], Decimal(8), Decimal(60000))
    assert [bid.id for bid in found.without.bids] == ["harbour", "cinder"]
    assert [bid.id for bid in found.with_it.bids] == ["harbour", "fellside", "cinder"]
    assert (found.with_it.cost, found.without.cost, found.saved) == (51030, 38880, 12150)
    shown = why_shown(found, NAMES, "MW", "GBP")
    assert shown.short == (
        "4.8 + 4.8 MW = £38,880.00 of £60,000.00 left of the budget; with this bid £51,030.00."
    )
    with_it, without = shown.sums
    assert (with_it.total.name, without.total.name) == ("Covered, 4.6 MW over", "Covered, 1.6 MW over")
    assert (without.compared.name, without.compared.cost) == ("Less than with Fellside", "£12,150.00")


def test_the_set_of_the_sums_is_the_recommended_one():
    bids = [HARBOUR, FELLSIDE, CINDER]
    for budget in (None, Decimal(60000), Decimal(30000), Decimal(15000)):
        advised = recommend(bids, {"peak": Decimal(8)}, maximum_budget=budget).accepted
        for bid in bids:
            found = explain(bid, [each for each in bids if each is not bid], Decimal(8), budget)
            chosen = found.with_it if bid.id in advised else found.without
            assert {each.id for each in chosen.bids} == advised, (bid.id, budget)


def test_a_bid_that_the_budget_forbids_is_said_to_exceed_it():
    found = explain(CINDER, [HARBOUR], Decimal(8), Decimal(20000))
    with_it, without = why_shown(found, NAMES, "MW", "GBP").sums
    assert (with_it.total.name, with_it.is_covered) == ("£1,600.00 over the budget", False)
    assert without.total.name == "3.2 MW short of 8.0"


def closed():
    here = with_bids()
    with at(AFTER) as now:
        ensure_closed(here.competition, now)
    return here


def rows_sent(here, **decisions):
    bids = {each.ballot.provider.name: each for each in Bid.objects.select_related("ballot__provider")}
    sent = {"seen": [f"{each.pk}:{state_digest(each)}" for each in bids.values()]}
    for name, one in bids.items():
        sent[f"shown-{one.pk}"] = one.decision
        sent[f"decision-{one.pk}"] = decisions.get(name, one.decision)
    return sent


def decided():
    return dict(Bid.objects.values_list("ballot__provider__name", "decision"))


@pytest.mark.django_db
def test_the_tally_agrees_with_the_advice_and_its_digest_with_that_of_the_bids():
    here = closed()
    decide(here, accept(here.bids["South"]), reject(here.bids["North"]))
    advice, bids = advice_for(here.competition), tallied_bids(here.competition)
    windows = list(here.competition.windows.select_related("period"))
    tally = tally_of(windows, bids, advice.costs, advice.recommendation.accepted)
    assert (tally.cost, tally.accepted_mw) == (advice.decided.cost, advice.decided.accepted_mw)
    assert (tally.accepted, tally.rejected, tally.undecided) == (1, 1, 0)
    assert tally_digest(bids) == decisions_digest(list(bids_of_competition(here.competition)))


@pytest.mark.django_db
def test_rows_are_saved_without_a_script_each_as_it_says(client):
    here = closed()
    sent = rows_sent(here, South="accepted", North="rejected")
    page = post(client, here.buyer, "decide", sent, here.competition.pk, now=AFTER)
    assert "Choose a reason for rejecting." in text_of(page)
    assert set(decided().values()) == {"undecided"}
    post(client, here.buyer, "decide", sent | {"reason": "technical"}, here.competition.pk, now=AFTER)
    assert decided() == {"South": "accepted", "North": "rejected"}
    assert not Bid.objects.exclude(decision="rejected").exclude(rejection_reason="").exists()


@pytest.mark.django_db
def test_a_row_that_was_left_alone_is_not_decided_though_a_colleague_changed_it(client):
    here = closed()
    sent = rows_sent(here, South="accepted")
    decide(here, reject(here.bids["North"]))
    post(client, here.buyer, "decide", sent, here.competition.pk, now=AFTER)
    assert decided() == {"South": "accepted", "North": "rejected"}


@pytest.mark.django_db
def test_a_row_that_a_colleague_decided_meanwhile_is_refused_and_nothing_is_saved(client):
    here = closed()
    sent = rows_sent(here, South="accepted", North="accepted")
    decide(here, reject(here.bids["North"]))
    asked = post(client, here.buyer, "decide", sent, here.competition.pk, now=AFTER)
    sure = {"sure": asked.context["asked"]}
    refused = post(client, here.buyer, "decide", sent | sure, here.competition.pk, now=AFTER)
    assert "Meanwhile somebody else" in text_of(refused)
    assert decided() == {"South": "undecided", "North": "rejected"}


@pytest.mark.django_db
def test_rows_that_go_beyond_the_requirement_ask_first_and_are_then_saved_as_sent(client):
    here = closed()
    sent = rows_sent(here, South="accepted", North="accepted")
    asked = post(client, here.buyer, "decide", sent, here.competition.pk, now=AFTER)
    assert "1 MW more than the 4 MW required" in text_of(asked)
    assert set(decided().values()) == {"undecided"}
    again: dict = {"sure": asked.context["asked"]}
    for name, value in asked.context["sent"]:
        again.setdefault(name, []).append(value)
    post(client, here.buyer, "decide", again, here.competition.pk, now=AFTER)
    assert decided() == {"South": "accepted", "North": "accepted"}


@pytest.mark.django_db
def test_the_bar_says_what_is_missing_and_leads_there_until_results_can_be_confirmed(client):
    here = closed()
    confirm = reverse("bidding:confirm", args=[here.competition.pk])
    before = get(client, here.buyer, "desk", here.competition.pk, now=AFTER)
    assert "Confirm results: 2 bids open" in text_of(before)
    assert confirm not in before.content.decode()
    decide(here, accept(here.bids["South"]), accept(here.bids["North"]))
    after = get(client, here.buyer, "desk", here.competition.pk, now=AFTER)
    assert confirm in after.content.decode()


@pytest.mark.django_db
def test_the_desk_asks_the_database_the_same_for_one_bid_and_for_many(django_assert_num_queries):
    here = closed()
    one = here.bids["North"]
    advice_for(here.competition)
    desk_of(here.competition)
    with django_assert_num_queries(3):
        desk_of(here.competition)
    more = [
        Bid(
            **{
                f.attname: getattr(one, f.attname)
                for f in Bid._meta.concrete_fields
                if f.name not in ("id", "split")
            },
            split=number + 2,
        )
        for number in range(60)
    ]
    Bid.objects.bulk_create(more)
    here.competition.gate_close.digest = "another-set"
    desk_of(here.competition)
    with django_assert_num_queries(3):
        found = desk_of(here.competition)
    assert (len(found.rows), found.page.paginator.count, found.here.undecided) == (50, 62, 62)
    last = desk_of(here.competition, bid=str(found.page.paginator.page(2).object_list[-1].id))
    assert (last.page.number, last.rows[-1].is_chosen, last.rows[-1].decision) == (
        2,
        True,
        Decision.UNDECIDED,
    )
