"""The pages of documents and agreements, for the operator, the provider and others."""

import csv
import io
import zipfile
from copy import deepcopy
from decimal import Decimal

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from marketplace import clock
from marketplace.jobs.actions import start_file
from marketplace.jobs.enums import State
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from settlement.domain.invoicing import credit_document
from settlement.models import Document, SelfBillingAgreement
from tests.qualification import market as base
from tests.settlement.document_scene import JULY, JUNE, NOW, agreed, earned, run, seen, settled
from tests.support.en16931 import errors_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        return settled()


@pytest.fixture
def made(once):
    with clock.set_to(NOW), run_jobs_inline():
        yield deepcopy(once)


def browser(member):
    client = Client()
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page(client, name, *args, **query):
    return client.get(reverse(f"settlement:{name}", args=args), query)


def text(answer):
    return answer.content.decode()


def filed(by, kind, **params):
    job = start_file(by=by, kind=f"settlement.{kind}", params=params, now=NOW)
    done = run_now(job.pk)
    assert done.state == State.DONE, done.error
    return done.output.name, bytes(done.output.content)


def test_an_operator_sees_what_a_run_would_make_and_makes_just_that(made):
    agreed(made)
    earned(made, made.contract, "102.00")
    earned(made, made.other, "50.00")
    client = browser(made.buyer)
    assert "Make documents" in text(page(client, "documents"))
    shown = page(client, "invoice_run")
    assert "2 documents for June 2026, £182.40" in text(shown)
    assert "no self-billing agreement" in text(shown)
    sent = {"month": "2026-06", "seen": shown.context["run"].seen}
    answer = client.post(reverse("settlement:invoice_run"), sent)
    job = Job.objects.get(kind="settlement.invoice_run")
    assert answer.url == reverse("jobs:job", args=[job.pk])
    run_now(job.pk)
    assert Document.objects.count() == 2
    listed = text(page(client, "documents"))
    assert "SB-NRN-NORTH-2026-0001" in listed
    assert "Make documents" not in listed
    assert "Nothing waits to be invoiced" in text(page(client, "invoice_run"))
    book = openpyxl.load_workbook(io.BytesIO(bytes(Job.objects.get(pk=job.pk).output.content)))
    assert [each.value for each in book["Documents"][2]][:2] == [
        "SB-NRN-NORTH-2026-0001",
        "Self-billing invoice",
    ]


def test_a_stale_run_is_refused_and_said(made):
    earned(made, made.contract, "102.00")
    old = seen(made)
    earned(made, made.other, "50.00")
    job = start_file(
        by=made.buyer, kind="settlement.invoice_run", params={"month": "2026-06", "seen": old}, now=NOW
    )
    ended = run_now(job.pk)
    assert (ended.state, Document.objects.count()) == (State.REFUSED, 0)
    assert "changed since it was shown" in ended.error


def test_a_document_is_for_its_two_parties_alone(made):
    agreed(made)
    earned(made, made.contract, "102.00")
    [document] = run(made)
    assert "£122.40" in text(page(browser(made.buyer), "document", document.pk))
    own = text(page(browser(made.north), "document", document.pk))
    assert "The VAT shown is your output tax." in own
    assert "Mark as paid" not in own
    assert "Take back" not in own
    for other in (made.south, base.member(base.operator())):
        client = browser(other)
        assert page(client, "document", document.pk).status_code == 404
        assert document.number not in text(page(client, "documents"))
    mate = base.member(made.north.organisation, roles=("bids",))
    assert page(browser(mate), "document", document.pk).status_code == 403


def test_an_operator_marks_a_document_paid_and_takes_it_back_on_its_page(made):
    agreed(made)
    earned(made, made.contract, "102.00")
    [document] = run(made)
    client = browser(made.buyer)
    paid = reverse("settlement:document_paid", args=[document.pk])
    wrong = client.post(paid, {"paid_on": "2026-07-30", "reference": ""})
    assert (wrong.status_code, "must not lie ahead" in text(wrong)) == (422, True)
    client.post(paid, {"paid_on": "2026-07-20", "reference": "BACS 17"})
    assert "BACS 17" in text(page(browser(made.north), "document", document.pk))
    client.post(reverse("settlement:document_not_paid", args=[document.pk]))
    assert "BACS 17" not in text(page(client, "document", document.pk))
    credit = reverse("settlement:credit_document", args=[document.pk])
    assert "can't be undone" in text(client.get(credit))
    answer = client.post(credit, {"reason": "Wrong price."}, follow=True)
    assert f'Takes <a href="{reverse("settlement:document", args=[document.pk])}">' in text(answer)
    assert "Taken back in full by" in text(page(client, "document", document.pk))


def test_lists_are_narrowed_by_month_kind_and_state(made):
    agreed(made)
    earned(made, made.contract, "102.00")
    earned(made, made.contract, "-10.00", month=JULY)
    [june], [july] = run(made), run(made, JULY)
    credit_document(by=made.buyer, document_id=june.pk, reason="Wrong.", now=NOW)
    client = browser(made.buyer)

    def numbers(**query):
        rows = page(client, "documents", **query).context["listing"].page.object_list
        return {
            each.record.document.number[-4:] if hasattr(each, "record") else each.number[-4:] for each in rows
        }

    assert numbers() == {"0001", "0002", "0003"}
    assert numbers(month="2026-07") == {july.number[-4:]}
    assert numbers(show="back") == {"0001", "0003"}
    assert numbers(show="open") == {"0002"}
    assert page(client, "documents", month="nonsense").status_code == 200


def test_files_of_a_document_and_of_a_month(made):
    agreed(made)
    earned(made, made.contract, "82.00", "20.00")
    earned(made, made.other, "50.00")
    first, second = sorted(run(made), key=lambda each: each.number)
    name, pdf = filed(made.north, "document_pdf", document=str(first.pk))
    assert (name, pdf[:4]) == (f"{first.number}.pdf", b"%PDF")
    name, xml = filed(made.north, "document_ubl", document=str(first.pk))
    assert (name, errors_of(xml)) == (f"{first.number}.xml", [])
    name, book = filed(made.buyer, "invoice_data", month="2026-06")
    sheet = openpyxl.load_workbook(io.BytesIO(book))["Documents"]
    headers = [each.value for each in sheet[1]]
    row = dict(zip(headers, [each.value for each in sheet[2]], strict=True))
    assert (row["Seller"], row["Seller VAT Number"], row["Gross"]) == ("North", "GB123456789", 122.4)
    assert (row["VAT Rate (%)"], row["Payment Reference"], row["Paid On"]) == (20, first.number, None)
    _, lines = filed(made.buyer, "document_lines_csv", month="2026-06")
    told = list(csv.DictReader(io.StringIO(lines.decode("utf-8-sig"))))
    assert sum(Decimal(each["Net"]) for each in told) == Decimal("152.00")
    _, archive = filed(made.buyer, "documents_zip", month="2026-06")
    names = zipfile.ZipFile(io.BytesIO(archive)).namelist()
    assert set(names) == {
        "invoice_data.xlsx",
        "documents.csv",
        "document_lines.csv",
        f"{first.number}.pdf",
        f"{first.number}.xml",
        f"{second.number}.pdf",
    }
    own = zipfile.ZipFile(io.BytesIO(filed(made.north, "documents_zip", month="2026-06")[1]))
    assert not any("SOUTH" in each for each in own.namelist())


@pytest.mark.parametrize("kind", ["document_pdf", "document_ubl"])
def test_no_file_tells_of_anothers_document(made, kind):
    earned(made, made.contract, "82.00")
    [document] = run(made)
    for wanted in (str(document.pk), "nonsense"):
        job = start_file(by=made.south, kind=f"settlement.{kind}", params={"document": wanted}, now=NOW)
        ended = run_now(job.pk)
        assert (ended.state, ended.error) == (State.REFUSED, "Your organisation has no such document.")


def test_an_agreement_is_proposed_accepted_and_ended_on_its_page(made):
    buyer, seller = browser(made.buyer), browser(made.north)
    address = reverse("settlement:agreements")
    sent = {
        "seller": str(made.north.organisation_id),
        "from_day": "2026-01-01",
        "to_day": "2026-12-31",
    }
    assert buyer.post(address, sent | {"to_day": "2025-12-31"}).status_code == 422
    buyer.post(address, sent)
    assert "Waits for the provider" in text(buyer.get(address))
    agreement = SelfBillingAgreement.objects.get()
    assert "Propose" not in text(seller.get(address))
    assert (
        browser(made.south).post(reverse("settlement:accept_agreement", args=[agreement.pk])).status_code
        == 404
    )
    seller.post(reverse("settlement:accept_agreement", args=[agreement.pk]))
    assert "Holds" in text(buyer.get(address))
    end = reverse("settlement:end_agreement", args=[agreement.pk])
    assert seller.post(end, {"last_day": "2026-01-02"}).status_code == 422
    seller.post(end, {"last_day": "2026-07-31"})
    assert "31 July 2026" in text(buyer.get(address))


def test_what_waits_is_on_the_start_page_and_gone_when_done(made):
    earned(made, made.contract, "82.00")
    todo = "Make the documents of June 2026"
    client = browser(made.buyer)
    assert todo in text(client.get("/"))
    run(made)
    assert todo not in text(client.get("/"))


def test_the_pages_cost_the_same_for_many_documents(made, django_assert_max_num_queries):
    agreed(made)
    client = browser(made.buyer)
    for month in (JUNE, JULY):
        earned(made, made.contract, "82.00", month=month)
        run(made, month)
    page(client, "documents")
    with django_assert_max_num_queries(30):
        page(client, "documents")
