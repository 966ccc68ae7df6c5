"""CSV files as people send them are read; what is none, or asks for too much, is refused with its line."""

import time
from zoneinfo import ZoneInfo

import pytest

from competitions.domain.demand_cells import UnreadableSeries
from competitions.domain.demand_reading import read_series, read_series_apart
from marketplace.csv_text import BadCsv, dress_of, lines_of
from tests.data_files import CHECKOUT

LONDON = ZoneInfo("Europe/London")
ATTACK = CHECKOUT / "tests" / "data" / "attack"


def cells(data: bytes, most_rows: int = 10) -> list[tuple[int, tuple[str, ...]]]:
    return [(line.number, line.cells) for line in lines_of(data, most_rows=most_rows)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_every_usual_dress_is_read(encoding, separator, ending):
    text = f'name{separator}"Café{separator}bar"{ending}{ending}a{separator} b {ending}'
    assert cells(text.encode(encoding)) == [(1, ("name", f"Café{separator}bar")), (3, ("a", "b"))]
    assert bool(dress_of(text.encode(encoding)).note) == (encoding == "cp1252")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04\x00\x00", "not text"),
        (b"a,b\n\x81\x8d", "not text"),
        (b"a,b\nx\x07,1", "Line 2: holds a control character"),
        ("a,b\nx\u202e,1".encode(), "Line 2: holds an invisible character"),
        (b'a,b\n"x', "Line 2 can't be read"),
        (b'a,b\n"' + b"x" * 40_000, "Line 2 can't be read: a text is too long"),
        (b"a,b\n" + b"1,2\n" * 11, "more than 10 rows"),
        (b"a" + b"," * 600 + b"\n", "601 cells"),
        (b"\n" * 1_000_000, "more than 10 rows"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(data, words):
    with pytest.raises(BadCsv, match=words):
        cells(data)


@pytest.mark.parametrize(("name", "value"), [("1e-99999999", "1e-99999999"), ("1e999999999", "1e999999999")])
def test_a_demand_that_no_network_has_is_refused_by_line_and_value(name, value):
    begun = time.process_time()
    with pytest.raises(UnreadableSeries, match=f"Line 2: “{value}” is not a number of MW"):
        read_series((ATTACK / f"demand-series_{name}.csv").read_bytes(), LONDON)
    assert time.process_time() - begun < 1


def test_a_series_is_the_same_read_apart():
    rows = [
        "2026-01-05 16:00,11",
        "2026-01-05 16:30,12.5",
        "2026-01-05 16:30,13",
        "2026-01-05 19:00,1e1",
        "soon,x",
    ]
    data = "\n".join(["timestamp,MW", *rows]).encode()
    assert read_series_apart(data, LONDON) == read_series(data, LONDON)
    with pytest.raises(UnreadableSeries, match="no rows with a time stamp"):
        read_series_apart(b"timestamp,MW\n", LONDON)


@pytest.mark.parametrize(("number", "mw"), [("1,5", "1.5"), ("12,25", "12.25"), ("7.5", "7.5")])
def test_a_decimal_comma_is_read_where_commas_do_not_separate(number, mw):
    series = read_series(f"timestamp;MW\n2026-01-05 16:00;{number}\n2026-01-05 16:30;1\n".encode(), LONDON)
    assert str(series.readings[0]) == mw


def test_instants_are_those_of_the_zone_also_round_clock_changes():
    stamps = [
        "2026-03-29 00:30",
        "2026-03-29 01:30",
        "2026-03-29 02:00",
        "2026-10-25 00:30",
        "2026-10-25 01:30",
    ]
    data = "\n".join(["timestamp,MW", *(f"{stamp},1" for stamp in stamps)]).encode()
    series = read_series(data, LONDON)
    assert [f"{stamp:%m-%d %H:%M}" for stamp in series.stamps] == [
        "03-29 00:30",
        "03-29 01:00",
        "10-24 23:30",
        "10-25 00:30",
    ]
    assert series.unreadable == [3]
