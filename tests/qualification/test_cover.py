"""How far eligible assets cover what is required, and which competitions still wait for whom."""

from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace import clock
from marketplace.audit.chain import record
from qualification.domain.cover import (
    Cover,
    competitions_that_concern,
    competitions_to_enter,
    cover_of,
    kept_cover_of,
    near_misses,
    overridable_soon,
    qualifying_competitions,
)
from qualification.domain.entries import entering
from qualification.domain.verdicts import engine
from tests.qualification import market
from tests.qualification.market import BIDDING_OPEN, CLOSE, DURING, OPEN, SECOND

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def during_qualification():
    with clock.set_to(DURING):
        yield


@pytest.fixture
def buyer():
    return market.member(market.operator())


@pytest.fixture
def north():
    return market.member(market.provider("North"))


def test_the_cover_is_that_of_all_eligible_assets_and_that_of_those_who_entered(buyer, north):
    first, second = (market.competition(buyer.organisation) for _ in range(2))
    market.asset(north.organisation, generation_turn_up_mw=Decimal("1.5"))
    market.asset(north.organisation, status="mothballed", generation_turn_up_mw=Decimal(40))
    market.asset(market.provider("South"), generation_turn_up_mw=Decimal(2))
    engine.qualify(now=DURING)
    entering.enter(by=north, competition=first, now=DURING)
    assert cover_of([first.pk, second.pk]) == {
        first.pk: Cover(Decimal("3.5"), Decimal("1.5")),
        second.pk: Cover(Decimal("3.5"), Decimal(0)),
    }


def test_the_cover_is_kept_until_the_operator_does_anything(buyer, north, django_assert_num_queries):
    one = market.competition(buyer.organisation)
    assert kept_cover_of(buyer, [one.pk]) == {one.pk: Cover()}
    market.asset(north.organisation, generation_turn_up_mw=Decimal("1.5"))
    engine.qualify(now=DURING)
    with django_assert_num_queries(1):  # where the operator's chain ends
        assert kept_cover_of(buyer, [one.pk]) == {one.pk: Cover()}
    record(
        organisation_id=buyer.organisation_id, by=buyer, action="done", subject=one, changes={}, now=DURING
    )
    assert kept_cover_of(buyer, [one.pk]) == {one.pk: Cover(Decimal("1.5"))}


def test_a_near_miss_fails_one_criterion_alone_and_has_no_override(buyer, north):
    one = market.competition(buyer.organisation, minimum_voltage_kv=Decimal(5))
    market.asset(north.organisation)
    market.asset(north.organisation, status="mothballed")
    market.asset(north.organisation, status="mothballed", voltage_kv=Decimal(1))
    market.asset(north.organisation, voltage_kv=Decimal(1))
    engine.qualify(now=DURING)
    assert near_misses([one.pk]) == {one.pk: 2}
    assert near_misses([]) == {}


def test_an_operator_qualifies_until_the_close_and_overrides_until_bidding_opens(buyer):
    market.competition(market.operator())
    one = market.competition(buyer.organisation)
    assert list(qualifying_competitions(buyer, CLOSE - SECOND)) == [one]
    assert list(qualifying_competitions(buyer, CLOSE)) == []
    assert list(overridable_soon(buyer, BIDDING_OPEN - DAY - SECOND, DAY)) == []
    assert list(overridable_soon(buyer, BIDDING_OPEN - DAY, DAY)) == [one]
    assert list(overridable_soon(buyer, BIDDING_OPEN, DAY)) == []


def test_only_a_provider_whose_assets_reach_a_window_has_a_competition_to_enter(buyer, north):
    one = market.competition(buyer.organisation, minimum_mw=("1",))
    market.competition(buyer.organisation, minimum_mw=("2",))
    market.asset(north.organisation)
    engine.qualify(now=DURING)
    south = market.member(market.provider("South"))
    assert (
        list(competitions_to_enter(north, DURING)) == list(competitions_that_concern(north, DURING)) == [one]
    )
    for other in (buyer, south):
        assert not competitions_to_enter(other, DURING).exists()
    assert list(competitions_that_concern(south, DURING)) == []
    entering.enter(by=north, competition=one, now=DURING)
    assert list(competitions_to_enter(north, DURING)) == []
    assert list(competitions_that_concern(north, CLOSE)) == [one]


def test_an_operator_is_concerned_by_its_own_running_competitions(buyer):
    market.competition(market.operator())
    assert [each.operator for each in competitions_that_concern(buyer, OPEN)] == []
    one = market.competition(buyer.organisation)
    assert list(competitions_that_concern(buyer, OPEN)) == [one]
