from datetime import timedelta
from decimal import Decimal

import pytest

from bidding.domain.recommendation.costs import bid_cost


def cost(**terms):
    absent = dict.fromkeys(
        ["availability_price", "utilisation_price", "service_fee", "dispatch_estimate", "dispatch_duration"]
    )
    return bid_cost(**{**absent, "available_minutes": 0, **terms})


def test_availability_is_paid_for_every_available_hour():
    assert cost(
        capacity_mw=Decimal("0.5"), available_minutes=90, availability_price=Decimal("10")
    ) == Decimal("7.50")


def test_utilisation_is_paid_for_the_dispatches_expected():
    terms = {
        "dispatch_estimate": 6,
        "dispatch_duration": timedelta(hours=3),
        "utilisation_price": Decimal("250"),
    }
    assert cost(capacity_mw=Decimal("0.820"), **terms) == Decimal("3690.00")


def test_the_service_fee_is_paid_once_for_each_megawatt():
    assert cost(capacity_mw=Decimal("0.07"), service_fee=Decimal("4138.15")) == Decimal("289.67")


@pytest.mark.parametrize("missing", ["dispatch_estimate", "dispatch_duration"])
def test_without_an_estimate_utilisation_costs_nothing(missing):
    terms = {
        "dispatch_estimate": 6,
        "dispatch_duration": timedelta(hours=3),
        "utilisation_price": Decimal("250"),
    }
    assert cost(capacity_mw=Decimal(1), **{**terms, missing: None}) == Decimal("0.00")


def test_half_a_penny_is_rounded_up_and_nothing_is_rounded_before():
    assert cost(capacity_mw=Decimal("0.005"), service_fee=Decimal("1")) == Decimal("0.01")
    assert cost(
        capacity_mw=Decimal("0.1"), available_minutes=20, availability_price=Decimal("0.45")
    ) == Decimal("0.02")
    assert cost(capacity_mw=Decimal("1"), available_minutes=1, availability_price=Decimal("0.29")) == Decimal(
        "0.00"
    )
