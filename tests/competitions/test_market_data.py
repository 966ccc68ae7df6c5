"""Files of competitions for everybody: which are in them, in which columns; the dictionary; the page."""

import csv
import json
from datetime import timedelta
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from bidding.workbooks.specs import HISTORIC_BIDS
from competitions.models import Competition
from competitions.workbooks.published import HISTORIC_COMPETITIONS
from competitions.workbooks.specs import BOUNDARIES, COMPETITIONS, WINDOWS
from marketplace import clock
from marketplace.jobs import public_files
from marketplace.jobs.models import PublicFile
from marketplace.jobs.public_kinds import public_kinds
from marketplace.workbooks.kinds import Context
from marketplace.workbooks.write import write_csv
from tests.qualification import market as base
from tests.support.kept import forget_what_is_kept
from tests.support.market_data import NOW, everything

pytestmark = pytest.mark.django_db
PUBLIC_HEADERS = [each.header for each in COMPETITIONS.columns if "Budget" not in each.header]
CSV_SHEETS = {
    "historic-competitions.csv": PUBLIC_HEADERS,
    "historic-competition-boundaries.csv": [each.header for each in BOUNDARIES.columns],
    "historic-service-windows.csv": [each.header for each in WINDOWS.columns],
}


def made(now=NOW):
    with clock.set_to(now):
        return public_files.refresh_due(now)


def get(client, name):
    return client.get(reverse("market_data:file", args=[name])).content


def table(data):
    return list(csv.DictReader(StringIO(data.decode())))


def test_a_csv_for_spreadsheet_programs_has_a_byte_order_mark_and_one_for_programs_has_none(client):
    everything()
    made()
    url = reverse("market_data:file", args=["historic-competitions.csv"])
    plain, marked = client.get(url), client.get(url, {"for": "spreadsheet"})
    assert marked.content == b"\xef\xbb\xbf" + plain.content
    assert marked["Content-Length"] == str(len(marked.content))
    assert marked["ETag"] != plain["ETag"]
    page = client.get(reverse("market_data:index")).content.decode()
    assert f'href="{url}?for=spreadsheet"' in page
    assert f'href="{url}"' in page
    geojson = reverse("market_data:file", args=["historic-boundaries.geojson"])
    assert client.get(geojson, {"for": "spreadsheet"}).content == client.get(geojson).content


def test_historic_competitions_are_those_confirmed_or_archived(client):
    everything()
    made()
    for name, headers in CSV_SHEETS.items():
        rows = table(get(client, name))
        assert {row["Competition Ref"] for row in rows} <= {"ARCHIVED", "CONFIRMED"}
        assert not rows or list(rows[0]) == headers
    assert [row["Competition Ref"] for row in table(get(client, "historic-competitions.csv"))] == [
        "ARCHIVED",
        "CONFIRMED",
    ]
    features = json.loads(get(client, "historic-boundaries.geojson"))["features"]
    assert [each["id"] for each in features] == ["ARCHIVED", "CONFIRMED"]
    assert features[0]["geometry"]["type"] in {"Polygon", "MultiPolygon"}


def test_the_workbook_has_the_three_sheets_of_the_competition_file_without_budgets(client):
    everything()
    made()
    book = load_workbook(BytesIO(get(client, "historic-competitions.xlsx")))
    sheets = ["Competitions", "Competition Boundaries", "Service Windows"]
    assert [name for name in book.sheetnames if name not in {"README", "Lists"}] == sheets
    assert [[cell.value for cell in book[name][1]] for name in sheets] == list(CSV_SHEETS.values())
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any(secret in cell for cell in cells for secret in ("1234.56", "98765.43", "Budget"))
    assert {row[0].value for row in book["Service Windows"].iter_rows(min_row=2)} == {"ARCHIVED", "CONFIRMED"}


def test_a_ref_that_is_not_public_is_not_told_by_one_that_is(client):
    everything()
    made()
    [archived, _] = table(get(client, "historic-competitions.csv"))
    assert archived["Duplicate Asset Overrides"] == "CONFIRMED"


def test_live_competitions_are_for_signed_in_providers(client):
    operator = everything()
    made()
    url = reverse("market_data:provider_file", args=["live-competitions.xlsx"])
    assert client.get(url).status_code == 302
    assert client.get(reverse("market_data:file", args=["live-competitions.xlsx"])).status_code == 404
    client.force_login(base.member(operator).user)
    assert client.get(url).status_code == 404
    client.force_login(base.member(base.provider()).user)
    with clock.set_to(NOW):
        answer = client.get(url)
    book = load_workbook(BytesIO(answer.content))
    assert [row[0].value for row in book["Competitions"].iter_rows(min_row=2)] == ["DECIDING", "LIVE"]
    assert [cell.value for cell in book["Competitions"][1]] == PUBLIC_HEADERS
    assert answer["Cache-Control"].startswith("private")


def test_a_file_is_made_anew_only_when_what_it_tells_may_have_changed():
    everything()
    assert set(made()) == {each.name for each in public_kinds()}
    assert made() == []
    Competition.objects.filter(ref="DECIDING").update(confirmed_at=NOW)
    changed = made(NOW + timedelta(seconds=1))
    assert "historic-competitions.csv" in changed
    assert "historic-bids.csv" not in changed
    assert "live-boundaries.geojson" in changed


def test_every_published_column_is_explained_with_an_example(client):
    page = client.get(reverse("market_data:dictionary"))
    sections = page.context["sections"]
    assert [each.title for each in sections][:3] == [
        "Competitions",
        "Competition Boundaries",
        "Service Windows",
    ]
    assert [[line.header for line in each.lines] for each in sections[:3]] == list(CSV_SHEETS.values())
    lines = [line for section in sections for line in section.lines]
    assert all(line.meaning for line in lines)
    assert all(line.example for line in lines)
    assert {line.unit for line in lines if line.header == "Capacity Required (MW)"} == {"MW"}
    text = page.content.decode()
    assert all(name in text for name in CSV_SHEETS)


@pytest.mark.parametrize(
    "sheet", [*HISTORIC_COMPETITIONS.sheets, *HISTORIC_BIDS.sheets], ids=lambda each: each.name
)
def test_every_example_of_the_dictionary_is_just_what_the_files_hold(sheet):
    values = {
        each.key: each.kind.parse(each.example, Context(ZoneInfo("Europe/London"))) for each in sheet.columns
    }
    target = BytesIO()
    write_csv(sheet, [values], target)
    [written] = csv.DictReader(StringIO(target.getvalue().decode()))
    assert written == {each.header: each.example for each in sheet.columns}


def test_every_published_table_is_in_the_dictionary(client):
    named = {
        name
        for each in client.get(reverse("market_data:dictionary")).context["sections"]
        for name in each.files.split(", ")
    }
    tables = {each.name for each in public_kinds() if each.name.endswith((".csv", ".xlsx"))}
    assert named == tables


def test_the_page_lists_the_files_with_rows_and_is_linked_from_every_page(client):
    everything()
    page = client.get(reverse("market_data:index")).content.decode()
    assert "Being made" in page
    assert "live-competitions.xlsx" not in page
    made()
    forget_what_is_kept()
    page = client.get(reverse("market_data:index")).content.decode()
    assert "Being made" not in page
    assert "2 rows" in page
    assert "2 features" in page
    assert all(
        f'href="/market-data/{each.name}"' in page for each in public_kinds() if each.audience == "everyone"
    )
    start = client.get("/").content.decode()
    assert 'href="/market-data/"' in start
    assert 'href="/market-data/dictionary/"' in start
    client.force_login(base.member(base.provider()).user)
    assert (
        "/market-data/for-providers/live-competitions.xlsx"
        in client.get(reverse("market_data:index")).content.decode()
    )


@pytest.mark.parametrize("name", ["nothing.csv", "historic-bids.pdf"])
def test_a_file_nobody_declared_does_not_exist(client, name):
    assert client.get(reverse("market_data:file", args=[name])).status_code == 404
    assert not PublicFile.objects.exists()
