"""The page “What would this pay?”: a case from files, settled apart from everything."""

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.urls import reverse

from accounts.enums import Role
from marketplace.audit.models import AuditEntry
from marketplace.errors import Refused
from marketplace.jobs.models import StoredFile
from settlement.domain.case_archive import unpacked
from settlement.domain.cases import UnusableCase, case_of
from settlement.domain.report import report_of
from settlement.domain.settling import settle
from settlement.exports import case_files
from settlement.exports.case_files import report_apart, workbook_apart
from settlement.exports.example_case import example_archive
from tests.qualification.market import member, operator
from tests.qualification.market import provider as company

pytestmark = pytest.mark.django_db
PAGE = reverse("settlement:try_case")
CASE = Path(__file__).parent.parent / "data" / "settlement_case" / "case"


def packed(files: dict[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def settlement_case() -> dict[str, str]:
    return {f"case/{path.name}": path.read_text(encoding="utf-8") for path in CASE.iterdir()}


def send(client, data: bytes, name: str = "case.zip"):
    file = io.BytesIO(data)
    file.name = name
    return client.post(PAGE, {"file": file})


@pytest.fixture
def provider(client):
    seller = member(company("Harbour"), roles=[Role.CONTRACTS])
    client.force_login(seller.user)
    return seller


def test_a_packed_case_settles_as_the_command_settles_its_folder():
    files = settlement_case()
    meters = {Path(name).name: text for name, text in files.items() if name.endswith(".csv")}
    assert report_apart(packed(files)) == report_of(settle(case_of(files["case/case.json"], meters)))


def test_the_page_shows_every_line_and_its_total(client, provider):
    answer = send(client, example_archive(), "June.zip")
    page = client.get(answer.url).content.decode()
    report = report_apart(example_archive())
    lines = report["statements"][0]["lines"]
    assert len(lines) == 24  # 22 weekdays of waiting, two dispatches
    assert page.count("MW·h accepted") == 22
    assert "873 of 1,000 kWh delivered" in page
    assert "£130.95" in page
    assert "1,000 of 1,000 kWh delivered" in page
    assert "£150.00" in page
    assert "£1,160.95" in page
    assert "£1,393.14" in page
    assert "June.zip" in client.get(PAGE).content.decode()


def test_the_files_hold_what_the_page_shows(client, provider):
    page = send(client, example_archive()).url
    report = client.get(f"{page}report.json")
    assert json.loads(report.content) == report_apart(example_archive())
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{page}settlement.xlsx").content))
    assert [each.title for each in book][1:] == [
        "Performance", "Periods", "Assets", "Baseline Days", "Statement", "Totals",
    ]  # fmt: skip
    amounts = [row[12].value for row in list(book["Statement"].rows)[1:]]
    assert sum(amounts) == pytest.approx(1160.95)
    documents = openpyxl.load_workbook(io.BytesIO(client.get(f"{page}invoice_data.xlsx").content))
    assert documents["Documents"]["B2"].value == "Self-billing invoice"
    assert client.get(f"{page}other.xlsx").status_code == 404


def test_a_case_belongs_to_the_company_that_sent_it(client, provider):
    page = send(client, example_archive()).url
    for other in (
        member(company("Rival"), roles=[Role.CONTRACTS]),
        member(operator(), roles=[Role.CONTRACTS]),
        member(provider.organisation, roles=[Role.BIDS]),
    ):
        client.force_login(other.user)
        for address in (page, f"{page}report.json", f"{page}settlement.xlsx"):
            assert client.get(address).status_code in (403, 404)
    client.force_login(member(provider.organisation, roles=[Role.CONTRACTS]).user)
    assert client.get(page).status_code == 200


def test_keeping_a_case_is_audited_and_touches_nothing_else(client, provider):
    before = AuditEntry.objects.count()
    send(client, example_archive())
    entry = AuditEntry.objects.order_by("-pk").first()
    assert entry.action == "case kept"
    assert entry.organisation_id == provider.organisation_id
    assert AuditEntry.objects.count() == before + 1
    assert StoredFile.objects.filter(kept_for="settlement.case").count() == 1


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"meter-a.csv": "x"}, "The ZIP holds no case.json."),
        ({"a/case.json": "{}", "b/case.json": "{}"}, "The ZIP holds case.json twice."),
        ({"case.json": b"\xff\xfe\xfa"}, "case.json is not a text in UTF-8."),
        ({"case.json": "[]"}, "case.json must hold an object."),
        ({"case.json": "{}"}, "case.json lacks the field 'contracts'."),
        (
            {"case.json": '{"contracts": [], "months": ["2026-06"], "zone": "Europe/Atlantis"}'},
            "not a time zone",
        ),
    ],
)
def test_what_is_no_case_is_refused_with_a_sentence(client, provider, files, sentence):
    answer = send(client, packed(files))
    assert answer.status_code == 422
    assert sentence in answer.content.decode().replace("&#x27;", "'")
    assert not StoredFile.objects.filter(kept_for="settlement.case").exists()


@pytest.mark.parametrize(
    ("data", "name"), [(b"no zip", "case.zip"), (b"PK\x03\x04", "case.zip"), (b"", "case.zip")]
)
def test_a_damaged_or_empty_file_is_refused(client, provider, data, name):
    assert send(client, data, name).status_code == 422


def test_a_file_of_another_type_is_refused_unread(client, provider, monkeypatch):
    monkeypatch.setattr("settlement.views.cases.report_apart", lambda data: pytest.fail("it was read"))
    answer = send(client, example_archive(), "case.xlsx")
    assert "This must be a file of type .zip." in answer.content.decode()


def test_an_archive_that_unpacks_to_too_much_is_refused():
    with pytest.raises(UnusableCase, match="more than 100 MB"):
        unpacked(packed({"case.json": "{}", "meter-a.csv": b"0" * (100 * 1024**2)}))


def test_a_case_that_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(case_files, "SECONDS", 0.001)
    with pytest.raises(Refused, match="takes too long"):
        report_apart(example_archive())


def test_other_zones_are_known_where_nothing_can_be_opened():
    with zipfile.ZipFile(io.BytesIO(example_archive())) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    case = json.loads(files["case.json"]) | {"zone": "Pacific/Auckland"}
    assert report_apart(packed(files | {"case.json": json.dumps(case)}))["statements"]
    assert workbook_apart(example_archive(), "invoice_data")
