"""What pages show again for some seconds: forgotten, as if they had passed; or kept, though they pass."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import caches

PATIENCE = timedelta(seconds=15)
"""How long a test may look at pages by the running clock; less than anything is kept."""


def forget_what_is_kept() -> None:
    caches["process"].clear()


def hold_the_stretch(patch: pytest.MonkeyPatch) -> None:
    """The running clock ends no stretch of what is kept amid a test, which would count the queries of what is then made
    anew; an instant that a test names itself does."""
    from marketplace.web import kept, visitors

    began, usual = datetime.now(UTC), kept.stretch

    def stretch(now: datetime) -> int:
        return usual(began if timedelta() <= now - began < PATIENCE else now)

    for module in (kept, visitors):
        patch.setattr(module, "stretch", stretch)
