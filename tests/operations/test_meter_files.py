"""Files as meter operators and aggregators write them: proposed right by itself, or asked."""

import io
import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
import xlsxwriter

from operations.domain.meterfiles.mapping import mapping_of
from operations.domain.meterfiles.proposing import look, looked_at
from operations.domain.meterfiles.taking import take
from operations.domain.series import instant_of
from tests.data_files import shared_data
from tests.operations.meter_files import AUTUMN, LONDON, MPAN, SPRING, csv_of, of_day, value, wide

SUMMER = date(2026, 6, 22)
CLOCK = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(0, 1440, 30)]
ENDS = [*CLOCK[1:], "24:00"]


def read(data, **told):
    """The readings of a file by start, import and export in kWh with the quality, after its proposal and what is told."""
    proposal = look(data)
    assert not proposal.refusal, proposal.refusal
    asked = set(proposal.questions) - set(told)
    assert not asked, {name: proposal.questions[name] for name in asked}
    taken = take(data, proposal.mapping | told, "Europe/London")
    assert not taken.refusal, taken.refusal
    return taken


def energies(taken, meter=None):
    """By instant, net import of one meter in kWh."""
    told = next(each for each in taken.meters if meter in (None, each.meter))
    return {
        instant_of(start): (Decimal(imported) - Decimal(exported)) / 1_000_000
        for start, _, imported, import_quality, exported, export_quality, _ in told.readings()
        if max(import_quality, export_quality) < 2
    }


def qualities(taken):
    return [max(each[3], each[5]) for each in taken.meters[0].readings()]


def expected(day, days=1):
    return {each: Decimal(f"{value(each):.2f}") for each in of_day(day, days)}


def problems(taken):
    return [each.message for each in taken.problems]


# Wide


@pytest.mark.parametrize(
    ("day", "number"), [(SUMMER, 48), (SPRING, 46), (SPRING, 48), (AUTUMN, 50), (SUMMER, 50)]
)
@pytest.mark.parametrize("name", ["HH{:02d}", "{}", "HH{}", "Period {}"])
def test_numbered_columns_count_from_local_midnight(day, number, name):
    data = wide(day, [name.format(each) for each in range(1, number + 1)], number)
    taken = read(data, sign="import", measure="kWh")
    assert taken.meters[0].meter == MPAN
    assert energies(taken) == expected(day)
    assert not taken.problems


def test_a_day_of_50_half_hours_in_48_columns_is_refused():
    data = wide(AUTUMN, [f"HH{each:02d}" for each in range(1, 49)], 48)
    taken = read(data, sign="import", measure="kWh")
    assert not taken.meters
    assert "has 50 periods and the file has columns for 48 of them" in problems(taken)[0]


def test_columns_47_and_48_of_the_short_day_must_be_blank():
    data = wide(SPRING, [f"HH{each:02d}" for each in range(1, 49)], 48).replace(b",,", b",0,0")
    taken = read(data, sign="import", measure="kWh")
    assert not taken.meters
    assert "has 46 periods, so 47, 48 must be blank" in problems(taken)[0]


def test_a_total_beside_the_columns_is_no_reading():
    data = wide(SUMMER, [f"HH{each:02d}" for each in range(1, 49)], 48, more=["Total kWh"])
    assert energies(read(data, sign="import")) == expected(SUMMER)


def test_columns_by_clock_time_name_the_start():
    data = wide(SUMMER, CLOCK, 48)
    assert energies(read(data, sign="import", measure="kWh")) == expected(SUMMER)


def test_columns_by_clock_time_that_end_at_24_name_the_end():
    data = wide(SUMMER, ENDS, 48)
    assert energies(read(data, sign="import", measure="kWh")) == expected(SUMMER)


def by_clock(day, names):
    """A row whose columns hold the value of the instant that their clock time names, blank where there is none."""
    left = {}
    for each in of_day(day):
        left.setdefault(f"{each.astimezone(LONDON):%H:%M}", []).append(f"{value(each):.2f}")
    cells = [left[name].pop(0) if left.get(name) else "" for name in names]
    rest = [text for texts in left.values() for text in texts]
    return cells, rest


def test_the_skipped_half_hours_are_blank():
    cells, _ = by_clock(SPRING, CLOCK)
    data = csv_of(["MPAN", "Date", *CLOCK], [MPAN, SPRING, *cells])
    assert energies(read(data, sign="import", measure="kWh")) == expected(SPRING)


def test_skipped_half_hours_filled_with_zero_do_not_exist():
    cells, _ = by_clock(SPRING, CLOCK)
    data = csv_of(["MPAN", "Date", *CLOCK], [MPAN, SPRING, *(cell or "0" for cell in cells)])
    taken = read(data, sign="import", measure="kWh")
    assert not taken.meters
    assert "leave out 01:00, 01:30" in problems(taken)[0]


@pytest.mark.parametrize("again", [["01:00", "01:30"], ["HH49", "HH50"]])
def test_the_repeated_half_hours_have_columns_of_their_own(again):
    if again[0] == "HH49":
        cells, rest = by_clock(AUTUMN, CLOCK)
        names, cells = [*CLOCK, *again], [*cells, *rest]
    else:
        names = [*CLOCK[:4], *again, *CLOCK[4:]]
        cells, _ = by_clock(AUTUMN, names)
    data = csv_of(["MPAN", "Date", *names], [MPAN, AUTUMN, *cells])
    assert energies(read(data, sign="import", measure="kWh")) == expected(AUTUMN)


@pytest.mark.parametrize(
    ("day", "starts", "ends"),
    [
        (SPRING, CLOCK, ENDS),
        (AUTUMN, CLOCK, [*ENDS, "HH49", "HH50"]),
        (
            AUTUMN,
            [*CLOCK[:4], "01:00", "01:30", *CLOCK[4:]],
            [*ENDS[:4], "01:30", "02:00", *ENDS[4:]],
        ),
    ],
)
def test_columns_that_name_the_end_are_the_same_half_hours_when_the_clocks_change(day, starts, ends):
    """The half-hours from 01:00 and 01:30, which are skipped or come twice, stand under their ends, 01:30 and 02:00."""
    cells, rest = by_clock(day, starts)
    data = csv_of(["MPAN", "Date", *ends], [MPAN, day, *cells, *rest])
    assert energies(read(data, sign="import", measure="kWh")) == expected(day)


def test_without_columns_for_the_repeated_hour_the_day_is_refused():
    cells, _ = by_clock(AUTUMN, CLOCK)
    taken = read(csv_of(["MPAN", "Date", *CLOCK], [MPAN, AUTUMN, *cells]), sign="import", measure="kWh")
    assert not taken.meters
    assert "the hour that comes twice needs columns of its own" in problems(taken)[0]


def test_a_second_row_a_day_holds_the_export_and_reactive_rows_are_passed_over():
    names = [f"HH{each:02d}" for each in range(1, 49)]
    rows = [
        [MPAN, SUMMER, kind, *[number] * 48]
        for kind, number in (("AI", "2.5"), ("RI", "9"), ("AE", "1"), ("RE", "9"))
    ]
    taken = read(csv_of(["MPAN", "Date", "Type", *names], *rows))
    told = list(taken.meters[0].readings())
    assert {(each[2], each[4]) for each in told} == {(2_500_000, 1_000_000)}
    assert not taken.problems


def test_qualities_beside_each_value_and_two_lines_of_headers():
    names = [text for each in range(1, 49) for text in (f"HH{each:02d}", "")]
    under = ["", "", *["kWh", "A/E"] * 48]
    cells = [text for each in range(48) for text in ("1", "E" if each == 3 else "A")]
    taken = read(
        csv_of(["MPAN", "Read Date", *names], under, [MPAN, "22/06/2026", *cells]), sign="import", order="dmy"
    )
    assert qualities(taken) == [0, 0, 0, 1, *[0] * 44]


def test_quality_of_the_day():
    names = [f"HH{each:02d}" for each in range(1, 49)]
    taken = read(
        csv_of(["MPAN", "Date", "Status", *names], [MPAN, SUMMER, "Estimated", *["1"] * 48]),
        sign="import",
        measure="kWh",
    )
    assert set(qualities(taken)) == {1}


@pytest.mark.parametrize("blank", ["", "-", "Null", "NULL"])
def test_a_blank_value_is_missing(blank):
    names = [f"HH{each:02d}" for each in range(1, 49)]
    taken = read(
        csv_of(["MPAN", "Date", *names], [MPAN, SUMMER, blank, *["1"] * 47]), sign="import", measure="kWh"
    )
    assert qualities(taken) == [2, *[0] * 47]


def test_a_meter_id_that_a_spreadsheet_rounded_is_refused():
    names = [f"HH{each:02d}" for each in range(1, 49)]
    taken = read(
        csv_of(["MPAN", "Date", *names], ["1.2E+12", SUMMER, *["1"] * 48]), sign="import", measure="kWh"
    )
    assert "digits are lost" in problems(taken)[0]


def test_semicolons_and_decimal_commas():
    names = [f"HH{each:02d} kWh" for each in range(1, 49)]
    data = "\ufeff".encode() + csv_of(
        ["MPAN", "Date", *names], [MPAN, "31.05.2026", *["1.234,5"] * 48], separator=";"
    )
    assert set(energies(read(data, sign="import")).values()) == {Decimal("1234.5")}


def test_quarter_hours_and_a_workbook_with_times_in_its_headers():
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet, clock, day = (
        book.add_worksheet("Data"),
        book.add_format({"num_format": "hh:mm"}),
        book.add_format({"num_format": "dd/mm/yyyy"}),
    )
    sheet.write_row(0, 0, ["Meter", "Date"])
    for place in range(96):
        sheet.write_datetime(0, place + 2, time(place // 4, place % 4 * 15), clock)
        sheet.write_number(1, place + 2, place / 8)
    sheet.write_string(1, 0, MPAN)
    sheet.write_datetime(1, 1, datetime(2026, 6, 22), day)
    book.close()
    found = energies(read(target.getvalue(), sign="import", measure="kWh"))
    assert len(found) == 96
    assert found[datetime(2026, 6, 22, 11, 15, tzinfo=UTC)] == Decimal("6.125")


# Long


def long(instants, stamp, headers=("MPAN", "timestamp", "kWh"), of=lambda each: f"{value(each):.2f}"):
    return csv_of(headers, *([MPAN, stamp(each), of(each)] for each in instants))


def test_utc_that_names_the_end():
    data = long(
        of_day(SUMMER),
        lambda each: f"{each + timedelta(minutes=30):%Y-%m-%d %H:%M:%S}",
        ("MPAN", "Period End UTC", "Import (kWh)"),
    )
    assert energies(read(data)) == expected(SUMMER)


@pytest.mark.parametrize("day", [SPRING, AUTUMN, SUMMER])
@pytest.mark.parametrize("end", [False, True])
def test_local_time_with_both_changes_of_the_clocks(day, end):
    later = timedelta(minutes=30 if end else 0)
    data = long(
        of_day(day),
        lambda each: f"{(each + later).astimezone(LONDON):%d/%m/%Y %H:%M}",
        ("MPAN", f"Local {'end' if end else 'start'} time", "Consumption kWh"),
    )
    assert energies(read(data, order="dmy")) == expected(day)


def test_an_offset_in_the_stamp():
    data = long(
        of_day(AUTUMN), lambda each: each.astimezone(LONDON).isoformat(), ("MPAN", "Start time", "Import kWh")
    )
    assert energies(read(data)) == expected(AUTUMN)


def test_of_a_time_that_comes_twice_one_row_is_an_error():
    instants = [each for each in of_day(AUTUMN) if each != datetime(2026, 10, 25, 1, tzinfo=UTC)]
    data = long(
        instants,
        lambda each: f"{each.astimezone(LONDON):%Y-%m-%d %H:%M}",
        ("MPAN", "Local start time", "Import kWh"),
    )
    taken = read(data)
    assert "01:00 on 25 October 2026 comes twice" in problems(taken)[0]
    assert datetime(2026, 10, 25, 0, tzinfo=UTC) not in energies(taken)


def test_a_time_that_does_not_exist_is_an_error():
    rows = [
        ["MPAN", "Local start time", "Import kWh"],
        *([MPAN, f"2026-03-29 {clock}", "0"] for clock in CLOCK),
    ]
    taken = read(csv_of(*rows))
    assert [
        message for message in problems(taken) if "does not exist: the clocks go forward" in message
    ] == problems(taken)
    assert len(problems(taken)) == 2


def test_24_00_is_the_next_midnight():
    rows = [
        [MPAN, "22/06/2026", clock, f"{value(each):.2f}"]
        for clock, each in zip(ENDS, of_day(SUMMER), strict=True)
    ]
    taken = read(csv_of(["MPAN", "Date", "Time", "Import kWh"], *rows), order="dmy", clock="local")
    assert energies(taken) == expected(SUMMER)


def test_a_row_a_period_by_settlement_date():
    rows = [
        [MPAN, f"{AUTUMN:%d/%m/%Y}", number, f"{value(each):.2f}"]
        for number, each in enumerate(of_day(AUTUMN), 1)
    ]
    assert energies(
        read(csv_of(["MPAN", "Settlement Date", "Settlement Period", "Import kWh"], *rows))
    ) == expected(AUTUMN)


def test_a_period_that_the_day_does_not_have():
    rows = [[MPAN, f"{SPRING:%d/%m/%Y}", number, "1"] for number in range(1, 49)]
    taken = read(csv_of(["MPAN", "Settlement Date", "Settlement Period", "Import kWh"], *rows))
    assert problems(taken) == [
        f"“{number}” is not a period of 29 March 2026, which has 46." for number in (47, 48)
    ]


@pytest.mark.parametrize(
    ("unit", "kwh"),
    [("kW", "6"), ("W", "0.006"), ("MW", "6000"), ("Wh", "0.012"), ("kWh", "12"), ("MWh", "12000")],
)
def test_energy_and_mean_power(unit, kwh):
    data = long(
        of_day(SUMMER),
        lambda each: each.isoformat(),
        ("MPAN", "Start time", f"Import ({unit})"),
        of=lambda each: "12",
    )
    assert set(energies(read(data)).values()) == {Decimal(kwh)}


def test_import_and_export_in_columns_of_their_own():
    rows = [[MPAN, each.isoformat(), "3", "1"] for each in of_day(SUMMER)]
    taken = read(csv_of(["MPAN", "Start time", "Import kWh", "Export kWh"], *rows))
    assert {(each[2], each[4]) for each in taken.meters[0].readings()} == {(3_000_000, 1_000_000)}


def test_generation_is_export_and_what_is_not_told_is_asked():
    data = long(of_day(SUMMER), lambda each: each.isoformat(), ("MPAN", "Start time", "Generation kWh"))
    assert max(energies(read(data)).values()) < 0
    bare = long(of_day(SUMMER), lambda each: f"{each:%Y-%m-%d %H:%M}", ("MPAN", "timestamp", "value"))
    assert set(look(bare).questions) == {"clock", "names", "measure", "sign"}


def test_months_and_days_are_told_apart_or_asked():
    def order(*days):
        data = csv_of(
            ["MPAN", "Settlement Date", "Settlement Period", "Import kWh"],
            *([MPAN, day, "1", "1"] for day in days),
        )
        found = look(data)
        return mapping_of(found.mapping).order.value, "order" in found.questions

    assert order("13/06/2026") == ("dmy", False)
    assert order("06/13/2026") == ("mdy", False)
    assert order("01/06/2026", "02/06/2026", "03/06/2026") == ("dmy", False)
    assert order("06/06/2026")[1]


def from_local(day, *more):
    rows = [[MPAN, f"{each.astimezone(LONDON):%d/%m/%Y %H:%M}", f"{value(each):.2f}"] for each in of_day(day)]
    return csv_of(["MPAN", "from", "Import kWh"], *rows, *more)


def test_an_hour_that_comes_twice_when_the_clocks_go_back_tells_that_times_are_local():
    assert "clock" in look(from_local(SUMMER)).questions
    assert energies(read(from_local(AUTUMN))) == expected(AUTUMN)


def test_a_stamp_that_is_no_date_tells_neither_the_interval_nor_the_clock():
    found = look(from_local(AUTUMN, [MPAN, "31/02/2026 00:00", "1"]))
    assert mapping_of(found.mapping).minutes == 30
    assert "clock" in found.questions, "nobody knows what the times before and after it are"
    assert "minutes" not in found.questions


@pytest.mark.parametrize(("unit", "kwh"), [("kWh", 1), ("kW", Decimal("0.5"))])
def test_a_column_of_units_beside_the_readings_tells_theirs(unit, kwh):
    rows = [[MPAN, each.isoformat(), unit, "1"] for each in of_day(SUMMER)]
    taken = read(csv_of(["MPAN", "Start time", "Units", "Reading"], *rows), sign="import")
    assert set(energies(taken).values()) == {kwh}


def test_what_a_file_seems_to_mean_comes_out_in_plain_values():
    headers = ["Asset Ref", "Period Start", "Minutes", "Import (kWh)", "Export (kWh)", "Quality"]
    stored = csv_of(headers, ["N1", "2026-06-22T00:00:00Z", "30", "1", "0", "A"])
    found = looked_at(stored)
    assert (found["is_standard"], found["questions"], found["headers"]) == (True, {}, headers)
    assert mapping_of(found["mapping"]).exact
    assert json.loads(json.dumps(found)) == found | {"rows": [list(each) for each in found["rows"]]}
    assert looked_at(b"nothing")["refusal"]


def test_irregular_stamps_are_refused_with_what_is_taken():
    stamps = [1780358400 + 37 * number + number % 7 for number in range(100)]
    found = look(csv_of(["device", "timestamp", "W"], *([MPAN, stamp, "100"] for stamp in stamps)))
    assert "Readings are taken on a fixed grid of 1, 5, 10, 15 or 30 minutes" in found.refusal


def test_hours_are_refused():
    found = look(
        long(of_day(SUMMER, 1, 60), lambda each: each.isoformat(), ("MPAN", "Start time", "Import kWh"))
    )
    assert found.refusal.startswith("The intervals are of 60 minutes.")


def test_unix_seconds_on_the_grid_are_utc():
    data = long(
        of_day(SUMMER), lambda each: int(each.timestamp()), ("device", "start timestamp", "Import kWh")
    )
    assert energies(read(data)) == expected(SUMMER)


def test_the_same_interval_twice_is_folded_when_equal_and_refused_when_not():
    rows = [[MPAN, each.isoformat(), "1"] for each in of_day(SUMMER)]
    twice = csv_of(["MPAN", "Start time", "Import kWh"], *rows, rows[3], [*rows[5][:2], "7"])
    taken = read(twice)
    assert len(energies(taken)) == 47
    assert problems(taken) == [
        "The interval is there twice with different values, first in row 7: neither is taken."
    ]


# Real files


def test_low_carbon_london_has_no_zone_and_is_asked_for_its_clock():
    taken = read(
        shared_data("meter/lcl_three_households_2013_clock_changes.csv").read_bytes(),
        clock="utc",
        names="start",
        sign="import",
    )
    assert [each.meter[:3] for each in taken.meters] == ["MAC"] * 3
    found = energies(taken, "MAC000002")
    assert found[datetime(2013, 3, 24, tzinfo=UTC)] == Decimal("0.486")
    assert sum(each.date() == date(2013, 3, 31) for each in found) == 48


def test_a_transformer_in_mw_with_offsets():
    taken = read(shared_data("meter/ukpn_brighton_gt1_2024q1.csv").read_bytes(), names="start", sign="import")
    found = energies(taken)
    assert found[datetime(2024, 1, 1, tzinfo=UTC)] == Decimal("8800")
    assert not taken.problems


def test_a_primary_substation_whose_sign_is_the_other_way_round():
    data = shared_data("meter/nged_albrighton_5min.csv").read_bytes()
    assert "sign" in look(data).questions
    taken = read(data, asset="P1", names="start", sign="export")
    assert mapping_of(look(data).mapping).minutes == 5
    assert energies(taken)[datetime(2026, 1, 14, 0, 5, tzinfo=UTC)] == Decimal("367.166667")
