"""The example round played by people in a real browser, on real servers, with a real worker: from the competition file
to the paid mark.

The clock is moved along the competitions' dates and those of service. What comes out is held against what was worked out
independently.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import service_life as life
from tests.browser.town import ADMIN, PASSWORD, Town, town
from tests.support import loaded

pytestmark = [pytest.mark.browser, pytest.mark.slow(120)]

ROUND = Path(__file__).parents[1] / "data" / "example_round"
EXPECTED = json.loads((ROUND / "expected.json").read_text())
BEFORE = datetime(2026, 1, 4, 12, tzinfo=UTC)
QUALIFYING = datetime(2026, 1, 6, 12, tzinfo=UTC)
BIDDING = datetime(2026, 1, 21, 10, tzinfo=UTC)
CLOSED = datetime(2026, 1, 23, 17, 1, tzinfo=UTC)
DAY = date(2026, 11, 25)
"""A Wednesday of service of H1_FEE, on which both providers are called."""
CONFIRMED = ["H1_FIXED", "H1_FEE", "H1_REACT"]
MADE_ANEW = {
    *("Contract ID", "Bid ID", "Ballot ID", "Competition ID", "FSP ID", "Asset ID"),
    *("Awarded At", "Decided At", "Confirmed At", "Last Modified"),
}
WORK_SECONDS = 60_000


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town")) as running:
        yield running


@pytest.fixture
def new_person(chromium: Browser, place: Town) -> Iterator[Callable[[], Page]]:
    contexts = []

    def person() -> Page:
        context = chromium.new_context(base_url=place.url, accept_downloads=True)
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context.new_page()

    yield person
    for context in contexts:
        context.close()


def link_in_mail(page: Page, subject: str, recipient: str) -> str:
    """The link in the newest mail with that subject to that address, as the demo's mail page shows it."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        page.goto("/demo/mail/")
        mails = page.locator("article", has_text=subject).filter(has_text=recipient)
        if mails.count():
            return str(mails.first.locator("a", has_text="http").first.get_attribute("href"))
        time.sleep(0.5)
    raise AssertionError(f"No mail “{subject}” to {recipient}.")


def make_operator(admin: Page) -> None:
    sign_in(admin, ADMIN)
    admin.goto("/admin/accounts/organisation/add/")
    values = {
        "name": "Hidden Networks",
        "code": "HIDDEN",
        "holiday_region": "SCT",
        "contact_email": "so@hidden.example",
        "registered_address": "2 Grid Way, Perth",
    }
    for field, value in values.items():
        admin.fill(f"#id_{field}", value)
    admin.fill("#id_first_users", "buyer@hidden.example")
    admin.click("input[name=_save]")
    expect(admin.get_by_text("is a system operator; invited: buyer@hidden.example")).to_be_visible()


def accept_invitation(buyer: Page) -> None:
    buyer.goto(link_in_mail(buyer, "invites you", "buyer@hidden.example"))
    buyer.fill("#id_name", "Bea Buyer")
    buyer.fill("#id_password", PASSWORD)
    buyer.check("#id_accept_terms")
    buyer.get_by_role("button", name="Join Hidden Networks").click()
    expect(buyer.get_by_text("Welcome to Hidden Networks.")).to_be_visible()


def register(bidder: Page, code: str, name: str, number: str) -> None:
    email = f"desk@{code.lower()}.example"
    bidder.goto("/accounts/signup/")
    bidder.fill("#id_email", email)
    bidder.fill("#id_password1", PASSWORD)
    bidder.fill("#id_password2", PASSWORD)
    bidder.get_by_role("button", name="Register", exact=True).click()
    expect(bidder.get_by_role("heading", name="Check your mail")).to_be_visible()
    bidder.goto(link_in_mail(bidder, "onfirm", email))
    bidder.get_by_role("button", name="This is my address").click()
    bidder.goto("/company/")
    if "login" in bidder.url:
        sign_in(bidder, email)
        bidder.goto("/company/")
    values = {
        "name": name,
        "code": code,
        "company_number": number,
        "registered_address": "1 Test Street, Edinburgh",
        "contact_name": f"{code} desk",
        "contact_phone": "0131 496 0000",
    }
    for field, value in values.items():
        bidder.fill(f"#id_{field}", value)
    bidder.check("#id_accept_user_terms")
    bidder.check("#id_accept_service_terms")
    bidder.get_by_role("button", name="Register the company").click()
    expect(bidder.get_by_text("Your company is registered.")).to_be_visible()


def sign_in(person: Page, email: str) -> None:
    person.goto("/accounts/login/")
    person.fill("#id_login", email)
    person.fill("#id_password", PASSWORD)
    person.locator("main").get_by_role("button", name="Sign in").click()
    person.wait_for_url(lambda url: "/accounts/login/" not in url)


def upload(person: Page, path: Path, button: str = "Check the file") -> None:
    person.set_input_files("input[type=file]", path)
    person.get_by_role("button", name=button).click()


def apply(person: Page) -> None:
    """Wait for the worker's preview, apply it, wait for the end."""
    expect(person.get_by_text("What will happen when you apply")).to_be_visible(timeout=WORK_SECONDS)
    asked = person.get_by_label("I have read")
    if asked.count():
        asked.check()
    person.locator(".bar-bottom .btn-primary").click()
    expect(person.get_by_label("What to do next")).to_be_visible(timeout=WORK_SECONDS)


def make_file(person: Page, button: str, folder: Path) -> Path:
    """Have a file made by the worker, which comes by itself once it is ready."""
    with person.expect_download(timeout=WORK_SECONDS) as waiting:
        person.get_by_role("button", name=button).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def rows(path: Path, sheet: str) -> list[dict]:
    first, *others = openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)
    return [dict(zip(first, other, strict=True)) for other in others]


def set_up_competitions(buyer: Page) -> None:
    buyer.goto("/competitions/area-list/")
    buyer.get_by_role("link", name="Upload areas").first.click()
    upload(buyer, ROUND / "areas.gpkg", "Read the file")
    buyer.get_by_label("Layer, and the attribute").select_option(label="zones — zone_ref")
    buyer.get_by_role("button", name="Check the areas").click()
    expect(buyer.locator("[data-map][data-drawn='5']")).to_be_visible(timeout=WORK_SECONDS)
    apply(buyer)
    buyer.goto("/competitions/competition-file/")
    upload(buyer, ROUND / "competitions.xlsx")
    apply(buyer)
    expect(
        buyer.get_by_role("cell", name="Bidding Close must be after Bidding Open.", exact=True)
    ).to_be_visible()


def bring_assets(bidder: Page, code: str) -> None:
    bidder.goto("/qualification/assets/upload/")
    upload(bidder, ROUND / f"assets-{code.lower()}.xlsx")
    apply(bidder)


def enter(bidder: Page, refs: list[str]) -> None:
    bidder.goto("/qualification/entries/")
    for ref in refs:
        bidder.locator("tr", has_text=ref).get_by_role("button", name=re.compile("^Enter")).click()
        expect(bidder.locator("tr", has_text=ref).get_by_text("Entered", exact=True)).to_be_visible()


def fill_first_bid(bidder: Page, capacity: str, run_time: str, price: str) -> None:
    row = bidder.locator(".sheet tr[data-window]").first
    row.locator("input[name$=capacity]").fill(capacity)
    row.locator("input[name$=run_time]").fill(run_time)
    row.locator("input[name$=availability_price]").fill(price)


def bid_on_the_page(bidder: Page, ref: str, assets: list[str]) -> None:
    """Place SOUTH's first ballot in a competition by hand: first too much, then what its file says as
    well."""
    bidder.goto("/bidding/")
    bidder.get_by_role("link", name=ref).first.click()
    bidder.get_by_role("link", name="New ballot").click()
    fill_first_bid(bidder, "50", "2:00", "2.40")
    bidder.get_by_text("Name and assets of the ballot").click()
    bidder.fill("#id_label", "1")
    bidder.get_by_label("Those chosen here").check()
    for asset in assets:
        bidder.get_by_label(f"{asset} (").check()
    bidder.get_by_role("button", name="Check and place 1 bid").click()
    expect(bidder.locator("main").get_by_text("more than").first).to_be_visible()
    fill_first_bid(bidder, "0.835", "2:00", "2.40")
    bidder.get_by_role("button", name="Check and place 1 bid").click()
    bidder.get_by_role("button", name="Place 1 bid").click()
    expect(bidder.get_by_role("heading", name=re.compile("Receipt"))).to_be_visible()


def bid_by_file(bidder: Page, code: str) -> None:
    bidder.goto("/bidding/")
    upload(bidder, ROUND / f"bids-{code.lower()}.xlsx")
    apply(bidder)


def decide_as_recommended_and_confirm(buyer: Page, ref: str) -> None:
    buyer.goto("/bidding/decisions/")
    buyer.get_by_role("link", name=ref, exact=True).click()
    buyer.get_by_role("button", name="Use the recommendation").click()
    buyer.locator("main").get_by_role("link", name="Confirm results").click()
    buyer.get_by_label("Competition ref").fill(ref)
    buyer.get_by_role("button", name="Confirm the results").click()
    expect(buyer.get_by_text("Confirmed", exact=True).first).to_be_visible()


def fixed_price_contracts() -> list[dict]:
    """What the contracts of H1_FIXED must say: every bid there is needed, so each is one, in all its
    cells."""
    [header] = [
        row
        for row in rows(ROUND / "competitions.xlsx", "Competitions")
        if row["Competition Ref"] == "H1_FIXED"
    ]
    [window] = [
        row
        for row in rows(ROUND / "competitions.xlsx", "Service Windows")
        if row["Competition Ref"] == "H1_FIXED"
    ]
    bids = [row for row in rows(ROUND / "bids-north.xlsx", "Bids") if row["Competition Ref"] == "H1_FIXED"]
    costs = [bid["cost"] for bid in EXPECTED["bids"] if bid["ref"] == "H1_FIXED"]
    return [
        {
            "Buying Contracting Party": "Hidden Networks",
            "Selling Contracting Party": "North Flex Ltd",
            "Contract Type": "DSO flexibility",
            "Contract Status": "Awarded",
            "Competition Ref": "H1_FIXED",
            "Competition Name": header["Competition Name"],
            "Service Period": window["Service Period Name"],
            "Service Window": window["Service Window Name"],
            "Start Date": window["Period Start Date"],
            "End Date (exclusive)": datetime(2026, 11, 2),
            "Service Days": "Saturday, Sunday",
            "Public Holidays": "Ignore",
            "Start Time": window["Start Time"],
            "End Time": window["End Time"],
            "Available Hours": EXPECTED["hours"]["H1_FIXED"]["Clock change/Whole weekend days"],
            "Capacity (MW)": bid["Capacity (MW)"],
            "Maximum Run Time": timedelta(hours=2),
            "Availability Price (£/MW/h)": None,
            "Utilisation Price (£/MWh)": 250,
            "Service Fee (£/MW)": None,
            "Expected Cost (£)": float(cost),
        }
        for bid, cost in zip(bids, costs, strict=True)
    ]


def check_contracts(path: Path) -> None:
    """Every cell of the fixed-price contracts, and the cost of all: as worked out independently."""
    contracts = rows(path, "Contracts")
    found = [row for row in contracts if row["Competition Ref"] == "H1_FIXED"]
    told = {"Contract ID", "Bid ID", "Awarded At"}
    assert all(row[column] for row in found for column in told)
    assert sorted(
        ({column: cell for column, cell in row.items() if column not in told} for row in found),
        key=by_capacity,
    ) == sorted(fixed_price_contracts(), key=by_capacity)
    costs = {ref: best["cost"] for ref, best in EXPECTED["best"].items()}
    sums = {
        ref: sum(row["Expected Cost (£)"] for row in contracts if row["Competition Ref"] == ref)
        for ref in costs
    }
    assert sums == pytest.approx(costs)
    ballots = {
        "0.82": {"N017", "N032", "N050"},
        "0.134": {"N017", "N032", "N050"},
        "0.98": {"N096", "N112", "N138"},
    }
    assets = rows(path, "Contracted Assets")
    for row in found:
        contracted = {asset["Asset Ref"] for asset in assets if asset["Contract ID"] == row["Contract ID"]}
        assert contracted == ballots[str(row["Capacity (MW)"])]
    parties = {(row["Name"], row["Party"]) for row in rows(path, "Companies")}
    assert parties == {
        ("Hidden Networks", "Buyer"),
        ("North Flex Ltd", "Seller"),
        ("South Flex Ltd", "Seller"),
    }


def rehearsed(folder: Path) -> Path:
    """The same round from files alone, with the same two providers: the folder of its workbooks."""
    shutil.copytree(ROUND, folder / "round")
    told = (ROUND / "round.toml").read_text()
    west = told.index('[[flex_service_provider]]\ncode = "WEST"')
    told = told[:west] + told[told.index("[decisions]") :]
    told = told.replace('enters = "all"', f"enters = {json.dumps(CONFIRMED)}", 1)
    (folder / "round" / "round.toml").write_text(told)
    command = ["manage", "rehearse", str(folder / "round"), "--out", str(folder / "out")]
    loaded.run(command, env=os.environ, timeout=300).check_returncode()
    return folder / "out"


def essence(path: Path, sheet: str) -> list[str]:
    """The rows of the confirmed competitions, in any order, without what is made again each time: IDs and
    instants."""
    of_contract = (
        {row["Contract ID"]: row["Competition Ref"] for row in rows(path, "Contracts")}
        if sheet != "Bids"
        else {}
    )
    found = []
    for row in rows(path, sheet):
        if row.get("Competition Ref", of_contract.get(row.get("Contract ID"))) in CONFIRMED:
            found.append(
                json.dumps(
                    {key: str(cell) for key, cell in row.items() if key not in MADE_ANEW}, sort_keys=True
                )
            )
    return sorted(found)


def by_capacity(row: dict) -> float:
    return float(row["Capacity (MW)"])


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def test_the_whole_life_from_the_competition_file_to_the_paid_mark(
    place: Town, new_person: Callable[[], Page], tmp_path: Path
):
    buyer, north, south = award(place, new_person)
    check_award(buyer, north, south, tmp_path)
    sides = life.Side(north, "North Flex Ltd"), life.Side(south, "South Flex Ltd")
    north.on("dialog", lambda dialog: dialog.accept())
    serve(place, buyer, *sides)
    settle_and_pay(place, buyer, *sides)


def award(place: Town, new_person: Callable[[], Page]) -> tuple[Page, Page, Page]:
    """From the empty marketplace to confirmed results: the pages of the operator and of two providers."""
    place.move_clock_to(BEFORE)
    make_operator(new_person())
    buyer = new_person()
    accept_invitation(buyer)
    life.make_terms(buyer)
    set_up_competitions(buyer)

    place.move_clock_to(QUALIFYING)
    north, south = new_person(), new_person()
    register(north, "NORTH", "North Flex Ltd", "SC000001")
    register(south, "SOUTH", "South Flex Ltd", "SC000002")
    bring_assets(north, "NORTH")
    bring_assets(south, "SOUTH")
    enter(north, CONFIRMED)
    enter(south, ["H1_AVUT", "H1_FEE", "H1_REACT"])

    place.move_clock_to(BIDDING)
    bid_by_file(north, "NORTH")
    bid_on_the_page(south, "H1_REACT", ["S019", "S057"])
    bid_by_file(south, "SOUTH")
    buyer.goto("/bidding/decisions/")
    expect(buyer.locator("main")).not_to_contain_text("Flex Ltd")
    expect(buyer.locator("main")).not_to_contain_text("H1_FEE")

    place.move_clock_to(CLOSED)
    buyer.on("dialog", lambda dialog: dialog.accept())
    for ref in CONFIRMED:
        decide_as_recommended_and_confirm(buyer, ref)
    return buyer, north, south


def check_award(buyer: Page, north: Page, south: Page, folder: Path) -> None:
    """Contracts and results as worked out independently, as the rehearsal has them, and each provider's own alone."""
    buyer.goto("/contracts/")
    contracts = make_file(buyer, "Obligations workbook", folder)
    check_contracts(contracts)
    buyer.goto("/bidding/view-results/")
    results = make_file(buyer, "All bids (.xlsx)", folder)
    files = rehearsed(folder)
    for sheet in ("Contracts", "Contracted Assets"):
        assert essence(contracts, sheet)
        assert essence(contracts, sheet) == essence(files / "contractual_obligations.xlsx", sheet)
    assert essence(results, "Bids")
    assert essence(results, "Bids") == essence(files / "competition_results.xlsx", "Bids")
    north.goto("/contracts/")
    own = rows(make_file(north, "Obligations workbook", folder), "Contracts")
    assert {row["Selling Contracting Party"] for row in own} == {"North Flex Ltd"}
    south.goto("/bidding/")
    south.get_by_role("link", name="H1_REACT").first.click()
    expect(south.locator("main")).not_to_contain_text("North Flex")


def serve(place: Town, buyer: Page, north: life.Side, south: life.Side) -> None:
    """A day of service: declared, accepted, called, acknowledged, for North amended, metered.

    North: 0.6 MW for half an hour, then 0.4 MW for 20 minutes, ask for 300 and 133.333 kWh; 300 and 100 of them come.
    """
    for each in (north, south):
        life.sign(buyer, each, "H1_FEE")
    place.move_clock_to(at(12, day=date(2026, 11, 17)))
    life.declare(north, DAY, "0.7")
    life.declare(south, DAY, "0.9")
    place.move_clock_to(at(1, day=date(2026, 11, 19)))
    life.accept_all(buyer)

    place.move_clock_to(at(5, 30))
    called = life.call(buyer, north, "0.6", "06:30", "07:30")
    whole = life.call(buyer, south, "0.5", "06:30", "07:30")
    place.move_clock_to(at(5, 40))
    for each in (north, south):
        life.acknowledge_by_phone(each)
    place.move_clock_to(at(6, 40))
    life.amend(buyer, called, "0.4", "07:00", "07:20")

    place.move_clock_to(at(9, day=DAY + timedelta(days=1)))
    first = date(2026, 11, 5)
    less = {(6, 30): 300, (7, 0): 100}
    life.bring_readings(north, life.meter_file(["N084", "N090"], first, DAY, less))
    less = {(6, 30): 250, (7, 0): 260}
    life.bring_readings(south, life.meter_file(["S072", "S118", "S130"], first, DAY, less))
    for page in (north.page, buyer):
        life.read_performance(page, called, "92.3 %", "0.433", "0.400")
    life.read_performance(south.page, whole, "100.0 %", "0.500")


def settle_and_pay(place: Town, buyer: Page, north: life.Side, south: life.Side) -> None:
    """November: two of the ten days of service lie in it (St Andrew's Day is a holiday), so a fifth of the service fee.

    North: 7,547.06 × 0.794 / 5 = 1,198.47, less 33.333 kWh × £300 a MWh = 10.00. South: 6,699.24 × 0.99 / 5 = 1,326.45.
    """
    month = "November 2026"
    place.move_clock_to(at(9, day=date(2026, 12, 2)))
    life.run_month(buyer, month)
    why, words = "The meter says more.", "These are all readings."
    life.dispute(north, month, "Penalty", why)
    life.answer(buyer, north, month, why, words)
    life.agree(north, month, words)
    life.make_final(buyer, north, month, "£1,188.47")
    life.make_final(buyer, south, month, "£1,326.45")
    life.make_documents(buyer)
    for side, gross in ((north, "£1,188.47"), (south, "£1,326.45")):
        reference = f"BACS {side.name[0]}7"
        life.mark_paid(buyer, side, date(2026, 12, 2), reference)
        life.read_paid(side, gross, reference)
