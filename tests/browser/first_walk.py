"""`python -m tests.browser.first_walk`: the first five minutes of a new operator and of a new provider in a fresh demo, click
by click, with the time that each step takes; `docs/walk.md` holds what it prints.

It types five letters a second and reads each page for three seconds, as somebody new does; it stops where a page does not
have what the step needs. ``DEMO_URL`` and ``DEMO_PASSWORD`` name a demo that runs already.
"""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tests.browser.chromium import launched
from tests.browser.screenshots import demo

ADMIN, WORD = "admin@demo.example", "a long enough password"
LETTER_MS, READING_MS = 200, 3000


class Walk:
    """Somebody's steps, each with what it took."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.page: Page = browser.new_context(
            base_url=url, viewport={"width": 1440, "height": 900}
        ).new_page()
        self.page.set_default_timeout(60_000)
        self.steps: list[tuple[str, float]] = []
        self.begun = time.monotonic()

    def step(self, told: str) -> None:
        """The step is done; the reader looks at what came of it."""
        self.page.wait_for_load_state()
        self.page.wait_for_timeout(READING_MS)
        now = time.monotonic()
        self.steps.append((told, now - self.begun))
        self.begun = now
        sys.stderr.write(f"{now - self.steps[0][1]:.0f} {told}\n")

    def type(self, label: str, text: str) -> None:
        """Into the field of this name."""
        self.field(label).press_sequentially(text, delay=LETTER_MS)

    def field(self, label: str) -> Locator:
        """The first field that is so called."""
        return self.page.locator("main").get_by_label(label).first

    def choose(self, label: str, option: str) -> None:
        """From the list of this name."""
        self.field(label).select_option(label=option)
        self.page.wait_for_timeout(LETTER_MS * 3)

    def press(self, name: str) -> None:
        """The button or link of the page that is so called."""
        main = self.page.locator("main")
        main.get_by_role("button", name=name).or_(main.get_by_role("link", name=name)).first.click()

    def go(self, name: str) -> None:
        """By the navigation at the left."""
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name=name).first.click()

    def mail(self, subject: str, to: str) -> None:
        """Open the mail of the demo's outbox and follow its link."""
        for _ in range(40):
            self.page.goto("/demo/mail/")
            mails = self.page.locator("article", has_text=subject).filter(has_text=to)
            if mails.count():
                self.page.goto(str(mails.first.locator("a", has_text="http").first.get_attribute("href")))
                return
            self.page.wait_for_timeout(500)
        raise LookupError(f"no mail {subject} to {to}")

    def sign_in(self, email: str, word: str) -> None:
        """With address and password."""
        self.page.goto("/accounts/login/")
        self.page.fill("[name=login]", email)
        self.page.fill("[name=password]", word)
        self.page.click("main button[type=submit]")
        self.page.wait_for_load_state()


def provider(walk: Walk) -> None:
    """From the public page to a competition entered."""
    walk.page.goto("/")
    walk.step("Open the address of the marketplace")
    walk.page.get_by_role("link", name="Register as a provider").first.click()
    walk.step("*Register as a provider*")
    walk.page.locator("#id_email").press_sequentially("sam@newflex.example", delay=LETTER_MS)
    walk.page.locator("#id_password1").press_sequentially(WORD, delay=LETTER_MS)
    walk.page.locator("#id_password2").press_sequentially(WORD, delay=LETTER_MS)
    walk.press("Register")
    walk.step("Mail address, password twice, *Register*")
    walk.mail("onfirm", "sam@newflex.example")
    walk.press("This is my address")
    walk.step("Follow the link in the mail, *This is my address*")
    walk.page.locator("#id_login").press_sequentially("sam@newflex.example", delay=LETTER_MS)
    walk.page.locator("#id_password").press_sequentially(WORD, delay=LETTER_MS)
    walk.press("Sign in")
    walk.step("Mail address and password, *Sign in*: the form of the company opens")
    for name, text in (
        ("name", "New Flex Ltd"),
        ("code", "NEWFLEX"),
        ("company_number", "01234567"),
        ("registered_address", "1 Quay Street, Sunderland"),
        ("contact_name", "Sam New"),
        ("contact_phone", "0191 496 0000"),
    ):
        walk.page.locator(f"#id_{name}").press_sequentially(text, delay=LETTER_MS)
    walk.page.check("#id_accept_user_terms")
    walk.page.check("#id_accept_service_terms")
    walk.press("Register the company")
    walk.step("Name, code, number, address and contact of the company, both terms, *Register the company*")
    walk.go("Assets")
    walk.step("*Assets*, in the navigation")
    walk.press("Add an asset")
    walk.step("*Add an asset*")
    for name, text in (
        ("ref", "QUAY-1"),
        ("name", "Battery on the quay"),
        ("voltage_kv", "11"),
        ("latitude", "54.525"),
        ("longitude", "-1.555"),
        ("generation_turn_up_mw", "1.5"),
        ("response_time", "00:10"),
    ):
        walk.page.locator(f"[name={name}]").press_sequentially(text, delay=LETTER_MS)
    walk.page.locator("[name=status]").select_option(label="Operational")
    walk.page.locator("[name=category]").select_option(label="Storage")
    walk.page.locator("[name=asset_type]").press_sequentially("Battery", delay=LETTER_MS)
    walk.press("Save")
    walk.step("Ref, name, kind, voltage, place, MW and response time, *Save*")
    walk.go("Asset qualification")
    walk.step("*Asset qualification*: in which competitions it is eligible, and why not in others")
    walk.go("Entries")
    walk.step("*Entries*")
    walk.page.locator("main button[aria-label^='Enter ']").first.click()
    walk.step("*Enter*, beside a competition with eligible MW")
    walk.go("Home")
    walk.step("*Home*: what comes next, and when")


def operator(admin: Walk, walk: Walk) -> None:
    """From the invitation to a published competition."""
    admin.sign_in(ADMIN, PASSWORD[0])
    admin.page.goto("/admin/accounts/organisation/add/")
    for name, text in (
        ("name", "Coastal Networks"),
        ("code", "COASTNET"),
        ("holiday_region", "ENG"),
        ("contact_email", "so@coastal.example"),
    ):
        admin.page.fill(f"#id_{name}", text)
    admin.page.fill("#id_first_users", "pat@coastal.example")
    admin.page.click("input[name=_save]")
    admin.page.wait_for_load_state()
    walk.begun = time.monotonic()
    walk.mail("invites you", "pat@coastal.example")
    walk.step("Follow the link in the invitation's mail")
    walk.page.locator("#id_name").press_sequentially("Pat Coast", delay=LETTER_MS)
    walk.page.locator("#id_password").press_sequentially(WORD, delay=LETTER_MS)
    walk.page.check("#id_accept_terms")
    walk.press("Join Coastal Networks")
    walk.step("Name, password, terms, *Join*")
    walk.press("Set up your first competition")
    walk.step("*Set up*, the last of the *First steps* on *Home*")
    walk.press("New competition")
    walk.step("*New competition*")
    day = datetime.now(UTC) + timedelta(days=3)
    for number, (name, text) in enumerate(
        (
            ("publish_on", ""),
            ("qualification_open", ""),
            ("qualification_close", ""),
            ("bidding_open", ""),
            ("bidding_close", ""),
        )
    ):
        text = f"{day + timedelta(days=7 * number):%Y-%m-%d}T12:00"
        walk.page.locator(f"[name={name}]").fill(text)
        walk.page.wait_for_timeout(LETTER_MS * 12)
    walk.page.locator("[name=ref]").press_sequentially("COAST_1", delay=LETTER_MS)
    walk.page.locator("[name=name]").press_sequentially("Quayside evening peak", delay=LETTER_MS)
    for name, label in (
        ("need_type", "Pre Fault"),
        ("power_type", "Active Power"),
        ("need_direction", "Deficit"),
        ("competition_type", "Utilisation"),
    ):
        walk.page.locator(f"[name={name}]").select_option(label)
        walk.page.wait_for_timeout(LETTER_MS * 4)
    walk.press("Keep and go on to the boundary")
    walk.step("Ref, name, kind of need and the five dates, *Keep and go on to the boundary*")
    for corner, text in (("north", "54.95"), ("south", "54.85"), ("west", "-1.5"), ("east", "-1.3")):
        walk.page.locator(f"#box-1-{corner}").press_sequentially(text, delay=LETTER_MS)
    walk.press("Keep and go on to the windows")
    walk.step("A box by its four sides (or drawn on the map), *Keep and go on to the windows*")
    cell = walk.page.get_by_role("gridcell", name="Monday 16:00")
    cell.hover()
    walk.page.mouse.down()
    walk.page.get_by_role("gridcell", name="Friday 19:30").hover()
    walk.page.mouse.up()
    first = day + timedelta(days=42)
    walk.page.locator("[name=period]").press_sequentially("Winter", delay=LETTER_MS)
    walk.page.locator("[name=first_day]").fill(f"{first:%Y-%m-%d}")
    walk.page.locator("[name=last_day]").fill(f"{first + timedelta(days=60):%Y-%m-%d}")
    walk.page.locator("[name=name]").press_sequentially("Evening peak", delay=LETTER_MS)
    walk.page.locator("[name=capacity_required_mw]").press_sequentially("2.5", delay=LETTER_MS)
    walk.press("Add the window")
    walk.step("Days and hours drawn in the week, period, MW, *Add the window*")
    walk.press("Go on to the review")
    walk.step("*Go on to the review*: what will happen, and when")
    asked = walk.page.get_by_label("I want providers to see it then.")
    if asked.count():
        asked.check()
    walk.press("Save the competition")
    walk.step("Tick, *Save the competition*")
    walk.press("Publish now")
    walk.step("*Publish now*")
    walk.press("Publish it now")
    walk.step("*Publish it now*: providers see it")
    walk.go("Home")
    walk.step("*Home*: the first steps that are left, and the next dates")


PASSWORD = [""]


def table(steps: Sequence[tuple[str, float]]) -> str:
    """The steps as rows of a table of markdown, with the minutes so far."""
    rows, total = [], 0.0
    for number, (told, seconds) in enumerate(steps, 1):
        total += seconds
        rows.append(f"| {number} | {told} | {seconds:.0f} s | {int(total // 60)}:{int(total % 60):02} |")
    return "\n".join(["| | step | takes | so far |", "|---|---|---|---|", *rows, ""])


def main() -> None:
    """Walk as both, and print both tables."""
    with demo() as (url, password), sync_playwright() as playwright:
        PASSWORD[0] = password
        browser = cast(Browser, launched(playwright))
        for name in sys.argv[1:] or ("provider", "operator"):
            walk = Walk(browser, url)
            try:
                provider(walk) if name == "provider" else operator(Walk(browser, url), walk)
            finally:
                sys.stdout.write(f"{name}\n{table(walk.steps)}\n")
                walk.page.screenshot(path=f"/tmp/first-walk-{name}.png", full_page=True)


if __name__ == "__main__":
    main()
