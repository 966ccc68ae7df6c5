"""Assets files and meter lists as people really send them, and as attackers do: each of a kind, with what is
right."""

import io
import time
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.keys import key_form
from marketplace.workbooks.declare import Unreadable
from marketplace.workbooks.reading import read as read_workbook
from qualification.domain.meters.lists import read_meters
from qualification.domain.meters.numbers import read_meter_id
from qualification.models import Asset, PlannedAsset
from qualification.workbooks.specs import ASSETS
from rehearsal.round.uploads import hand_in_bytes
from tests.data_files import CHECKOUT
from tests.qualification import market
from tests.qualification.market import DURING
from tests.support.asset_files import GOOD, hand_in, workbook

FIELD = CHECKOUT / "tests" / "data" / "field"
ATTACK = CHECKOUT / "tests" / "data" / "attack"
METER = "1200023305967"
LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def member(db):
    with clock.set_to(DURING), run_jobs_inline():
        yield market.member(market.provider())


def read(path):
    return read_workbook(path.read_bytes(), ASSETS, zone=LONDON)


def handed_in(member, name):
    return hand_in_bytes(by=member, kind="qualification.assets", name=name, data=(FIELD / name).read_bytes())


def test_assets_near_greenwich_are_taken_with_their_places_rounded(member):
    report = handed_in(member, "coordinate-digits_assets_near_greenwich.xlsx")
    assert (report.created, report.errors) == (4, [])
    assert all(-Decimal("0.2") < asset.longitude < Decimal("0.2") for asset in Asset.objects.all())


def test_refs_that_look_alike_are_told_as_the_same_in_each_row(member):
    report = handed_in(member, "look-alike-keys_asset_refs.xlsx")
    assert report.created == 0
    assert [error["column"] for error in report.errors] == ["Asset Ref"] * 6
    assert all("The same reference is used in Assets row" in error["message"] for error in report.errors)
    assert not Asset.objects.exists()


@pytest.mark.parametrize("ref", ["BAT-1\u200b", " bat-1 ", "BAT\u00ad-1", "\ufeffBAT-1"])
def test_a_ref_that_looks_like_a_stored_one_updates_it(member, ref):
    hand_in(member, [GOOD])
    report = hand_in(member, [{**GOOD, "Asset Ref": ref, "Asset Name": "Renamed"}])
    assert (report.created, report.updated, report.errors) == (0, 1, [])
    assert [asset.name for asset in Asset.objects.all()] == ["Renamed"]


def test_a_ref_is_kept_without_what_nobody_sees(member):
    hand_in(member, [{**GOOD, "Asset Ref": "\ufeffCafe\u0301\u00a0 1\u200b"}])
    assert Asset.objects.get().ref == "Café 1"


def test_headers_with_invisible_characters_are_read():
    reading = read(FIELD / "look-alike-keys_invisible_in_header.xlsx")
    assert [problem for problem in reading.problems if problem.level == "error"] == []
    assert len(reading.sheets["Assets"].rows) == 2
    assert {"ref", "name"} <= reading.sheets["Assets"].present


def test_a_misspelt_sheet_is_named_with_what_it_may_be_meant_to_be(member):
    warnings = read(FIELD / "unread-data_misspelt_sheet.xlsx").warnings
    assert [problem.message for problem in warnings] == [
        "The sheet “Planned Asset” is not known here and was not read. It may be meant to be “Planned Assets”: rename "
        "it and upload the file again."
    ]
    handed_in(member, "unread-data_misspelt_sheet.xlsx")
    assert (Asset.objects.count(), PlannedAsset.objects.count()) == (2, 0)


def test_a_column_without_header_is_named_by_its_letter():
    [warning] = read(FIELD / "unread-data_column_without_header.xlsx").warnings
    assert (warning.row, warning.column) == (2, "Q")
    assert "Column Q holds something but has no header" in warning.message


def test_white_space_in_meter_ids_counts_for_nothing_in_workbooks_and_lists(member):
    report = handed_in(member, "separators_no_break_space_meter_id.xlsx")
    assert (report.created, report.errors) == (3, [])
    assert {len(asset.import_meter_id) for asset in Asset.objects.all()} == {13}
    reading = read_meters((FIELD / "separators_no_break_space_meter_list.csv").read_bytes())
    assert (len(reading.meter_ids), reading.problems) == (1, [])


@pytest.mark.parametrize("typed", ["0" * 13, "0" * 21, "N/A", "n/a", "TBC", "-", "none", "0"])
def test_placeholders_are_no_meter_ids(typed):
    core, fault = read_meter_id(typed)
    assert core == ""
    assert "placeholder" in fault


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_meter_list_is_read_in_every_usual_dress(encoding, separator):
    text = f"name{separator}meter_id\r\nCafé{separator}{METER}\r\n"
    reading = read_meters(text.encode(encoding))
    assert reading.meter_ids == [METER]
    assert [problem.level for problem in reading.problems] == (["warning"] if encoding == "cp1252" else [])


@pytest.mark.parametrize("name", ["far-cell_lone.xlsx", "far-cell_row_attribute_lies.xlsx"])
def test_a_far_cell_is_refused_at_once(name):
    begun = time.process_time()
    with pytest.raises(Unreadable, match="filled cell in row 1,048,576"):
        read(ATTACK / name)
    assert time.process_time() - begun < 2


def test_a_version_that_is_none_is_refused_with_a_sentence():
    with pytest.raises(Unreadable, match="template version is not a version"):
        read(ATTACK / "version_of_100000_digits.xlsx")


def test_a_sheet_of_a_name_that_an_earlier_one_has_is_named():
    book = openpyxl.load_workbook(io.BytesIO(workbook([GOOD])))
    second = book.create_sheet("Assets\u200b")
    second.append(["Asset Ref"])
    target = io.BytesIO()
    book.save(target)
    reading = read_workbook(target.getvalue(), ASSETS, zone=LONDON)
    assert ["There is an earlier sheet of the name" in problem.message for problem in reading.warnings] == [
        True
    ]
    assert key_form(reading.warnings[0].sheet) == "assets"
