"""How a page is looked at: by axe, at both widths, light and dark, and for its picture where SCREENSHOTS names a folder."""

import os
from typing import Any
from weakref import WeakKeyDictionary

from axe_playwright_python.base import AXE_SCRIPT as AXE
from playwright.sync_api import Page, expect

from tests.browser import contrast

PHONE, DESK = 360, 1440
SHOTS = os.environ.get("SCREENSHOTS")
CUT = """() => [...document.querySelectorAll("main .scroll, main .table-responsive")]
    .filter((frame) => !frame.querySelector(".sheet") && frame.scrollWidth > frame.clientWidth + 1)
    .map((frame) => frame.getAttribute("aria-label") || frame.className)"""
"""Tables that a desk would have to scroll sideways; sheets of many inputs are meant to."""
FINDINGS = {"resultTypes": ["violations"], "rules": {contrast.RULE: {"enabled": False}}}
"""What axe is asked for beside contrast: it spends most of its time on telling what is all right."""
LOOK = "([within, asked]) => axe.run(within, asked).then((found) => found.violations)"
COLOURS = {"resultTypes": ["violations"], "runOnly": ["link-in-text-block"]}
"""What another theme can change, beside contrast, of a page that was looked at in full."""

FRAME = """() => {
    const told = /^(class|role|type|hidden|open|disabled|aria-(hidden|current|expanded|pressed|haspopup|live))$/;
    const attribute = ({ name, value }) => `${name}=${told.test(name) ? value : value !== ""}`;
    const kind = (one) => [one.tagName, one.textContent.trim() !== "", ...[...one.attributes].map(attribute).sort()].join();
    const frame = [...document.querySelectorAll("body, body *:not(main, main *)")];
    return {
        axe: Boolean(window.axe),
        main: Boolean(document.querySelector("main")),
        width: window.innerWidth,
        theme: document.documentElement.dataset.bsTheme,
        kinds: [...new Set(frame.map((one) => `${kind(one.parentElement)} > ${kind(one)}`))],
    };
}"""
"""What there is around the main part: each kind of element within the kind that holds it."""
_frames: dict[tuple[int, str, str], set[str]] = {}

KEEP = f"() => {{ window.axeOf = (window) => {{ {AXE}; return window.axe; }}; }}"
GIVE = "() => !opener || opener.closed ? false : Boolean(axeOf(opener))"
_beside: WeakKeyDictionary[Page, Page] = WeakKeyDictionary()
"""The empty window beside each page that holds axe."""


def looked_at(page: Page, name: str, within: str = "body") -> None:
    """The page has a heading, nothing that axe finds in either theme, and nothing cut off, on a phone and at a desk."""
    expect(page.locator("h1").first).to_be_visible()
    opened = page.viewport_size
    assert opened is not None
    for width in (DESK, PHONE) if opened["width"] == PHONE else (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 800})
        _seen(page, f"{name}-{width}", within)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width} px"
        if width == DESK:
            assert page.evaluate(CUT) == [], f"{name} at {width} px"
            page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
            _seen(page, f"{name}-{width}-dark", within, COLOURS)
            page.emulate_media(color_scheme="light")
            expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


def _seen(page: Page, name: str, within: str, asked: dict[str, Any] = FINDINGS) -> None:
    if SHOTS:
        page.wait_for_timeout(600)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    shown = findings(page, within, asked)
    assert not shown, f"{name}: {shown}"


def findings(page: Page, within: str = "body", asked: dict[str, Any] = FINDINGS) -> list[str]:
    """What axe finds in a page as it stands: the rule, the first place that breaks it, and why.

    The frame around the main part is most of a page and the same in all: it is read where anything in it is of a kind that
    was not read yet at this width and in this theme. Contrast is asked of every text in a look not yet known.
    """
    there = page.evaluate(FRAME)
    if not there["axe"]:
        give_axe(page)
    found = contrast.too_faint(page, within, there["width"], there["theme"])
    if within == "body" and there["main"]:
        known = _frames.setdefault((there["width"], there["theme"], str(asked)), set())
        within = "main" if known.issuperset(there["kinds"]) else "body"
        known.update(there["kinds"])
    found += page.evaluate(LOOK, [within, asked])
    return [
        f"{each['id']}: {each['nodes'][0]['html']}: {each['nodes'][0]['failureSummary']}" for each in found
    ]


def give_axe(page: Page) -> None:
    """Let the page have axe, from an empty window beside it that stays when the page goes on: there it is read and
    compiled once, for all pages that follow in this one. Each gets an axe of its own, which knows its window alone.
    """
    if page not in _beside:
        with page.expect_popup() as opened:
            page.evaluate("() => { window.open('about:blank'); }")
        _beside[page] = opened.value
        opened.value.evaluate(KEEP)
    if not _beside[page].evaluate(GIVE):  # what came in between was kept apart from other windows
        page.evaluate(AXE)
