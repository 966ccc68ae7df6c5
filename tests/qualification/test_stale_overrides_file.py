"""An overrides file that is older than what it would change says so row by row, and asks before it is
applied."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import openpyxl
import pytest
from django.urls import reverse

from marketplace import clock
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.queries import problems_of
from marketplace.jobs.worker import run_now
from qualification.domain.overrides.deciding import Decided, override_assets
from qualification.domain.verdicts import engine
from qualification.models import Override
from qualification.workbooks import overrides_file
from tests.qualification import market
from tests.qualification.market import DURING
from tests.support.overrides import download, hand_in, put

pytestmark = pytest.mark.django_db
LATER = DURING + timedelta(hours=1)


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
    made = [market.asset(of), market.asset(of), market.asset(of)]
    engine.qualify(now=DURING)
    return made


def override(so, competition, asset, decision="qualify", reason="Seen on site."):
    decided = [Decided(asset.pk, decision, reason if decision else "")]
    override_assets(by=so, competition=competition, decided=decided, now=clock.now())


def warnings(job):
    return [each for each in problems_of(job) if each["level"] == "warning"]


def test_a_file_older_than_an_override_that_it_clears_warns_at_that_row(so, competition, assets):
    override(so, competition, assets[0])
    book = download(so, competition)
    put(book, assets[2], Override="Disqualify", Override_Reason="Out of order.")
    with clock.set_to(LATER):
        override(so, competition, assets[1])
        job = hand_in(so, book)
    [warning] = warnings(job)
    assert warning["column"] == "Override"
    assert f"Set by {so.email} on" in warning["message"]
    assert "after this file was downloaded" in warning["message"]
    assert job.preview["counts"]["update"] == 1
    assert job.preview["confirm"] == [
        "1 override that this file would change is newer than the file. "
        "The warnings name each: download a new file to start from what counts now."
    ]


def test_a_file_older_than_the_taking_back_of_an_override_that_it_sets_again_warns(so, competition, assets):
    override(so, competition, assets[0])
    book = download(so, competition)
    with clock.set_to(LATER):
        override(so, competition, assets[0], decision="")
        job = hand_in(so, book)
    assert len(warnings(job)) == 1


@pytest.mark.parametrize("is_stamped", [True, False], ids=["newer than all", "made by another program"])
def test_a_file_that_is_newer_or_does_not_tell_its_age_warns_of_nothing(so, competition, assets, is_stamped):
    override(so, competition, assets[0])
    with clock.set_to(LATER):
        book = download(so, competition)
        put(book, assets[0], Override=None, Override_Reason=None)
        if not is_stamped:
            del book.custom_doc_props["downloaded_at"]
        job = hand_in(so, book)
    assert warnings(job) == []
    assert job.preview["confirm"] == []
    assert job.preview["counts"]["update"] == 1


def test_a_stale_file_is_applied_only_once_its_warning_was_confirmed(client, so, competition, assets):
    book = download(so, competition)
    with clock.set_to(LATER):
        override(so, competition, assets[0])
        job = hand_in(so, book)
        page = client.get(reverse("jobs:job", args=[job.pk])).content.decode()
        assert "1 override that this file would change is newer than the file." in page
        assert 'name="confirmed"' in page
        url = reverse("jobs:apply", args=[job.pk])
        assert "Nothing was applied." in client.post(url, follow=True).content.decode()
        run_now(job.pk)
        assert Override.objects.get(is_latest=True).decision == "qualify"
        client.post(url, {"confirmed": "yes"})
        assert run_now(job.pk).state == "done"
    assert Override.objects.get(is_latest=True).decision == ""


def test_an_override_that_comes_while_the_file_is_applied_is_not_replaced_unseen(so, competition, assets):
    book, target = download(so, competition), BytesIO()
    put(book, assets[0], Override="Disqualify", Override_Reason="Out of order.")
    book.save(target)
    context = JobContext(uuid4(), so, {}, DURING)
    plan = overrides_file.check(context, target.getvalue())
    with clock.set_to(LATER):
        override(so, competition, assets[0])
        with pytest.raises(Refused, match="so nothing was changed"):
            overrides_file.apply(context, plan)
    assert Override.objects.get(is_latest=True).decision == "qualify"


def test_the_download_tells_its_time_and_other_spreadsheets_keep_it(so, competition, assets):
    book = download(so, competition)
    target = BytesIO()
    book.save(target)
    kept = openpyxl.load_workbook(target).custom_doc_props["downloaded_at"].value
    assert kept == DURING.isoformat()


def test_a_row_without_an_asset_refuses_its_whole_competition(so, competition, assets):
    book = download(so, competition)
    put(book, assets[1], Override="Qualify", Override_Reason="Fine.")
    put(book, assets[0], Asset_ID=None)
    job = hand_in(so, book)
    counts = job.preview["counts"]
    assert (counts["update"], counts["refuse"], counts["errors"]) == (0, 1, 1)
    assert job.preview["changes"]["refuse"][0]["note"] == "Asset ID: Must be filled in."


def test_rows_of_no_known_competition_are_refused_and_say_why(so, competition, assets):
    book = download(so, competition)
    put(book, assets[0], Competition_Ref=None)
    put(book, assets[1], Competition_Ref="ELSEWHERE")
    put(book, assets[2], Override="Qualify", Override_Reason="Fine.")
    job = hand_in(so, book)
    counts = job.preview["counts"]
    assert (counts["update"], counts["refuse"], counts["errors"]) == (1, 2, 2)
    notes = {each["unit"]: each["note"] for each in job.preview["changes"]["refuse"]}
    assert notes["ELSEWHERE"] == "Competition Ref: None of your published competitions has this ref."
    assert "Competition Ref: Must be filled in." in notes.values()
