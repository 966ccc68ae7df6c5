"""The rules of cells, each both ways: what is taken, and what is refused with which sentence."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from marketplace.workbooks.cells import CellError
from marketplace.workbooks.choices import Choice, ChoiceList, Days, TextList, YesNo
from marketplace.workbooks.kinds import Context, Email, Kind, Number, Text, Url, Whole
from marketplace.workbooks.moments import Date, DateTime, Duration, Time

LONDON = ZoneInfo("Europe/London")


def parse(kind: Kind, cell: Any) -> Any:
    return kind.parse(cell, Context(LONDON))


def refusal(kind: Kind, cell: Any) -> str:
    with pytest.raises(CellError) as caught:
        parse(kind, cell)
    return caught.value.sentence


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (Text(), "  a b \t", "a b"),
        (Text(), "\u00a0x\u00a0", "x"),
        (Text(), 1001.0, "1001"),
        (Text(), 12.5, "12.5"),
        (Text(), True, "TRUE"),
        (Text(max_length=3), "abc", "abc"),
        (Text(), "x" * 32_767, "x" * 32_767),
        (Text(pattern="[A-Z]{2}"), "AB", "AB"),
        (Text(multiline=True), "one\r\ntwo", "one\ntwo"),
        (Text(), "=1+1", "=1+1"),
        (Number(), 0.1 + 0.2, Decimal("0.3")),
        (Number(), 1234567.891, Decimal("1234567.891")),
        (Number(), "1234.5", Decimal("1234.5")),
        (Number(), " 1,234.5 ", Decimal("1234.5")),
        (Number(), "-1,234,567", Decimal("-1234567")),
        (Number(), "1\u00a0234.5", Decimal("1234.5")),
        (Number(), "12 345", Decimal(12345)),
        (Number(), "\u22121.5", Decimal("-1.5")),
        (Number(), "\u200b1.5\ufeff", Decimal("1.5")),
        (Number(), 1e16, Decimal("10000000000000000")),
        (Number(), -0.0, Decimal(0)),
        (Number(places=2), "1.10", Decimal("1.1")),
        (Number(places=2), "1.1000", Decimal("1.1")),
        (Number(above=0), 0.000001, Decimal("0.000001")),
        (Number(minimum=0, maximum=50), 50.0, Decimal(50)),
        (Whole(minimum=1), 3.0, 3),
        (Whole(), "1,000", 1000),
        (YesNo(), "YES", True),
        (YesNo(), " no ", False),
        (YesNo(), True, True),
        (Choice({"Active Power": "active"}), "active  power", "active"),
        (Choice({"5": 5, "30": 30}), 30.0, 30),
        (Choice({"Auction": "a"}, others_up_to=5), "Other", "Other"),
        (ChoiceList({"Wind": "w", "Solar": "s"}), "solar, WIND ,solar", ("s", "w")),
        (TextList(), " A1 ,B2,, A1", ("A1", "B2")),
        (TextList(), 1001.0, ("1001",)),
        (Days(), "mon, WEDNESDAY", frozenset({0, 2})),
        (Days(), "Mon-Fri", frozenset(range(5))),
        (Days(), "Fri - Monday", frozenset({4, 5, 6, 0})),
        (Days(), "Mon\u2013Wed,Sun", frozenset({0, 1, 2, 6})),
        (Email(), " a.b@example.org ", "a.b@example.org"),
        (Url(), "https://example.org/a?b=c", "https://example.org/a?b=c"),
    ],
)
def test_a_cell_is_read_as_its_exact_value(kind: Kind, cell: Any, value: Any) -> None:
    read = parse(kind, cell)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("kind", "cell", "words"),
    [
        (Text(), "a\x00b", "control character"),
        (Text(), "a\x07b", "control character"),
        (Text(), "a\u202eb", "direction of text"),
        (Text(), "a\ud800b", "control character"),
        (Text(), "a\nb", "single line"),
        (Text(), "x" * 32_768, "32,767"),
        (Text(max_length=3), "abcd", "at most 3 characters"),
        (Text(pattern="[A-Z]{2}", pattern_rule="Two capitals."), "ABC", "Two capitals."),
        (Text(), 12345678901234567890.0, "more than 15 digits"),
        (Text(), date(2026, 3, 1), "format it as text"),
        (Number(), "1e5", "plain form"),
        (Number(), "NaN", "plain form"),
        (Number(), "Infinity", "plain form"),
        (Number(), float("nan"), "finite"),
        (Number(), float("inf"), "finite"),
        (Number(), "1,23", "plain form"),
        (Number(), "12,34,567", "plain form"),
        (Number(), "1234,567", "plain form"),
        (Number(), "1.234,5", "plain form"),
        (Number(), "£5", "plain form"),
        (Number(), "\u0661\u0662", "plain form"),
        (Number(), "9" * 41, "more than 40 digits"),
        (Number(), True, "plain form"),
        (Number(), date(2026, 1, 1), "plain form"),
        (Number(above=0), 0.0, "above 0"),
        (Number(minimum=0), -0.1, "at least 0"),
        (Number(maximum=10_000), 10_000.1, "at most 10,000"),
        (Number(places=6), "0.1234567", "at most 6 decimals"),
        (Number(), "12 34", "plain form"),
        (Number(minimum=0), "\u22121", "at least 0"),
        (Whole(), 2.5, "whole number"),
        (Whole(minimum=1), 0.0, "at least 1"),
        (YesNo(), "Y", "Yes or No"),
        (YesNo(), 1.0, "Yes or No"),
        (Choice({"Active Power": 1, "Reactive Power": 2}), "Power", "Active Power, Reactive Power"),
        (Choice({"Auction": "a"}, others_up_to=5), "Others", "at most 5 characters"),
        (ChoiceList({"Wind": "w"}), "Wind, Coal", "“Coal” is not one of: Wind"),
        (ChoiceList({"Wind": "w"}), ",", "one or more"),
        (TextList(max_items=2), "a,b,c", "at most 2"),
        (Days(), "Mon-Tue-Wed", "days"),
        (Days(), "weekdays", "days"),
        (Days(), "Mo", "days"),
        (Days(), ",", "days"),
        (Email(), "a@b", "email"),
        (Email(), "a b@example.org", "email"),
        (Email(), "a..b@example.org", "email"),
        (Url(), "http://example.org", "https://"),
        (Url(), "javascript:alert(1)", "https://"),
        (Url(), "https://", "https://"),
    ],
)
def test_a_cell_that_breaks_its_rule_is_refused_with_a_sentence(kind: Kind, cell: Any, words: str) -> None:
    sentence = refusal(kind, cell)
    assert words in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (date(2026, 4, 5), date(2026, 4, 5)),
        (datetime(2026, 4, 5), date(2026, 4, 5)),
        ("2026-04-05", date(2026, 4, 5)),
        ("05/04/2026", date(2026, 4, 5)),
        ("5/4/2026", date(2026, 4, 5)),
    ],
)
def test_dates_are_read_day_first(cell: Any, value: date) -> None:
    assert parse(Date(), cell) == value


@pytest.mark.parametrize(
    "cell", ["2026-13-01", "31/02/2026", "04-05-2026", "5 April 2026", 46117.0, datetime(2026, 4, 5, 1)]
)
def test_what_is_no_date_alone_is_refused(cell: Any) -> None:
    assert refusal(Date(), cell).endswith(".")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (datetime(2026, 4, 5, 17), datetime(2026, 4, 5, 16, tzinfo=UTC)),
        (datetime(2026, 1, 5, 16, 59, 59, 999_900), datetime(2026, 1, 5, 17, tzinfo=UTC)),
        (date(2026, 1, 5), datetime(2026, 1, 5, tzinfo=UTC)),
        ("2026-04-05T17:00Z", datetime(2026, 4, 5, 17, tzinfo=UTC)),
        ("2026-04-05T17:00:30.5+01:00", datetime(2026, 4, 5, 16, 0, 30, 500_000, tzinfo=UTC)),
        ("2026-04-05 17:00-0230", datetime(2026, 4, 5, 19, 30, tzinfo=UTC)),
        ("2026-04-05T17:00", datetime(2026, 4, 5, 16, tzinfo=UTC)),
        ("05/04/2026 17:00", datetime(2026, 4, 5, 16, tzinfo=UTC)),
    ],
)
def test_instants_without_a_zone_are_local(cell: Any, value: datetime) -> None:
    assert parse(DateTime(), cell) == value


@pytest.mark.parametrize(
    "cell", ["2026-04-05", "05/04/2026 25:00", "2026-04-05T17:00+99:00", "soon", 46117.7, time(17)]
)
def test_what_is_no_instant_is_refused(cell: Any) -> None:
    assert refusal(DateTime(), cell).endswith(".")


@pytest.mark.parametrize("cell", [datetime(2026, 3, 29, 1, 30), "29/03/2026 01:30"])
def test_a_local_time_that_the_clocks_skip_is_an_error(cell: Any) -> None:
    assert "does not exist in Europe/London" in refusal(DateTime(), cell)


@pytest.mark.parametrize("cell", [datetime(2026, 10, 25, 1, 30), "2026-10-25T01:30"])
def test_a_local_time_that_occurs_twice_is_the_first_with_a_warning(cell: Any) -> None:
    context = Context(LONDON)
    assert DateTime().parse(cell, context) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert context.warnings == ["This time occurs twice in Europe/London; the first is taken."]
    context = Context(LONDON)
    assert DateTime().parse("2026-10-25T01:30Z", context) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert context.warnings == []


def test_2400_is_a_time_only_as_an_end() -> None:
    for cell in ("24:00", timedelta(days=1), date(1900, 1, 1)):
        assert parse(Time(end=True), cell) == time(0)
        assert "only as an end" in refusal(Time(), cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (time(17, 30), time(17, 30)),
        ("17:30", time(17, 30)),
        ("9:05", time(9, 5)),
        (time(16, 59, 59, 999_900), time(17)),
    ],
)
def test_times_of_day_are_read(cell: Any, value: time) -> None:
    assert parse(Time(), cell) == value


@pytest.mark.parametrize(
    "cell", ["25:00", "24:01", "12:60", "noon", 0.5, "12", time(12, 0, 30), timedelta(hours=-1)]
)
def test_what_is_no_time_of_day_is_refused(cell: Any) -> None:
    assert refusal(Time(end=True), cell).endswith(".")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("00:30", timedelta(minutes=30)),
        ("02:03:04", timedelta(hours=2, minutes=3, seconds=4)),
        ("1 02:03:04", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("36:00", timedelta(hours=36)),
        (time(2, 30), timedelta(hours=2, minutes=30)),
        (timedelta(days=2, seconds=1), timedelta(days=2, seconds=1)),
        (datetime(1900, 1, 1, 6), timedelta(days=1, hours=6)),
    ],
)
def test_durations_are_read(cell: Any, value: timedelta) -> None:
    assert parse(Duration(), cell) == value


@pytest.mark.parametrize(
    "cell",
    ["1 25:00:00", "1 02:00", "02:60", "30", "30 min", 0.5, date(2026, 1, 1), timedelta(hours=-1), "-01:00"],
)
def test_what_is_no_duration_is_refused(cell: Any) -> None:
    assert refusal(Duration(), cell).endswith(".")


def test_days_are_written_back_in_full() -> None:
    assert Days().write(frozenset({1, 0})) == "Monday, Tuesday"
