"""Choosing a ballot's assets among hundreds: keep, all, groups, refs typed and found; counts instead of
lists."""

import os
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from bidding.domain.ballots.submitting import submit_ballot
from bidding.models import BallotAsset
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.assets.groups import put_into_group
from qualification.models import Asset
from tests.bidding.market import bid, market
from tests.browser.looks import looked_at
from tests.qualification import market as base

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
MANY = int(os.environ.get("MANY_ASSETS", "200"))


@pytest.fixture
def here(transactional_db):
    """A market in which bidding is open now; North has many assets, the first fifty of them in a group."""
    now = timezone.now()
    made = market(
        mw=(),
        name="Monktonhall winter evenings",
        publish_on=now - timedelta(days=9),
        qualification_open=now - timedelta(days=8),
        qualification_close=now - timedelta(days=3),
        bidding_open=now - timedelta(days=2),
        bidding_close=now + timedelta(days=1),
        first_day=(now + timedelta(days=30)).date(),
    )
    assets = [
        base.an_asset(made.north.organisation, ref=f"SITE-{number:04}", generation_turn_up_mw=Decimal("0.01"))
        for number in range(MANY)
    ]
    Asset.objects.bulk_create(assets, batch_size=2000)
    made.assets |= {asset.ref: asset for asset in assets}
    with run_jobs_inline():
        put_into_group(
            by=made.north, asset_ids=[asset.pk for asset in assets[:50]], ref="FLEET-NORTH", now=now
        )
        yield made


def test_a_ballot_keeps_its_assets_and_takes_groups_and_found_ones(here, open_as):
    page = open_as(here.north)
    submit_ballot(
        by=here.north,
        competition=here.competition,
        label="1",
        asset_ids=here.ids("SITE-0000", "SITE-0060", "SITE-0061"),
        bids=[bid(here.windows[0], "0.02")],
        now=timezone.now(),
    )
    page.goto(reverse("bidding:competition", args=[here.competition.pk]))
    page.get_by_role("link", name="Change ballot 1").click()
    page.get_by_text("Name and assets of the ballot").click()
    expect(page.get_by_label("Those it has (3, together 0.03 MW)")).to_be_checked()
    page.get_by_label("FLEET-NORTH").check()
    picked = page.locator("#picked")
    expect(picked).to_contain_text("52 assets, +49 −0")
    page.get_by_label("Add", exact=True).fill("site-0070")
    page.get_by_label("Leave out").fill("SITE-0061")
    page.get_by_label("Find assets whose ref contains").fill("SITE-008")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("button", name="Add the 10 found").click()
    expect(picked).to_contain_text("62 assets, +60 −1")
    page.get_by_label("Capacity (MW), Winter/Window 0").fill("0.7")
    expect(page.get_by_text("0.7 MW is more than the 0.62 MW that can be offered here.")).to_be_visible()
    page.get_by_label("Capacity (MW), Winter/Window 0").fill("0.6")
    looked_at(page, "ballot_many_assets")
    page.get_by_role("button", name="Check and place 1 bid").click()
    expect(page.get_by_text("With 62 assets, +60 −1")).to_be_visible()
    looked_at(page, "ballot_many_assets_asked")
    page.get_by_role("button", name="Place 1 bid").click()
    expect(page.get_by_role("heading", name="Receipts")).to_be_visible()
    assert BallotAsset.objects.count() == 62


def test_a_group_ticked_while_all_assets_are_chosen_means_the_group(here, open_as):
    page = open_as(here.north)
    page.goto(reverse("bidding:new", args=[here.competition.pk]))
    page.get_by_role("button", name="Group", exact=True).click()
    expect(page.get_by_label("All qualified assets that are in no other ballot")).to_be_checked()
    page.get_by_label("FLEET-NORTH").check()
    expect(page.get_by_label("Only those named below")).to_be_checked()
    expect(page.locator("#picked")).to_contain_text("50 assets: ")
    page.get_by_label("All qualified assets that are in no other ballot").check()
    page.get_by_label("FLEET-NORTH").uncheck()
    page.get_by_label("Leave out").fill("SITE-0061")
    page.get_by_label("Leave out").blur()
    expect(page.get_by_label("All qualified assets that are in no other ballot")).to_be_checked()
    page.get_by_label("Add", exact=True).fill("SITE-0070")
    page.get_by_label("Add", exact=True).blur()
    expect(page.get_by_label("Only those named below")).to_be_checked()
    expect(page.locator("#picked")).to_contain_text("1 asset: SITE-0070")


def test_groups_are_made_from_the_list_and_shown_with_what_they_add_up_to(here, open_as):
    page = open_as(here.north, 1440)
    page.goto(f"{reverse('qualification:assets')}?q=SITE-01")
    page.get_by_label("Select all").check()
    page.get_by_label("all 100 that match").check()
    expect(page.get_by_text("100 selected")).to_be_visible()
    page.get_by_label("Into group").fill("FLEET-SOUTH")
    page.get_by_role("button", name="Put into group").click()
    expect(page.get_by_text("100 assets put into group FLEET-SOUTH.")).to_be_visible()
    looked_at(page, "assets_with_groups")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Groups", exact=True).click()
    looked_at(page, "groups")
    page.get_by_role("link", name="FLEET-NORTH").click()
    expect(page.get_by_role("heading", name="FLEET-NORTH")).to_be_visible()
    looked_at(page, "group")
    page.goto(reverse("qualification:entries"))
    looked_at(page, "entries_with_groups")
