"""How a page is looked at: by axe, at both widths, and for its picture where SCREENSHOTS names a folder."""

import os

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

PHONE, DESK = 360, 1440
SHOTS = os.environ.get("SCREENSHOTS")


def looked_at(page: Page, name: str, within: str = "main") -> None:
    """The page has a heading, nothing that axe finds, and nothing to scroll sideways for, on a phone and at a desk."""
    expect(page.locator("h1").first).to_be_visible()
    opened = page.viewport_size
    assert opened is not None
    for width in (DESK, PHONE) if opened["width"] == PHONE else (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 800})
        if SHOTS:
            page.wait_for_timeout(600)
            page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
        found = Axe().run(page, context=within).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == [], f"{name} at {width} px"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width} px"
