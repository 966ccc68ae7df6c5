"""A provider's assets across the live competitions: what is listed, narrowed, downloaded and summed."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.entries import entering
from qualification.domain.overrides.deciding import Decided, override_assets
from qualification.domain.verdicts import engine
from tests.qualification import market
from tests.qualification.market import DURING

pytestmark = pytest.mark.django_db
HALF_HOUR = timedelta(minutes=30)
URL = "qualification:asset_qualification"


@pytest.fixture
def scene(client):
    """Two operators with a competition each, the first strict; two assets of ours, of which one is slow; one
    of a rival."""
    with run_jobs_inline(), clock.set_to(DURING):
        fsp = market.member(market.provider())
        strict = market.competition(market.operator(), ref="AAA", maximum_response_time=HALF_HOUR)
        open_one = market.competition(market.operator(), ref="BBB")
        market.competition(market.operator(), ref="GONE", cancelled_at=DURING)
        good = market.asset(fsp.organisation, response_time=HALF_HOUR)
        slow = market.asset(fsp.organisation, response_time=2 * HALF_HOUR)
        market.asset(fsp.organisation, x=5)
        market.asset(market.provider(), response_time=HALF_HOUR)
        engine.qualify(now=DURING)
        client.force_login(fsp.user)
        yield fsp, strict, open_one, good, slow


def listed(page):
    return [(row.verdict.asset.ref, row.verdict.competition.ref) for row in page.context["listing"].records]


def test_each_own_asset_has_a_row_for_each_live_competition_around_it(scene, client):
    _, _, _, good, slow = scene
    page = client.get(reverse(URL))
    assert listed(page) == [(each.ref, ref) for each in (good, slow) for ref in ("AAA", "BBB")]
    assert "2 of your 3 assets are eligible in a live competition." in page.content.decode()


def test_the_list_is_narrowed_by_view_competition_criterion_and_asset(scene, client):
    _, strict, _, good, slow = scene
    assert listed(client.get(reverse(URL), {"view": "near"})) == [(slow.ref, "AAA")]
    assert listed(client.get(reverse(URL), {"failed": "response_time"})) == [(slow.ref, "AAA")]
    of_strict = client.get(reverse(URL), {"competition": str(strict.pk)})
    assert listed(of_strict) == [(good.ref, "AAA"), (slow.ref, "AAA")]
    assert listed(client.get(reverse(URL), {"q": good.ref, "view": "eligible"})) == [
        (good.ref, "AAA"),
        (good.ref, "BBB"),
    ]
    chips = {chip.label: chip.number for chip in of_strict.context["listing"].chips}
    assert chips == {"All": 4, "Eligible": 3, "Fails one criterion": 1, "Not eligible": 1}


def test_a_decision_of_the_operator_is_said_and_can_be_listed(scene, client):
    _, strict, _, _, slow = scene
    buyer = market.member(strict.operator)
    override_assets(
        by=buyer, competition=strict, decided=[Decided(slow.pk, "qualify", "Tested on site.")], now=DURING
    )
    [row] = client.get(reverse(URL), {"view": "decided"}).context["listing"].records
    assert (row.verdict.asset.ref, row.result) == (slow.ref, "Eligible by decision")


def test_what_is_shown_can_be_downloaded(scene, client):
    answer = client.get(reverse(URL), {"view": "near", "download": "csv"})
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    told = dict(zip(head, row, strict=True))
    assert (told["Asset"], told["Competition"]) == (scene[4].ref, "AAA")
    assert (told["Result"], told["Fails"]) == ("Not eligible", "Response time")


def test_what_closes_next_is_summed_with_the_own_capacity_and_answer(scene, client):
    fsp, _, open_one, _, _ = scene
    entering.enter(by=fsp, competition=open_one, now=DURING)
    rows = client.get(reverse(URL)).context["closing"]
    assert [(row.competition.ref, row.inside, row.eligible, row.mw, row.near, row.entry) for row in rows] == [
        ("AAA", 2, 1, Decimal(1), 1, "Undecided"),
        ("BBB", 2, 2, Decimal(2), 0, "Entered"),
    ]


def test_without_assets_the_page_says_what_to_do(client):
    newcomer = market.member(market.provider())
    client.force_login(newcomer.user)
    page = client.get(reverse(URL)).content.decode()
    assert "No assets yet" in page
    assert reverse("qualification:upload") in page


def test_the_page_asks_as_many_queries_for_many_assets(scene, client):
    counts = []
    for _ in range(2):
        client.get(reverse(URL))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(URL))
        counts.append(len(queries))
        for _ in range(4):
            market.asset(scene[0].organisation, response_time=HALF_HOUR)
        market.competition(market.operator())
        engine.qualify(now=DURING)
    assert counts[0] == counts[1]
