"""Meter files that can't be read, whole or by a row: what is said, and that the other rows are taken."""

import io
from datetime import date

import pytest
import xlsxwriter

from operations.domain.meterfiles.mapping import Measure, Sign
from operations.domain.meterfiles.proposing import look
from operations.domain.meterfiles.taking import take, taken_parts
from tests.operations.meter_files import MPAN, csv_of

LONG = {"shape": "long", "meter": 0, "stamp": 1, "value": 2, "clock": "utc"}
WIDE = {
    "shape": "wide",
    "meter": 0,
    "stamp": 1,
    "periods": range(2, 50),
    "clock": "local",
    "labels": [str(each) for each in range(1, 49)],
}
GOOD = [MPAN, "2026-06-22 00:30", "2"]


def workbook(*sheets: str) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for name in sheets:
            book.add_worksheet(name).write_row(0, 0, ["MPAN", "timestamp", "kWh"])
    return target.getvalue()


HALF_HOURS = [f"HH{number}" for number in range(1, 49)]
STANDARD = ["Period Start", "Minutes", "Import (kWh)", "Export (kWh)"]
REFUSED = [
    ([], "no row of headers"),
    ([["Ref", "timestamp", "kWh"], ["N", "soon", "2"]], "no row of headers"),
    ([["Ref", "timestamp", "note"], ["N", "2026-06-22 00:30", "fine"]], "No column holds energy or power"),
    ([["Ref", "note", "kWh"], ["N", "2026-06-22", "2"], ["N", "later", "2"]], "No column holds the time"),
    ([["Ref", "Note", *HALF_HOURS], ["N", "2026-06-22", *range(48)], ["N", "x", *range(48)]], "No column holds the day"),
    ([["Name", *STANDARD], ["N", "2026-06-22T00:00Z", 30, 1, 0]], "lacks the column Asset Ref, or Meter ID"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        *((csv_of(*rows), sentence) for rows, sentence in REFUSED),
        (b"\x89PNG\r\n\x1a\n\x00\x00", ""),
        (workbook("README", "Lists"), "has no sheet with readings"),
        (workbook("Data"), "no row of headers"),
    ],
)
def test_a_file_that_can_not_be_read_says_why(data, sentence):
    proposal = look(data)
    assert proposal.refusal
    assert sentence in proposal.refusal
    assert proposal.mapping == {}


@pytest.mark.parametrize(
    ("rows", "question"),
    [
        ([["MPAN", "timestamp UTC", "kWh"], GOOD], "minutes"),
        (
            [["MPAN", "timestamp UTC", "kWh", "kWh net"], [*GOOD, "3"], [MPAN, "2026-06-22 01:00", "2", "3"]],
            "value",
        ),
    ],
)
def test_what_the_rows_do_not_tell_is_asked(rows, question):
    assert question in look(csv_of(*rows)).questions


def taken(told: dict, *rows, head=("meter", "time", "value", "also", "quality")):
    """The readings and problems of these rows between two that are good."""
    good = [MPAN, "2026-06-22 12:00", "2"], [MPAN, "2026-06-22 12:30", "3"]
    found = take(csv_of(head, good[0], *rows, good[1]), told, "Europe/London")
    assert not found.refusal
    return [each for meter in found.meters for each in meter.readings()], [
        (each.row, each.message) for each in found.problems
    ]


@pytest.mark.parametrize(
    ("told", "row", "sentence"),
    [
        ({}, [MPAN, "2026-06-22 00:10", "2"], "grid of 30 minutes"),
        ({}, [MPAN, "9999-12-31 24:00", "2"], "not a date of the years 1970 to 2199"),
        ({}, [MPAN, "0001-01-01 00:00+01:00", "2"], "not a date of the years 1970 to 2199"),
        ({}, [MPAN, "2026-06-22 00:00", "much"], "“much” is not a number"),
        ({}, [MPAN, "2026-06-22 00:00", "1e10"], "not an amount of energy"),
        ({}, [MPAN, "2026-06-22 00:00", "1e9999999"], "not an amount of energy"),
        ({}, [MPAN, "2026-06-22 00:00", "inf"], "not an amount of energy"),
        ({}, [MPAN, "2026-06-22 00:00", "sNaN"], "not an amount of energy"),
        ({"exact": True}, [MPAN, "2026-06-22 00:00", "0.1234567"], "at most six decimals"),
        ({"quality": 4}, [MPAN, "2026-06-22 00:00", "1", "", "guess"], "“guess” is not a quality"),
        ({"minutes_column": 3}, [MPAN, "2026-06-22 00:00", "1", "60"], "not 60"),
        ({"minutes_column": 3}, [MPAN, "2026-06-22 00:00", "1", "long"], "not long"),
        ({"clock": "offset"}, [MPAN, "2026-06-22 00:00", "1"], "has no offset"),
        ({"clock": "local"}, [MPAN, "2026-03-29 01:30", "1"], "does not exist"),
    ],
)
def test_a_row_that_can_not_be_read_is_told_and_the_others_are_taken(told, row, sentence):
    readings, problems = taken(LONG | told, row)
    assert [number for number, _ in problems if number == 3] == [3]
    assert sentence in dict(problems)[3]
    if not {"minutes_column", "clock"} & set(told):
        assert len(readings) == 2
        assert len(problems) == 1


def test_each_row_tells_its_direction_and_one_that_is_unknown_is_refused():
    told = LONG | {"flow": 3}
    found = take(
        csv_of(
            ("meter", "time", "value", "type"),
            [MPAN, "2026-06-22 12:00", "2", "Import"],
            [MPAN, "2026-06-22 12:00", "5", "AE"],
            [MPAN, "2026-06-22 12:30", "-1", "Export"],
            [MPAN, "2026-06-22 13:00", "9", "kVArh"],
            [MPAN, "2026-06-22 13:30", "9", "sideways"],
        ),
        told,
        "Europe/London",
    )
    assert [each.message for each in found.problems] == [
        "Energy in one direction is 0 kWh or more.",
        "“sideways” is not a direction or quantity that is known.",
    ]
    [reading] = [each for meter in found.meters for each in meter.readings()][:1]
    assert (reading[2], reading[4]) == (2_000_000, 5_000_000)


@pytest.mark.parametrize(
    ("measure", "kwh"),
    [
        (Measure.WH, "0.002"),
        (Measure.KWH, "2"),
        (Measure.MWH, "2000"),
        (Measure.KW, "1"),
        (Measure.MW, "1000"),
    ],
)
@pytest.mark.parametrize("sign", Sign)
def test_a_value_is_energy_or_mean_power_of_its_half_hour_and_import_or_export(measure, kwh, sign):
    told = LONG | {"measure": measure, "sign": sign}
    found = take(csv_of(("m", "t", "v"), [MPAN, "2026-06-22 12:00", "2"]), told, "Europe/London")
    [reading] = list(found.meters[0].readings())
    micro = int(float(kwh) * 1_000_000)
    assert (reading[2], reading[4]) == ((micro, 0) if sign is Sign.IMPORT else (0, micro))


def wide_row(day: object, *values: object) -> list[object]:
    return [MPAN, day, *values, *([1] * (48 - len(values)))]


@pytest.mark.parametrize(
    ("day", "value", "sentence"),
    [
        ("", 1, "Names no day"),
        ("someday", 1, "is not a date and time"),
        ("9999-12-31", 1, "not a date of the years"),
        ("2026-06-22", "much", "“much” is not a number"),
        ("2026-06-22", "1e9999999", "not an amount of energy"),
    ],
)
def test_a_day_that_can_not_be_read_is_told_and_the_others_are_taken(day, value, sentence):
    head = ["m", "day", *(f"HH{number}" for number in range(1, 49))]
    rows = wide_row("2026-06-21"), wide_row(day, value), wide_row("2026-06-23")
    found = take(csv_of(head, *rows), WIDE, "Europe/London")
    assert (found.refusal, found.rows) == ("", 3)
    assert [(each.row, sentence in each.message) for each in found.problems] == [(3, True)]
    of_row = 47 if sentence.startswith(("“much", "not an amount")) else 0
    assert len(list(found.meters[0].readings())) == 2 * 48 + of_row
    refusal, _, problems, count = taken_parts(csv_of(head, *rows), WIDE, "Europe/London")
    assert (refusal, problems, count) == ("", found.problems, 3)


def test_a_quality_of_a_day_that_is_unknown_refuses_the_day():
    head = ["m", "day", *(f"HH{number}" for number in range(1, 49)), "quality"]
    rows = [*wide_row("2026-06-21"), "guess"], [*wide_row("2026-06-22"), "E"]
    found = take(csv_of(head, *rows), WIDE | {"quality": 50}, "Europe/London")
    assert [each.message for each in found.problems] == [
        "“guess” is not a quality: Actual, Estimated or Missing."
    ]
    assert {date.fromordinal(719163 + each[0] // 1440) for each in found.meters[0].readings()} <= {
        date(2026, 6, 21),
        date(2026, 6, 22),
    }
    assert len(list(found.meters[0].readings())) == 48


def test_stamps_with_and_without_an_offset_in_one_file_still_tell_how_long_an_interval_is():
    stamps = ["2026-06-22 00:00", "2026-06-22T00:30Z", "2026-06-22 01:00", "2026-06-22 01:30"]
    found = look(csv_of(["MPAN", "timestamp", "kWh"], *([MPAN, stamp, "2"] for stamp in stamps)))
    assert (found.refusal, found.mapping["minutes"], "clock" in found.questions) == ("", 30, True)
