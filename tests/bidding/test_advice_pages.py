"""Charts, what if, and news of a colleague's decisions on the desk."""

import csv
import io
from decimal import Decimal

import pytest
from django.urls import reverse

from bidding.domain.decisions.seen import decisions_digest
from bidding.domain.gate.closing import ensure_closed
from bidding.domain.queries import bids_of_competition
from bidding.domain.recommendation.advice import recommendation_for
from bidding.domain.recommendation.what_if import what_if
from bidding.enums import Decision
from bidding.models import Bid, Confirmation
from bidding.presenters.merit_order import MeritBid, merit_order_drawing
from marketplace.audit.models import AuditEntry
from tests.bidding.market import AFTER, at
from tests.support.bidding_pages import get, text_of
from tests.support.decisions import accept, decide, with_bids

pytestmark = pytest.mark.django_db


def closed(**fields):
    here = with_bids(**fields)
    with at(AFTER) as now:
        ensure_closed(here.competition, now)
    here.window = str(Bid.objects.select_related("window__period").first().window)
    return here


def merit(name, mw, cost, decision=Decision.UNDECIDED):
    return MeritBid(name, Decimal(mw), Decimal(cost), decision)


def test_the_merit_order_draws_each_bid_as_wide_as_its_capacity_and_as_high_as_its_cost_per_mw():
    drawn = merit_order_drawing([merit("North", 3, 5), merit("South", 1, 10)], Decimal(4), "MW", "GBP")
    first, second = drawn.blocks
    assert float(second.x) - float(first.x) == pytest.approx(3 * (float(second.width) + 1.5), abs=0.3)
    assert float(first.height) * 2 == pytest.approx(float(second.height), abs=0.2)
    assert float(drawn.required.at) == pytest.approx(float(second.x) + float(second.width) + 1.5, abs=0.2)
    assert drawn.sentence == (
        "Bids by cost per MW: North 3 MW at £5.00, undecided; South 1 MW at £10.00, undecided. 4 MW required."
    )


def test_a_window_without_bids_has_a_drawing_too():
    drawn = merit_order_drawing([], Decimal("2.5"), "MW", "GBP")
    assert (drawn.blocks, drawn.sentence) == ((), "No bid for this window; 2.5 MW required.")


def test_the_merit_order_as_a_file_holds_each_bid_with_cost_advice_and_decision(client):
    here = closed()
    answer = get(client, here.buyer, "merit_order", here.competition.pk, now=AFTER)
    _, first, second = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert first[2:4] + first[5:] == ["1", "South", "3", "5.00", "15.00", "Accept", "Undecided"]
    assert second[2:4] + second[5:] == ["2", "North", "2", "10.00", "20.00", "Accept", "Undecided"]


def test_the_address_of_the_charts_leads_to_the_desk(client):
    here = closed()
    answer = get(client, here.buyer, "charts", here.competition.pk, now=AFTER)
    assert answer.headers["Location"] == reverse("bidding:desk", args=[here.competition.pk])


def test_what_if_moves_the_recommendation_and_saves_nothing():
    here = closed()
    advice = recommendation_for(here.competition)
    assert len(advice.recommendation.accepted) == 2
    before = (list(Bid.objects.values()), AuditEntry.objects.count())
    less = what_if(here.competition, advice, required_mw={here.window: Decimal(3)}, maximum_budget=None)
    assert (less.added, less.dropped) == ([], [str(here.bids["North"].pk)])
    assert less.cost_change < 0
    poor = what_if(here.competition, advice, required_mw={}, maximum_budget=Decimal(0))
    assert poor.recommendation.accepted == frozenset()
    assert poor.coverage.windows[0].missing_mw == 4
    assert (list(Bid.objects.values()), AuditEntry.objects.count()) == before


def test_the_what_if_page_starts_with_the_competitions_numbers_and_answers_to_others(client):
    here = closed()
    page = get(client, here.buyer, "what_if", here.competition.pk, now=AFTER)
    names = [field.name for field in page.context["form"]]
    assert page.context["found"] is None
    url = reverse("bidding:what_if", args=[here.competition.pk])
    numbers = {name: "3" for name in names if name.startswith("mw-")}
    with at(AFTER):
        answer = client.get(url, numbers | {"maximum_budget": ""})
        wrong = client.get(url, numbers | {"maximum_budget": "-1"})
    assert "Drops out North" in text_of(answer)
    assert wrong.context["found"] is None
    assert wrong.context["form"].errors.keys() == {"maximum_budget"}


def test_the_desk_says_when_a_colleague_decided_meanwhile(client):
    here = closed()
    client.force_login(here.buyer.user)
    seen = decisions_digest(list(bids_of_competition(here.competition)))
    url = reverse("bidding:changes", args=[here.competition.pk])
    with at(AFTER):
        assert "changed" not in text_of(client.get(url, {"seen": seen, "open": ""}))
        decide(here, accept(here.bids["North"]))
        assert "The decisions changed" in text_of(client.get(url, {"seen": seen, "open": ""}))
    assert not Confirmation.objects.exists()
