"""The pages of contracts on a phone and at a desk, read by axe."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from contracts.domain.queries import contracts_of
from marketplace.jobs.publishing import run_jobs_inline
from tests.browser.looks import looked_at
from tests.contracts.scene import confirmed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_the_list_and_a_contract_are_accessible_and_fit_the_screen(transactional_db, open_as):
    with run_jobs_inline():
        made = confirmed()
    page = open_as(made.buyer)
    page.goto(reverse("contracts:list"))
    expect(page.get_by_role("button", name="Obligations workbook")).to_be_visible()
    looked_at(page, "contracts")
    contract = contracts_of(made.buyer).first()
    page.goto(reverse("contracts:contract", args=[contract.pk]))
    expect(page.get_by_role("heading", name="Terms")).to_be_visible()
    looked_at(page, "contract")
