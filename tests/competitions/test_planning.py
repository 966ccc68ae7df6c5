"""Planning help: what a demand series says of the hours and MW to buy, and how it compares with a real
plan."""

import json
from calendar import day_name
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from competitions.domain import demand_reading
from competitions.domain.demand_cells import UnreadableSeries
from competitions.domain.demand_reading import Series, read_series, read_series_apart
from competitions.domain.planning import (
    DAY_MINUTES,
    ProposedPeriod,
    ProposedWindow,
    day_curve,
    load_curve,
    propose,
    stretches,
)
from competitions.domain.simplifying import simplify
from competitions.domain.suspicions import GAP, REPEATED, SPIKE, ZERO, left_out_by, suspicions_of
from competitions.models import WorkingCopy
from marketplace import clock
from marketplace.jobs.models import StoredFile
from marketplace.sandbox import ChildFailed, LimitExceeded
from tests.data_files import shared_data
from tests.qualification import market

LONDON = ZoneInfo("Europe/London")
FIRM = Decimal(10)
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


def series_of(readings, start=MONDAY):
    stamps = [start + HALF_HOUR * place for place in range(len(readings))]
    return Series(stamps, [Decimal(str(each)) for each in readings], 30, "time", "MW")


def csv_of(*lines):
    return "\n".join(("timestamp,MW", *lines)).encode()


def test_a_file_is_read_with_offsets_repeats_gaps_and_lines_that_can_not_be_read():
    series = read_series(
        csv_of(
            "2026-01-05 16:00:00+00:00,9.5",
            "2026-01-05 16:30:00+00:00,10.5",
            "2026-01-05 16:30:00+00:00,11",
            "2026-01-05T18:00:00+01:00,12",
            "2026-01-05 19:00,8",
            "nonsense,8",
            "2026-01-05 19:30,",
            "",
        ),
        LONDON,
    )
    assert [f"{stamp:%H:%M}" for stamp in series.stamps] == ["16:00", "16:30", "17:00", "19:00"]
    assert series.readings == [Decimal("9.5"), 11, 12, 8]
    assert [repeat.readings for repeat in series.repeats] == [(Decimal("10.5"), 11)]
    assert [(gap.after.hour, gap.until.hour) for gap in series.gaps] == [(17, 19)]
    assert series.unreadable == [7, 8]
    assert (series.minutes, series.time_column, series.mw_column) == (30, "timestamp", "MW")


def test_a_series_is_the_same_read_here_and_in_the_process_that_may_do_nothing_else(monkeypatch):
    data = csv_of(
        "2026-01-05 16:00,9.5", "2026-01-05 16:30,10.5", "2026-01-05 16:30,11", "2026-01-05 18:00,8", "x,1"
    )
    apart = read_series_apart(data, LONDON)
    assert apart == read_series(data, LONDON)
    assert (len(apart.repeats), len(apart.gaps), apart.unreadable) == (1, 1, [6])

    def here(function, *args, **_):
        return function(*args)

    monkeypatch.setattr(demand_reading, "run_limited", here)
    assert read_series_apart(data, LONDON) == apart
    with pytest.raises(UnreadableSeries):
        read_series_apart(b"nothing", LONDON)


@pytest.mark.parametrize(
    ("ended", "sentence"),
    [(LimitExceeded(), "send a shorter series"), (ChildFailed("died"), "save it as “CSV UTF-8”")],
    ids=["limit", "failed"],
)
def test_a_series_whose_reading_ends_early_says_what_to_do(monkeypatch, ended, sentence):
    def end(*_, **__):
        raise ended

    monkeypatch.setattr(demand_reading, "run_limited", end)
    with pytest.raises(UnreadableSeries, match=sentence):
        read_series_apart(b"", LONDON)


@pytest.mark.parametrize(
    "row",
    ["0001-01-01 00:00+14:00,1", "9999-12-31 23:30-14:00,1", "2026-01-05 17:00,1e30", "2026-01-05 17:00,NaN"],
    ids=["before time", "after time", "no such power", "no number"],
)
def test_a_row_that_no_network_could_send_is_left_out_and_named(row):
    series = read_series(csv_of("2026-01-05 16:00,11", "2026-01-05 16:30,12", row), LONDON)
    assert (series.unreadable, series.readings) == ([4], [11, 12])
    assert propose(series, FIRM, zone=LONDON, first_month=date(2026, 1, 1))


@pytest.mark.parametrize(
    ("separator", "written", "meant"),
    [
        (";", "12,345", "12.345"),
        (";", "0,500", "0.5"),
        (";", "1,234.5", "1234.5"),
        ("\t", "1,5", "1.5"),
        ("\t", "0,500", "0.5"),
        ("\t", "1,234", "1234"),
        (",", '"1,234"', "1234"),
    ],
)
def test_a_comma_is_the_decimal_one_where_the_file_is_written_so(separator, written, meant):
    rows = [["timestamp", "MW"], ["2026-01-05 16:00", written], ["2026-01-05 16:30", "2"]]
    series = read_series("\n".join(separator.join(row) for row in rows).encode(), LONDON)
    assert (series.unreadable, series.readings[0]) == ([], Decimal(meant))


def test_a_decimal_comma_among_commas_is_refused_with_its_line():
    with pytest.raises(UnreadableSeries, match="Line 2: “0,500”"):
        read_series(csv_of('2026-01-05 16:00,"0,500"', "2026-01-05 16:30,12"), LONDON)


def test_time_stamps_may_be_written_day_first():
    series = read_series(csv_of("05/01/2026 09:30,11", "5/1/2026 10:00:00,12", "5/1/2026 9:00,13"), LONDON)
    assert series.stamps == [datetime(2026, 1, 5, 9, tzinfo=UTC) + HALF_HOUR * step for step in range(3)]


def test_day_and_time_may_stand_in_columns_of_their_own():
    data = b"Date,Time,Demand (MW)\n05/01/2026,9:30,11\n05/01/2026,10:00,12\n2026-01-05,10:30:00,13\n"
    series = read_series(data, LONDON)
    assert series.stamps == [datetime(2026, 1, 5, 9, 30, tzinfo=UTC) + HALF_HOUR * step for step in range(3)]
    assert (series.time_column, series.unreadable) == ("Date and Time", [])


def test_half_hours_may_be_numbered_as_settlement_periods():
    rows = "".join(f"2026-03-29,{period},{period}\n" for period in range(1, 49))
    series = read_series(f"SETTLEMENT_DATE,SETTLEMENT_PERIOD,MW\n{rows}".encode(), LONDON)
    assert (series.stamps[0], series.stamps[-1]) == (
        datetime(2026, 3, 29, tzinfo=UTC),
        datetime(2026, 3, 29, 22, 30, tzinfo=UTC),
    )
    assert series.unreadable == [48, 49]  # the day on which the clocks go forward has 46


def test_a_column_of_whole_time_stamps_counts_before_one_of_days():
    data = b"Date,Timestamp,MW\n2026-01-05,2026-01-05 09:30,1\n2026-01-05,2026-01-05 10:00,2\n"
    assert read_series(data, LONDON).stamps[0] == datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["2026-01-05 24:00", "2026-01-05T24:00:00Z", "05/01/2026 24:00", "5/1/2026\u00a024:00"]
)
def test_24_00_is_the_end_of_the_day(written):
    series = read_series(csv_of("2026-01-05 23:30,11", f"{written},12"), LONDON)
    assert series.stamps[-1] == datetime(2026, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1\u00a0234.5", "1234.5"),
        ("1\u202f234", "1234"),
        ("12 345", "12345"),
        ("\u22121.5", "-1.5"),
        ("\u20131.5", "-1.5"),
        ("\u200b1.5\ufeff", "1.5"),
    ],
)
def test_spaces_of_thousands_and_a_real_minus_are_read(written, meant):
    series = read_series(csv_of(f"2026-01-05 16:00,{written}", "2026-01-05 16:30,2"), LONDON)
    assert (series.unreadable, series.readings[0]) == ([], Decimal(meant))


@pytest.mark.parametrize("written", ["12 34", "1 2345", "1 234 56"])
def test_spaces_that_make_no_thousands_are_no_number(written):
    series = read_series(
        csv_of(f"2026-01-05 16:00,{written}", "2026-01-05 16:30,2", "2026-01-05 17:00,2"), LONDON
    )
    assert series.unreadable == [2]


@pytest.mark.parametrize("before", ["sep=;\n", "\n\r\n"])
def test_what_stands_before_the_header_counts_for_nothing(before):
    data = f"{before}timestamp;MW\n2026-01-05 16:00;1,5\n2026-01-05 16:30;2\n".encode()
    assert read_series(data, LONDON).readings == [Decimal("1.5"), 2]


def test_of_many_columns_the_one_named_demand_in_mw_is_taken():
    data = (
        b"Timestamp,net_mw,net_mvar,Demand (MW)\n2026-01-05 16:00+00:00,1,2,3\n2026-01-05 16:30+00:00,1,2,4\n"
    )
    assert read_series(data, LONDON).readings == [3, 4]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a,b\n1,2\n",
        csv_of("2026-01-05 16:00,1"),
        b"\xff\xfe\x00",
        csv_of("2026-01-05,1", "2026-01-06,1"),
    ],
    ids=["empty", "other columns", "one row", "not text", "daily"],
)
def test_what_is_no_series_is_refused_with_a_sentence(data):
    with pytest.raises(UnreadableSeries):
        read_series(data, LONDON)


def test_a_stretch_above_firm_capacity_is_a_window_with_its_peak():
    series = series_of([9, 10, 10.5, 12.3456, 10, 9], start=MONDAY + timedelta(hours=16))
    [stretch] = stretches(series, FIRM)
    assert (stretch.start, stretch.end) == (MONDAY + timedelta(hours=17), MONDAY + timedelta(hours=18))
    assert stretch.energy_mwh == Decimal("1.4228")
    [period] = propose(series, FIRM, zone=LONDON, first_month=date(2027, 1, 1))
    assert (period.name, period.first_day, period.last_day) == (
        "January",
        date(2027, 1, 1),
        date(2027, 1, 31),
    )
    [window] = period.windows
    assert (window.name, window.need_mw, window.hours) == ("Monday 17:00-18:00", Decimal("2.346"), 1)


def test_a_small_excess_is_at_least_a_tenth_of_a_megawatt():
    [period] = propose(series_of([10.0001, 9]), FIRM, zone=LONDON, first_month=date(2026, 1, 1))
    assert period.windows[0].need_mw == Decimal("0.1")


def test_a_gap_ends_a_stretch():
    series = series_of([11, 11, 11, 11])
    del series.stamps[1], series.readings[1]
    assert [(each.end - each.start) for each in stretches(series, FIRM)] == [HALF_HOUR, 2 * HALF_HOUR]


def test_alike_weekdays_merge_where_they_overlap_and_are_numbered_where_they_are_kept_apart():
    evening = [9, 11, 12, 9]
    readings = evening + [9] * (7 * 48 - 4) + evening + [9] * (7 * 48 - 4) + [9, 9, 9, 9, 13]
    series = series_of(readings, start=MONDAY + timedelta(hours=17))
    [apart] = propose(series, FIRM, zone=LONDON, first_month=date(2026, 1, 1), merged=False)
    assert apart.names() == ["Monday 17:30-18:30", "Monday 17:30-18:30 (2)", "Monday 19:00-19:30"]
    [merged] = propose(series, FIRM, zone=LONDON, first_month=date(2026, 1, 1))
    assert [(each.name, each.need_mw, each.times) for each in merged.windows] == [
        ("Monday 17:30-18:30", 2, 2),
        ("Monday 19:00-19:30", 3, 1),
    ]
    assert merged.energy_mwh == apart.energy_mwh


def test_windows_are_in_local_time_and_may_run_past_midnight():
    [period] = propose(
        series_of([11, 11, 11, 9], start=datetime(2026, 7, 6, 22, tzinfo=UTC)), FIRM, zone=LONDON,
        first_month=date(2027, 4, 1),
    )  # fmt: skip
    [window] = period.windows
    assert (window.name, period.first_day) == ("Monday 23:00-00:30", date(2027, 7, 1))


def test_a_suspected_outlier_is_named_and_can_be_left_out():
    readings = [9] * 2000
    readings[700] = 40
    lines = [f"{MONDAY + HALF_HOUR * place},{mw}" for place, mw in enumerate(readings)]
    series = read_series(csv_of(*lines), LONDON)
    assert [mw for _, mw in series.outliers] == [40]
    assert len(stretches(series, FIRM)) == 1
    [spike] = [each for each in suspicions_of(series) if each.kind == SPIKE]
    assert stretches(series, FIRM, left_out=left_out_by(series, [spike])) == []


def test_a_reading_that_stands_still_for_six_hours_is_told_and_one_for_less_is_not():
    readings = [5, *[7] * 12, 5, *[6] * 11, 5, 4]
    lines = [f"{MONDAY + HALF_HOUR * place},{mw}" for place, mw in enumerate(readings)]
    [still] = read_series(csv_of(*lines), LONDON).standstills
    assert (still.reading, still.end - still.start) == (7, timedelta(hours=6))


def test_the_load_curve_has_the_months_readings_for_each_time_of_day():
    series = series_of([9, 11] + [8] * 46 + [12, 7])
    curve = load_curve(series, FIRM, zone=LONDON, month=1)
    assert len(curve) == 48
    assert (curve[0].at, curve[0].highest_mw, curve[0].typical_mw, curve[0].excess_mw) == (
        time(0),
        12,
        Decimal("10.5"),
        2,
    )
    assert (curve[1].highest_mw, curve[1].excess_mw) == (11, 1)
    assert load_curve(series, FIRM, zone=LONDON, month=2) == []


@given(st.lists(st.integers(min_value=0, max_value=20), min_size=2, max_size=400), st.booleans())
def test_the_windows_cover_every_reading_above_firm_capacity(readings, merged):
    series = series_of(readings)
    periods = propose(series, FIRM, zone=LONDON, first_month=date(2026, 1, 1), merged=merged)
    windows = [window for period in periods for window in period.windows]
    for stamp, reading in zip(series.stamps, series.readings, strict=True):
        if reading > FIRM:
            minute, weekday = stamp.hour * 60 + stamp.minute, stamp.weekday()
            yesterday = (weekday - 1) % 7
            assert any(
                window.need_mw >= reading - FIRM
                and (
                    (window.weekday == weekday and window.start_minute <= minute < window.end_minute)
                    or (
                        window.weekday == yesterday
                        and window.start_minute <= minute + DAY_MINUTES < window.end_minute
                    )
                )
                for window in windows
            )
    above = sum((reading - FIRM for reading in series.readings if reading > FIRM), Decimal(0)) / 2
    assert abs(sum((period.energy_mwh for period in periods), Decimal(0)) - above) < Decimal("0.000001")
    if merged:
        for one in windows:
            for other in windows:
                if one is not other and one.weekday == other.weekday:
                    assert one.end_minute < other.start_minute or other.end_minute < one.start_minute


@st.composite
def proposals(draw):
    """A month of windows as a plan has them, on any weekday and at any half-hour, some past midnight."""
    windows = draw(
        st.lists(
            st.builds(
                lambda weekday, start, halves, mw, times: ProposedWindow(
                    weekday,
                    start * 30,
                    min(start * 30 + halves * 30, start * 30 + DAY_MINUTES),
                    mw,
                    mw,
                    times,
                ),
                st.integers(0, 6),
                st.integers(0, 47),
                st.integers(1, 48),
                st.integers(1, 9).map(Decimal),
                st.integers(1, 5),
            ),
            max_size=12,
        )
    )
    return [ProposedPeriod(date(2026, 1, 1), tuple(windows))] if windows else []


def covering(windows, weekday, minute):
    """The most MW that any of the windows asks for in a half-hour."""
    here = [
        each.need_mw
        for each in windows
        if each.weekday == weekday and each.start_minute <= minute < each.end_minute
    ]
    return max(here, default=Decimal(0))


@given(proposals(), st.sampled_from([None, 0, 30, 120]), st.integers(1, 4), st.integers(0, 6).map(Decimal))
def test_what_a_simplified_proposal_keeps_is_never_lowered_and_what_it_drops_is_told(periods, gap, times, mw):
    made = simplify(periods, most_gap_minutes=gap, least_times=times, least_mw=mw)
    before = [window for period in periods for window in period.windows]
    kept = [each for each in before if each.times >= times and each.need_mw >= mw]
    after = [window for period in made.periods for window in period.windows]
    for window in kept:
        for minute in range(window.start_minute, window.end_minute, 30):
            assert covering(after, window.weekday, minute) >= covering(kept, window.weekday, minute)
    assert made.dropped == len(before) - len(kept)
    assert sum((each.energy_mwh for each in after), made.dropped_mwh) == sum(
        each.energy_mwh for each in before
    )
    assert sum(each.times for each in after) == sum(each.times for each in kept)
    assert all(each.end_minute - each.start_minute <= DAY_MINUTES for each in after)
    if gap is None:
        assert after == kept


def test_neighbouring_half_hours_merge_across_the_gap_that_is_allowed_and_no_further():
    halves = [
        ProposedWindow(0, start, start + 30, Decimal(mw), Decimal(1), 1)
        for start, mw in ((960, 2), (1020, 5))
    ]
    [period] = simplify([ProposedPeriod(date(2026, 1, 1), tuple(halves))], most_gap_minutes=30).periods
    assert period.windows == (ProposedWindow(0, 960, 1050, Decimal(5), Decimal(2), 2),)
    [apart] = simplify([ProposedPeriod(date(2026, 1, 1), tuple(halves))], most_gap_minutes=0).periods
    assert len(apart.windows) == 2


def test_spikes_zeros_repeated_values_and_gaps_are_listed_and_left_out_but_for_the_gaps():
    readings = [5, 6, 19, 6, 5, 0, 0, 6, *[7] * 12, 8]
    lines = [f"{MONDAY + HALF_HOUR * place},{mw}" for place, mw in enumerate(readings)]
    series = read_series(csv_of(*lines, f"{MONDAY + timedelta(days=1)},5"), LONDON)
    found = suspicions_of(series)
    assert [(each.kind, each.count) for each in found] == [(SPIKE, 1), (ZERO, 2), (REPEATED, 12), (GAP, 0)]
    left = left_out_by(series, found)
    kept = [mw for stamp, mw in zip(series.stamps, series.readings, strict=True) if stamp not in left]
    assert kept == [5, 6, 6, 5, 6, 8, 5]


@given(st.lists(st.integers(min_value=0, max_value=20), min_size=2, max_size=200))
def test_nothing_is_left_out_but_what_is_listed(readings):
    series = series_of(readings)
    found = suspicions_of(series)
    left = left_out_by(series, found)
    for stamp in series.stamps:
        assert (stamp in left) == any(each.kind != GAP and each.start <= stamp < each.end for each in found)


def test_the_years_curve_has_each_days_highest_reading_in_local_time():
    curve = day_curve(series_of([9, 11] + [8] * 46 + [12, 7]), zone=LONDON)
    assert [(point.day, point.highest_mw) for point in curve] == [
        (date(2026, 1, 5), 11),
        (date(2026, 1, 6), 12),
    ]


def test_the_proposal_equals_a_real_plan_made_from_the_same_series():
    """Monktonhall: the plan that another tool made of the same readings and firm capacity, window by window.

    January to March are the same to the half-hour and the kilowatt. For September to December the other plan
    keeps the date of the reading in the next year, where it falls on the next weekday, and takes UTC for
    local time; here the weekday of the reading is kept, and clocks are local.
    """
    series = read_series(shared_data("spen/monktonhall_demand.csv").read_bytes(), LONDON)
    firm = Decimal(str(json.loads(shared_data("spen/monktonhall_metadata.json").read_text())["C_plain_MW"]))
    plan = json.loads(shared_data("spen/monktonhall_competitions.json").read_text())
    periods = propose(series, firm, zone=LONDON, first_month=date(2025, 1, 1), merged=False)
    proposed = {period.first_day.isoformat(): period for period in periods}
    same = {"days": 0, "hours": 0, "MW": 0}
    for told in (period for competition in plan for period in competition["service_periods"]):
        period = proposed.pop(told["start"])
        assert (period.last_day.isoformat(), len(period.windows)) == (
            told["end"],
            len(told["service_windows"]),
        )
        is_winter = period.first_day.month <= 3
        clock_differs = 1 if period.name in ("September", "October") else 0
        for mine, theirs in zip(period.windows, told["service_windows"], strict=True):
            start, end = (time.fromisoformat(theirs[name]) for name in ("start", "end"))
            assert (mine.start.hour - start.hour, mine.start.minute) == (clock_differs, start.minute)
            assert (mine.end.hour - end.hour, mine.end.minute) == (clock_differs, end.minute)
            assert mine.need_mw == Decimal(theirs["capacity_required"])
            assert theirs["service_days"] == [day_name[(mine.weekday + (0 if is_winter else 1)) % 7]]
            same["MW"] += 1
            same["hours"] += not clock_differs
            same["days"] += is_winter
    assert not proposed
    assert same == {"MW": 64, "hours": 62, "days": 45}
    assert (len(series.repeats), sum(len(set(each.readings)) > 1 for each in series.repeats)) == (365, 2)
    assert [f"{at:%d %B %H:%M}" for at, _ in series.outliers] == ["23 January 11:00"]


# The pages


EVENINGS = csv_of(
    *(
        f"{MONDAY + timedelta(days=day) + HALF_HOUR * slot:%Y-%m-%d %H:%M},{12.5 if slot in (34, 35) else 8}"
        for day in range(3)
        for slot in range(48)
    )
)


@pytest.fixture
def so(client, db):
    with clock.set_to(datetime(2026, 6, 15, 12, tzinfo=UTC)):
        made = market.member(market.operator())
        client.force_login(made.user)
        yield made


def upload(client, data=EVENINGS, name="demand.csv"):
    sent = BytesIO(data)
    sent.name = name
    return client.post(reverse("competitions:planning"), {"file": sent})


def test_a_series_becomes_proposed_windows_and_then_a_begun_competition(client, so):
    plan = upload(client).url
    page = client.get(plan).content.decode()
    assert "144 readings of “MW”, one every 30 minutes" in page
    assert 'value="2026-07-01"' in page
    asked = {"firm_mw": "10", "first_month": "2027-01-15"}
    page = client.get(plan, asked).content.decode()
    assert "3 windows in 1 month; up to 2.5 MW; 7.500 MWh above the firm capacity." in page
    assert 'value="Tuesday 17:00-18:00"' in page
    row = {
        "take": ["0", "2"],
        **{
            f"{name}-{place}": value
            for place in (0, 2)
            for name, value in {
                "period": "January",
                "first_day": "2027-01-01",
                "last_day": "2027-01-31",
                "name": f"Window {place}",
                "weekdays": "Monday",
                "start": "17:00",
                "end": "18:30",
                "capacity_required_mw": "3",
            }.items()
        },
    }
    answer = client.post(plan + "begin/", row)
    copy = WorkingCopy.objects.get()
    assert answer.url == reverse("competitions:typed_header", args=[copy.pk])
    rows = copy.sheets["Service Windows"]
    assert [(each["name"], each["end"], each["capacity_required_mw"]) for each in rows] == [
        ("Window 0", "18:30", "3"),
        ("Window 2", "18:30", "3"),
    ]
    windows = client.get(reverse("competitions:typed_windows", args=[copy.pk])).content.decode()
    assert "Window 2" in windows


def test_nothing_kept_begins_nothing(client, so):
    plan = upload(client).url
    client.post(plan + "begin/", {})
    assert not WorkingCopy.objects.exists()


def test_a_firm_capacity_that_is_never_exceeded_proposes_nothing(client, so):
    page = client.get(upload(client).url, {"firm_mw": "20", "first_month": "2027-01-01"}).content.decode()
    assert "Nothing to buy" in page


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"a,b\n1,2\n", "demand.csv", "must name a column of time stamps"),
        (EVENINGS, "demand.xlsx", "must be a file of type .csv"),
    ],
    ids=["no series", "wrong type"],
)
def test_what_is_no_series_is_refused_on_the_page_and_not_kept(client, so, data, name, words):
    answer = upload(client, data, name)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not StoredFile.objects.exists()


def test_another_operators_series_is_not_there(client, so):
    plan = upload(client).url
    client.force_login(market.member(market.operator()).user)
    assert client.get(plan).status_code == 404
    assert client.post(plan + "begin/", {"take": "0"}).status_code == 404
