"""A provider's portfolio: what its assets offer by type, and where it counts."""

from decimal import Decimal

import pytest
from django.urls import reverse

from competitions.enums import AssetStatus
from marketplace import clock
from qualification.domain.assets.portfolio import portfolio_of
from qualification.domain.verdicts import engine
from qualification.presenters.portfolio import portfolio_charts
from tests.qualification import market as base

pytestmark = pytest.mark.django_db


def test_the_portfolio_adds_up_what_is_in_use_and_leaves_out_what_is_archived_and_of_others():
    own, other = base.provider("North"), base.provider("South")
    for ref, mw, status in (("A", "2", "operational"), ("B", "3", "mothballed"), ("C", "50", "archived")):
        base.asset(own, ref=ref, generation_turn_up_mw=Decimal(mw), status=status)
    base.asset(other, ref="D", generation_turn_up_mw=Decimal(70))
    deficit, *_ = portfolio_charts(base.member(own), base.DURING)
    [row] = deficit.rows
    assert row[1:] == ("2", "0", "3", "5")
    assert deficit.sentence.startswith("5 MW for a deficit, most of it ")
    assert AssetStatus.MOTHBALLED.label in deficit.head[3]


def test_only_a_provider_has_a_portfolio():
    own = base.provider("North")
    base.asset(
        own,
        generation_turn_up_mw=Decimal(2),
        demand_turn_down_mw=Decimal("0.5"),
        generation_turn_down_mw=Decimal(1),
        demand_turn_up_mw=Decimal("0.25"),
    )
    assert [(each.assets, each.deficit_mw, each.excess_mw) for each in portfolio_of(base.member(own))] == [
        (1, Decimal("2.5"), Decimal("1.25"))
    ]
    assert portfolio_of(base.member(base.operator())) == []


def test_it_tells_where_own_capacity_is_eligible_and_nothing_to_an_operator(client):
    buyer, own = base.operator(), base.provider("North")
    competition = base.competition(buyer)
    base.asset(own, ref="A", generation_turn_up_mw=Decimal(2))
    engine.qualify(now=base.DURING)
    client.force_login(base.member(own).user)
    with clock.set_to(base.DURING):
        page = client.get(reverse("qualification:portfolio"))
    used = page.context["charts"][-1]
    assert [(row[0], row[2]) for row in used.rows] == [(competition.ref, "2")]
    client.force_login(base.member(buyer).user)
    assert client.get(reverse("qualification:portfolio")).status_code == 404


def test_without_assets_the_page_says_so(client):
    client.force_login(base.member(base.provider("North")).user)
    page = client.get(reverse("qualification:portfolio"))
    assert page.context["charts"] == []
    assert "No assets yet" in page.content.decode()
