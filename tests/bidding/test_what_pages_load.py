"""No page of bidding reads more rows because there are more bids: what it shows is asked for, the rest is added up or
kept."""

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db.models import Model
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as some

from bidding.domain.ballots.bidding_context import _held_in_windows
from bidding.domain.gate.closing import ensure_closed
from bidding.domain.queries import bids_of_competition, loaded_bids
from bidding.domain.recommendation.advice import recommendation_for
from bidding.domain.recommendation.costs import bid_cost, to_pennies
from bidding.models import Ballot, Bid
from bidding.presenters.decisions import advice_for, offers_for
from marketplace.rows import LoadedQuickly
from tests.bidding.market import AFTER, BIDDING, at, enter, market
from tests.qualification import market as base
from tests.support.decisions import accept, decide, with_bids


@contextmanager
def rows_read(monkeypatch):
    """How many objects of each model are made from rows."""
    read: Counter[str] = Counter()

    def counting(usual):
        def made(model, *given):
            read[model.__name__] += 1
            return usual(model, *given)

        return classmethod(made)

    with monkeypatch.context() as patched:
        for kind in (Model, LoadedQuickly):
            patched.setattr(kind, "from_db", counting(kind.from_db.__func__))
        yield read


def bids_in_bulk(here, bidders, by=None):
    """As many bids in the first window, each in a ballot of its own."""
    ballots = [
        Ballot(
            competition=here.competition,
            provider=by.organisation if by else base.provider(),
            label=f"B{number}",
            submitted_at=BIDDING,
            changed_at=BIDDING,
        )
        for number in range(bidders)
    ]
    Ballot.objects.bulk_create(ballots)
    Bid.objects.bulk_create(
        Bid(
            ballot=ballot,
            window=here.windows[0],
            capacity_mw=Decimal("0.5"),
            maximum_run_time=timedelta(hours=2),
            utilisation_price=Decimal(20 + number),
            nonce="0" * 64,
            digest=f"{number:064}",
            submitted_at=BIDDING,
        )
        for number, ballot in enumerate(ballots)
    )


def read_by(client, monkeypatch, member, url, now):
    client.force_login(member.user)
    with at(now):
        assert client.get(url).status_code == 200  # what is kept from now on
        with rows_read(monkeypatch) as read:
            assert client.get(url).status_code == 200
    return read


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["desk", "changes"])
def test_a_desk_makes_objects_of_the_bids_it_shows_alone(client, monkeypatch, name):
    here = market()
    bids_in_bulk(here, 60)
    with at(AFTER):
        ensure_closed(here.competition, AFTER)
    url = reverse(f"bidding:{name}", args=[here.competition.pk])
    read = read_by(client, monkeypatch, here.buyer, url, AFTER)
    assert read["Bid"] <= 50
    assert read["Ballot"] <= 50


@pytest.mark.django_db
def test_what_if_makes_objects_of_the_bids_of_one_window_and_of_those_that_change(client, monkeypatch):
    here = with_bids()
    with at(AFTER):
        ensure_closed(here.competition, AFTER)
    Bid.objects.filter(pk=here.bids["North"].pk).update(window=here.windows[1])
    url = reverse("bidding:what_if", args=[here.competition.pk]) + f"?window={here.windows[0].pk}"
    assert read_by(client, monkeypatch, here.buyer, url, AFTER)["Bid"] == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["competition", "new"])
def test_own_bids_beyond_a_page_are_not_read(client, monkeypatch, name):
    here = market()
    url = reverse(f"bidding:{name}", args=[here.competition.pk])
    bids_in_bulk(here, 60, by=here.north)
    few = read_by(client, monkeypatch, here.north, url, BIDDING)
    other = base.competition(here.buyer.organisation, ref="OTHER")
    enter(other, here.north.organisation)
    bids_in_bulk(here, 0)
    more = [
        Bid(
            ballot=ballot,
            window=here.windows[1],
            capacity_mw=Decimal("0.5"),
            maximum_run_time=timedelta(hours=2),
            utilisation_price=Decimal(30),
            nonce="0" * 64,
            digest="1" * 64,
            submitted_at=BIDDING,
        )
        for ballot in Ballot.objects.all()
    ]
    Bid.objects.bulk_create(more)
    many = read_by(client, monkeypatch, here.north, url, BIDDING)
    assert many["Bid"] == few["Bid"] <= 50
    assert many["BallotAsset"] == few["BallotAsset"]


@pytest.mark.django_db
def test_bids_are_loaded_in_their_order_with_what_they_share_read_once(monkeypatch):
    here = with_bids()
    with at(AFTER):
        ensure_closed(here.competition, AFTER)
    usual = list(bids_of_competition(here.competition))
    with rows_read(monkeypatch) as read:
        loaded = loaded_bids(here.competition)
        told = [
            (each.pk, str(each.window), each.ballot.provider.name, each.ballot.competition) for each in loaded
        ]
    assert told == [
        (each.pk, str(each.window), each.ballot.provider.name, each.ballot.competition) for each in usual
    ]
    assert (read["Bid"], read["Ballot"], read["ServiceWindow"]) == (2, 2, 1)
    assert [each.pk for each in loaded_bids(here.competition, [str(usual[1].pk)])] == [usual[1].pk]


@pytest.mark.django_db
def test_the_offers_kept_are_those_of_the_advice_whatever_is_decided(client):
    here = with_bids()
    with at(AFTER):
        ensure_closed(here.competition, AFTER)
    here.competition.refresh_from_db()
    for _ in range(2):
        advice, kept = advice_for(here.competition), offers_for(here.competition)
        anew = recommendation_for(here.competition)
        assert list(kept.offered) == list(advice.offered) == list(anew.offered)
        assert (kept.recommendation, kept.required) == (advice.recommendation, advice.required)
        assert (kept.recommended, kept.merit_order) == (anew.recommended, anew.merit_order)
        decide(here, accept(here.bids["South"]))


money = some.none() | some.decimals(0, 99_999, places=2)


@given(
    mw=some.decimals(Decimal("0.000001"), 99_999, places=6),
    minutes=some.integers(0, 500_000),
    prices=some.tuples(money, money, money),
    estimate=some.none() | some.integers(0, 1000),
    duration=some.none() | some.timedeltas(timedelta(), timedelta(days=3)),
)
@settings(max_examples=300)
def test_a_cost_is_the_exact_sum_rounded_once(mw, minutes, prices, estimate, duration):
    availability, utilisation, fee = prices
    hours = Fraction(minutes, 60)
    dispatched = Fraction(estimate or 0) * Fraction(
        (duration or timedelta()) // timedelta(microseconds=1), 3_600_000_000
    )
    exact = Fraction(mw) * (
        Fraction(availability or 0) * hours + Fraction(utilisation or 0) * dispatched + Fraction(fee or 0)
    )
    assert to_pennies(exact) == bid_cost(
        capacity_mw=mw,
        available_minutes=minutes,
        availability_price=availability,
        utilisation_price=utilisation,
        service_fee=fee,
        dispatch_estimate=estimate,
        dispatch_duration=duration,
    )


@given(
    rows=some.lists(some.tuples(some.integers(0, 5), some.sampled_from("abcd")), max_size=30),
    shared=some.fixed_dictionaries({name: some.frozensets(some.integers(0, 9)) for name in "abcd"}),
)
def test_a_window_holds_what_all_sets_bid_there_hold(rows, shared):
    expected = {}
    for window, digest in rows:
        expected[window] = expected.get(window, frozenset()) | shared[digest]
    assert _held_in_windows(rows, shared) == expected
