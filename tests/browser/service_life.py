"""What becomes of a contract after its award, step by step on the pages of a town: from its signature to the paid mark."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.looks import PHONE, SHOTS
from tests.operations.meter_files import csv_of

WORK_SECONDS = 60_000
HALF_HOUR = timedelta(minutes=30)
USUAL = 1000
"""kWh that each asset imports in every half-hour of every other day."""
HEADERS = ["Asset Ref", "Period Start", "Minutes", "Import (kWh)", "Export (kWh)"]


@dataclass
class Side:
    """A provider with its page, the company's name, and the contract that is lived."""

    page: Page
    name: str
    contract: str = ""


def seen(page: Page, name: str) -> None:
    """A picture of the page where SCREENSHOTS names a folder."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/life-{name}.png", full_page=True)


def id_in(url: str | None) -> str:
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", url or "")
    assert found, url
    return found[0]


def make_terms(buyer: Page) -> None:
    """The operator's settlement terms, its default: availability is declared, what is missing costs £300 a MWh."""
    buyer.goto(reverse("competitions:terms_new"))
    buyer.fill("#id_ref", "declared")
    buyer.fill("#id_name", "Declared by the week")
    buyer.select_option("#id_mode", "declared")
    buyer.fill("#id_penalty_price", "300")
    buyer.get_by_role("button", name="Make the terms").click()
    expect(buyer.get_by_text("is there: competitions can name it.")).to_be_visible()


def sign(buyer: Page, side: Side, ref: str) -> None:
    """The operator marks the provider's contract of a competition as signed."""
    buyer.goto(reverse("contracts:list"))
    row = buyer.locator("tr", has_text=ref).filter(has_text=side.name)
    row.get_by_role("link", name=ref).click()
    side.contract = id_in(buyer.url)
    buyer.get_by_role("button", name="Mark as signed").click()
    expect(buyer.get_by_text("Signed", exact=True).first).to_be_visible()


def declare(side: Side, day: date, mw: str) -> None:
    """The provider declares MW for a day, in the calendar of its week."""
    monday = day - timedelta(days=day.weekday())
    side.page.goto(f"{reverse('operations:availability')}?week={monday}")
    side.page.locator(f"input[name='mw|{side.contract}|{day}']").fill(mw)
    side.page.get_by_role("button", name="Declare").click()
    expect(side.page.get_by_text("1 day declared.")).to_be_visible()


def accept_all(buyer: Page) -> None:
    """The operator accepts what was declared."""
    buyer.goto(reverse("operations:answer_all", args=["all"]))
    seen(buyer, "answering")
    buyer.get_by_role("button", name=re.compile("^Accept")).click()
    expect(buyer.get_by_text(re.compile("answered; the providers are told"))).to_be_visible()


def call(buyer: Page, side: Side, mw: str, begin: str, end: str) -> str:
    """The operator calls MW today, though no readings have come yet; the id of the dispatch."""
    buyer.goto(f"{reverse('operations:dispatch_home')}?contract={side.contract}")
    buyer.get_by_label("MW", exact=True).fill(mw)
    buyer.get_by_label("From", exact=True).fill(begin)
    buyer.get_by_label("Until", exact=True).fill(end)
    buyer.get_by_label("Until", exact=True).press("Tab")
    expect(buyer.get_by_role("button", name=f"Send {mw} MW")).to_be_visible()
    buyer.get_by_label("Send it anyway").check()
    seen(buyer, "calling")
    buyer.get_by_role("button", name=f"Send {mw} MW").click()
    expect(buyer.get_by_text(re.compile("is sent to"))).to_be_visible()
    side.page.goto(reverse("operations:dispatch_home"))
    opened = side.page.locator("main a[href*='/dispatch']").filter(has_text=re.compile("^D|-"))
    return id_in(opened.first.get_attribute("href"))


def acknowledge_by_phone(side: Side) -> None:
    """The provider acknowledges what waits, on a phone."""
    before = side.page.viewport_size
    side.page.set_viewport_size({"width": PHONE, "height": 844})
    side.page.goto(reverse("operations:dispatch_home"))
    seen(side.page, "acknowledging")
    side.page.get_by_role("button", name="Acknowledge").click()
    expect(side.page.get_by_text(re.compile("is acknowledged"))).to_be_visible()
    if before:
        side.page.set_viewport_size(before)


def amend(buyer: Page, dispatch: str, mw: str, begin: str, end: str) -> None:
    """Less from a time on, and an earlier end: it binds when issued."""
    buyer.goto(reverse("operations:amend", args=[dispatch]))
    buyer.get_by_label(re.compile("MW from then on")).fill(mw)
    buyer.get_by_label(re.compile("^From")).fill(begin)
    buyer.get_by_label(re.compile("^Until")).fill(end)
    buyer.get_by_role("button", name="Amend the dispatch").click()
    expect(buyer.get_by_text(re.compile("is amended"))).to_be_visible()


def meter_file(assets: Sequence[str], first: date, day: date, given: dict[tuple[int, int], int]) -> bytes:
    """Readings of assets from a day until the end of another, on which the first asset gives what is told."""
    rows = []
    for place, asset in enumerate(assets):
        instant = datetime(first.year, first.month, first.day, tzinfo=UTC)
        while instant.date() <= day:
            less = given.get((instant.hour, instant.minute), 0) if instant.date() == day and not place else 0
            rows.append([asset, instant.isoformat(), 30, USUAL - less, 0])
            instant += HALF_HOUR
    return csv_of(HEADERS, *rows)


def bring_readings(side: Side, data: bytes) -> None:
    """The provider's file is read, shown, and applied."""
    side.page.goto(reverse("operations:readings"))
    file = {"name": "november.csv", "mimeType": "text/csv", "buffer": data}
    side.page.get_by_label("File of readings").set_input_files(file)
    side.page.get_by_role("button", name="Read the file").click()
    expect(side.page.get_by_text("What will happen when you apply")).to_be_visible(timeout=WORK_SECONDS)
    seen(side.page, "readings")
    side.page.locator(".bar-bottom .btn-primary").click()
    expect(side.page.get_by_label("What to do next")).to_be_visible(timeout=WORK_SECONDS)


def read_performance(page: Page, dispatch: str, *figures: str) -> None:
    page.goto(reverse("operations:dispatch_performance", args=[dispatch]))
    for each in figures:
        expect(page.get_by_text(each).first).to_be_visible(timeout=WORK_SECONDS)
    seen(page, "performance")


def run_month(buyer: Page, name: str) -> None:
    """The operator runs the statements of a month."""
    buyer.goto(reverse("settlement:statements"))
    buyer.get_by_role("button", name=f"Run {name}").click()
    expect(buyer.get_by_role("link", name="Download")).to_be_visible(timeout=WORK_SECONDS)


def open_statement(page: Page, side: Side, month: str) -> None:
    """The statement of the provider's contract, by the list; a provider sees no others."""
    page.goto(reverse("settlement:statements"))
    row = page.locator("tr", has_text=month)
    if page is not side.page:
        row = row.filter(has_text=side.name)
    row.get_by_role("link", name=month).first.click()
    seen(page, f"statement-{side.name.split()[0]}")


def dispute(side: Side, month: str, kind: str, why: str) -> None:
    """The provider disputes the line of a kind."""
    open_statement(side.page, side, month)
    side.page.get_by_role("link", name="Dispute lines").click()
    side.page.get_by_label(re.compile(rf"^Why line \d+, {kind}")).fill(why)
    seen(side.page, "dispute")
    side.page.get_by_role("button", name="Dispute these lines").click()
    expect(side.page.get_by_text("is told what you dispute")).to_be_visible()


def answer(buyer: Page, side: Side, month: str, why: str, words: str) -> None:
    """The operator does not uphold it, in words."""
    open_statement(buyer, side, month)
    buyer.get_by_role("link", name="Answer").click()
    expect(buyer.get_by_text(why)).to_be_visible()
    buyer.get_by_label(re.compile("^Answer")).fill(words)
    buyer.get_by_label("Not upheld").check()
    seen(buyer, "answer")
    buyer.get_by_role("button", name="Answer", exact=True).click()
    expect(buyer.get_by_text("The line is answered")).to_be_visible()


def agree(side: Side, month: str, words: str) -> None:
    """The provider reads the answer and agrees to the statement."""
    open_statement(side.page, side, month)
    expect(side.page.get_by_text(words)).to_be_visible()
    side.page.get_by_role("button", name="Agree").click()
    expect(side.page.get_by_text("You agreed")).to_be_visible()


def make_final(buyer: Page, side: Side, month: str, total: str) -> None:
    open_statement(buyer, side, month)
    expect(buyer.get_by_role("heading", name=total)).to_be_visible()
    buyer.get_by_role("button", name="Make final").click()
    expect(buyer.get_by_text("1 statement is final; the providers are told.")).to_be_visible()


def make_documents(buyer: Page) -> None:
    """The operator makes the documents of the month."""
    buyer.goto(reverse("settlement:invoice_run"))
    seen(buyer, "invoice-run")
    buyer.get_by_role("button", name=re.compile("^Make")).click()
    expect(buyer.get_by_role("link", name="Download")).to_be_visible(timeout=WORK_SECONDS)


def mark_paid(buyer: Page, side: Side, paid_on: date, reference: str) -> None:
    """The operator marks the provider's document as paid."""
    buyer.goto(reverse("settlement:documents"))
    buyer.locator("tr", has_text=side.name).get_by_role("link").first.click()
    buyer.get_by_label("Paid on").fill(f"{paid_on}")
    buyer.get_by_label("Reference", exact=True).fill(reference)
    buyer.get_by_role("button", name="Mark as paid").click()
    expect(buyer.get_by_text(reference).first).to_be_visible()
    seen(buyer, "paid")


def read_paid(side: Side, gross: str, reference: str) -> None:
    """The provider sees its one document, and that it is paid."""
    side.page.goto(reverse("settlement:documents"))
    rows = side.page.locator("tbody tr")
    expect(rows).to_have_count(1)
    rows.get_by_role("link").first.click()
    expect(side.page.get_by_text(reference).first).to_be_visible()
    expect(side.page.get_by_text(gross).first).to_be_visible()
    seen(side.page, f"document-{side.name.split()[0]}")
