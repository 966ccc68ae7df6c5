"""The start page says what waits, by right and by seal; what the navigation counts is what waits there."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.enums import Role
from bidding.domain.ballots.kept_drafts import keep_draft
from bidding.domain.ballots.submitting import withdraw_ballot
from bidding.domain.gate.closing import ensure_closed
from bidding.models import Bid
from marketplace import clock
from marketplace.web.kept import KEPT
from marketplace.web.todo import todo_for
from qualification.domain.verdicts import engine
from tests.bidding.market import AFTER, BIDDING, at, bid, market
from tests.qualification import market as base
from tests.support.ballots import place

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_is_kept():
    cache.clear()


def verbs(member, now) -> list[str]:
    with clock.set_to(now):
        groups = todo_for(member, now).groups
    return [f"{line.item.verb} {line.item.ref}" for group in groups for line in group.lines]


def count_beside(client, member, label: str) -> str:
    """What stands beside a label of the navigation on the member's start page."""
    client.force_login(member.user)
    groups = client.get(reverse("accounts:home")).context["navigation_groups"]
    items = {item.title: item.count for group in groups for item in group.items}
    return "" if items[label] is None else f"{items[label].number}{' due' if items[label].is_due else ''}"


def test_a_provider_is_told_to_bid_until_it_has(client):
    here = market()
    bid_now = f"Bid {here.competition.ref}"
    assert bid_now in verbs(here.north, BIDDING)
    place(here)
    assert bid_now not in verbs(here.north, BIDDING)
    assert bid_now in verbs(here.south, BIDDING)
    with at(BIDDING):
        assert (count_beside(client, here.north, "Bids"), count_beside(client, here.south, "Bids")) == (
            "",
            "1 due",
        )
        withdraw_ballot(by=here.north, competition=here.competition, label="1", now=BIDDING)
    assert bid_now in verbs(here.north, BIDDING)
    assert bid_now not in verbs(here.north, AFTER)


def test_who_has_typed_a_ballot_is_sent_to_it_until_it_is_placed_and_nobody_else_is():
    here = market()
    colleague = base.member(here.north.organisation, (Role.BIDS,))
    ref = here.competition.ref
    keep_draft(by=here.north, competition=here.competition, ballot=None, fields=[("label", "1")], now=BIDDING)
    told = [f"Place your draft {ref}", f"Bid {ref}"]
    shown = {
        name: [verb for verb in verbs(each, BIDDING) if verb in told]
        for name, each in [("north", here.north), ("colleague", colleague), ("south", here.south)]
    }
    assert shown == {"north": told[:1], "colleague": told[1:], "south": told[1:]}
    assert not set(told) & set(verbs(here.buyer, BIDDING))
    assert not set(told) & set(verbs(here.north, AFTER))
    ballot = place(here).ballot
    keep_draft(
        by=here.north, competition=here.competition, ballot=ballot, fields=[("label", "1")], now=BIDDING
    )
    assert f"Place your change of ballot {ballot.label} {ref}" in verbs(here.north, BIDDING)
    here.north.is_seen_by_admin = True
    assert not [verb for verb in verbs(here.north, BIDDING) if verb.startswith("Place your")]


def test_who_may_not_bid_and_who_looks_through_a_members_eyes_learn_nothing_of_bids():
    here = market()
    colleague = base.member(here.north.organisation, (Role.PROCUREMENT,))
    here.north.is_seen_by_admin = True
    before = [verbs(each, BIDDING) for each in (here.buyer, colleague, here.north)]
    place(here)
    assert [verbs(each, BIDDING) for each in (here.buyer, colleague, here.north)] == before
    assert not [verb for shown in before for verb in shown if verb.startswith("Bid")]


def test_an_operator_decides_then_confirms_and_the_count_goes_with_it(client):
    here = market()
    place(here, bids=[bid(here.windows[0]), bid(here.windows[1])])
    with at(AFTER) as now:
        ensure_closed(here.competition, now)
        assert count_beside(client, here.buyer, "Confirm results") == "1 due"
    ref = here.competition.ref
    assert f"Decide 2 of 2 bids {ref}" in verbs(here.buyer, AFTER)
    Bid.objects.update(decision="accepted", decided_at=AFTER, decided_by_id=1)
    assert f"Confirm results {ref}" in verbs(here.buyer, AFTER + KEPT)
    type(here.competition).objects.update(confirmed_at=AFTER)
    assert not [verb for verb in verbs(here.buyer, AFTER + 2 * KEPT) if ref in verb]
    with at(AFTER + 2 * KEPT):
        assert count_beside(client, here.buyer, "Confirm results") == ""


def test_a_colleague_without_the_role_sees_that_it_waits_but_no_button(client):
    here = market()
    colleague = base.member(here.buyer.organisation, (Role.ACCOUNT,))
    with at(AFTER) as now:
        ensure_closed(here.competition, now)
        client.force_login(colleague.user)
        page = client.get(reverse("accounts:home"))
    assert page.context["todo"].mine == 0
    assert "Bids role" in page.content.decode()
    assert reverse("bidding:confirm", args=[here.competition.pk]) not in page.content.decode()


def test_home_pages_show_cover_and_where_a_provider_takes_part(client):
    here = market()
    engine.qualify(now=base.DURING)
    with clock.set_to(base.DURING):
        client.force_login(here.buyer.user)
        page = client.get(reverse("accounts:home")).content.decode()
        assert f"{here.competition.ref}: 100 MW required, 12 MW eligible, 12 MW entered" in page
        client.force_login(here.north.user)
        page = client.get(reverse("accounts:home")).content.decode()
        assert "Where I take part" in page
        assert "Entered" in page


def test_a_home_page_asks_as_much_of_many_competitions_as_of_few(client, django_assert_max_num_queries):
    here = market()
    for _ in range(5):
        other = base.competition(here.buyer.organisation)
        with at(AFTER + timedelta(minutes=1)) as now:
            ensure_closed(other, now)
    with at(AFTER):
        client.force_login(here.buyer.user)
        with django_assert_max_num_queries(60):
            client.get(reverse("accounts:home"))
