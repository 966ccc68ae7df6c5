"""Two people with the same form open: the second is told what differs, and loses nothing."""

from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.domain.profiles import profile_of
from competitions.domain.purchasing_systems import create_purchasing_system
from competitions.models import Area, Competition
from competitions.workbooks import competition_file
from marketplace import clock
from marketplace.jobs.kinds import JobContext
from marketplace.jobs.publishing import run_jobs_inline
from tests.competitions import files

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer(client):
    member = files.operator()
    client.force_login(member.user)
    with run_jobs_inline(), clock.set_to(files.DRAFT):
        yield member


def test_a_dps_described_twice(client, buyer):
    system = create_purchasing_system(by=buyer, reference="D1", name="First", description="", now=files.DRAFT)
    url = reverse("competitions:dps_edit", args=[system.pk])
    seen = client.get(url).context["seen"]
    assert client.post(url, {"name": "Theirs", "description": "", "seen": seen}).status_code == 302
    answer = client.post(url, {"name": "First", "description": "Mine", "seen": seen})
    assert answer.status_code == 409
    assert [(each.label, each.stored, each.typed) for each in answer.context["changed"].differences] == [
        ("Name", "Theirs", "First"),
        ("Description", "", "Mine"),
    ]
    assert "so it was not saved" in answer.content.decode()
    assert answer.context["form"]["description"].value() == "Mine"
    system.refresh_from_db()
    assert (system.name, system.description) == ("Theirs", "")
    again = {"name": "First", "description": "Mine", "seen": answer.context["seen"]}
    assert client.post(url, again).status_code == 302
    system.refresh_from_db()
    assert (system.name, system.description) == ("First", "Mine")


def test_a_profile_published_twice_also_past_a_preview(client, buyer):
    url = reverse("accounts:profile_edit")
    page = client.get(url)
    sent = {"question-TOTAL_FORMS": "0", "question-INITIAL_FORMS": "0", "seen": page.context["seen"]}
    texts = dict.fromkeys(page.context["form"].fields, "")
    assert client.post(url, sent | texts | {"introduction": "Theirs"}).status_code == 302
    preview = client.post(url, sent | texts | {"introduction": "Mine", "preview": "1"})
    assert preview.context["seen"] == page.context["seen"]
    answer = client.post(url, sent | texts | {"introduction": "Mine"})
    assert answer.status_code == 409
    assert [(each.stored, each.typed) for each in answer.context["changed"].differences] == [
        ("Theirs", "Mine")
    ]
    assert answer.context["form"]["introduction"].value() == "Mine"
    assert profile_of(buyer.organisation).introduction == "Theirs"


def test_an_area_renamed_twice(client, buyer):
    files.draw_area(buyer)
    url = reverse("competitions:area_rename", args=[Area.objects.get().pk])
    client.post(url, {"display_name": "Theirs", "seen_name": ""})
    page = client.post(url, {"display_name": "Mine", "seen_name": ""}, follow=True).content.decode()
    assert "was renamed to “Theirs” since you opened the list, so “Mine” was not saved" in page
    assert Area.objects.get().display_name == "Theirs"


def test_a_file_locks_what_takes_bids_last_so_that_they_wait_least(buyer, monkeypatch):
    files.draw_area(buyer)
    files.upload(buyer, files.competition())
    opening, applied = Competition.objects.get().bidding_open, []
    for action in ("create_competition", "update_competition"):
        monkeypatch.setattr(competition_file, action, lambda terms, **told: applied.append(terms.ref))
    rows = [{"Competition Ref": ref} for ref in ("C1", "C2")]
    headers = [rows[0] | files.HEADER | {"Competition Name": "Another name"}, rows[1] | files.HEADER]
    data = files.workbook(
        headers, [row | files.BOUNDARY for row in rows], [row | files.WINDOW for row in rows]
    )
    for now, order in ((files.DRAFT, ["C1", "C2"]), (opening, ["C2", "C1"])):
        with clock.set_to(now):
            context = JobContext(uuid4(), buyer, {}, now)
            competition_file.apply(context, competition_file.check(context, data))
        assert applied == order
        applied.clear()
