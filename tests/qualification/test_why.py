"""Why assets qualify or not: on the page, narrowed, and as a workbook, for a provider and for an operator."""

import re
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace import clock
from marketplace.jobs.actions import start_file
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from qualification.domain.entries import entering
from qualification.domain.verdicts import engine, freeze
from tests.qualification import market
from tests.qualification.market import CLOSE, DURING

pytestmark = pytest.mark.django_db
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture(autouse=True)
def during():
    with run_jobs_inline(), clock.set_to(DURING):
        yield


@pytest.fixture
def so():
    return market.member(market.operator())


@pytest.fixture
def fsp():
    return market.member(market.provider())


@pytest.fixture
def competition(so):
    return market.competition(so.organisation, maximum_response_time=HALF_HOUR, minimum_mw=("1", "2"))


@pytest.fixture
def assets(fsp, competition):
    made = {
        "good": market.asset(fsp.organisation, response_time=HALF_HOUR),
        "slow": market.asset(fsp.organisation, response_time=HALF_HOUR + timedelta(seconds=1)),
        "far": market.asset(fsp.organisation, x=5, response_time=HALF_HOUR),
        "theirs": market.asset(market.provider(), response_time=HALF_HOUR),
    }
    engine.qualify(now=DURING)
    return made


def page_of(client, member, competition, **query):
    client.force_login(member.user)
    return client.get(reverse("qualification:why", args=[competition.pk]), query).content.decode()


def test_a_provider_reads_of_each_of_its_assets_why_and_what_would_make_it_pass(
    client, fsp, competition, assets
):
    page = page_of(client, fsp, competition)
    assert "Its response time of 30 min 1 s is above the maximum of 30 min." in page
    assert "To pass: A response time of at most 30 min." in page
    assert "It lies outside the boundary." in page
    assert "Passes: location, capacity, status, category, upload deadline." in page
    assert assets["theirs"].ref not in page


def test_a_provider_reads_which_windows_apply(client, fsp, competition, assets):
    page = page_of(client, fsp, competition)
    assert page.count(">Applies<") == 1
    assert page.count(">Short<") == 1


def test_an_operator_reads_of_all_assets_that_it_sees_and_of_no_others(client, so, competition, assets):
    page = page_of(client, so, competition)
    for name in ("good", "slow", "theirs"):
        assert f">{assets[name].ref}<" in page
    assert f">{assets['far'].ref}<" not in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"result": "eligible"}, {"good"}),
        ({"result": "not_eligible"}, {"slow", "far"}),
        ({"failed": "response_time"}, {"slow"}),
        ({"failed": "location"}, {"far"}),
        ({"q": "no such"}, set()),
    ],
    ids=["eligible", "not eligible", "by a criterion", "outside", "by text"],
)
def test_the_list_is_narrowed(client, fsp, competition, assets, query, shown):
    page = page_of(client, fsp, competition, **query)
    assert {name for name, asset in assets.items() if f">{asset.ref}<" in page} == shown


def test_an_operator_narrows_the_list_to_one_provider_and_a_provider_cannot(
    client, so, fsp, competition, assets
):
    theirs = assets["theirs"]
    page = page_of(client, so, competition, provider=str(theirs.provider_id))
    assert {name for name, asset in assets.items() if f">{asset.ref}<" in page} == {"theirs"}
    page = page_of(client, fsp, competition, provider=str(theirs.provider_id))
    assert {name for name, asset in assets.items() if f">{asset.ref}<" in page} == {"good", "slow", "far"}
    assert theirs.provider.name not in page


def test_after_the_close_it_tells_of_then_and_promises_nothing(client, fsp, competition, assets):
    with clock.set_to(CLOSE):
        freeze.freeze_due(CLOSE)
        page = page_of(client, fsp, competition)
    assert "It lay outside the boundary when qualification closed." in page
    assert "To pass:" not in page


def test_a_draft_and_another_operators_competition_are_not_there(client, so, fsp, competition):
    draft = market.competition(
        so.organisation, publish_on=DURING + timedelta(days=1), qualification_open=CLOSE - HALF_HOUR
    )
    for who, shown in ((fsp, draft), (market.member(market.operator()), competition)):
        client.force_login(who.user)
        assert client.get(reverse("qualification:why", args=[shown.pk])).status_code == 404


def test_the_page_asks_as_many_queries_for_many_assets(client, fsp, competition, assets):
    counts = []
    for _ in range(2):
        page_of(client, fsp, competition)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("qualification:why", args=[competition.pk]))
        counts.append(len(queries))
        for _ in range(5):
            market.asset(fsp.organisation, status="mothballed")
        engine.qualify(now=DURING)
    assert counts[0] == counts[1]


def rows_of(member, **params):
    job = start_file(by=member, kind="qualification.why", params=params, now=clock.now())
    book = openpyxl.load_workbook(BytesIO(bytes(run_now(job.pk).output.content)))
    first, *others = book["Verdicts"].iter_rows(values_only=True)
    return [dict(zip(first, other, strict=True)) for other in others]


def test_the_workbook_of_a_competition_has_a_column_for_each_criterion(fsp, competition, assets):
    rows = {row["Asset Ref"]: row for row in rows_of(fsp, competition=str(competition.pk))}
    assert set(rows) == {assets[name].ref for name in ("good", "slow", "far")}
    slow = rows[assets["slow"].ref]
    assert (slow["Final Status"], slow["Location"], slow["Voltage"]) == (
        "Not eligible",
        "Passes",
        "Not asked",
    )
    assert slow["Response time"].startswith("Its response time of 30 min 1 s is above")
    assert slow["What Would Make It Pass"] == "A response time of at most 30 min."
    assert rows[assets["far"].ref]["Location"] == "It lies outside the boundary."


def test_the_workbook_of_an_asset_has_a_row_for_each_live_competition(fsp, so, competition, assets):
    other = market.competition(so.organisation)
    rows = rows_of(fsp, asset=str(assets["slow"].pk))
    assert {row["Competition Ref"]: row["Final Status"] for row in rows} == {
        competition.ref: "Not eligible",
        other.ref: "Not eligible",
    }


@pytest.mark.parametrize(
    "params",
    [{}, {"asset": "nonsense"}, {"competition": "nonsense"}],
    ids=["nothing named", "odd asset", "odd competition"],
)
def test_a_workbook_of_nothing_is_refused_in_words(fsp, params):
    job = start_file(by=fsp, kind="qualification.why", params=params, now=DURING)
    assert "There is no such asset or competition." in run_now(job.pk).error


def test_a_workbook_of_anothers_asset_is_refused(fsp, assets):
    job = start_file(by=fsp, kind="qualification.why", params={"asset": str(assets["theirs"].pk)}, now=DURING)
    assert run_now(job.pk).state == "failed" or "There is no such" in run_now(job.pk).error


def test_the_operator_reads_what_who_entered_could_offer_in_each_window(client, so, fsp, competition, assets):
    entering.enter(by=fsp, competition=competition, now=DURING)
    client.force_login(so.user)
    page = client.get(reverse("qualification:competition_assets", args=[competition.pk])).content.decode()
    table = page[page.index("Capacity entered by window") :]
    cells = re.findall(r'<td class="[^"]*num[^"]*"[^>]*>([^<]*)<', table)[:6]
    (required, entered, _providers), (as_well, too_few, _) = cells[:3], cells[3:]
    assert (required, entered) == ("100", "1")
    assert (as_well, too_few) == ("100", "0")


def test_the_operator_reads_which_windows_apply_to_each_provider(client, so, fsp, competition, assets):
    big = market.provider()
    market.asset(big, response_time=HALF_HOUR, generation_turn_up_mw=2)
    slow = market.asset(market.provider())
    engine.qualify(now=DURING)
    client.force_login(so.user)
    shown = client.get(reverse("qualification:competition_assets", args=[competition.pk]))
    applies = {row.provider: len(row.applies) for row in shown.context["entrants"]}
    assert (applies[big], applies[fsp.organisation], applies[slow.provider]) == (2, 1, 0)
    page = shown.content.decode()
    assert "All 2" in page
    assert "<summary>1 of 2</summary>" in page
