"""Figures are exact however large they are, and however the work is shared out."""

import json

import pytest

from operations.domain import whole_numbers
from operations.domain.baselines import recent_days
from settlement.domain.cases import case_of
from settlement.domain.settling import Settled, settle
from tests.settlement.case import Meter, contract, dispatch, settled
from tests.settlement.random_cases import case_from

ADJUSTED = {"baseline": {"method": "recent_days", "adjustment": {"kind": "additive", "cap": "0.2"}}}


def settled_of(seed: int) -> Settled:
    case, meters = case_from(seed)
    return settle(case_of(json.dumps(case), {f"meter-{n}.csv": text for n, text in enumerate(meters)}))


@pytest.mark.parametrize("seed", range(60, 72))
def test_numbers_of_any_length_and_dispatches_one_by_one_give_the_same(seed, monkeypatch):
    found = settled_of(seed)
    monkeypatch.setattr(whole_numbers, "LARGEST", 0)
    monkeypatch.setattr(recent_days, "MOST_CELLS", 1)
    again = settled_of(seed)
    assert again.statements == found.statements
    assert again.performance == found.performance


@pytest.mark.parametrize("terms", [{}, ADJUSTED])
def test_energies_whose_sums_do_not_fit_into_64_bits_are_settled_to_the_penny(terms):
    # Ten days of 9 × 10¹² kWh a half-hour are 9 × 10¹⁹ millionths of a kWh; 64 bits hold 9.2 × 10¹⁸.
    # 250 kWh less than on those days in each of two half-hours is half a megawatt-hour: £100.
    flat = 9 * 10**12
    meter = Meter("A", "2026-05-01", "2026-06-30", flat=str(flat))
    meter.put("2026-06-16 16:00", str(flat - 250), str(flat - 250))
    report = settled(
        [contract(terms=terms)], [dispatch("X", "2026-06-16 16:00", "2026-06-16 17:00", "0.5")], [meter]
    )
    (performance,) = report["performance"]
    assert [each["baseline_kwh"] for each in performance["periods"]] == ["-9000000000000.000"] * 2
    assert performance["delivered_kwh"] == "500.000"
    assert report["statements"][0]["total"] == "100.00"


def test_a_short_dispatch_beside_a_long_one_has_the_baseline_that_it_has_alone():
    # One of the short one's ten days has 700 in its half-hour, nine have 1,000: the mean is 970.
    meter = Meter("A", "2026-05-01", "2026-06-30").put("2026-06-15 15:00", "700", "900", "1100", "1300")
    short = dispatch("S", "2026-06-16 15:00", "2026-06-16 15:30", "0.5")
    long = dispatch("L", "2026-06-17 15:00", "2026-06-17 17:00", "0.5")
    for terms in ({}, ADJUSTED):
        alone = settled([contract(terms=terms)], [short], [meter])
        both = settled([contract(terms=terms)], [short, long], [meter])
        assert both["performance"][0] == alone["performance"][0]
    (period,) = alone["performance"][0]["periods"]
    assert period["baseline_kwh"] == "-970.000"
