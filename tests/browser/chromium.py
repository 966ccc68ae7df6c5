"""The Chromium of the browser tests: the one that CHROMIUM names, else the system's."""

import os
from shutil import which

from playwright.sync_api import Browser, Playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def launched(playwright: Playwright) -> Browser:
    """A headless browser that talks to nobody but the tests."""
    path = os.environ.get("CHROMIUM") or which("chromium-headless-shell") or "/usr/bin/chromium"
    return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
