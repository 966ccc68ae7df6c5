"""Bidding and deciding on a phone and at a desk, read by axe."""

import re
from datetime import time as clock_time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from bidding.domain.ballots.submitting import submit_ballot
from bidding.enums import Decision
from bidding.models import Bid
from competitions.models import Competition
from marketplace.jobs.publishing import run_jobs_inline
from tests.bidding.market import bid, market
from tests.browser.looks import looked_at

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def here(transactional_db):
    """A market in which bidding is open now; three windows, the first one small."""
    now = timezone.now()
    made = market(
        minimum_mw=("0", "0.5", "50"),
        mw=("1.25", "2", "3.0005", "0.75"),
        name="Monktonhall winter evenings",
        maximum_budget=Decimal(9000),
        publish_on=now - timedelta(days=9),
        qualification_open=now - timedelta(days=8),
        qualification_close=now - timedelta(days=3),
        bidding_open=now - timedelta(days=2),
        bidding_close=now + timedelta(days=1),
        first_day=(now + timedelta(days=30)).date(),
    )
    first = made.windows[0]
    first.capacity_required_mw, first.dispatch_estimate, first.dispatch_duration = 4, 10, timedelta(hours=2)
    first.save()
    with run_jobs_inline():
        yield made


def keeps(field):
    """Whether an answer is the server's that it keeps a draft in which this is typed."""
    return lambda answer: (
        answer.ok and answer.url.endswith("/draft/") and field in (answer.request.post_data or "")
    )


def test_a_provider_places_and_withdraws_a_ballot(here, open_as):
    page = open_as(here.north)
    page.goto(reverse("bidding:list"))
    looked_at(page, "bids")
    page.get_by_role("link", name=f"Bid in {here.competition.ref}").click()
    page.get_by_role("link", name="New ballot").click()
    capacities = page.get_by_label("Capacity (MW), Winter/Window 0")
    capacities.first.click()
    page.get_by_role("button", name="Add split").click()
    expect(capacities).to_have_count(2)
    capacities.first.fill("9")
    page.get_by_role("button", name="Check and place 1 bid").click()
    expect(page.locator(".sheet").get_by_text("A bid needs a maximum run time.")).to_be_visible()
    page.get_by_label("Maximum run time (h:mm), Winter/Window 0").first.fill("2:00")
    page.get_by_role("button", name="Check and place 1 bid").click()
    expect(
        page.locator(".sheet").get_by_text("9 MW is more than the 4 MW that the window requires.")
    ).to_be_visible()
    looked_at(page, "ballot")
    page.get_by_role("button", name="Set to 4").click()
    expect(capacities.first).to_have_value("4")
    expect(page.locator(".sheet-err").filter(has_text="more than")).to_have_count(0)
    capacities.first.fill("2.5")
    page.get_by_label("Utilisation price (£/MWh), Winter/Window 0").first.fill("180.50")
    page.get_by_role("button", name="Check and place 1 bid").click()
    looked_at(page, "ballot_confirm")
    page.get_by_role("button", name="Place 1 bid").click()
    expect(page.get_by_role("heading", name="Receipts")).to_be_visible()
    looked_at(page, "receipts")
    page.get_by_role("link", name="Back to your ballots").click()
    looked_at(page, "ballots")
    page.get_by_role("link", name="Withdraw ballot 1").click()
    looked_at(page, "withdraw")
    page.get_by_role("button", name="Withdraw the ballot").click()
    expect(page.get_by_text("Ballot 1 is withdrawn")).to_be_visible()


def test_totals_and_limits_are_live_and_the_server_says_the_same(here, open_as):
    page = open_as(here.north)
    page.goto(reverse("bidding:new", args=[here.competition.pk]))
    first = page.get_by_label("Capacity (MW), Winter/Window 0")
    second = page.get_by_label("Capacity (MW), Winter/Window 1")
    totals = page.get_by_role("region", name="Totals")
    first.fill("4.5")
    expect(page.get_by_text("4.5 MW is more than the 4 MW that can be offered here.")).to_be_visible()
    expect(totals.locator("dd[data-sum=wrong]")).to_have_text("1")
    first.fill("1.333333")
    page.get_by_label("Utilisation price (£/MWh), Winter/Window 0").fill("180.55")
    page.get_by_label("Maximum run time (h:mm), Winter/Window 0").fill("2:00")
    expect(totals).to_contain_text("£4,814.67")
    second.fill("0.4")
    expect(page.get_by_text("0.4 MW is below the least, 0.5 MW.")).to_be_visible()
    first.press("ArrowDown")
    expect(second).to_be_focused()
    second.fill("")
    first.focus()
    page.get_by_role("button", name="Copy to blank windows").click()
    expect(second).to_have_value("1.333333")
    second.focus()
    page.get_by_role("button", name="Fill the limit").click()
    expect(second).to_have_value("7.0005")
    page.get_by_label("Utilisation price (£/MWh), Winter/Window 1").fill("0")
    page.get_by_text("Name and assets of the ballot").click()
    page.get_by_label("Those chosen here").check()
    page.get_by_label("(2 MW)").check()
    expect(page.get_by_text("7.0005 MW is more than the 2 MW that can be offered here.")).to_be_visible()
    with page.expect_response(keeps("choice=all")):
        page.get_by_label("All qualified assets that are in no other ballot").check()
    expect(totals).to_contain_text("2 in 2 of 3 windows")
    looked_at(page, "ballot_live")
    signed_in = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    second.fill("1.5")
    expect(page.locator("[data-draft-saved]")).to_contain_text("in this tab")
    page.get_by_role("button", name="Check and place 2 bids").click()
    expect(page.get_by_text("nothing was recorded. Sign in and send it again.")).to_be_visible()
    page.context.add_cookies(signed_in)
    page.goto(reverse("bidding:new", args=[here.competition.pk]))
    expect(second).to_have_value("7.0005")  # what was kept last, and beside it what was typed later
    page.get_by_role("button", name="Go on with what I typed").click()
    expect(second).to_have_value("1.5")
    page.get_by_role("button", name="Check and place 2 bids").click()
    expect(
        page.get_by_text("If all are accepted and the operator calls them as it expects: £4,814.67.")
    ).to_be_visible()
    page.get_by_role("button", name="Place 2 bids").click()
    page.get_by_role("link", name="Back to your ballots").click()
    page.get_by_role("link", name="History of ballot 1").click()
    expect(page.get_by_role("heading", name="Version 1")).to_be_visible()
    looked_at(page, "ballot_history")


def test_the_grid_is_worked_by_keyboard_as_a_spreadsheet(here, open_as):
    page = open_as(here.north)
    page.goto(reverse("bidding:new", args=[here.competition.pk]))
    first, second = (page.get_by_label(f"Capacity (MW), Winter/Window {number}") for number in (0, 1))
    price = page.get_by_label("Utilisation price (£/MWh), Winter/Window 1")
    pasted = "1.5\t2:00\t£1,180.50\n2\t3:00\t90"
    first.evaluate(
        """(cell, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            cell.focus();
            cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        pasted,
    )
    expect(page.get_by_label("Utilisation price (£/MWh), Winter/Window 0")).to_have_value("1180.50")
    expect(second).to_have_value("2")
    expect(price).to_have_value("90")
    first.press("Control+z")
    expect(second).to_have_value("")
    first.fill("1.25")
    first.press("Enter")
    expect(second).to_be_focused()
    second.press("Control+d")
    expect(second).to_have_value("1.25")
    first.focus()
    first.press("Shift+ArrowDown")
    expect(page.get_by_text("2 cells in Capacity MW")).to_be_visible()
    page.get_by_label("Set to").fill("40")
    page.get_by_role("button", name="Raise by %").click()
    expect(first).to_have_value("1.75")
    page.get_by_role("button", name="Undo").click()
    expect(first).to_have_value("1.25")
    first.press("ArrowRight")
    expect(page.get_by_label("Maximum run time (h:mm), Winter/Window 0")).to_be_focused()
    expect(page.get_by_text("Draft saved")).to_be_visible()


def test_a_ballot_is_worded_and_placed_by_keyboard_without_scripts(here, open_as):
    page = open_as(here.north, scripts=False)
    page.goto(reverse("bidding:new", args=[here.competition.pk]))
    assert not page.get_by_role("button", name="Fill the limit").is_visible()
    page.get_by_label("Capacity (MW), Winter/Window 0").focus()
    for typed in ("1.5", "2:00", "100"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Add split for Window 0")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Capacity (MW), Winter/Window 1")).to_have_value("1.5")
    page.get_by_label("Capacity (MW), Winter/Window 1").press("Enter")
    expect(page.get_by_role("heading", name="Place ballot 1?")).to_be_visible()
    page.get_by_role("button", name="Place 2 bids").press("Enter")
    expect(page.get_by_role("heading", name="Receipts")).to_be_visible()
    assert Bid.objects.count() == 2


def test_moving_a_slider_of_what_if_changes_the_sums_and_the_picture(here, open_as):
    first = here.windows[0]
    for by, offer in ((here.north, bid(first, "3", "80")), (here.south, bid(first, "1", "90"))):
        submit_ballot(
            by=by, competition=here.competition, label="1", asset_ids=None, bids=[offer], now=timezone.now()
        )
    Competition.objects.update(bidding_close=timezone.now() - timedelta(hours=1))
    page = open_as(here.buyer, 1440)
    page.goto(reverse("bidding:what_if", args=[here.competition.pk]))
    sums, picture = page.locator("#answer .strip"), page.locator("#answer .merit")
    expect(picture.locator("rect.m-accepted")).to_have_count(2)
    expect(page.get_by_text("All bids together come to £")).to_be_visible()
    before = sums.inner_text()
    slider = page.get_by_role("slider", name="Maximum budget")
    slider.focus()
    slider.press("Home")
    expect(page.get_by_label("Maximum budget").first).to_have_value("0")
    expect(picture.locator("rect.m-accepted")).to_have_count(0)
    expect(sums).not_to_have_text(before)
    expect(page).to_have_url(re.compile("maximum_budget=0&"))
    slider.press("End")
    expect(picture.locator("rect.m-accepted")).to_have_count(2)
    at = slider.bounding_box()
    assert at is not None
    page.mouse.click(at["x"] + at["width"] * 0.3, at["y"] + at["height"] / 2)
    expect(picture.locator("rect.m-accepted")).not_to_have_count(2)


def test_an_operator_decides_and_confirms(here, open_as):
    first, second, _ = here.windows
    offers = (
        (here.north, [bid(first, "3", "120"), bid(first, "1", "90"), bid(second, "2")]),
        (here.south, [bid(first, "2", "80")]),
    )
    for by, bids in offers:
        submit_ballot(
            by=by, competition=here.competition, label="1", asset_ids=None, bids=bids, now=timezone.now()
        )
    now = timezone.now()
    Competition.objects.update(bidding_close=now - timedelta(hours=1))
    page = open_as(here.buyer)
    page.goto(reverse("bidding:decisions"))
    looked_at(page, "decisions")
    page.get_by_role("link", name=here.competition.ref, exact=True).click()
    looked_at(page, "desk")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_label("Choose all on this page").check()
    page.get_by_role("button", name="Accept chosen").click()
    expect(page.get_by_text("2 MW more than the 4 MW required")).to_be_visible()
    looked_at(page, "accept_anyway")
    page.get_by_role("button", name="Accept all the same").click()
    expect(page.get_by_text("3 bids accepted.")).to_be_visible()
    page.keyboard.press("o")
    expect(page.get_by_label("Totals")).to_contain_text("2 of 4")
    page.keyboard.press("j")
    expect(page.locator("tr.is-on")).to_contain_text("North")
    page.keyboard.press("r")
    page.keyboard.press("t")  # in the list of reasons: technical
    for key in ("Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("tr.is-on").get_by_label("Reject")).to_be_checked()
    expect(page.get_by_text("Rejected: Technical")).to_be_visible()
    page.locator("tr.is-on").get_by_text("Accept").click()
    expect(page.locator("tr.is-on").get_by_label("Accept")).to_be_checked()
    expect(page.get_by_text("Rejected: Technical")).to_have_count(0)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Use the recommendation").click()
    expect(page.get_by_text("As recommended: 3 accepted, 1 rejected.")).to_be_visible()
    looked_at(page, "desk_decided")
    page.locator("main").get_by_role("link", name="Confirm results").click()
    page.get_by_label("Competition ref").fill(here.competition.ref)
    looked_at(page, "confirm")
    page.get_by_role("button", name="Confirm the results").click()
    expect(page.get_by_text(f"The results of {here.competition.ref} are confirmed.")).to_be_visible()
    assert not Bid.objects.filter(decision=Decision.UNDECIDED).exists()
    page = open_as(here.south)
    page.goto(reverse("bidding:competition", args=[here.competition.pk]))
    expect(page.get_by_text("Volume not needed")).to_be_visible()
    looked_at(page, "outcome")


def test_periods_of_a_long_ballot_open_when_asked_and_a_draft_comes_back(here, open_as):
    here.competition.periods.all().delete()
    for month in range(4):
        first = (timezone.now() + timedelta(days=40 + 31 * month)).date()
        period = here.competition.periods.create(
            name=f"Month {month + 1}", first_day=first, last_day=first + timedelta(days=20)
        )
        for hour in range(12):
            here.competition.windows.create(
                period=period,
                name=f"At {hour:02}",
                weekdays=[1],
                start=clock_time(hour),
                end=clock_time(hour + 1),
                capacity_required_mw=5,
                available_minutes=180,
                minimum_run_time=timedelta(hours=1),
                position=hour,
            )
    page = open_as(here.north)
    page.goto(reverse("bidding:new", args=[here.competition.pk]))
    lines = page.locator("input[data-c=capacity]")
    expect(lines).to_have_count(12)
    expect(page.locator("[data-sum=bids]").first).to_have_text("0 in 0 of 48 windows")
    page.get_by_role("button", name="Month 3").click()
    expect(lines).to_have_count(24)
    third = page.get_by_label("Capacity (MW), Month 3/At 02")
    third.fill("1.5")
    page.get_by_label("Utilisation price (£/MWh), Month 3/At 02").fill("90")
    expect(page.locator("[data-draft-saved]")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    third.focus()
    page.get_by_role("button", name="Copy to blank windows").first.click()
    expect(lines).to_have_count(48)
    expect(page.locator("[data-sum=bids]").first).to_have_text("48 in 48 of 48 windows")
    expect(page.get_by_label("Capacity (MW), Month 4/At 11")).to_have_value("1.5")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-sum=bids]").first).to_have_text("1 in 1 of 48 windows")
    with page.expect_response(keeps("1.75")):
        third.fill("1.75")
    other = open_as(here.north)
    other.goto(reverse("bidding:new", args=[here.competition.pk]))
    expect(other.get_by_text("This is your draft of")).to_be_visible()
    expect(other.get_by_label("Capacity (MW), Month 3/At 02")).to_have_value("1.75")
    looked_at(other, "ballot_draft")
    other.get_by_role("button", name="Check and place 1 bid").click()
    other.get_by_role("button", name="Place 1 bid").click()
    expect(other.get_by_role("heading", name="Receipts")).to_be_visible()
    page.goto(reverse("bidding:new", args=[here.competition.pk]))
    expect(page.get_by_role("heading", name="New ballot")).to_be_visible()
    expect(page.get_by_text("This is your draft of")).to_have_count(0)


def test_discarding_forgets_the_draft(here, open_as):
    page = open_as(here.north)
    page.goto(reverse("bidding:new", args=[here.competition.pk]))
    with page.expect_response(keeps("capacity=1")):
        page.get_by_label("Capacity (MW), Winter/Window 0").fill("1")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("The draft is discarded; nothing was recorded.")).to_be_visible()
    page.goto(reverse("bidding:new", args=[here.competition.pk]))
    expect(page.get_by_label("Capacity (MW), Winter/Window 0")).to_have_value("")
    expect(page.get_by_text("You typed a ballot here that is not recorded.")).to_be_hidden()
