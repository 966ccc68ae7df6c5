"""The pages of company qualification from both sides: forms, documents, scoping, lists, the workbook."""

import io
import re
from datetime import datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from competitions.domain.purchasing_systems import close_purchasing_system
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import Refused
from marketplace.jobs.actions import start_file
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from qualification.domain.dps.applications import add_attachment, withdraw_application
from qualification.domain.dps.decisions import version_of
from qualification.domain.dps.questions import QUESTIONS, SECTIONS
from qualification.models import DpsApplication, DpsAttachment
from tests.accounts.people import signed_in
from tests.qualification import dps, market
from tests.qualification.dps import NOW, office_file
from tests.support.attachments import PDF

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17) + b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + bytes(40) + b"\xff\xd9"


@pytest.fixture
def of():
    with run_jobs_inline(), clock.set_to(NOW):
        yield dps.scene()


def url(name, *args):
    return reverse(f"qualification:dps_{name}", args=args)


def attached(of, application=None):
    application = application or dps.begun(of)
    return add_attachment(by=of.seller, application=application, data=PDF, filename="accounts.pdf", now=NOW)


def test_a_company_applies_section_by_section_and_reads_what_is_missing(of):
    client = signed_in(of.seller)
    begun = client.post(url("start", of.system.pk))
    application = DpsApplication.objects.get()
    assert begun.url == url("section", application.pk, "profile")
    saved = client.post(begun.url, {"legal_name": "North Batteries Ltd", "next": "1"})
    assert saved.url == url("section", application.pk, "status")
    shown = client.get(url("application", application.pk)).content.decode()
    assert f'href="{url("section", application.pk, "profile")}#id_business"' in shown
    assert "Submit the application" not in shown
    client.post(url("submit", application.pk))
    assert DpsApplication.objects.get().state == "draft"
    for code in ("profile", "status", "legal", "declaration"):
        client.post(url("section", application.pk, code), dps.ANSWERS)
    assert "Submit the application" in client.get(url("application", application.pk)).content.decode()
    client.post(url("submit", application.pk))
    assert DpsApplication.objects.get().state == "pending"


def test_a_wrong_answer_is_shown_at_its_question_and_nothing_is_kept(of):
    application = dps.begun(of)
    answer = signed_in(of.seller).post(
        url("section", application.pk, "legal"),
        {"turnover": "-5", "accounts_to": "soon", "audited": "perhaps"},
    )
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"turnover", "accounts_to", "audited"}
    assert "audited" not in DpsApplication.objects.get().answers


def test_a_section_that_a_colleague_saved_meanwhile_is_not_overwritten_unseen(of):
    application = dps.begun(of)
    client = signed_in(of.seller)
    address = url("section", application.pk, "profile")
    seen = client.get(address).context["seen"]
    client.post(address, {"legal_name": "Theirs Ltd", "seen": seen})
    answer = client.post(address, {"legal_name": "Mine Ltd", "seen": seen})
    assert answer.status_code == 409
    assert [(each.stored, each.typed) for each in answer.context["changed"].differences] == [
        ("Theirs Ltd", "Mine Ltd")
    ]
    assert DpsApplication.objects.get().answers["legal_name"] == "Theirs Ltd"
    assert 'value="Mine Ltd"' in answer.content.decode()
    client.post(address, {"legal_name": "Mine Ltd", "seen": answer.context["seen"]})
    assert DpsApplication.objects.get().answers["legal_name"] == "Mine Ltd"


def test_answers_cannot_be_posted_into_what_the_form_does_not_ask(of):
    application = dps.begun(of)
    signed_in(of.seller).post(
        url("section", application.pk, "status"),
        {"legal_form": "ltd", "state": "approved", "decided_by_id": "1"},
    )
    stored = DpsApplication.objects.get()
    assert (stored.state, stored.decided_by_id) == ("draft", None)
    assert set(stored.answers) <= {question.key for section in SECTIONS for question in section.questions}


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("accounts.pdf", PDF, "accounts.pdf"),
        ("logo.png", PNG, "logo.png"),
        ("photo.jpeg", JPEG, "photo.jpg"),
        ("letter.docx", office_file("word/document.xml"), "letter.docx"),
        ("figures.xlsx", office_file("xl/workbook.xml"), "figures.xlsx"),
        ("../../etc/passwd", PDF, "passwd.pdf"),
    ],
)
def test_the_five_kinds_of_documents_are_kept_under_harmless_names(of, name, content, kept):
    application = dps.begun(of)
    signed_in(of.seller).post(url("attach", application.pk), {"document": SimpleUploadedFile(name, content)})
    assert DpsAttachment.objects.get().file.name == kept


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("page.pdf", b"<html><script>alert(1)</script></html>", "whatever its name says"),
        (
            "drawing.png",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            "whatever its name says",
        ),
        ("drawing.svg", b"<?xml version='1.0'?><svg/>", "whatever its name says"),
        ("tool.docx", b"MZ\x90\x00" + bytes(100), "whatever its name says"),
        ("any.xlsx", office_file("evil/payload.bin"), "whatever its name says"),
        ("macros.docx", office_file("word/vbaProject.bin"), "macros"),
        ("broken.docx", office_file("word/document.xml")[:60], "damaged"),
        ("empty.pdf", b"", "empty"),
        ("large.pdf", PDF + bytes(10 * 1024 * 1024), "larger than 10 MB"),
    ],
)
def test_other_files_are_refused_with_a_sentence_and_nothing_is_kept(of, name, content, why):
    application = dps.begun(of)
    answer = signed_in(of.seller).post(
        url("attach", application.pk), {"document": SimpleUploadedFile(name, content, "application/pdf")}
    )
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not DpsAttachment.objects.exists()


def test_a_document_is_a_download_for_the_two_parties_and_nothing_for_others(of):
    application = dps.filled(of)
    address = url("attachment", attached(of, application).pk)
    rival, other = market.member(market.provider()), market.member(market.operator())
    without = market.member(of.buyer.organisation, roles=(Role.BIDS,))
    assert signed_in(of.buyer).get(address).status_code == 404
    signed_in(of.seller).post(url("submit", application.pk))
    for party in (of.seller, of.buyer):
        answer = signed_in(party).get(address)
        assert answer.content == PDF
        assert answer["Content-Disposition"] == 'attachment; filename="accounts.pdf"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
    assert [signed_in(who).get(address).status_code for who in (rival, other, without)] == [404, 404, 403]


def test_nobody_else_opens_changes_or_decides_an_application(of):
    application = dps.filled(of)
    held = attached(of, application)
    rival, other = market.member(market.provider()), market.member(market.operator())
    assert signed_in(of.buyer).get(url("application", application.pk)).status_code == 404
    for code in ("attach", "submit", "withdraw"):
        assert signed_in(rival).post(url(code, application.pk)).status_code == 404
    assert signed_in(rival).post(url("detach", held.pk)).status_code == 404
    assert signed_in(rival).post(url("section", application.pk, "profile"), dps.ANSWERS).status_code == 404
    signed_in(of.seller).post(url("submit", application.pk))
    for code in ("approve", "reject", "revoke"):
        given = {"reason": "Because."}
        assert signed_in(other).post(url(code, application.pk), given).status_code == 404
        assert signed_in(of.seller).post(url(code, application.pk), given).status_code == 404
    assert signed_in(of.seller).post(url("detach", held.pk)).status_code == 302
    assert DpsApplication.objects.get().state == "pending"
    assert DpsAttachment.objects.filter(pk=held.pk).exists()


def test_the_operator_reads_a_new_application_beside_the_earlier_one(of):
    dps.rejected(of)
    second = dps.submitted(of, now=NOW + HOUR, public_liability="7500000", turnover="1250000.50")
    shown = signed_in(of.buyer).get(url("application", second.pk))
    changed = {
        (answer.label, answer.before, answer.now)
        for part in shown.context["sections"]
        for answer in part.answers
        if answer.is_changed
    }
    assert changed == {("Public liability cover (£)", "£5,000,000.00", "£7,500,000.00")}
    assert shown.content.decode().count("Changed") == 1


def test_the_operator_decides_on_the_page(of):
    application = dps.submitted(of)
    client = signed_in(of.buyer)
    read = version_of(application)
    assert client.post(url("reject", application.pk), {"reason": "", "seen": read}).status_code == 422
    assert (
        client.post(url("approve", application.pk), {"expires_on": "2020-01-01", "seen": read}).status_code
        == 422
    )
    assert DpsApplication.objects.get().state == "pending"
    client.post(url("approve", application.pk), {"expires_on": "2027-06-30", "seen": read})
    approved = version_of(DpsApplication.objects.get())
    client.post(url("revoke", application.pk), {"reason": "Cover lapsed.", "seen": approved})
    assert DpsApplication.objects.get().state == "revoked"
    shown = signed_in(of.seller).get(url("application", application.pk)).content.decode()
    assert "Cover lapsed." in shown
    assert "Cover lapsed." in signed_in(of.seller).get(url("systems")).content.decode()


def test_an_application_is_decided_only_as_it_was_read(of):
    application = dps.submitted(of)
    client = signed_in(of.buyer)
    read = re.search(
        r"approve/\?seen=([0-9a-f]+)", client.get(url("application", application.pk)).content.decode()
    )[1]
    withdraw_application(by=of.seller, application=application, now=NOW)
    again = dps.submitted(of, now=NOW + timedelta(minutes=5))
    for name, sent in (("approve", {}), ("reject", {"reason": "No cover."})):
        for seen in (read, ""):
            answer = client.post(url(name, again.pk), sent | {"seen": seen})
            assert answer.status_code == 422
            assert "changed since you read it" in answer.content.decode()
    assert DpsApplication.objects.get(pk=again.pk).state == "pending"
    now_read = re.search(
        r"approve/\?seen=([0-9a-f]+)", client.get(url("application", again.pk)).content.decode()
    )[1]
    assert f'value="{now_read}"' in client.get(url("approve", again.pk), {"seen": now_read}).content.decode()
    client.post(url("approve", again.pk), {"seen": now_read})
    assert DpsApplication.objects.get(pk=again.pk).state == "approved"


def test_the_list_is_narrowed_by_dps_status_company_and_day(of):
    first = dps.rejected(of)
    rival = market.member(market.provider("South Batteries Ltd"))
    second = dps.submitted(of, rival, now=NOW + timedelta(days=2))
    other = dps.system_of(of.buyer, "flex_2030")
    client, page = signed_in(of.buyer), url("applications")

    def found(**query):
        return {each.pk for each, _, _ in client.get(page, query).context["listing"].records}

    assert found() == {first.pk, second.pk}
    assert found(state="rejected") == {first.pk}
    assert found(provider=rival.organisation_id) == {second.pk}
    assert found(dps=other.pk) == set()
    assert found(first=(NOW + timedelta(days=1)).date().isoformat()) == {second.pk}
    assert found(last=NOW.date().isoformat()) == {first.pk}
    outsider = market.member(market.operator())
    assert signed_in(outsider).get(page).context["listing"].records == []


def test_an_expired_approval_is_called_so(of):
    application = dps.approved(of, expires_on=NOW.date())
    with clock.set_to(application.expires_at):
        rows = signed_in(of.buyer).get(url("applications")).context["listing"].records
        assert [(value, label) for _, value, label in rows] == [("expired", "Expired")]
        assert "Not approved" in signed_in(of.seller).get(url("systems")).content.decode()


def test_the_lists_need_no_more_queries_for_more_rows(of):
    def queries(who, name):
        client = signed_in(who)
        client.get(url(name))
        with CaptureQueriesContext(
            connection,
        ) as caught:
            client.get(url(name))
        return len(caught)

    dps.submitted(of)
    before = [queries(of.buyer, "applications"), queries(of.seller, "systems")]
    for number in range(2):
        dps.submitted(of, market.member(market.provider()))
        of.system = dps.system_of(of.buyer, f"more_{number}")
        dps.submitted(of)
    assert [queries(of.buyer, "applications"), queries(of.seller, "systems")] == before


def workbook(by, **params):
    job = run_now(start_file(by=by, kind="qualification.dps_applications", params=params, now=NOW).pk)
    assert job.error == ""
    return openpyxl.load_workbook(io.BytesIO(bytes(Job.objects.get(pk=job.pk).output.content)))[
        "Applications"
    ]


def test_the_workbook_holds_every_application_cell_by_cell(of):
    of.seller.organisation.company_number = "SC123456"
    of.seller.organisation.save()
    first = dps.rejected(of)
    second = dps.approved(of, now=NOW + HOUR, expires_on=dps.date(2026, 7, 1))
    dps.begun(of, now=NOW + 2 * HOUR)
    heads, *rows = workbook(of.buyer).iter_rows(values_only=True)
    assert heads[:11] == (
        "Application ID",
        "DPS Reference",
        "FSP ID",
        "FSP Name",
        "Company Number",
        "Submitted At",
        "Status",
        "Decided At",
        "Decided By",
        "Reason",
        "Expires On",
    )
    assert len(heads) == len(set(heads)) == 11 + len(QUESTIONS)
    told = [dict(zip(heads, row, strict=True)) for row in rows]
    assert [row["Application ID"] for row in told] == [str(first.pk), str(second.pk)]
    assert [row["Status"] for row in told] == ["Rejected", "Approved"]
    assert [row["Reason"] for row in told] == ["No cover.", None]
    assert [row["Expires On"] and row["Expires On"].date().isoformat() for row in told] == [
        None,
        "2026-07-01",
    ]
    for row in told:
        assert row["DPS Reference"] == "flex_2025"
        assert row["FSP ID"] == str(of.seller.organisation_id)
        assert (row["FSP Name"], row["Company Number"]) == ("North Batteries Ltd", "SC123456")
        assert row["Decided By"] == of.buyer.email
        assert (row["Legal name"], row["Legal form"]) == (
            "North Batteries Ltd",
            "Private limited company (Ltd)",
        )
        assert Decimal(str(row["Turnover in that year (£)"])) == Decimal("1250000.50")
        assert row["Last day of the latest accounts"].date().isoformat() == "2025-03-31"
        assert row["Registered address"] == "1 Quay Street\nLeith"
        assert row["Trading name"] is None
    at = {"Submitted At": NOW, "Decided At": NOW}
    assert {key: told[0][key].isoformat() for key in at} == {
        key: value.replace(tzinfo=None).isoformat() for key, value in at.items()
    }


def test_the_workbook_has_its_instants_as_date_time_cells_however_fine_they_are(of):
    fine = NOW + timedelta(microseconds=197_822)
    dps.rejected(of, now=fine)
    heads, row = workbook(of.buyer).iter_rows(values_only=True)
    told = dict(zip(heads, row, strict=True))
    assert {type(told[key]) for key in ("Submitted At", "Decided At")} == {datetime}


def test_the_workbook_of_one_application_and_none_of_others(of):
    application = dps.submitted(of)
    dps.submitted(of, market.member(market.provider()))
    rows = list(workbook(of.buyer, application=str(application.pk)).iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows] == [str(application.pk)]
    stranger = market.member(market.operator())
    assert (
        list(workbook(stranger, application=str(application.pk)).iter_rows(min_row=2, values_only=True)) == []
    )


def test_an_operator_makes_describes_closes_and_opens_a_dps(of):
    client = signed_in(of.buyer)
    made = {"reference": "flex-2027", "name": "Flexibility 2027", "description": "For all."}
    client.post(reverse("competitions:dps_new"), made)
    system = of.buyer.organisation.purchasing_systems.get(reference="flex-2027")
    assert client.post(reverse("competitions:dps_new"), made | {"reference": "FLEX-2027"}).status_code == 422
    assert client.post(reverse("competitions:dps_new"), made | {"reference": "flex 2027"}).status_code == 422
    client.post(reverse("competitions:dps_edit", args=[system.pk]), {"name": "Renamed", "reference": "other"})
    client.post(reverse("competitions:dps_close", args=[system.pk]))
    system.refresh_from_db()
    assert (system.reference, system.name, system.is_open) == ("flex-2027", "Renamed", False)
    assert "Renamed" not in signed_in(of.seller).get(url("systems")).content.decode()
    assert signed_in(of.seller).post(url("start", system.pk)).status_code == 404
    client.post(reverse("competitions:dps_open", args=[system.pk]))
    assert "Renamed" in signed_in(of.seller).get(url("systems")).content.decode()
    entries = AuditEntry.objects.filter(subject_id=str(system.pk)).order_by("sequence")
    assert [each.action for each in entries] == ["DPS created", "DPS described", "DPS closed", "DPS opened"]
    assert entries[1].changes["name"] == ["Flexibility 2027", "Renamed"]


def test_another_operator_and_who_lacks_the_role_cannot_touch_a_dps(of):
    other = market.member(market.operator())
    without = market.member(of.buyer.organisation, roles=(Role.BIDS,))
    for name in ("dps_edit", "dps_close", "dps_open"):
        address = reverse(f"competitions:{name}", args=[of.system.pk])
        assert signed_in(other).post(address, {"name": "Mine"}).status_code == 404
        assert signed_in(without).post(address, {"name": "Mine"}).status_code == 403
    of.system.refresh_from_db()
    assert (of.system.name, of.system.is_open) == ("Flexibility 2025", True)


def test_a_dps_that_others_hold_cannot_be_reached_through_the_action(of):
    with pytest.raises(Refused, match="no such company qualification"):
        close_purchasing_system(by=market.member(market.operator()), system=of.system, now=NOW)
    assert not AuditEntry.objects.filter(action="DPS closed").exists()
