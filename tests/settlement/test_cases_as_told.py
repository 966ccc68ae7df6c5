"""What a case must tell, and how: each refusal in a sentence, read in this process."""

import io
import json
import zipfile
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction

import pytest

from marketplace.calendar import HolidayRule
from operations.domain.profiles import EventType
from operations.domain.series import Quality
from settlement.domain import case_archive, cases
from settlement.domain.case_archive import unpacked
from settlement.domain.cases import UnusableCase, case_of, readings_of
from tests.settlement.case import contract, dispatch, event

NIGHT = "2026-06-16 17:00"
REFERENCE = {"kw": ["1"] * 48}


def told(**other) -> dict:
    issued = dispatch("D", "2026-06-16 16:00", NIGHT, "1")
    return {"months": ["2026-06"], "contracts": [contract()], "dispatches": [issued]} | other


def read(told: dict) -> cases.Case:
    return case_of(json.dumps(told), {})


def window(**fields) -> dict:
    return told(contracts=[contract(window=fields)])


def events(*further) -> dict:
    return told(dispatches=[{"id": "D", "contract": "C", "events": list(further)}])


def test_a_case_is_read_with_what_it_leaves_out():
    case = read(told(dispatches=[]))
    assert (case.zone.key, case.holidays, case.months) == ("Europe/London", frozenset(), [date(2026, 6, 1)])
    one = case.contracts["C"]
    assert (one.capacity_mw, one.sigma, one.utilisation_price, one.service_fee, one.until) == (
        1,
        1,
        200,
        None,
        None,
    )
    assert (one.window.public_holidays, one.window.weekdays, one.window.start) == (
        HolidayRule.IGNORE,
        frozenset(range(5)),
        time(16),
    )
    assert case.vat_rates == {}
    assert read(window(end="24:00")).contracts["C"].window.end == time(0)
    assert read(told(vat_rates={"NORTH": "0.2"})).vat_rates == {"NORTH": Fraction(1, 5)}
    assert (
        read(told(contracts=[contract(utilisation_price="", direction="Excess")])).contracts["C"].sigma == -1
    )


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("{", "is not a JSON document"),
        ("7", "must hold an object"),
        ("{}", "lacks the field 'contracts'"),
        (told(contracts=7), "does not have the shape"),
        (told(holidays=["soon"]), "“soon” is not a date"),
        (told(months=["June"]), "“June-01” is not a date"),
        (told(zone="Europe/Atlantis"), "not a time zone"),
        (told(contracts=[contract(direction="Up")]), "direction of contract C is Deficit or Excess"),
        (told(contracts=[contract(capacity_mw="1" * 32)]), "more digits than a number"),
        (told(contracts=[contract(capacity_mw="much")]), "“much” is not a number"),
        (told(contracts=[contract(terms={"utilisation": {"curve": "steep"}})]), "no curve named “steep”"),
        (window(days=["Moonday"]), "“Moonday” is not a day of the week"),
        (window(public_holidays="Skip"), "public_holidays is Ignore, Exclude or Include"),
        (window(start="4 pm"), "“4 pm” is not a time of day"),
        (
            told(dispatches=[dispatch("D", NIGHT, NIGHT, "1", contract="E")]),
            "names a contract that the case does not",
        ),
        (events(), "first event of dispatch D must be its issue"),
        (events(event("acknowledge", NIGHT)), "first event of dispatch D must be its issue"),
        (events(event("call", NIGHT)), "“call” is not an event of a dispatch"),
        (events(event("issue", NIGHT, start=NIGHT, end=NIGHT)), "needs start, end and mw"),
        (
            events({"type": "issue", "at": "noon", "start": "", "end": "", "mw": "1"}),
            "“noon” is not a date and time",
        ),
        (
            events({"type": "issue", "at": "2026-06-16T17:00", "start": "", "end": "", "mw": "1"}),
            "has no offset",
        ),
        (told(references={"A": {"kw": ["1"] * 47}}), "A fixed reference has 48 half-hours, not 47"),
    ],
)
def test_what_a_case_lacks_or_says_wrongly_is_told_in_a_sentence(case, sentence):
    with pytest.raises(UnusableCase, match=sentence):
        case_of(case if isinstance(case, str) else json.dumps(case), {})


def test_references_nominations_and_days_left_out_are_known_of_their_asset_alone():
    nomination = {
        "asset": "A",
        "period_start": "2026-06-16T16:00:00Z",
        "kw": "7",
        "submitted_at": "2026-06-15T09:00:00Z",
    }
    case = read(
        told(
            contracts=[contract(assets=["A", "B"])],
            references={"A": REFERENCE | {"devices": 3}},
            nominations=[nomination],
            excluded_days={"A": ["2026-06-09"]},
        )
    )
    known, other = case.units["A"].facts, case.units["B"].facts
    assert [(each.devices, len(each.kw)) for each in known.references] == [(3, 48)]
    assert [(each.kw, each.late_accepted) for each in known.nominations] == [(7, False)]
    assert known.days.excluded == {date(2026, 6, 9)}
    assert (list(other.references), list(other.nominations), other.days.excluded) == ([], [], frozenset())


@pytest.mark.parametrize(
    ("until", "ended"), [("2026-06-16T16:30:00Z", EventType.STOP), ("2026-06-16T16:00:00Z", EventType.CANCEL)]
)
def test_a_withdrawal_stops_a_dispatch_that_runs_and_cancels_one_that_comes(until, ended):
    issue = cases._event(dispatch("D", "2026-06-16 16:00", NIGHT, "1")["events"][0])
    [found] = cases._end_of(issue, datetime.fromisoformat(until))
    assert (found.type, found.at) == (ended, datetime.fromisoformat(until))
    assert cases._end_of(issue, None) == []
    case = read(told(contracts=[contract(until=until)]))
    assert case.dispatches[0].requested.has_effect is (ended is EventType.STOP)


def rows(*lines: str, header="Asset Ref,Period Start,Minutes,Import (kWh),Export (kWh),Quality"):
    return list(readings_of("meter-a.csv", "\n".join(["\ufeff" + header, *lines])))


def test_a_row_is_a_reading_and_one_without_energy_is_missing():
    [(unit, reading), (_, empty)] = rows(
        " A ,2026-06-16T17:00:00+01:00,30,1.5,,e", "A,2026-06-16T16:30:00Z,30,,,A"
    )
    assert (unit, reading.start, reading.minutes) == ("A", datetime(2026, 6, 16, 16, tzinfo=UTC), 30)
    assert (reading.imported, reading.exported, reading.quality) == (Decimal("1.5"), 0, Quality.ESTIMATED)
    assert empty.quality == Quality.MISSING


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("A,2026-06-16T16:00:00Z,30,1,0,maybe", "row 2: “maybe” is not a quality"),
        ("A,2026-06-16T16:00:00Z,7.5,1,0,A", "row 2: “7.5” is not a number of minutes"),
        ("A,2026-06-16T16:00:00Z,30,some,0,A", "row 2: “some” is not a number"),
        (
            "A,2026-06-16T16:00:00Z,30,1,0,A\nA,2026-06-16T16:00:00Z,30,2,0,A",
            "row 3: The interval is there twice",
        ),
    ],
)
def test_a_row_that_is_no_reading_is_told_by_its_number(row, sentence):
    with pytest.raises(UnusableCase, match=f"meter-a.csv, {sentence}"):
        rows(row)
    with pytest.raises(UnusableCase, match="has no column Minutes"):
        rows(row, header="Asset Ref,Period Start")


def packed(*files: tuple[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return target.getvalue()


def test_the_case_and_its_meters_are_found_in_any_folder_and_nothing_else_counts():
    data = packed(
        ("june/", ""),
        ("june/case.json", "\ufeff{}"),
        ("june/meter-a.csv", "rows"),
        ("__MACOSX/june/case.json", "x"),
        ("june/notes.csv", "x"),
    )
    assert unpacked(data) == ("{}", {"meter-a.csv": "rows"})


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"no zip", "no ZIP"),
        (packed(("meter-a.csv", "x")), "holds no case.json"),
        (packed(("a/case.json", "{}"), ("b/case.json", "{}")), "holds case.json twice"),
        (packed(("case.json", b"\xff\xfe")), "case.json is not a text in UTF-8"),
    ],
)
def test_an_archive_without_one_case_is_refused(data, sentence):
    with pytest.raises(UnusableCase, match=sentence):
        unpacked(data)


def test_an_archive_is_bounded_by_its_files_and_by_what_they_unpack_to(monkeypatch):
    data = packed(("case.json", "{}"), ("meter-a.csv", "12345678"))
    monkeypatch.setattr(case_archive, "MOST_BYTES", 10)
    assert unpacked(data)[0] == "{}"
    monkeypatch.setattr(case_archive, "MOST_BYTES", 9)
    with pytest.raises(UnusableCase, match="more than 100 MB together"):
        unpacked(data)
    monkeypatch.setattr(case_archive, "MOST_FILES", 1)
    with pytest.raises(UnusableCase, match="more than 1 files"):
        unpacked(data)
