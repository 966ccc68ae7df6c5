"""Charts, what if, and news of a colleague's decisions on the desk."""

from decimal import Decimal

import pytest
from django.urls import reverse

from bidding.domain.decisions.seen import decisions_digest
from bidding.domain.gate.closing import ensure_closed
from bidding.domain.queries import bids_of_competition
from bidding.domain.recommendation.advice import recommendation_for
from bidding.domain.recommendation.what_if import what_if
from bidding.models import Bid, Confirmation
from bidding.presenters.charts import merit_order_chart
from bidding.presenters.decisions import advice_for, bid_rows
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


def test_the_merit_order_chart_draws_each_bid_as_wide_as_its_capacity_cheapest_first():
    here = closed()
    rows = bid_rows(advice_for(here.competition))
    options = merit_order_chart(rows, Decimal(4), "MW", "GBP")
    widths = [(each["data"][0][0], each["data"][1][0]) for each in options["series"]]
    heights = [each["data"][0][1] for each in options["series"]]
    assert widths == [(0.0, 3.0), (3.0, 5.0)]
    assert heights == sorted(heights)
    assert options["series"][0]["markLine"]["data"] == [{"xAxis": 4.0}]


def test_the_charts_page_tells_in_a_table_what_it_draws(client):
    here = closed()
    page = get(client, here.buyer, "charts", here.competition.pk, now=AFTER)
    shown = text_of(page)
    assert all(name in shown for name in ("North", "South", "greedy"))
    required, _, accepted = page.context["coverage_chart"]["series"]
    assert (required["data"][0], accepted["data"][0]) == (4.0, 0.0)


def test_what_if_moves_the_recommendation_and_saves_nothing():
    here = closed()
    advice = recommendation_for(here.competition)
    assert len(advice.recommendation.accepted) == 2
    before = (list(Bid.objects.values()), AuditEntry.objects.count())
    less = what_if(here.competition, advice, required_mw={here.window: Decimal(3)}, maximum_budget=None)
    assert (less.added, [each.ballot.provider.name for each in less.dropped]) == ([], ["North"])
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
