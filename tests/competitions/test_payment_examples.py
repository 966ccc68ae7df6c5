"""What 1 MWh earns by settlement terms, at £200: each sum worked by hand."""

from decimal import Decimal
from fractions import Fraction

from competitions.domain.payment import earned, example_of, paid_energy, rounded
from competitions.domain.terms_fields import terms_of

PRICE = Fraction(200)


def paid(share: str, price=PRICE, **told) -> tuple[str, str]:
    """Payment and penalty of a share."""
    terms = terms_of(told)
    found = earned(terms.utilisation, terms.penalty, price, Fraction(share))
    assert found.total == found.paid - found.penalty
    return str(found.paid), str(found.penalty)


def test_in_proportion_a_share_earns_as_much_of_the_price_up_to_the_cap():
    assert paid("0.8") == ("160.00", "0.00")
    assert paid("1.2") == ("200.00", "0.00")
    assert paid("1.2", utilisation={"cap": "1.1"}) == ("200.00", "0.00")  # the curve ends at 1
    onwards = {"kind": "table", "points": [["0", "0"], ["1.2", "1.2"]]}
    assert paid("1.2", utilisation={"cap": "1.1", "curve": onwards}) == ("220.00", "0.00")
    assert paid("-0.3") == ("0.00", "0.00")


def test_what_is_missing_beyond_the_tolerance_costs_the_price_and_the_multiple_of_the_utilisation_price():
    """Of 1 MWh 0.6 are delivered: 0.4 less 0.1 of tolerance are missing, at 50 + 2 × 200 = £450/MWh: £135."""
    penalty = {"price": "50", "multiple": "2", "tolerance": "0.1"}
    assert paid("0.6", penalty=penalty) == ("120.00", "135.00")
    assert paid("0.9", penalty=penalty) == ("180.00", "0.00")
    assert paid("-0.5", penalty=penalty) == ("0.00", "630.00")


def test_a_cap_of_penalties_takes_no_more_than_what_is_earned():
    for cap in ("utilisation", "all"):
        assert paid("0.2", penalty={"price": "100", "cap": cap}) == ("40.00", "40.00")
    assert paid("0.2", penalty={"price": "100"}) == ("40.00", "80.00")


def test_below_a_threshold_nothing_is_earned_and_the_example_shows_both_sides_of_it():
    terms = terms_of({"utilisation": {"curve": "threshold_75"}})
    shown = {each.share: str(each.paid) for each in example_of(terms.utilisation, terms.penalty, PRICE)}
    assert list(shown) == sorted(shown, reverse=True)
    assert (shown[Fraction(3, 4)], shown[Fraction(74, 100)]) == ("150.00", "0.00")
    assert (shown[Fraction(1)], shown[Fraction(1, 2)]) == ("200.00", "0.00")


def test_the_example_goes_up_to_a_cap_above_what_was_asked_and_is_short_without_jumps():
    above = terms_of({"utilisation": {"cap": "1.25"}})
    assert example_of(above.utilisation, above.penalty, PRICE)[0].share == Fraction(5, 4)
    plain = terms_of({"utilisation": {"curve": "grace_5_slope_3"}})
    shares = [int(each.share * 100) for each in example_of(plain.utilisation, plain.penalty, PRICE)]
    assert shares == [100, 95, 90, 80, 70, 60, 50, 25, 0]


def test_the_curve_counts_for_each_period_or_once_for_the_whole_dispatch():
    """Two halves of 1 MWh, all and nothing delivered: 1 + 0 by period; half of 2 is on the threshold of 50 %: 2 × 0.5 = 1,
    while a threshold of 75 % leaves nothing of the whole."""
    halves = [(Fraction(1), Fraction(1)), (Fraction(1), Fraction(0))]
    told = {
        (curve, basis): paid_energy(
            terms_of({"utilisation": {"curve": curve, "basis": basis}}).utilisation, halves
        )
        for curve in ("threshold_50", "threshold_75")
        for basis in ("period", "dispatch")
    }
    assert told == {
        ("threshold_50", "period"): 1,
        ("threshold_50", "dispatch"): 1,
        ("threshold_75", "period"): 1,
        ("threshold_75", "dispatch"): 0,
    }


def test_a_half_is_rounded_away_from_zero_and_nothing_is_never_below_it():
    assert [str(rounded(Fraction(text), 2)) for text in ("0.005", "-0.005", "0.0049", "-0.0049")] == [
        "0.01",
        "-0.01",
        "0.00",
        "0.00",
    ]
    assert rounded(Fraction(2, 3), 6) == Decimal("0.666667")
