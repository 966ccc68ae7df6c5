"""An operator's qualified assets across its competitions, narrowed, downloaded, and whom to chase."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.entries import entering
from qualification.domain.verdicts import engine
from tests.qualification import market
from tests.qualification.market import DURING

pytestmark = pytest.mark.django_db
HALF_HOUR = timedelta(minutes=30)
URL = "qualification:qualified"


@pytest.fixture
def scene(client):
    with run_jobs_inline(), clock.set_to(DURING):
        so, fsp = market.member(market.operator()), market.member(market.provider())
        first = market.competition(so.organisation, maximum_response_time=HALF_HOUR)
        second = market.competition(so.organisation)
        market.competition(market.operator())
        made = [
            market.asset(fsp.organisation, response_time=HALF_HOUR),
            market.asset(fsp.organisation, response_time=2 * HALF_HOUR),
        ]
        engine.qualify(now=DURING)
        client.force_login(so.user)
        yield so, fsp, first, second, made


def listed(page):
    return {(row.verdict.competition.ref, row.verdict.asset.ref) for row in page.context["listing"].records}


def test_all_own_competitions_are_listed_and_no_other_operators(scene, client):
    _, _, first, second, made = scene
    page = client.get(reverse(URL))
    assert listed(page) == {(one.ref, asset.ref) for one in (first, second) for asset in made}


def test_the_list_is_narrowed_to_a_competition_a_result_and_near_misses(scene, client):
    _, _, first, second, (good, slow) = scene
    assert listed(client.get(reverse(URL), {"competition": str(second.pk)})) == {
        (second.ref, good.ref),
        (second.ref, slow.ref),
    }
    for query in ({"result": "not_eligible"}, {"near": "yes"}):
        page = client.get(reverse(URL), query)
        assert listed(page) == {(first.ref, slow.ref)}
        assert [row.fails for row in page.context["listing"].records] == ["Response time"]


def test_what_is_shown_can_be_downloaded(scene, client):
    answer = client.get(reverse(URL), {"near": "yes", "download": "csv"})
    _, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row[0] == scene[2].ref
    assert row[4:6] == ["Not eligible", "Response time"]


def test_who_is_eligible_and_has_not_answered_is_to_be_chased(scene, client):
    _, fsp, first, second, _ = scene
    [row] = client.get(reverse(URL)).context["chased"]
    assert (row.provider, row.refs) == (fsp.organisation, tuple(sorted((first.ref, second.ref))))
    entering.enter(by=fsp, competition=first, now=DURING)
    [row] = client.get(reverse(URL)).context["chased"]
    assert row.refs == (second.ref,)


def test_the_page_asks_as_many_queries_for_many_assets(scene, client):
    counts = []
    for _ in range(2):
        client.get(reverse(URL))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(URL))
        counts.append(len(queries))
        for _ in range(4):
            market.asset(scene[1].organisation, response_time=HALF_HOUR)
        engine.qualify(now=DURING)
    assert counts[0] == counts[1]
