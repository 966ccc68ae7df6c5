"""Addresses that name days at the ends of the calendar, or none at all, break no page of operations."""

import pytest
from django.urls import reverse

from operations.models import AvailabilityAnswer, AvailabilityDeclaration
from tests.operations.scene import browser, contracted, give

pytestmark = pytest.mark.django_db
DAYS = ("0001-01-01", "0001-01-02", "9999-12-31", "9999-12-30", "2026-02-30", "x", "")
MONTHS = ("0001-01", "0001-02", "9999-12", "9999-11", "2026-13", "x", "")


@pytest.fixture(scope="module")
def once(module_database):
    return give(contracted(), "declared")


@pytest.mark.parametrize("side", ["buyer", "north"])
def test_no_day_and_no_month_of_an_address_breaks_a_page(once, side):
    client = browser(getattr(once, side))
    client.raise_request_exception = False
    contract = once.contract.pk
    asked = [
        (name, args, query, value)
        for name, args, query, values in (
            ("availability", (), "week", DAYS),
            ("answer_desk", (), "week", DAYS),
            ("contract_availability", (contract,), "week", DAYS),
            ("dispatch_home", (), "day", DAYS),
            ("readings", (), "month", MONTHS),
            ("performance", (), "month", MONTHS),
        )
        for value in values
    ]
    broken = [
        (name, value)
        for name, args, query, value in asked
        if client.get(reverse(f"operations:{name}", args=args), {query: value}).status_code >= 500
    ]
    assert broken == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_no_far_day_that_is_posted_breaks_a_page(once, day):
    provider, operator = browser(once.north), browser(once.buyer)
    for client in (provider, operator):
        client.raise_request_exception = False
    declared = provider.post(reverse("operations:declare_week"), {f"mw|{once.contract.pk}|{day}": "1"})
    place = f"{day}T16:00:00+00:00~{day}T17:00:00+00:00"
    answered = operator.post(reverse("operations:answer_save"), {f"mw|{once.contract.pk}|{place}": "1"})
    assert [declared.status_code < 500, answered.status_code < 500] == [True, True]
    assert not AvailabilityDeclaration.objects.exists()
    assert not AvailabilityAnswer.objects.exists()
