"""The search finds what the member's pages show, and nothing that they would refuse."""

import pytest
from django.urls import reverse

from accounts.enums import Role
from marketplace.web.search import search_for
from qualification.domain.verdicts import engine
from tests.bidding.market import AFTER, BIDDING, at, market
from tests.qualification import market as base
from tests.support.ballots import place

pytestmark = pytest.mark.django_db


def found(member, text, now=BIDDING) -> dict[str, list[str]]:
    return {each.kind: [hit.title for hit in each.hits] for each in search_for(member, text, now)}


@pytest.fixture
def here():
    made = market(ref="NRN26_COAST", name="Durham coast", round_name="Winter 2026")
    engine.qualify(now=base.DURING)
    return made


def test_a_provider_finds_competitions_rounds_its_assets_and_its_bids(here):
    place(here)
    assert found(here.north, "coast") == {
        "Competitions": ["NRN26_COAST"],
        "Your bids": ["NRN26_COAST, ballot 1"],
    }
    assert found(here.north, "winter") == {"Rounds": ["Winter 2026"]}
    assert found(here.north, "N1") == {"Assets": ["N1"]}
    assert found(here.north, "SW1A 1AA") == {"Places": ["SW1A 1AA"]}


def test_nobody_finds_another_companys_assets_or_bids(here):
    before = [found(each, "coast") for each in (here.south, here.buyer)]
    place(here)
    assert [found(each, "coast") for each in (here.south, here.buyer)] == before
    assert found(here.south, "N1") == {}
    assert found(base.member(base.operator()), "coast") == {}
    here.north.is_seen_by_admin = True
    assert "Your bids" not in found(here.north, "coast")


def test_what_a_page_would_refuse_is_not_found(here):
    place(here)
    nobody = base.member(here.north.organisation, roles=())
    assert found(nobody, "coast") == {"Competitions": ["NRN26_COAST"]}
    for member in (nobody, base.member(here.buyer.organisation, (Role.ACCOUNT,)), here.north, here.buyer):
        for each in (*search_for(member, "N1", AFTER), *search_for(member, "coast", AFTER)):
            assert each.hits


def test_every_hit_opens_for_who_found_it(here, client):
    place(here)
    for member in (here.north, here.buyer, base.member(here.north.organisation, roles=())):
        client.force_login(member.user)
        with at(BIDDING):
            for text in ("coast", "N1", "winter", "S2"):
                for each in search_for(member, text, BIDDING):
                    assert [client.get(hit.url).status_code for hit in each.hits] == [200] * len(each.hits)


def test_at_most_five_of_a_kind_stand_there_with_the_way_to_all(here, client):
    for number in range(7):
        base.competition(here.buyer.organisation, ref=f"MANY_{number}")
    [kind] = search_for(here.north, "many_", BIDDING)
    assert (len(kind.hits), kind.all_url) == (5, f"{reverse('competitions:list')}?search=many_")
    client.force_login(here.north.user)
    with at(BIDDING):
        page = client.get(reverse("search"), {"q": "many_"})
        part = client.get(reverse("search"), {"q": "many_"}, headers={"HX-Request": "true"})
    assert "<html" in page.content.decode()
    assert "<html" not in part.content.decode()
    assert "MANY_4" in part.content.decode()


def test_a_text_too_short_or_too_long_finds_nothing(here):
    assert found(here.north, "c") == found(here.north, "c" * 81) == found(here.north, "  ") == {}
