"""Postcode reference data: the layouts it comes in, loading it twice, and what it is good for."""

import csv
import tracemalloc
import zipfile
from decimal import Decimal
from io import StringIO
from unittest import mock

import pytest
import shapely
from django.core.management import CommandError, call_command
from django.urls import reverse

from competitions.domain.places import postcode_files
from competitions.domain.places.nearness import covering
from competitions.domain.places.postcode_files import UnknownLayout, batches
from competitions.domain.places.postcodes import drawn, load_postcodes, place_of
from competitions.models import Boundary, Postcode, PostcodeLoad
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.postcodes import postcode_of
from tests.data_files import shared_data
from tests.qualification import market
from tests.qualification.market import DURING

PLAIN = "Postcode,lat,long\nEH21 8RE,55.94,-3.05\neh218rf,55.95,-3.04\nnonsense,1,2\nEH21 9AA,99.999999,0\n"
ONSPD = (
    "pcd,pcd2,pcds,dointr,doterm,oseast1m,osnrth1m,lat,long\n"
    '"EH218RE","EH21 8RE","EH21 8RE","198001","","334000","672000",55.94,-3.05\n'
    '"EH218RF","EH21 8RF","EH21 8RF","198001","199912","334000","672000",55.95,-3.04\n'
)
CODE_POINT = (
    '"EH1 1AA",10,325871,673942,"S92000003","","S08000024","","S12000036","S13002930"\n'
    '"ZE1 0AA",90,0,0,"","","","","",""\n'
)


def read(tmp_path, text, name="codes.csv"):
    path = tmp_path / name
    path.write_text(text)
    found = list(batches(path))
    codes = [code for batch in found for code in batch.codes]
    places = [(x, y) for batch in found for x, y in zip(batch.longitudes, batch.latitudes, strict=True)]
    return codes, places, sum(batch.left_out for batch in found)


def test_a_piece_is_read_alike_in_this_process_and_in_the_one_that_may_do_nothing_else(tmp_path):
    head = CODE_POINT.splitlines(keepends=True)[0].encode()
    off_grid = b'"EH1 1AB",10,9999999,9999999,"","","","","",""\n"BT1 1AA",10,300000,500000\n"x",1,2,3\n"EH1 1AC",10\n'
    [batch] = postcode_files._piece("codes.csv", head, off_grid, 1)
    codes, _, _, terminated, unusable, examples = batch
    assert (codes, terminated, unusable) == (["EH1 1AA"], 0, 4)
    assert sorted(each.partition(": ")[2] for each in examples) == [
        "“BT1 1AA” lies on the Irish grid, and the file has no latitude and longitude.",
        "“EH1 1AB” lies off the national grid.",
        "“EH1 1AC” has no place.",
        "“x” is not a postcode.",
    ]
    first, *rest = PLAIN.splitlines(keepends=True)
    [(codes, longitudes, latitudes, *_)] = postcode_files._piece(
        "p", first.encode(), "".join(rest).encode(), 1
    )
    assert (codes, list(zip(longitudes, latitudes, strict=True))) == read(tmp_path, PLAIN)[:2]
    terminated = b"Postcode,doterm,lat,long\n"
    [found] = postcode_files._piece(
        "p", terminated, b"EH1 1AA,202001,55,-3\nEH1 1AB,,55,-3\nEH1 1AC,,99.999999,0\n", 1
    )
    assert (found[0], found[3], found[4]) == (["EH1 1AB"], 1, 1)
    for table in (b"", b"a,b\n"):
        assert postcode_files._piece("p", table, b"1,2\n", 1) is None


def test_a_plain_list_is_read_with_any_case_and_spaces_and_rows_without_a_place_are_left_out(tmp_path):
    assert read(tmp_path, PLAIN) == (["EH21 8RE", "EH21 8RF"], [(-3.05, 55.94), (-3.04, 55.95)], 2)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("separator", [";", "\t", ","])
def test_a_list_in_another_encoding_or_with_other_separators_is_read(tmp_path, encoding, separator):
    rows = [["Postcode", "Lat", "Long"], ["EH21 8RE", "55.9", "-3.0"], ["EH1 1AA", "55.95", "-3.19"]]
    text = "\r\n".join(separator.join(row) for row in rows)
    if separator == ";":
        text = text.replace(".", ",")
    path = tmp_path / "places.csv"
    path.write_bytes((b"\xfe\xff" if encoding == "utf-16-be" else b"") + text.encode(encoding))
    [batch] = batches(path)
    assert (batch.codes, batch.latitudes, batch.unusable) == (["EH21 8RE", "EH1 1AA"], [55.9, 55.95], 0)


def test_terminated_postcodes_of_the_directories_are_left_out(tmp_path):
    assert read(tmp_path, ONSPD) == (["EH21 8RE"], [(-3.05, 55.94)], 1)


def test_code_point_open_has_no_header_and_is_on_the_national_grid(tmp_path):
    codes, [(longitude, latitude)], left_out = read(tmp_path, CODE_POINT)
    assert (codes, left_out) == (["EH1 1AA"], 1)
    assert longitude == pytest.approx(-3.1891, abs=1e-3)
    assert latitude == pytest.approx(55.9535, abs=1e-3)


def test_a_zip_is_read_through_all_its_tables_but_not_its_documentation(tmp_path):
    path = tmp_path / "codepo_gb.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Data/CSV/eh.csv", CODE_POINT)
        archive.writestr("Data/CSV/ne.csv", CODE_POINT.replace("EH1 1AA", "NE1 1AA"))
        archive.writestr("Doc/Code-Point_Open_Column_Headers.csv", "PC,PQ,EA,NO\n")
        archive.writestr("readme.txt", "nothing")
    assert [code for batch in batches(path) for code in batch.codes] == ["EH1 1AA", "NE1 1AA"]


def test_of_a_directory_that_comes_whole_and_in_pieces_the_whole_is_read_once(tmp_path):
    path = tmp_path / "ONSPD.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Data/ONSPD_UK.csv", ONSPD)
        archive.writestr("Data/multi_csv/ONSPD_EH.csv", ONSPD)
        archive.writestr("Documents/names and codes.csv", "CTRY12CD,CTRY12NM\nS92000003,Scotland\n")
    assert [code for batch in batches(path) for code in batch.codes] == ["EH21 8RE"]


def test_places_on_the_irish_grid_are_not_taken_for_british_ones(tmp_path):
    on_grid = "pcds,doterm,oseast1m,osnrth1m\nEH21 8RE,,334542,672631\nBT1 1AA,,146000,529000\n"
    codes, [(_, latitude)], left_out = read(tmp_path, on_grid)
    assert (codes, left_out) == (["EH21 8RE"], 1)
    assert latitude == pytest.approx(55.9417, abs=1e-3)


def test_a_large_file_takes_no_more_memory_than_a_batch(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("w") as file:
        for number in range(200_000):
            file.write(
                f'"EH{number % 9}1 1AA",10,{325871 + number % 999},673942,"S92000003","","","","",""\n'
            )
    tracemalloc.start()
    try:
        assert sum(len(batch.codes) for batch in batches(path)) == 200_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40e6, "all rows at once would take some 200 MB"


def test_rows_that_can_not_be_used_are_counted_and_the_first_ten_named_with_their_line(codes, tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_text(
        "Postcode,lat,long\n" + "".join(f"bad{n},55,-3\n" for n in range(15)) + "EH1 1AA,,\nEH1 1AB,55,-3\n"
    )
    out, err = StringIO(), StringIO()
    call_command("load_postcodes", str(path), stdout=out, stderr=err)
    assert "1 postcodes added" in out.getvalue()
    assert "16 rows that can't be used" in out.getvalue()
    assert err.getvalue().splitlines()[0] == "mixed.csv, line 2: “bad0” is not a postcode."
    assert len(err.getvalue().splitlines()) == 10
    assert AuditEntry.objects.filter(action="postcodes loaded", organisation_id=None).exists()


def test_a_file_without_one_usable_row_is_refused_and_leaves_no_trace(db, tmp_path):
    path = tmp_path / "useless.csv"
    path.write_text("Postcode,lat,long\nEH1 1AA,,\n")
    with pytest.raises(CommandError, match="Not one row"):
        call_command("load_postcodes", str(path))
    assert not PostcodeLoad.objects.exists()


def test_of_a_postcode_that_comes_twice_the_last_row_holds(db, tmp_path):
    path = tmp_path / "twice.csv"
    path.write_text("Postcode,lat,long\nEH1 1AA,55.9,-3.1\neh11aa,55.95,-3.1\n")
    load_postcodes(path, DURING)
    assert Postcode.objects.get().latitude == Decimal("55.95")


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\x00\x01\x02"], ids=["empty", "other table", "binary"])
def test_what_has_none_of_the_layouts_is_refused(tmp_path, text):
    with pytest.raises(UnknownLayout, match="neither"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("eh218re", "EH21 8RE"),
        (" N1  9GU ", "N1 9GU"),
        ("EH21", None),
        ("EH21 8", None),
        ("EH21 XRE", None),
        ("", None),
    ],
)
def test_a_postcode_has_one_space_before_its_last_three(text, code):
    assert postcode_of(text) == code


@pytest.fixture
def codes(db, tmp_path):
    path = tmp_path / "codes.csv"
    path.write_text("postcode,lat,long\nEH21 8RE,0.5,0.5\nEH21 8RF,0.7,0.5\nEH22 1AA,5,5\n")
    with clock.set_to(DURING):
        load_postcodes(path, DURING)
    return path


def test_loading_again_changes_nothing_and_a_moved_postcode_moves(codes):
    again = load_postcodes(codes, DURING)
    assert (again.added, again.moved, again.unchanged) == (0, 0, 3)
    codes.write_text("postcode,lat,long\nEH21 8RE,0.6,0.5\nEH99 1AA,1,1\n")
    moved = load_postcodes(codes, DURING)
    assert (moved.added, moved.moved, moved.unchanged) == (1, 1, 0)
    assert Postcode.objects.get(code="EH21 8RE").latitude == Decimal("0.6")
    assert Postcode.objects.count() == 4


def test_the_command_says_what_it_did_and_refuses_other_files_with_nothing_loaded(codes, tmp_path):
    told = StringIO()
    call_command("load_postcodes", str(codes), stdout=told)
    assert "0 postcodes added, 0 moved, 3 as before" in told.getvalue()
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("x,y\n")
    before = PostcodeLoad.objects.count()
    for path in (wrong, tmp_path / "absent.csv"):
        with pytest.raises(CommandError):
            call_command("load_postcodes", str(path))
    assert PostcodeLoad.objects.count() == before


def test_a_place_is_that_of_the_postcode_or_the_middle_of_a_sector_or_district(codes):
    assert place_of("eh218re") == (Decimal("0.500000"), Decimal("0.500000"))
    assert place_of("EH21 8") == place_of("EH21") == (Decimal("0.6"), Decimal("0.5"))
    assert place_of("EH23") is None
    assert place_of("E") is None
    assert place_of("Riverside") is None


def test_a_competition_is_found_by_a_postcode_that_lies_in_its_boundary(codes, client):
    with clock.set_to(DURING):
        held = market.competition(market.operator())
        far = market.competition(market.operator(), shape=shapely.box(20, 20, 21, 21))
        assert covering(Decimal("0.5"), Decimal("0.5"), [held, far]) == {held.pk}
        page = client.get(reverse("competitions:list"), {"place": "EH21 8RF"}).content.decode()
    assert held.ref in page
    assert far.ref not in page


@pytest.mark.parametrize(
    ("asked", "told", "not_told"),
    [
        ("eh21 8rf", 'data-place="0.700000,0.500000"', "is not known here"),
        ("EH21 8ZZ", "Where EH21 8ZZ lies is not known here", "data-place"),
        ("Monkton", "Competitions", "data-place"),
        ("", "Competitions", "data-place"),
    ],
)
def test_the_list_says_where_the_place_asked_for_is_marked_or_that_nobody_knows(
    codes, client, asked, told, not_told
):
    page = client.get(reverse("competitions:list"), {"place": asked}).content.decode()
    assert told in page
    assert not_told not in page


def test_the_postcodes_of_a_boundary_are_drawn_about_where_they_lie_and_unknown_ones_are_not(codes, client):
    with clock.set_to(DURING):
        made = market.competition(market.operator(), shape=shapely.Polygon())
        for kind, value in (("postcode", "EH22 1AA"), ("postcode_sector", "EH21 8"), ("postcode", "ZZ1 1ZZ")):
            Boundary.objects.create(competition=made, kind=kind, value=value)
        shapes = drawn(made.boundaries.all())
        assert set(shapes) == {"EH22 1AA", "EH21 8"}
        assert shapes["EH21 8"].covers(shapely.Point(0.5, 0.6))
        told = client.get(reverse("competitions:competition_map", args=[made.ref])).json()
        assert [each["properties"]["title"] for each in told["features"]] == [
            "About EH22 1AA",
            "About EH21 8",
        ]
        live = client.get(reverse("competitions:map"), {"zoom": 5}).json()
    assert [each["properties"]["ref"] for each in live["features"]] == [made.ref]


def test_every_postcode_of_two_real_areas_is_loaded(db, tmp_path):
    for name in ("EH", "NE"):
        path = shared_data(f"postcodes/postcode_centroids_{name}.csv")
        with path.open(newline="") as file:
            rows = sum(1 for _ in csv.reader(file)) - 1
        load = load_postcodes(path, DURING)
        assert load.added + load.left_out == rows
        assert load.left_out < rows / 100


def test_rows_are_parsed_in_a_process_of_their_own_in_pieces_that_keep_rows_whole(tmp_path):
    path = tmp_path / "codes.csv"
    rows = [f'"EH{n % 9}1 1AA",{55 + n / 1000},-3,"a note\nof two lines"\n' for n in range(300)]
    path.write_text("postcode,lat,long,note\n" + "".join(rows))
    with (
        mock.patch("competitions.domain.places.postcode_files.PIECE", 1_000),
        mock.patch(
            "competitions.domain.places.postcode_files.run_limited",
            side_effect=lambda function, *args, **_: function(*args),
        ) as ran,
    ):
        found = list(batches(path))
    assert ran.call_count > 5
    assert sum(len(batch.codes) for batch in found) == 300
    assert sum(batch.left_out for batch in found) == 0


def test_a_damaged_zip_is_refused_in_one_sentence(tmp_path):
    path = tmp_path / "codes.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Data/CSV/eh.csv", CODE_POINT * 50)
    data = bytearray(path.read_bytes())
    data[60:80] = b"\xff" * 20
    path.write_bytes(data)
    with pytest.raises(UnknownLayout, match="damaged"):
        list(batches(path))
