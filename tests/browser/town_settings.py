"""The settings of a marketplace whose clock a test moves; everything else as in the demo."""

from marketplace.settings import *  # noqa: F403

CLOCK = "tests.browser.town_clock.moved_now"
