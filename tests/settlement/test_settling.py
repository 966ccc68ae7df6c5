"""What holds whatever is dispatched and measured: nothing is paid twice, and only what was told changes a
figure."""

import json
from datetime import timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from competitions.domain.curves import READY_MADE, GraceSlope, table
from settlement.domain.cases import case_of
from settlement.domain.settling import settle
from tests.settlement.case import HEADER, Meter, at, contract, dispatch, settled, stamp
from tests.settlement.clashing import TERMS, calls, kwh, minutes_after, three_contracts


def case_text(dispatches):
    return json.dumps(
        {
            "zone": "Europe/London",
            "months": ["2026-06"],
            "contracts": three_contracts(),
            "dispatches": dispatches,
        }
    )


@given(calls, st.lists(kwh, min_size=32, max_size=32))
@settings(max_examples=60, deadline=None)
def test_what_all_contracts_are_credited_never_exceeds_what_the_meter_gave(told, energies):
    start = "2026-06-16 15:00"
    meters = [
        Meter(ref, "2026-06-16", "2026-06-17", minutes=15).put(
            start, *(str(int(each) // 2) for each in energies)
        )
        for ref in "AB"
    ]
    dispatches = [
        dispatch(
            f"X{n}",
            minutes_after(start, 15 * at_),
            minutes_after(start, 15 * (at_ + length)),
            str(mw / 10),
            contract=who,
        )
        for n, (who, at_, length, mw) in enumerate(told)
    ]
    found = settle(case_of(case_text(dispatches), {f"meter-{each.ref}.csv": each.text() for each in meters}))
    credited: dict[str, Fraction] = {}
    for performance in found.performance:
        for period in performance.periods:
            assert 0 <= period.delivered <= period.requested
            assert sum(unit.credited for unit in period.units) == period.delivered
            for unit in period.units:
                credited[unit.unit] = credited.get(unit.unit, Fraction(0)) + unit.credited
    for ref, total in credited.items():
        meter = next(each for each in meters if each.ref == ref)
        gave = sum(max(0, 500 - int(each)) for each in meter.imports.values())
        assert total <= gave


@given(st.lists(kwh, min_size=4, max_size=4), st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_a_meter_file_split_in_two_or_given_twice_changes_nothing(energies, where):
    meter = Meter("A", "2026-05-01", "2026-06-30").put("2026-06-16 15:00", *energies)
    told = [dispatch("X", "2026-06-16 15:00", "2026-06-16 17:00", "1")]
    whole = meter.text()
    rows = whole.splitlines()[1:]
    parts = {
        "meter-1.csv": "\n".join([HEADER, *rows[: 1000 + where]]),
        "meter-2.csv": "\n".join([HEADER, *rows[500:]]),
    }
    case = json.dumps(
        {"zone": "Europe/London", "months": ["2026-06"], "contracts": [contract()], "dispatches": told}
    )
    once, split = settle(case_of(case, {"meter-1.csv": whole})), settle(case_of(case, parts))
    assert once.statements == split.statements
    assert once.performance == split.performance


@given(st.lists(kwh, min_size=48 * 3, max_size=48 * 3))
@settings(max_examples=15, deadline=None)
def test_everything_a_day_later_comes_to_the_same_away_from_clock_changes(energies):
    def made(day_shift: int):
        first = (at("2026-06-08") + timedelta(days=day_shift)).strftime("%Y-%m-%d")
        meter = Meter("A", minutes_after("2026-04-01 00:00", 1440 * day_shift), "2026-07-01")
        meter.put(f"{first} 00:00", *energies)
        terms = {"baseline": {"method": "meter_before", "before_minutes": 90}, "penalty": {"price": "7"}}
        told = [dispatch("X", f"{first} 15:10", f"{first} 17:20", "0.7")]
        return settled([contract(terms=terms)], told, [meter])

    one, later = made(0), made(1)
    assert one["statements"][0]["lines"] == later["statements"][0]["lines"]
    assert one["performance"][0]["performance_percent"] == later["performance"][0]["performance_percent"]


@given(st.sampled_from(sorted(READY_MADE)), st.fractions(0, 2), st.fractions(0, 2))
def test_with_a_rising_curve_more_delivered_never_pays_less(name, one, other):
    curve = READY_MADE[name]
    less, more = sorted((one, other))
    assert curve.share(less) <= curve.share(more)


def test_at_a_share_given_twice_the_later_payment_holds_and_beyond_the_points_the_last():
    curve = table(("0.2", "0.1"), ("0.5", "0.2"), ("0.5", "0.6"), ("1", "0.9"))
    shares = {"0": "0.1", "0.2": "0.1", "0.35": "0.15", "0.5": "0.6", "0.75": "0.75", "1": "0.9", "3": "0.9"}
    assert {each: curve.share(Fraction(each)) for each in shares} == {
        a: Fraction(b) for a, b in shares.items()
    }


def test_a_grace_ends_at_nothing():
    assert GraceSlope(Fraction(1, 20), Fraction(3)).share(Fraction(1, 2)) == 0


def test_a_whole_day_is_read_by_its_stamps():
    meter = Meter("A", "2026-06-16", "2026-06-17")
    assert meter.text().count("\n") == 49
    assert stamp(at("2026-06-16 00:00")) in meter.text()


def test_a_later_file_corrects_an_earlier_one():
    meter = Meter("A", "2026-05-01", "2026-06-30")
    told = [dispatch("X", "2026-06-16 15:00", "2026-06-16 15:30", "1")]
    correction = "\n".join([HEADER, "A,2026-06-16T15:00:00Z,30,500,0,A"])
    case = json.dumps(
        {"zone": "Europe/London", "months": ["2026-06"], "contracts": [contract()], "dispatches": told}
    )
    [statement] = settle(case_of(case, {"meter-1.csv": meter.text(), "meter-2.csv": correction})).statements
    assert [str(line.amount) for line in statement.lines] == ["100.00"]


def test_a_unit_with_too_few_days_has_no_baseline_and_lists_none():
    meter = Meter("A", "2026-06-15", "2026-06-17")
    report = settled([contract()], [dispatch("X", "2026-06-16 15:00", "2026-06-16 16:00", "1")], [meter])
    [performance] = report["performance"]
    assert performance["baseline_days"] == {"A": []}
    assert [each["complete"] for each in performance["periods"]] == [False, False]
    assert [line["amount"] for line in report["statements"][0]["lines"]] == ["0.00"]


def test_fixed_references_follow_the_local_clock_and_the_number_of_devices():
    kw = ["0"] * 34 + ["-1.5"] * 2 + ["0"] * 12
    terms = {"baseline": {"method": "fixed_reference"}, "period_minutes": 15}
    meter = Meter("A", "2026-06-16", "2026-06-17", flat="20", minutes=15)
    called = dispatch("X", "2026-06-16 16:00", "2026-06-16 16:30", "0.05")
    references = {"A": {"kw": kw, "devices": 100}}
    report = settled([contract(terms=terms)], [called], [meter], references=references)
    assert [each["baseline_kwh"] for each in report["performance"][0]["periods"]] == ["-37.500", "-37.500"]


def test_estimated_readings_count_only_where_the_terms_say_so():
    meter = Meter("A", "2026-06-16", "2026-06-17").put("2026-06-16 15:00", "500", quality="E")
    called = dispatch("X", "2026-06-16 15:00", "2026-06-16 15:30", "1")
    for counts, complete in (("yes", True), ("no", False)):
        report = settled([contract(terms=TERMS | {"estimated_counts": counts})], [called], [meter])
        assert [each["complete"] for each in report["performance"][0]["periods"]] == [complete]


def test_energy_credited_in_a_longer_period_counts_as_taken_evenly_over_its_minutes():
    meter = Meter("A", "2026-06-16", "2026-06-17", minutes=15).put("2026-06-16 15:00", "300", "300")
    contracts = [contract(id="C", terms=TERMS), contract(id="D", terms=TERMS | {"period_minutes": 15})]
    end = "2026-06-16 15:30"
    told = [
        dispatch("X", "2026-06-16 15:00", end, "0.4", issued="2026-06-16 10:00"),
        dispatch("Y", "2026-06-16 15:00", end, "1", issued="2026-06-16 11:00", contract="D"),
    ]
    report = settled(contracts, told, [meter])
    assert [each["delivered_kwh"] for each in report["performance"]] == ["200.000", "200.000"]
    assert [each["flexibility_kwh"] for each in report["performance"][1]["periods"]] == ["100.000", "100.000"]


def test_an_acknowledgement_may_name_the_issue_as_the_first_of_what_it_answers():
    told = dispatch("X", "2026-06-16 15:00", "2026-06-16 16:00", "1")
    told["events"][1]["amendment"] = 1
    report = settled([contract(terms=TERMS)], [told], [Meter("A", "2026-06-16", "2026-06-17")])
    assert report["performance"][0]["status"] == "acknowledged"


def test_availability_is_never_scaled_beyond_full_delivery():
    curve = {"kind": "table", "points": [["0", "0"], ["2", "2"]]}
    terms = TERMS | {"availability": {"factor": "month", "curve": curve}, "utilisation": {"cap": "2"}}
    meter = Meter("A", "2026-06-16", "2026-06-17").put("2026-06-16 15:00", "500")
    called = dispatch("X", "2026-06-16 15:00", "2026-06-16 15:30", "0.5")
    report = settled([contract(availability_price="10", terms=terms)], [called], [meter])
    assert report["performance"][0]["performance_percent"] == "200.0"
    assert {
        line["factor"] for line in report["statements"][0]["lines"] if line["kind"] == "Availability"
    } == {"1.000000"}
