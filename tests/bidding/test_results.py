"""Results: lists of what is confirmed, what the windows cleared at, and what a bidder may know of the
others."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from bidding.domain.results.bidder_disclosure import set_naming
from bidding.domain.results.clearing import clearing_for_bidder, clearing_for_operator
from bidding.domain.results.sums import sums_of
from bidding.models import Bid
from bidding.presenters.results import confirmed_rows, told_rows
from competitions.models import Competition
from tests.bidding.market import AFTER, BIDDING, at
from tests.qualification import market as base
from tests.support.bidding_pages import get, text_of
from tests.support.outcomes import another_confirmed, confirmed, decided

pytestmark = pytest.mark.django_db


def naming(here, *, names):
    """The operator's rule as it stood before bidding opened."""
    if names:
        with at(base.BIDDING_OPEN - timedelta(days=1)):
            set_naming(by=here.buyer, operator=here.buyer.organisation, names_published=True)


def window_of(here):
    return here.bids["North"].window_id


def cleared(here, member):
    return clearing_for_bidder(member, here.competition, AFTER, {window_of(here)})[window_of(here)]


def test_a_window_tells_its_bids_in_merit_order_and_the_dearest_that_was_accepted():
    here = confirmed()
    found = clearing_for_operator(here.buyer, here.competition, AFTER, {window_of(here)})[window_of(here)]
    assert [(each.name, each.per_mw, each.place) for each in found.bids] == [
        ("South", 5, 1),
        ("North", 10, 2),
    ]
    assert found.dearest.per_mw == 5


def test_many_windows_of_results_are_folded_by_period_and_few_are_not(client):
    here = confirmed()
    window = here.competition.windows.select_related("period").first()
    address = reverse("competitions:competition_bids", args=[here.competition.ref])
    client.force_login(here.buyer.user)
    with at(AFTER):
        assert 'class="fold"' not in client.get(address).content.decode()
        for number in range(31):
            window.pk, window.name, window._state.adding = uuid4(), f"Hour {number}", True
            window.save(force_insert=True)
        Competition.objects.filter(pk=here.competition.pk).update(changed_at=AFTER)
        page = client.get(address)
    assert page.content.decode().count('<details class="fold" open>') == 1
    number = here.competition.windows.count()
    assert f"of {number} windows covered · 1 of 2 bids accepted" in text_of(page)


@pytest.mark.parametrize("names", [True, False])
def test_a_loser_learns_place_and_clearing_price_and_the_others_name_only_where_the_rule_allows(
    client, names
):
    here = confirmed()
    naming(here, names=names)
    assert [each.name for each in cleared(here, here.north).bids] == ["South" if names else "", "North"]
    page = get(client, here.north, "outcome", here.competition.pk, now=AFTER)
    shown = text_of(page)
    assert "The dearest accepted bid costs £5.00 per MW." in shown
    assert "costs £10.00 per MW, place 2 of 2: £5.00 above the dearest accepted." in shown
    assert ("South" in page.content.decode()) is names


@pytest.mark.parametrize("names", [True, False])
def test_what_is_told_of_others_has_nothing_that_two_bids_of_one_company_share(client, names):
    here = confirmed()
    naming(here, names=names)
    content = get(client, here.north, "outcome", here.competition.pk, now=AFTER).content.decode()
    other = here.bids["South"]
    for secret in (other.pk, other.ballot_id, other.ballot.provider_id, other.nonce):
        assert str(secret) not in content


def test_before_the_confirmation_nothing_is_cleared_and_the_list_says_only_that_it_waits(client):
    here = decided()
    assert clearing_for_bidder(here.north, here.competition, AFTER, {window_of(here)}) == {}
    page = get(client, here.north, "results", now=AFTER)
    [row] = page.context["listing"].records
    assert (row.result, row.sums, row.is_told) == ("Not confirmed yet", None, False)
    assert "rejected" not in text_of(page).lower()
    assert get(client, here.buyer, "result", here.competition.pk, now=AFTER).status_code == 404
    assert not get(client, here.buyer, "confirmed", now=AFTER).context["listing"].records


def test_before_the_close_a_bid_is_no_result_to_anybody(client):
    here = decided()
    for member, name in ((here.north, "results"), (here.buyer, "confirmed")):
        assert not get(client, member, name, now=BIDDING).context["listing"].records
    assert get(client, here.north, "outcome", here.competition.pk, now=BIDDING).status_code == 302


def test_each_side_lists_its_own_results_and_nobody_elses(client):
    here = confirmed()
    [told] = get(client, here.south, "results", now=AFTER).context["listing"].records
    assert (told.result, told.sums.accepted, told.sums.capacity_mw) == ("All accepted", 1, 3)
    [row] = get(client, here.buyer, "confirmed", now=AFTER).context["listing"].records
    assert (row.result, row.sums.bidders, row.sums.bids, row.sums.accepted, row.sums.cost) == (
        "Awarded", 2, 2, 1, Decimal(15),
    )  # fmt: skip
    stranger, rival = base.member(base.provider("Other")), base.member(base.operator())
    assert not get(client, stranger, "results", now=AFTER).context["listing"].records
    assert not get(client, rival, "confirmed", now=AFTER).context["listing"].records
    assert get(client, rival, "result", here.competition.pk, now=AFTER).status_code == 404
    without = base.member(here.buyer.organisation, roles=[Role.PROCUREMENT])
    assert get(client, without, "confirmed", now=AFTER).status_code == 403


def test_a_cancelled_competition_tells_its_bidders_that_alone(client):
    here = confirmed()
    Competition.objects.filter(pk=here.competition.pk).update(
        confirmed_at=None, cancelled_at=AFTER, cancellation_reason="Not needed"
    )
    [row] = get(client, here.north, "results", now=AFTER).context["listing"].records
    assert (row.result, row.sums) == ("Cancelled", None)
    assert get(client, here.north, "outcome", here.competition.pk, now=AFTER).status_code == 302


def test_what_is_confirmed_leaves_the_list_of_what_waits(client):
    here = decided()
    assert len(get(client, here.buyer, "decisions", now=AFTER).context["listing"].records) == 1
    here = confirmed()
    assert not get(client, here.buyer, "decisions", now=AFTER).context["listing"].records


def test_the_result_page_shows_every_bid_with_its_place_and_each_windows_cover(client):
    here = confirmed()
    page = get(client, here.buyer, "result", here.competition.pk, now=AFTER)
    told = [
        (row.bid.ballot.provider.name, row.place_text, row.cost) for row in page.context["listing"].records
    ]
    assert sorted(told) == [("North", "2 of 2", 20), ("South", "1 of 2", 15)]
    assert page.context["covered"] == 0  # 3 of 4 MW in one window, nothing in the other
    with at(AFTER):
        rejected = client.get(
            reverse("bidding:result", args=[here.competition.pk]), {"show": "rejected", "window": "nonsense"}
        )
    assert [row.bid for row in rejected.context["listing"].records] == [here.bids["North"]]


def test_the_old_address_of_an_outcome_leads_on(client):
    here = confirmed()
    moved = get(client, here.north, "outcome_moved", here.competition.pk, now=AFTER)
    assert moved.headers["Location"] == reverse("bidding:outcome", args=[here.competition.pk])


def test_sums_are_asked_for_once_for_all_rows_and_are_those_of_the_bids():
    here = confirmed()
    other = another_confirmed(here)
    competitions = list(Competition.objects.select_related("operator"))
    for make, member in ((told_rows, here.north), (confirmed_rows, here.buyer)):
        with CaptureQueriesContext(connection) as queries:
            rows = make(member, competitions, AFTER)
        assert len(queries) <= 2
        assert {row.competition for row in rows} == {here.competition, other}
    found = sums_of(Bid.objects.all())
    assert {key: (each.bids, each.accepted, each.rejected) for key, each in found.items()} == {
        here.competition.pk: (2, 1, 1),
        other.pk: (2, 1, 1),
    }
