"""The pages of market data and of the rule on names, on a phone and on a desk, read by axe."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from marketplace import clock
from marketplace.jobs import public_files
from tests.browser.looks import looked_at
from tests.qualification import market
from tests.support.market_data import NOW, everything

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_the_pages_are_accessible_and_fit_the_screen(transactional_db, open_as):
    operator = everything()
    page = open_as(None)
    page.goto(reverse("market_data:file", args=["historic-bids.csv"]))
    expect(page.get_by_role("heading", name="Historic bids")).to_be_visible()
    looked_at(page, "market-soon")
    with clock.set_to(NOW):
        public_files.refresh_due(NOW)
    for name in ("index", "dictionary"):
        page.goto(reverse(f"market_data:{name}"))
        expect(page.locator("h1")).to_be_visible()
        looked_at(page, f"market-{name}")
    page = open_as(market.member(operator))
    page.goto(reverse("bidding:policy"))
    box = page.get_by_label("Publish company names with bids")
    expect(box).not_to_be_checked()
    looked_at(page, "policy")
    box.check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Publish company names with bids")).to_be_checked()
