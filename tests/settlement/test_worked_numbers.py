"""The worked numbers of operations and settlement, each as its own case."""

import sys

import pytest

from tests.settlement.case import EVERY_DAY, Meter, amounts, contract, dispatch, event, settled
from tests.settlement.stored_case import settled_from_the_database

ZERO = {"method": "constant", "kw": "0"}
FLAT_KW = {"method": "constant", "kw": "-2000"}
CURVES = {
    "proportional": "proportional",
    "threshold_50": {"kind": "table", "points": [["0", "0"], ["0.5", "0"], ["0.5", "0.5"], ["1", "1"]]},
    "threshold_75": {"kind": "table", "points": [["0", "0"], ["0.75", "0"], ["0.75", "0.75"], ["1", "1"]]},
    "grace_5_slope_3": {"kind": "grace_slope", "grace": "0.05", "slope": "3"},
}


@pytest.fixture(autouse=True, params=["files", "rows of the database"])
def told_by(request, monkeypatch):
    """Each case is settled twice: from its files, and from what production measures of it as it is stored."""
    if request.param != "files":
        request.getfixturevalue("db")
        monkeypatch.setattr(sys.modules[__name__], "settled", settled_from_the_database)


@pytest.mark.parametrize(
    ("import_mw", "paid"), [(7, "14.00"), (8, "14.00"), (9, "-4.00"), (10, "-22.00"), (11, "-33.00")]
)
def test_1_the_example_of_uftp(import_mw, paid):
    terms = {"baseline": {"method": "constant", "kw": "-10000"}, "penalty": {"price": "22"}}
    meter = Meter("A", "2026-06-16", "2026-06-17").put("2026-06-16 15:00", str(import_mw * 500))
    called = dispatch("D", "2026-06-16 15:00", "2026-06-16 15:30", "2")
    made = contract(capacity_mw="2", utilisation_price="14", terms=terms)
    assert settled([made], [called], [meter])["statements"][0]["total"] == paid


def test_2_partial_periods():
    meter = Meter("A", "2026-05-01", "2026-06-30").put("2026-06-16 16:00", "850", "700", "900")
    called = dispatch("D", "2026-06-16 16:10", "2026-06-16 17:20", "0.5")
    report = settled([contract()], [called], [meter])
    [performance] = report["performance"]
    assert [each["requested_kwh"] for each in performance["periods"]] == ["166.667", "250.000", "166.667"]
    assert [each["flexibility_kwh"] for each in performance["periods"]] == ["150.000", "300.000", "100.000"]
    assert [each["delivered_kwh"] for each in performance["periods"]] == ["150.000", "250.000", "100.000"]
    assert performance["performance_percent"] == "85.7"
    assert amounts(report, "Utilisation") == ["100.00"]


@pytest.mark.parametrize(
    ("curve", "paid"),
    [
        ("proportional", ["192.00", "180.00", "160.00", "126.00", "98.00"]),
        ("threshold_50", ["192.00", "180.00", "160.00", "126.00", "0.00"]),
        ("threshold_75", ["192.00", "180.00", "160.00", "0.00", "0.00"]),
        ("grace_5_slope_3", ["200.00", "170.00", "110.00", "8.00", "0.00"]),
    ],
)
def test_3_curves(curve, paid):
    terms = {"baseline": FLAT_KW, "utilisation": {"curve": CURVES[curve], "basis": "dispatch"}}
    meter, calls = Meter("A", "2026-06-01", "2026-06-30"), []
    for day, share in zip(("15", "16", "17", "18", "19"), (96, 90, 80, 63, 49), strict=True):
        left = str(1000 - share * 5)
        meter.put(f"2026-06-{day} 16:00", left, left)
        calls.append(dispatch(f"D{day}", f"2026-06-{day} 16:00", f"2026-06-{day} 17:00", "1"))
    assert amounts(settled([contract(terms=terms)], calls, [meter]), "Utilisation") == paid


TEN_DAYS = ("06-15", "06-12", "06-11", "06-09", "06-08", "06-05", "06-03", "06-02", "06-01", "05-28")
MIDDLE = {"working": [8, 10, 5]}


def middle_8_of_10(terms=None, **hours_before):
    """Tuesday 16 June 17:00 to 18:00 BST; 4 June a holiday, 10 June an event day, 29 May with a gap."""
    meter = Meter("A", "2026-04-01", "2026-06-30")
    for number, day in enumerate(TEN_DAYS):
        meter.put(f"2026-{day} 16:00", *[str(900 + 20 * number)] * 2)
    meter.put("2026-05-29 16:00", "1000", quality="M")
    meter.put("2026-06-16 16:00", "800", "800")
    for start, kwh in hours_before.items():
        meter.put(f"2026-06-16 {start[1:3]}:00", *[kwh] * 4)
    calls = [
        dispatch("D", "2026-06-16 16:00", "2026-06-16 17:00", "0.4"),
        dispatch("E", "2026-06-10 16:00", "2026-06-10 16:30", "0.1"),
    ]
    made = contract(terms={"baseline": MIDDLE | (terms or {})})
    report = settled([made], calls, [meter], holidays=["2026-06-04"])
    return next(each for each in report["performance"] if each["dispatch"] == "D")


def test_4_the_middle_8_of_10():
    performance = middle_8_of_10()
    used = sorted(f"2026-{day}" for day in TEN_DAYS if day not in ("06-15", "05-28"))
    assert performance["baseline_days"] == {"A": used}
    assert [each["baseline_kwh"] for each in performance["periods"]] == ["-990.000"] * 2
    assert [each["delivered_kwh"] for each in performance["periods"]] == ["190.000"] * 2
    assert performance["performance_percent"] == "95.0"


@pytest.mark.parametrize(
    ("adjustment", "metered", "baseline"),
    [
        ({"kind": "additive"}, "1100", "-1090.000"),
        ({"kind": "additive"}, "1400", "-1188.000"),
        ({"kind": "multiplicative"}, "1100", "-1089.000"),
        ({"kind": "multiplicative"}, "600", "-792.000"),
        ({"kind": "additive", "one_sided": True}, "900", "-990.000"),
        ({"kind": "additive", "one_sided": True}, "1100", "-1090.000"),
    ],
)
def test_5_the_adjustment(adjustment, metered, baseline):
    performance = middle_8_of_10({"adjustment": adjustment}, _13=metered)
    assert [each["baseline_kwh"] for each in performance["periods"]] == [baseline] * 2


def test_6_clocks_back():
    window = {
        "first_day": "2026-10-24",
        "last_day": "2026-10-26",
        "days": EVERY_DAY,
        "start": "00:00",
        "end": "03:00",
    }
    terms = {"baseline": FLAT_KW}
    meter = Meter("A", "2026-10-01", "2026-11-02").put("2026-10-25 00:00", *["500"] * 4)
    called = dispatch("D", "2026-10-25 00:00", "2026-10-25 02:00", "1")
    made = contract(window=window, availability_price="10", terms=terms)
    report = settled([made], [called], [meter], months=["2026-10"])
    assert amounts(report, "Availability") == ["30.00", "40.00", "30.00"]
    assert amounts(report, "Utilisation") == ["400.00"]


def test_6_no_day_on_which_the_clocks_change_is_a_baseline_day():
    window = {"first_day": "2026-10-31", "last_day": "2026-10-31", "days": EVERY_DAY}
    meter = Meter("A", "2026-10-01", "2026-11-02")
    called = dispatch("D", "2026-10-31 16:00", "2026-10-31 17:00", "1")
    report = settled([contract(window=window)], [called], [meter], months=["2026-10"])
    assert report["performance"][0]["baseline_days"] == {
        "A": ["2026-10-11", "2026-10-17", "2026-10-18", "2026-10-24"]
    }


def test_7_declared():
    terms = {
        "baseline": FLAT_KW,
        "availability": {"mode": "declared", "factor": "month", "curve": CURVES["grace_5_slope_3"]},
    }
    meter = Meter("A", "2026-06-01", "2026-06-30").put("2026-06-09 16:00", "800", "800")
    stretches = [
        {
            "contract": "C",
            "start": f"2026-06-{day}T15:00:00Z",
            "end": f"2026-06-{day}T19:00:00Z",
            "declared_mw": mw,
            "accepted_mw": "0.6",
        }
        for day, mw in (("09", "1"), ("10", "0.6"))
    ]
    away = [
        {
            "contract": "C",
            "start": "2026-06-09T17:00:00Z",
            "end": "2026-06-09T20:00:00Z",
            "available_mw": "0.2",
        }
    ]
    called = dispatch("D", "2026-06-09 16:00", "2026-06-09 17:00", "0.5")
    report = settled(
        [contract(availability_price="10", terms=terms)],
        [called],
        [meter],
        availability=stretches,
        unavailability=away,
    )
    lines = [line for line in report["statements"][0]["lines"] if line["kind"] == "Availability"]
    assert [(line["quantity"], line["factor"], line["amount"]) for line in lines] == [
        ("1.600000", "0.550000", "8.80"),
        ("2.400000", "0.550000", "13.20"),
    ]
    assert amounts(report, "Utilisation") == ["80.00"]
    [invoice] = report["invoices"]
    assert (invoice["net"], invoice["vat"], invoice["gross"]) == ("102.00", "20.40", "122.40")


DAY, FROM, TO = "2026-06-16", "2026-06-16 16:00", "2026-06-16 17:00"
AMEND = {"start": "2026-06-16 16:30", "end": "2026-06-16 17:30", "mw": "1", "amendment": 2}


def played(*events, mw="1", end=TO, silent=False, mode="fixed", ask_minutes=None):
    """One dispatch whose events are given; always 1 MW is delivered while it is asked for."""
    terms = {"baseline": FLAT_KW, "availability": {"mode": mode}}
    meter = Meter("A", "2026-06-01", "2026-06-30").put(FROM, *["500"] * 3)
    called = dispatch("D", FROM, end, mw, *events, silent=silent, issued="2026-06-16 14:00")
    return settled([contract(availability_price="10", terms=terms)], [called], [meter])


def availability_of_the_day(report):
    return next(
        line["amount"]
        for line in report["statements"][0]["lines"]
        if line["kind"] == "Availability" and line["ref"] == DAY
    )


def test_8_declined():
    report = played(event("decline", "2026-06-16 14:05"))
    assert amounts(report, "Utilisation") == ["0.00"]
    assert availability_of_the_day(report) == "0.00"
    assert report["performance"][0]["status"] == "declined"


def test_8_unanswered():
    report = played(silent=True)
    assert amounts(report, "Utilisation") == ["200.00"]
    assert availability_of_the_day(report) == "40.00"
    assert report["performance"][0]["status"] == "unanswered"


def test_8_unanswered_without_accepted_availability_is_void():
    report = played(silent=True, mode="none")
    assert report["performance"] == []
    assert report["without_effect"] == [{"dispatch": "D", "status": "unanswered, void"}]
    assert report["statements"][0]["lines"] == []


def test_8_an_emergency_stop_after_40_minutes():
    report = played(event("acknowledge", "2026-06-16 14:01"), event("emergency_stop", "2026-06-16 16:40"))
    assert amounts(report, "Utilisation") == ["133.33"]


def test_8_raised_in_time_and_longer():
    told = (event("acknowledge", "2026-06-16 14:01"), event("amend", "2026-06-16 16:10", **AMEND))
    raised = played(*told, event("acknowledge", "2026-06-16 16:20", amendment=2), mw="0.5")
    assert amounts(raised, "Utilisation") == ["250.00"]
    assert amounts(played(*told, mw="0.5"), "Utilisation") == ["100.00"]


def test_8_cancelled():
    report = played(event("acknowledge", "2026-06-16 14:01"), event("cancel", "2026-06-16 15:00"))
    assert amounts(report, "Utilisation") == []
    assert report["without_effect"] == [{"dispatch": "D", "status": "cancelled"}]


def test_9_what_was_credited_to_one_is_not_paid_to_another():
    terms = {"baseline": FLAT_KW}
    meters = [
        Meter("A", "2026-06-16", "2026-06-17").put(FROM, "900"),
        Meter("B", "2026-06-16", "2026-06-17").put(FROM, "700"),
    ]
    contracts = [
        contract(id="C", assets=["A", "B"], terms=terms),
        contract(id="D", assets=["B"], terms=terms, utilisation_price="300"),
    ]
    end = "2026-06-16 16:30"
    calls = [
        dispatch("D1", FROM, end, "0.5", issued="2026-06-16 10:00"),
        dispatch("D2", FROM, end, "0.5", issued="2026-06-16 11:00", contract="D"),
    ]
    report = settled(contracts, calls, meters)
    assert [each["delivered_kwh"] for each in report["performance"]] == ["250.000", "150.000"]
    assert amounts(report, "Utilisation", "C") == ["50.00"]
    assert amounts(report, "Utilisation", "D") == ["45.00"]


@pytest.mark.parametrize(("tolerance", "penalty"), [("0", "-20.00"), ("0.1", "-8.00")])
def test_10_a_gap(tolerance, penalty):
    terms = {"baseline": FLAT_KW, "penalty": {"multiple": "1", "tolerance": tolerance}}
    meters = [
        Meter("A", "2026-06-16", "2026-06-17").put(FROM, "800", "800"),
        Meter("B", "2026-06-16", "2026-06-17").put(FROM, "700").put("2026-06-16 16:30", "0", quality="M"),
    ]
    called = dispatch("D", FROM, TO, "1.2")
    report = settled([contract(capacity_mw="2", assets=["A", "B"], terms=terms)], [called], meters)
    periods = report["performance"][0]["periods"]
    assert [each["delivered_kwh"] for each in periods] == ["500.000", "200.000"]
    assert [each["complete"] for each in periods] == [True, False]
    assert periods[1]["deficiency_kwh"] == "0.000"
    assert amounts(report, "Utilisation") == ["140.00"]
    assert amounts(report, "Penalty") == [penalty]


@pytest.mark.parametrize(
    ("window", "fees"),
    [
        ({"first_day": "2026-03-31", "last_day": "2026-04-02", "days": EVERY_DAY}, ["33.33", "66.67"]),
        (
            {"first_day": "2026-03-30", "last_day": "2026-05-04", "days": ["Monday"]},
            ["16.67", "66.66", "16.67"],
        ),
    ],
)
def test_11_the_service_fee_of_a_month_is_what_is_due_less_what_was(window, fees):
    made = contract(
        window=window | {"start": "16:00", "end": "17:00"}, service_fee="100", utilisation_price=None
    )
    report = settled([made], [], [], months=["2026-03", "2026-04", "2026-05"][: len(fees)])
    assert amounts(report, "Service fee") == fees


@pytest.mark.parametrize(("cap", "total"), [("none", "-140.00"), ("utilisation", "0.00")])
def test_11_a_credit_note(cap, total):
    terms = {"baseline": FLAT_KW, "penalty": {"multiple": "1", "cap": cap}}
    meter = Meter("A", "2026-06-16", "2026-06-17").put(FROM, "1200")
    called = dispatch("D", FROM, "2026-06-16 16:30", "1")
    report = settled([contract(terms=terms)], [called], [meter])
    assert report["performance"][0]["periods"][0]["deficiency_kwh"] == "700.000"
    assert report["statements"][0]["total"] == total
    documents = [(each["type"], each["net"], each["vat"], each["gross"]) for each in report["invoices"]]
    assert documents == ([("Credit note", "140.00", "28.00", "168.00")] if cap == "none" else [])


def test_12_excess_by_the_minutes_before():
    terms = {"baseline": {"method": "meter_before", "before_minutes": 60}}
    meter = Meter("A", "2026-06-16", "2026-06-17", flat="10", minutes=1).put(FROM, *["13"] * 60)
    called = dispatch("D", FROM, TO, "0.2")
    report = settled([contract(direction="Excess", terms=terms)], [called], [meter])
    [performance] = report["performance"]
    assert [each["baseline_kwh"] for each in performance["periods"]] == ["-300.000"] * 2
    assert [each["metered_kwh"] for each in performance["periods"]] == ["-390.000"] * 2
    assert [each["flexibility_kwh"] for each in performance["periods"]] == ["90.000"] * 2
    assert performance["performance_percent"] == "90.0"
    assert amounts(report, "Utilisation") == ["36.00"]


def test_12_nominated():
    terms = {"baseline": "nominated"}
    told = [
        {
            "asset": "A",
            "period_start": "2026-06-16T16:00:00Z",
            "kw": kw,
            "submitted_at": f"2026-06-{when}:00Z",
        }
        for kw, when in (("-2000", "14T10:00"), ("-2400", "15T10:59"), ("-9999", "15T11:00"))
    ]
    meter = Meter("A", "2026-06-16", "2026-06-17")
    called = dispatch("D", FROM, "2026-06-16 16:30", "0.4")
    report = settled([contract(terms=terms)], [called], [meter], nominations=told)
    [period] = report["performance"][0]["periods"]
    assert (period["baseline_kwh"], period["flexibility_kwh"]) == ("-1200.000", "200.000")
