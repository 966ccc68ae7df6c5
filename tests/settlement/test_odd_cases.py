"""Odd cases settled from files, each with its sum worked by hand.

One contract unless said: Deficit, 1 MW, asset A, weekdays 16:00 to 20:00 in June 2026 (BST), £200/MWh, flat import of 1,000 kWh
a half-hour, so that a baseline of the days before is −1,000.
"""

import pytest

from tests.settlement.case import Meter, amounts, contract, dispatch, event, settled

START = "2026-06-16 16:00"
MULTIPLE = {"penalty": {"multiple": "1"}}


def played(imports, terms=None, mw="0.5", end="2026-06-16 17:00", events=(), **told):
    """The report of one dispatch from 16:00 UTC on, with the imports of its half-hours."""
    meter = Meter("A", "2026-05-01", "2026-06-30").put(START, *imports)
    called = dispatch("X", START, end, mw, event("acknowledge", "2026-06-15 16:01"), *events)
    return settled([contract(terms=terms or {}, **told)], [called], [meter])


def stopped(at):
    return {"type": "stop", "at": at}


def test_a_stop_within_the_first_second_of_a_period_asks_for_nothing_of_it():
    # 0.5 MW, 16:00-16:30 in full: 250 kWh, £50.00. The half-hour after the stop imports 1,200, the wrong way by 200: not asked
    # for, so there is no deficiency.
    report = played(["700", "1200"], MULTIPLE, events=[stopped("2026-06-16T16:30:00.400000Z")])
    (performance,) = report["performance"]
    assert [each["start"] for each in performance["periods"]] == ["2026-06-16T16:00:00Z"]
    assert (amounts(report, "Utilisation"), amounts(report, "Penalty")) == (["50.00"], [])


def test_a_stop_in_the_second_of_the_start_leaves_a_dispatch_that_asked_for_nothing():
    report = played(["1000"], MULTIPLE, events=[stopped("2026-06-16T16:00:00.400000Z")])
    (performance,) = report["performance"]
    assert (performance["requested_kwh"], performance["performance_percent"]) == ("0.000", "0.0")
    assert (amounts(report, "Utilisation"), amounts(report, "Penalty")) == (["0.00"], [])


def test_going_the_wrong_way_delivers_nothing_and_owes_more_than_was_asked():
    # 250 asked in each half-hour. Import 1,300: flexibility −300, delivered 0, deficiency 550; import 1,000: 0 and 250.
    # Penalty of once £200 on 800 kWh: −£160.00.
    report = played(["1300", "1000"], MULTIPLE)
    assert [each["deficiency_kwh"] for each in report["performance"][0]["periods"]] == ["550.000", "250.000"]
    assert (amounts(report, "Utilisation"), amounts(report, "Penalty")) == (["0.00"], ["-160.00"])


@pytest.mark.parametrize(
    ("cap", "relief", "total"),
    [
        # Availability £10 × 4 h on 22 weekdays: 880.00. Utilisation: 250 delivered, £50.00. Deficiency 550: −£550.00 at 5 times.
        ("none", [], "380.00"),
        ("utilisation", ["500.00"], "880.00"),  # penalties of 550 are at most 50
        ("all", [], "380.00"),  # at most 930: nothing beyond
    ],
)
def test_penalties_are_capped_by_what_the_month_pays(cap, relief, total):
    terms = {
        "penalty": {"multiple": "5", "cap": cap},
        "availability": {"mode": "fixed", "declined_forfeits": False},
    }
    report = played(["700", "1300"], terms, availability_price="10")
    assert amounts(report, "Penalty") == ["-550.00"]
    assert amounts(report, "Penalty relief") == relief
    assert report["statements"][0]["total"] == total


def test_lines_are_rounded_half_up_each_and_the_total_adds_them():
    # 5 kW for an hour is 2.5 kWh a half-hour, each given in full: 5 kWh at £1/MWh is £0.005, half up 0.01; three such dispatches
    # are 0.03, while their sum of 0.015 would be 0.02.
    days = ("16", "17", "18")
    meter = Meter("A", "2026-05-01", "2026-06-30")
    for day in days:
        meter.put(f"2026-06-{day} 16:00", "900", "900")
    called = [dispatch(f"X{day}", f"2026-06-{day} 16:00", f"2026-06-{day} 17:00", "0.005") for day in days]
    report = settled([contract(utilisation_price="1")], called, [meter])
    assert amounts(report, "Utilisation") == ["0.01", "0.01", "0.01"]
    assert report["statements"][0]["total"] == "0.03"
    assert report["invoices"] == [
        {
            "seller": "NORTH",
            "month": "2026-06",
            "type": "Self-billing invoice",
            "net": "0.03",
            "vat_rate": "20.0",
            "vat": "0.01",
            "gross": "0.04",
        }
    ]


def test_a_negative_half_penny_is_rounded_away_from_zero():
    # Deficiency of 2.5 kWh a half-hour, 5 kWh in all, at once £1/MWh: −£0.005 is −0.01; nothing delivered: 0.00.
    report = played(["1000", "1000"], MULTIPLE, mw="0.005", utilisation_price="1")
    assert (amounts(report, "Utilisation"), amounts(report, "Penalty")) == (["0.00"], ["-0.01"])
    (made,) = report["invoices"]
    assert (made["type"], made["net"], made["vat"]) == ("Credit note", "0.01", "0.00")


def test_more_than_was_asked_counts_up_to_the_cap():
    # 250 asked a half-hour, cap 1.2: 300 of 400 count, then 100 of 100: proportional pays at most the point at 1, so 250 + 100:
    # £70.00. A curve to (1.2, 1.2) pays 300 + 100: £80.00. Delivered 400 of 500: 80.0 %.
    capped = {"utilisation": {"cap": "1.2"}}
    onwards = {
        "utilisation": {"cap": "1.2", "curve": {"kind": "table", "points": [["0", "0"], ["1.2", "1.2"]]}}
    }
    for terms, paid in ((capped, "70.00"), (onwards, "80.00")):
        report = played(["600", "900"], terms)
        assert report["performance"][0]["performance_percent"] == "80.0"
        assert amounts(report, "Utilisation") == [paid]
