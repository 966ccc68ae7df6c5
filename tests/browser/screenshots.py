"""`make screenshots`: every page of the demo as a compact picture under docs/images/, at a desk and on a
phone, ten in dark; it says what is cut or laid over something else with the demo's data.

It starts a demo of its own over a folder that it drops, or looks at the one that ``DEMO_URL`` and
``DEMO_PASSWORD`` name.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from marketplace.embedded import dying_with_parent
from tests.browser.chromium import launched
from tests.browser.fitting import misfits
from tests.browser.town import ROOT, free_port

IMAGES = ROOT / "docs" / "images"
OPERATOR, PROVIDER, NOBODY = "operator@nrn.example", "desk@harbour.example", ""
DESK, PHONE = 1440, 390
TALLEST = {DESK: 1500, PHONE: 1700}
QUALITY = 33
MOST_BYTES = 9_500_000
NOT_FOUND = "public-not-found"
SETTLED = 500  # milliseconds: maps and charts are drawn


@dataclass(frozen=True)
class Shot:
    """A page to take: its picture's name, who opens it, its address, and the links to follow from there."""

    name: str
    who: str
    path: str
    follow: Sequence[str] = ()
    is_dark_too: bool = False


UUID = r"[0-9a-f-]{36}"
SHOTS = (
    Shot("public-home", NOBODY, "/"),
    Shot("public-data-dictionary", NOBODY, "/market-data/dictionary/"),
    Shot("public-digests", NOBODY, "/audit/published/"),
    Shot("public-password", NOBODY, "/accounts/password/reset/"),
    Shot(NOT_FOUND, NOBODY, "/competitions/NOT_THERE/"),
    Shot("public-competitions", NOBODY, "/competitions/", is_dark_too=True),
    Shot("public-operators", NOBODY, "/operators/"),
    Shot("public-operator", NOBODY, "/operators/NRN/"),
    Shot("public-competition", NOBODY, "/competitions/NRN26_DARL/"),
    Shot("public-market-data", NOBODY, "/market-data/"),
    Shot("public-how-it-works", NOBODY, "/how-it-works/"),
    Shot("public-sign-in", NOBODY, "/accounts/login/"),
    Shot("public-register", NOBODY, "/accounts/signup/"),
    Shot("public-receipt-check", NOBODY, "/bidding/receipts/check/"),
    Shot("operator-home", OPERATOR, "/", is_dark_too=True),
    Shot("operator-rounds", OPERATOR, "/competitions/round-list/"),
    Shot(
        "operator-round",
        OPERATOR,
        "/competitions/round-list/",
        (r"/competitions/round-list/.+/$",),
        is_dark_too=True,
    ),
    Shot("operator-competitions", OPERATOR, "/competitions/", is_dark_too=True),
    Shot("operator-competition", OPERATOR, "/competitions/NRN26_COAST/"),
    Shot("operator-competition-windows", OPERATOR, "/competitions/NRN26_COAST/windows/"),
    Shot("operator-competition-assets", OPERATOR, "/competitions/NRN26_DARL/assets/"),
    Shot("operator-competition-bids", OPERATOR, "/competitions/NRN26_WEAR/bids/"),
    Shot("operator-competition-questions", OPERATOR, "/competitions/NRN26_COAST/questions/"),
    Shot("operator-competition-history", OPERATOR, "/competitions/NRN26_COAST/history/"),
    Shot("operator-new-competition", OPERATOR, "/competitions/new-competition/"),
    Shot("operator-competition-upload", OPERATOR, "/competitions/competition-file/"),
    Shot("operator-move-dates", OPERATOR, "/competitions/NRN26_COAST/move-dates/"),
    Shot("operator-duplicate", OPERATOR, "/competitions/NRN26_COAST/duplicate/"),
    Shot("operator-cancel", OPERATOR, "/competitions/NRN26_COAST/cancel/"),
    Shot("operator-areas-upload", OPERATOR, "/competitions/area-upload/"),
    Shot("operator-company-qualification-new", OPERATOR, "/competitions/dps-list/new/"),
    Shot(
        "operator-company-qualification-set-up",
        OPERATOR,
        "/competitions/dps-list/",
        (rf"/qualification/dps/{UUID}/questions/$",),
    ),
    Shot("operator-settlement-terms", OPERATOR, "/competitions/terms-list/"),
    Shot("operator-settlement-terms-new", OPERATOR, "/competitions/terms-list/new/"),
    Shot("operator-meter-lists", OPERATOR, "/qualification/meters/"),
    Shot(
        "operator-competition-qualification",
        OPERATOR,
        "/qualification/qualified/",
        (rf"/qualification/competitions/{UUID}/$",),
    ),
    Shot("operator-decision-policy", OPERATOR, "/bidding/decisions/policy/"),
    Shot("operator-regulator", OPERATOR, "/bidding/decisions/regulator/"),
    Shot("operator-rehearse-a-file", OPERATOR, "/bidding/rehearse-a-file/"),
    Shot(
        "operator-what-if",
        OPERATOR,
        "/bidding/decisions/",
        (rf"/bidding/decisions/{UUID}/$", rf"/bidding/decisions/{UUID}/what-if/$"),
    ),
    Shot("operator-planning", OPERATOR, "/competitions/demand-planning/"),
    Shot("operator-areas", OPERATOR, "/competitions/area-list/"),
    Shot("operator-applications", OPERATOR, "/qualification/dps/applications/"),
    Shot(
        "operator-application",
        OPERATOR,
        "/qualification/dps/applications/",
        (rf"/qualification/dps/applications/{UUID}/$",),
    ),
    Shot("operator-company-qualifications", OPERATOR, "/competitions/dps-list/"),
    Shot("operator-qualified-assets", OPERATOR, "/qualification/qualified/"),
    Shot(
        "operator-why",
        OPERATOR,
        "/qualification/qualified/",
        (rf"/qualification/competitions/{UUID}/$", r"/why/$"),
    ),
    Shot("operator-decisions", OPERATOR, "/bidding/decisions/"),
    Shot(
        "operator-desk", OPERATOR, "/bidding/decisions/", (rf"/bidding/decisions/{UUID}/$",), is_dark_too=True
    ),
    Shot("operator-results", OPERATOR, "/bidding/view-results/"),
    Shot("operator-contracts", OPERATOR, "/contracts/"),
    Shot("operator-contract", OPERATOR, "/contracts/", (rf"/contracts/{UUID}/$",)),
    Shot("operator-availability", OPERATOR, "/operations/availability/"),
    Shot("operator-dispatch", OPERATOR, "/operations/dispatches/"),
    Shot("operator-dispatches", OPERATOR, "/operations/dispatches/all/"),
    Shot("operator-meter-data", OPERATOR, "/operations/readings/"),
    Shot("operator-what-would-this-pay", OPERATOR, "/settlement/what-would-this-pay/"),
    Shot("operator-performance", OPERATOR, "/operations/performance/"),
    Shot(
        "operator-dispatch-performance",
        OPERATOR,
        "/operations/performance/",
        (rf"/operations/performance/{UUID}/$",),
    ),
    Shot("operator-statements", OPERATOR, "/settlement/statements/"),
    Shot("operator-statement", OPERATOR, "/settlement/statements/", (rf"/settlement/statements/{UUID}/$",)),
    Shot("operator-figures", OPERATOR, "/settlement/statements/figures/"),
    Shot("operator-documents", OPERATOR, "/settlement/invoices/"),
    Shot("operator-document", OPERATOR, "/settlement/invoices/", (rf"/settlement/invoices/{UUID}/$",)),
    Shot("operator-answer-desk", OPERATOR, "/operations/availability/answers/"),
    Shot("operator-baselines", OPERATOR, "/operations/baselines/"),
    Shot("operator-programs", OPERATOR, "/programs/"),
    Shot("operator-profile", OPERATOR, "/operators/edit/"),
    Shot("operator-audit", OPERATOR, "/audit/"),
    Shot("provider-home", PROVIDER, "/", is_dark_too=True),
    Shot("provider-competition", PROVIDER, "/competitions/NRN26_COAST/", is_dark_too=True),
    Shot("provider-entries", PROVIDER, "/qualification/entries/"),
    Shot("provider-bids", PROVIDER, "/bidding/"),
    Shot("provider-competition-bids", PROVIDER, "/bidding/", (rf"/bidding/competitions/{UUID}/$",)),
    Shot(
        "provider-ballot",
        PROVIDER,
        "/bidding/",
        (rf"/bidding/competitions/{UUID}/$", rf"/bidding/(ballots/{UUID}|competitions/{UUID}/new)/$"),
        is_dark_too=True,
    ),
    Shot("provider-results", PROVIDER, "/bidding/results/"),
    Shot("provider-assets", PROVIDER, "/qualification/assets/"),
    Shot("provider-asset", PROVIDER, "/qualification/assets/", (rf"/qualification/assets/{UUID}/$",)),
    Shot("provider-asset-form", PROVIDER, "/qualification/assets/new/"),
    Shot("provider-asset-groups", PROVIDER, "/qualification/assets/groups/"),
    Shot("provider-asset-group", PROVIDER, "/qualification/assets/groups/", (rf"/assets/groups/{UUID}/$",)),
    Shot("provider-planned-assets", PROVIDER, "/qualification/assets/planned/"),
    Shot("provider-asset-map", PROVIDER, "/qualification/assets/map/"),
    Shot("provider-upload", PROVIDER, "/qualification/assets/upload/"),
    Shot("provider-asset-qualification", PROVIDER, "/qualification/assets/qualification/"),
    Shot(
        "provider-why",
        PROVIDER,
        "/qualification/assets/qualification/",
        (rf"/qualification/competitions/{UUID}/why/$",),
        is_dark_too=True,
    ),
    Shot("provider-company-qualification", PROVIDER, "/qualification/dps/"),
    Shot(
        "provider-application",
        PROVIDER,
        "/qualification/dps/",
        (rf"/qualification/dps/applications/{UUID}/$",),
    ),
    Shot("provider-contracts", PROVIDER, "/contracts/"),
    Shot(
        "provider-receipts",
        PROVIDER,
        "/bidding/",
        (rf"/bidding/competitions/{UUID}/$", r"/receipts/$"),
    ),
    Shot("provider-outcome", PROVIDER, "/bidding/results/", (rf"/bidding/results/{UUID}/$",)),
    Shot("provider-asset-group-new", PROVIDER, "/qualification/assets/groups/new/"),
    Shot("provider-planned-asset-new", PROVIDER, "/qualification/assets/planned/new/"),
    Shot("provider-portfolio", PROVIDER, "/qualification/portfolio/"),
    Shot("provider-availability", PROVIDER, "/operations/availability/"),
    Shot("provider-dispatch", PROVIDER, "/operations/dispatches/"),
    Shot("provider-meter-data", PROVIDER, "/operations/readings/"),
    Shot("provider-performance", PROVIDER, "/operations/performance/"),
    Shot(
        "provider-dispatch-performance",
        PROVIDER,
        "/operations/performance/",
        (rf"/operations/performance/{UUID}/$",),
    ),
    Shot("provider-statements", PROVIDER, "/settlement/statements/"),
    Shot("provider-statement", PROVIDER, "/settlement/statements/", (rf"/settlement/statements/{UUID}/$",)),
    Shot("provider-figures", PROVIDER, "/settlement/statements/figures/"),
    Shot("provider-documents", PROVIDER, "/settlement/invoices/"),
    Shot("provider-document", PROVIDER, "/settlement/invoices/", (rf"/settlement/invoices/{UUID}/$",)),
    Shot("api-documentation", NOBODY, "/api/docs/"),
    Shot("provider-contract", PROVIDER, "/contracts/", (rf"/contracts/{UUID}/$",)),
    Shot("audit", PROVIDER, "/audit/"),
    Shot("files", PROVIDER, "/jobs/"),
    Shot("team", PROVIDER, "/team/"),
    Shot("organisation", PROVIDER, "/organisation/"),
    Shot("notifications", PROVIDER, "/notifications/"),
    Shot("notification-settings", PROVIDER, "/notifications/preferences/"),
    Shot("sign-in-settings", PROVIDER, "/accounts/2fa/"),
    Shot("sessions", PROVIDER, "/accounts/sessions/"),
    Shot("search", PROVIDER, "/search/?q=H0"),
    Shot("help", PROVIDER, "/help/"),
    Shot("help-guide", PROVIDER, "/help/providers/"),
    Shot("keyboard", PROVIDER, "/preferences/keyboard/"),
)


def main(names: Sequence[str]) -> int:
    """Take the pictures of these names, or all, and say what they weigh; 1 when a page failed or they weigh
    too much."""
    IMAGES.mkdir(exist_ok=True)
    wanted = [each for each in SHOTS if not names or each.name in names]
    faults: list[str] = []
    with demo() as (url, password), sync_playwright() as playwright:
        browser = launched(playwright)
        for who in dict.fromkeys(each.who for each in wanted):
            context = _signed_in(browser, url, who, password)
            for shot in wanted:
                faults += _take(context, shot, are_all=not names) if shot.who == who else []
            context.close()
        browser.close()
    weight = sum(path.stat().st_size for path in IMAGES.glob("*.webp"))
    sys.stdout.write(f"{len(list(IMAGES.glob('*.webp')))} pictures, {weight / 1e6:.1f} MB\n")
    if weight > MOST_BYTES:
        faults.append(f"They weigh more than {MOST_BYTES / 1e6:.0f} MB.")
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


def _signed_in(browser: Browser, url: str, who: str, password: str) -> BrowserContext:
    context = browser.new_context(
        base_url=url, viewport={"width": DESK, "height": 900}, reduced_motion="reduce", locale="en-GB"
    )
    context.set_default_timeout(120_000)
    if who:
        page = context.new_page()
        page.goto("/accounts/login/")
        page.fill("[name=login]", who)
        page.fill("[name=password]", password)
        page.click("main button[type=submit]")
        page.wait_for_load_state()
        page.close()
    return context


def _take(context: BrowserContext, shot: Shot, *, are_all: bool) -> list[str]:
    """The page once, looked at in each width and theme; returns what went wrong and, where all are taken, what is cut."""
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
    try:
        _open(page, shot)
        _save(page, f"{shot.name}-{DESK}", DESK)
        if shot.is_dark_too:
            page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            _save(page, f"{shot.name}-{DESK}-dark", DESK)
            page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.set_viewport_size({"width": PHONE, "height": 800})
        _save(page, f"{shot.name}-{PHONE}", PHONE)
        said += misfits(page) if are_all else []
    except (LookupError, PlaywrightError) as error:
        said.append(str(error))
    page.close()
    if shot.name == NOT_FOUND:  # Chromium says of a page itself that it was not found
        said = [each for each in said if "404 (Not Found)" not in each]
    return [f"{shot.name}: {each}" for each in said]


def _open(page: Page, shot: Shot) -> None:
    path = shot.path
    for pattern in (*shot.follow, None):
        answer = page.goto(path)
        if answer is None or answer.status != (404 if shot.name == NOT_FOUND else 200):
            raise LookupError(f"{path} answered {answer.status if answer else 'nothing'}")
        if pattern is not None:
            links = page.eval_on_selector_all(
                "main a[href]", "all => all.map((one) => one.getAttribute('href'))"
            )
            fitting = (each for each in links if re.search(pattern, re.split(r"[?#]", each)[0]))
            path = next(fitting, "")
            if not path:
                raise LookupError(f"{page.url} leads to nothing like {pattern}")


def _save(page: Page, name: str, width: int) -> None:
    page.wait_for_timeout(SETTLED)
    with Image.open(BytesIO(page.screenshot(full_page=True))) as taken:
        cut = taken.crop((0, 0, taken.width, min(taken.height, TALLEST[width])))
        cut.convert("RGB").save(IMAGES / f"{name}.webp", quality=QUALITY, method=4)


@contextmanager
def demo() -> Iterator[tuple[str, str]]:
    """Address and password of a demo that runs while the block does."""
    if url := os.environ.get("DEMO_URL"):
        yield url, os.environ["DEMO_PASSWORD"]
        return
    with tempfile.TemporaryDirectory(prefix="mkt-") as folder:
        port = free_port()
        environment = os.environ | {"PORT": str(port), "DATA_DIR": folder}
        process = subprocess.Popen(
            [*dying_with_parent(signal.SIGTERM), sys.executable, "-u", "-m", "marketplace.demo"],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield f"http://localhost:{port}", _password(process)
        finally:
            process.terminate()
            process.wait(timeout=60)


def _password(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if told := re.search(r"with the password (\S+)", line):
            return told.group(1)
    raise SystemExit("The demo did not start.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
