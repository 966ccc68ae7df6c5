"""A round published, a competition entered and 300 bids placed, bids decided and confirmed: with the keyboard alone, each
step from the page before it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from bidding.domain.ballots.submitting import submit_ballot
from bidding.enums import Decision
from bidding.models import Bid
from competitions.models import Competition
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.verdicts import engine
from qualification.enums import EntryState
from qualification.models import Entry
from tests.bidding.market import bid, market
from tests.competitions import files

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
MANY = 300
STEPS = 160
FOCUSED = """() => {
    const here = document.activeElement;
    const label = here.labels?.[0]?.textContent;
    const told = here.getAttribute("aria-label") || label || here.textContent || here.value || "";
    const outline = getComputedStyle(here).outlineStyle;
    const ring = outline !== "none" || here.closest(".decide label") !== null || here.matches("input, select, textarea");
    return [told.trim().replace(/\\s+/g, " "), ring];
}"""


def tab_to(page: Page, words: str, *, back: bool = False, times: int = 1) -> None:
    """Press Tab until what is so called has the focus, and see that it shows."""
    for _ in range(STEPS):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        told, is_seen = page.evaluate(FOCUSED)
        if told.startswith(words):
            times -= 1
            assert is_seen, f"{told} has the focus, and nothing shows it"
            if times == 0:
                return
    raise AssertionError(f"Tab does not lead to “{words}”: {page.locator('main').inner_text()[:600]}")


def follow(page: Page) -> None:
    """Press Enter on what leads to another page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def into_main(page: Page) -> None:
    """Past the navigation by the first link of the page."""
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)[0] == "Skip to the content"
    page.keyboard.press("Enter")


@pytest.fixture
def no_mouse(open_as):
    """A page at a desk that can't be clicked."""

    def opened(member) -> Page:
        page = open_as(member, 1440)
        page.add_init_script(
            """for (const kind of ["mousedown", "pointerdown"]) {
                window.addEventListener(kind, () => { throw new Error("The mouse was used."); }, true);
            }"""
        )
        return page

    return opened


def test_a_round_is_published(transactional_db, no_mouse):
    now = timezone.now()
    told = {
        title: f"{now + timedelta(days=days):%d/%m/%Y %H:%M}"
        for title, days in (
            ("Publish On", 20),
            ("Qualification Open", 21),
            ("Qualification Close", 30),
            ("Bidding Open", 31),
            ("Bidding Close", 33),
        )
    }
    served = {
        title: f"{now + timedelta(days=days):%d/%m/%Y}"
        for title, days in (("Period Start Date", 60), ("Period End Date", 80))
    }
    buyer = files.operator()
    files.draw_area(buyer)
    refs = [{"Competition Ref": f"SPRING{number}"} for number in range(3)]
    with run_jobs_inline():
        files.upload(
            buyer,
            files.workbook(
                [files.HEADER | told | ref | {"Round": "Spring"} for ref in refs],
                [files.BOUNDARY | ref for ref in refs],
                [files.WINDOW | served | ref for ref in refs],
            ),
        )
    page = no_mouse(buyer)
    page.goto("/")
    with run_jobs_inline():
        page.keyboard.press("g")
        page.keyboard.press("r")
        page.wait_for_url("**/round-list/")
        into_main(page)
        tab_to(page, "Spring")
        follow(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Spring")
        into_main(page)
        tab_to(page, "Choose all")
        page.keyboard.press("Space")
        tab_to(page, "Publish", back=True)
        follow(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Publish 3 competitions")
        into_main(page)
        tab_to(page, "Publish 3 competitions")
        follow(page)
        expect(page.get_by_text("3 competitions published: providers see them from now on.")).to_be_visible()
    assert not Competition.objects.filter(publish_on__gt=timezone.now()).exists()


def test_a_competition_is_entered_and_300_bids_are_placed(transactional_db, no_mouse):
    now = timezone.now()
    here = market(
        minimum_mw=("0",) * MANY,
        mw=("1", "2"),
        publish_on=now - timedelta(days=9),
        qualification_open=now - timedelta(days=8),
        qualification_close=now + timedelta(days=1),
        bidding_open=now + timedelta(days=2),
        bidding_close=now + timedelta(days=3),
        first_day=(now + timedelta(days=30)).date(),
    )
    Entry.objects.filter(provider=here.north.organisation).delete()
    with run_jobs_inline():
        engine.qualify(now=now)
    page = no_mouse(here.north)
    with run_jobs_inline():
        page.goto("/")
        into_main(page)
        tab_to(page, "Entries", back=True)
        follow(page)
        page.wait_for_url("**/entries/")
        into_main(page)
        tab_to(page, f"Enter {here.competition.ref}")
        follow(page)
        expect(page.locator("main").get_by_text("Entered", exact=True).first).to_be_visible()
        assert Entry.objects.get(provider=here.north.organisation).state == EntryState.ENTERED
        Competition.objects.update(
            qualification_close=now - timedelta(days=2), bidding_open=now - timedelta(days=1)
        )
        into_main(page)
        tab_to(page, "Bids", back=True)
        follow(page)
        page.wait_for_url("**/bidding/")
        into_main(page)
        tab_to(page, f"Bid in {here.competition.ref}")
        follow(page)
        into_main(page)
        tab_to(page, "New ballot")
        follow(page)
        expect(page.get_by_label("Capacity (MW), Winter/Window 0")).to_be_visible()
        into_main(page)
        tab_to(page, "Capacity (MW), Winter/Window 0")
        for typed in ("1.5", "2:00", "100"):
            page.keyboard.type(typed)
            page.keyboard.press("ArrowRight")
        tab_to(page, "Copy to blank windows", back=True)
        page.keyboard.press("Enter")
        expect(page.get_by_label("Capacity (MW), Winter/Window 299")).to_have_value("1.5")
        page.get_by_label("Capacity (MW), Winter/Window 299").press("Shift+Tab")
        page.keyboard.press("Tab")
        tab_to(page, f"Check and place {MANY} bids")
        follow(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Place ballot 1?")
        into_main(page)
        tab_to(page, f"Place {MANY} bids")
        follow(page)
        expect(page.get_by_role("heading", name="Receipts")).to_be_visible()
    assert Bid.objects.count() == MANY


def test_bids_are_decided_and_confirmed(transactional_db, no_mouse):
    now = timezone.now()
    here = market(
        minimum_mw=("0",),
        publish_on=now - timedelta(days=9),
        qualification_open=now - timedelta(days=8),
        qualification_close=now - timedelta(days=3),
        bidding_open=now - timedelta(days=2),
        bidding_close=now + timedelta(days=1),
        first_day=(now + timedelta(days=30)).date(),
    )
    here.windows[0].capacity_required_mw = Decimal(3)
    here.windows[0].save()
    for by, offer in (
        (here.north, bid(here.windows[0], "3", "80")),
        (here.south, bid(here.windows[0], "2", "300")),
    ):
        submit_ballot(
            by=by, competition=here.competition, label="1", asset_ids=None, bids=[offer], now=timezone.now()
        )
    Competition.objects.update(bidding_close=timezone.now() - timedelta(hours=1))
    page = no_mouse(here.buyer)
    with run_jobs_inline():
        page.goto("/")
        into_main(page)
        tab_to(page, "Confirm results", back=True)
        follow(page)
        page.wait_for_url("**/decisions/")
        into_main(page)
        tab_to(page, here.competition.ref)
        follow(page)
        expect(page.locator("tr.is-on")).to_contain_text("North")
        page.keyboard.press("a")
        expect(page.locator("tr.is-on").get_by_label("Accept")).to_be_checked()
        page.keyboard.press("j")
        expect(page.locator("tr.is-on")).to_contain_text("South")
        page.keyboard.press("r")
        page.keyboard.press("p")  # in the list of reasons: price too high
        for key in ("Tab", "Tab", "Enter"):
            page.keyboard.press(key)
        expect(page.locator("tr.is-on").get_by_label("Reject")).to_be_checked()
        tab_to(page, "Confirm results")
        follow(page)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Confirm 1 accepted bid")
        into_main(page)
        tab_to(page, "Competition ref")
        page.keyboard.type(here.competition.ref)
        tab_to(page, "Confirm the results")
        follow(page)
        expect(page.get_by_text(f"The results of {here.competition.ref} are confirmed.")).to_be_visible()
    assert sorted(Bid.objects.values_list("decision", flat=True)) == sorted(
        [Decision.ACCEPTED, Decision.REJECTED]
    )
