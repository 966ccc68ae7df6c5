"""How a page is looked at: by axe, at both widths, light and dark, and for its picture where SCREENSHOTS
names a folder."""

import os

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

PHONE, DESK = 360, 1440
PHONE_MOST = 640
SHOTS = os.environ.get("SCREENSHOTS")
CUT = """() => [...document.querySelectorAll("main .scroll, main .table-responsive")]
    .filter((frame) => !frame.querySelector(".sheet") && frame.scrollWidth > frame.clientWidth + 1)
    .map((frame) => frame.getAttribute("aria-label") || frame.className)"""
"""Tables that a desk would have to scroll sideways; sheets of many inputs are meant to."""

WIDTHS = (1440, 1280, 1920, 390)
BEYOND = """() => {
    const told = (element) => `${element.tagName}.${element.className} “${element.textContent.trim().slice(0, 30)}”`;
    const apart = "svg, .sr, .menu-pop, .map";
    const scrolls = (element) => { const how = getComputedStyle(element).overflowX; return how !== "visible"; };
    const found = [];
    for (const card of document.querySelectorAll("main .panel, main .card, main .strip")) {
        const edge = card.getBoundingClientRect().right + 1;
        for (const element of card.querySelectorAll("*")) {
            if (!element.checkVisibility() || element.getBoundingClientRect().right <= edge) { continue; }
            let up = element.parentElement;
            while (up !== card && !scrolls(up)) { up = up.parentElement; }
            if (up === card && !scrolls(card) && !element.closest(apart)) { found.push(told(element)); break; }
        }
    }
    return found;
}"""
"""Cards with something that reaches over their right edge and can't be scrolled to."""
SHORTENED = """() => [...document.querySelectorAll("main *")].filter((element) => {
    const style = getComputedStyle(element);
    if (style.textOverflow !== "ellipsis" || style.overflowX === "visible") { return false; }
    if (element.scrollWidth <= element.clientWidth + 1 || !element.checkVisibility()) { return false; }
    const isName = element.matches("select, input") || element.closest("[title]") || element.querySelector("[title]");
    return element.matches(".num, .pill, .due, .ref, .strip dd") || !isName;
}).map((element) => `${element.className} “${element.textContent.trim().slice(0, 40)}”`)"""
"""Text that ends in “…” though it is a number, a date, a ref or a state, or is a name told nowhere in
full."""


def faults_at(page: Page, width: int) -> list[str]:
    """What is cut, or wider than its place, at this width."""
    found = []
    if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
        found.append(f"{width}: the page is {wide} px wide")
    found += [f"{width}: reaches over its card: {each}" for each in page.evaluate(BEYOND)]
    found += [f"{width}: shortened: {each}" for each in page.evaluate(SHORTENED)]
    if width > PHONE_MOST:
        found += [f"{width}: scrolls sideways: {each}" for each in page.evaluate(CUT)]
    return found


def looked_at(page: Page, name: str, within: str = "body") -> None:
    """The page has a heading, nothing that axe finds in either theme, and nothing cut off, on a phone and at
    a desk."""
    expect(page.locator("h1").first).to_be_visible()
    opened = page.viewport_size
    assert opened is not None
    for width in (DESK, PHONE) if opened["width"] == PHONE else (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 800})
        _seen(page, f"{name}-{width}", within)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width} px"
        if width == DESK:
            cut = page.evaluate(CUT)
            assert not cut, f"{name} at {width} px: {cut}"
            page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
            _seen(page, f"{name}-{width}-dark", within)
            page.emulate_media(color_scheme="light")
            expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


def _seen(page: Page, name: str, within: str) -> None:
    if SHOTS:
        page.wait_for_timeout(600)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    found = Axe().run(page, context=within).response["violations"]
    shown = [(each["id"], each["nodes"][0]["html"], each["nodes"][0]["failureSummary"]) for each in found]
    assert not shown, f"{name}: {shown}"
