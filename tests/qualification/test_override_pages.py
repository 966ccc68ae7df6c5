"""Overriding, reopening and meter lists as their users do it: on the page and by file."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace import clock
from marketplace.jobs.actions import apply_upload
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.queries import problems_of
from marketplace.jobs.worker import run_now
from qualification.domain.overrides.deciding import Decided, override_assets
from qualification.domain.verdicts import engine
from qualification.models import MeterList, Override, Reopening, Verdict
from tests.qualification import market
from tests.qualification.market import BIDDING_OPEN, CLOSE, DURING, SECOND
from tests.support.meter_lists import FIRST, area  # noqa: F401
from tests.support.overrides import download, hand_in, put

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def during():
    with run_jobs_inline(), clock.set_to(DURING):
        yield


@pytest.fixture
def so(client):
    made = market.member(market.operator())
    client.force_login(made.user)
    return made


@pytest.fixture
def competition(so):
    return market.competition(so.organisation)


@pytest.fixture
def assets(competition):
    of = market.provider()
    made = [market.asset(of), market.asset(of, status="mothballed"), market.asset(of, x=5, y=5)]
    engine.qualify(now=DURING)
    return made


def send(client, competition, **told):
    url = reverse("qualification:override", args=[competition.pk])
    return client.post(url, {"seen_at": clock.now().isoformat(), **told}, follow=True).content.decode()


@pytest.mark.parametrize("seen_at", [DURING.isoformat(), "", "yesterday", "2026-99-99T00:00:00"])
def test_an_override_that_came_since_the_page_was_made_is_not_replaced_unseen(
    client, so, competition, assets, seen_at
):
    later = DURING + timedelta(minutes=1)
    with clock.set_to(later):
        decided = [Decided(assets[0].pk, "disqualify", "Out of order.")]
        override_assets(by=so, competition=competition, decided=decided, now=later)
        told = {"assets": [assets[0].pk], "decision": "qualify", "reason": "Seen on site."}
        page = send(client, competition, seen_at=seen_at, **told)
        assert "since this was shown, so nothing was changed" in page
        assert so.email in page
        assert Override.objects.get().decision == "disqualify"
        assert "1 asset overridden." in send(client, competition, **told)


def test_selected_assets_and_one_named_by_its_id_are_overridden_together(client, competition, assets):
    page = send(
        client,
        competition,
        assets=[assets[0].pk, assets[1].pk],
        asset_id=assets[2].pk,
        decision="qualify",
        reason="Seen on site.",
    )
    assert "3 assets overridden." in page
    assert page.count("Qualified by the operator:") == 3
    assert "It lies outside the boundary." in page
    assert Verdict.objects.filter(eligible=True, override="qualify").count() == 3
    history = client.get(reverse("qualification:overrides", args=[competition.pk])).content.decode()
    assert history.count("Seen on site.") == 3
    page = send(client, competition, assets=[each.pk for each in assets], decision="none")
    assert "3 assets overridden." in page
    assert not Verdict.objects.exclude(override="").exists()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"decision": "qualify", "reason": ""}, "needs a reason"),
        ({"decision": "", "reason": "x"}, "Choose what to decide."),
        ({"decision": "qualify", "reason": "x", "assets": []}, "Choose at least one asset."),
        ({"decision": "qualify", "reason": "x", "assets": ["nonsense"]}, "not an asset&#x27;s ID"),
        ({"decision": "qualify", "reason": "x", "asset_id": "nonsense"}, "not an asset&#x27;s ID"),
        (
            {"decision": "qualify", "reason": "x", "asset_id": "7b1d1f8e-0000-4000-8000-000000000000"},
            "There is no asset",
        ),
    ],
    ids=["no reason", "no decision", "no asset", "odd choice", "odd id", "unknown id"],
)
def test_what_can_not_be_overridden_says_why_and_changes_nothing(client, competition, assets, told, words):
    page = send(client, competition, **{"assets": [assets[0].pk], **told})
    assert words in page
    assert not Override.objects.exists()


@pytest.mark.parametrize(
    "told",
    [{"decision": "qualify", "reason": " "}, {"decision": "", "reason": "Seen on site."}],
    ids=["reason", "decision"],
)
def test_what_was_chosen_and_typed_is_still_there_after_a_refusal(client, competition, assets, told):
    chosen = [assets[0].pk, assets[2].pk]
    url = reverse("qualification:override", args=[competition.pk])
    answer = client.post(f"{url}?status=", {"assets": chosen, **told})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert {str(line.asset.pk): is_chosen for line, _, is_chosen in answer.context["listing"].records} == {
        str(assets[0].pk): True,
        str(assets[1].pk): False,
    }
    assert answer.context["elsewhere"] == [str(assets[2].pk)]
    assert answer.context["typed"]["decision"] == told["decision"]
    assert f'name="assets" value="{assets[2].pk}"' in page
    assert not Override.objects.exists()
    assert client.get(f"{url}?page=2").url.endswith(f"/competitions/{competition.pk}/?page=2")


def test_a_reason_is_asked_for_before_the_question_is_put(client, competition, assets):
    page = client.get(reverse("qualification:competition_assets", args=[competition.pk])).content.decode()
    assert 'data-required-unless="override-decision=none"' in page
    assert 'pattern=".*\\S.*"' in page
    assert 'data-needs-one=".override-box, #override-asset"' in page


def test_no_decision_is_chosen_before_the_operator_chooses(client, competition, assets):
    page = client.get(reverse("qualification:competition_assets", args=[competition.pk])).content.decode()
    options = page.split('id="override-decision"')[1].split("</select>")[0]
    assert " required" in options.split(">")[0]
    assert options.split("<option", 1)[1].startswith(' value="">')
    assert "selected" not in options


def test_the_form_is_there_only_while_overrides_are_open(client, competition, assets):
    url = reverse("qualification:competition_assets", args=[competition.pk])
    assert "override-decision" in client.get(url).content.decode()
    with clock.set_to(BIDDING_OPEN):
        assert "override-decision" not in client.get(url).content.decode()
        assert "can no longer be overridden" in send(
            client, competition, assets=[assets[0].pk], decision="disqualify", reason="x"
        )
    assert not Override.objects.exists()


def test_the_provider_reads_decision_and_reason_on_its_assets_page(client, competition, assets):
    send(client, competition, assets=[assets[0].pk], decision="disqualify", reason="Out of order.")
    client.force_login(market.member(assets[0].provider).user)
    page = client.get(reverse("qualification:asset", args=[assets[0].pk])).content.decode()
    assert "Disqualified by the operator:" in page
    assert "Overrides by operators" in page
    assert page.count("Out of order.") == 2


def apply(so, job):
    apply_upload(by=so, job=job, now=clock.now())
    return run_now(job.pk)


def test_the_download_fills_in_overrides_and_uploads_back_unchanged(so, competition, assets):
    book = download(so, competition)
    put(book, assets[0], Override="Disqualify", Override_Reason="Out of order.")
    put(book, assets[1], Override="qualify", Override_Reason="Back in March.")
    job = hand_in(so, book)
    assert (job.preview["counts"]["update"], job.preview["counts"]["errors"]) == (1, 0)
    assert not Override.objects.exists()
    assert apply(so, job).state == "done"
    assert dict(Verdict.objects.values_list("asset", "override")) == {
        assets[0].pk: "disqualify",
        assets[1].pk: "qualify",
    }
    again = download(so, competition)
    counts = hand_in(so, again).preview["counts"]
    assert (counts["create"], counts["update"], counts["unchanged"], counts["errors"]) == (0, 0, 1, 0)
    put(again, assets[0], Override=None, Override_Reason=None)
    apply(so, hand_in(so, again))
    assert Verdict.objects.get(asset=assets[0]).override == ""
    assert Override.objects.count() == 3


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"Override": "Qualify"}, "Override Reason", "needs a reason"),
        ({"Override_Reason": "Why not"}, "Override Reason", "A reason needs an override"),
        ({"Override": "Perhaps", "Override_Reason": "x"}, "Override", ""),
        ({"Asset_ID": "nonsense"}, "Asset ID", "no asset with this ID"),
        ({"Competition_Ref": "OTHER"}, "Competition Ref", "None of your published competitions"),
    ],
    ids=["no reason", "no override", "odd override", "odd id", "odd ref"],
)
def test_one_bad_row_refuses_the_competition_and_names_its_cell(
    so, competition, assets, cells, column, words
):
    book = download(so, competition)
    put(book, assets[1], Override="Qualify", Override_Reason="Fine.")
    put(book, assets[0], **cells)
    job = hand_in(so, book)
    [problem] = [each for each in problems_of(job) if each["level"] == "error"]
    assert problem["column"] == column
    assert words in problem["message"]
    assert job.preview["counts"]["refuse"] == 1
    if column == "Competition Ref":
        assert job.preview["counts"]["update"] == 1  # the row names nothing here; the others stand
    assert not Override.objects.exists()


def test_a_file_that_waits_past_the_opening_of_bidding_is_refused(so, competition, assets):
    book = download(so, competition)
    put(book, assets[0], Override="Disqualify", Override_Reason="Out of order.")
    with clock.set_to(BIDDING_OPEN - SECOND):
        job = hand_in(so, book)
    with clock.set_to(BIDDING_OPEN):
        assert apply(so, job).state == "refused"
    assert not Override.objects.exists()


def test_a_missed_entry_is_reopened_on_the_page(client, so, competition, assets):
    of = assets[0].provider
    url = reverse("qualification:competition_assets", args=[competition.pk])
    with clock.set_to(CLOSE):
        assert "Reopen until bidding opens" in client.get(url).content.decode()
        reopen = reverse("qualification:reopen", args=[competition.pk, of.pk])
        assert "needs a reason" in client.post(reopen, {"reason": " "}, follow=True).content.decode()
        assert not Reopening.objects.exists()
        assert "has been told" in client.post(reopen, {"reason": "Ill."}, follow=True).content.decode()
        client.force_login(market.member(of).user)
        assert "Reopened for you until" in client.get(reverse("qualification:entries")).content.decode()
    assert Reopening.objects.get().reason == "Ill."


def test_the_list_of_a_competitions_assets_asks_as_many_queries_for_many_overrides(
    client, so, competition, assets
):
    url = reverse("qualification:competition_assets", args=[competition.pk])
    send(client, competition, assets=[assets[0].pk], decision="qualify", reason="x")
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    send(client, competition, assets=[assets[1].pk, assets[2].pk], decision="qualify", reason="x")
    client.get(url)
    with CaptureQueriesContext(connection) as three:
        client.get(url)
    assert len(three) == len(one)


def test_a_meter_list_is_uploaded_downloaded_and_removed_on_its_page(client, so, area):  # noqa: F811
    url = reverse("qualification:meter_list", args=[area.pk])
    assert "No list yet." in client.get(url).content.decode()
    sent = BytesIO(f"meter_id\n{FIRST}\n".encode())
    sent.name = "meters.csv"
    kind = reverse("jobs:upload", args=["qualification.meter_list"])
    page = client.post(kind, {"file": sent, "area": str(area.pk)}, follow=True)
    job = run_now(Job.objects.get().pk)
    apply_upload(by=so, job=job, now=DURING)
    run_now(job.pk)
    assert page.status_code == 200
    assert MeterList.objects.get().meter_ids == [FIRST]
    assert "1 meter, replaced" in client.get(url).content.decode()
    assert "EAST" in client.get(reverse("qualification:meter_lists")).content.decode()
    told = client.get(reverse("qualification:meter_csv", args=[area.pk]))
    assert told.content.decode("utf-8-sig").split() == ["meter_id", FIRST]
    client.post(reverse("qualification:remove_meters", args=[area.pk]))
    assert not MeterList.objects.exists()
