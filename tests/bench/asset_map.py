"""The map of 200,000 assets and the list beside it, as its provider and as the operator of the area, near and far."""

import time
from collections.abc import Iterator
from urllib.parse import urlencode

from django.urls import reverse

from marketplace import clock
from tests.bench.measured import Measured
from tests.bench.served import Browser, served
from tests.qualification import market
from tests.support.many_assets import VIEWS, spread

ASSETS = 200_000


def rows() -> Iterator[Measured]:
    """Each view of the map twice, the quicker one counts, with the list beside it as its peer."""
    operator, provider = market.member(market.operator()), market.member(market.provider())
    with clock.set_to(market.DURING):
        spread(provider, operator, ASSETS)
    with served(workers=1) as port:
        for who, member in (("provider", provider), ("operator", operator)):
            browser = Browser(port, member.user_id)
            for view, query in VIEWS.items():
                drawn, listed = (
                    min(_seconds(browser, name, query) for _ in range(2))
                    for name in ("qualification:assets_geojson", "qualification:assets_in_view")
                )
                work = f"{ASSETS:,} assets as their {who}, a {view}"
                yield Measured("asset map", work, drawn, "the list beside it", listed)


def _seconds(browser: Browser, name: str, query: dict[str, str]) -> float:
    began = time.perf_counter()
    status, _, _ = browser.get(f"{reverse(name)}?{urlencode(query)}")
    assert status == 200
    return time.perf_counter() - began
