"""Availability declared by a provider and answered by the operator, in the browser, by mouse and without script."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from contracts.models import Contract
from marketplace import clock
from operations.models import AvailabilityAnswer
from tests.browser.looks import DESK, looked_at
from tests.operations import availability_scene as scenes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def scene(transactional_db):
    """The contracts serve from this week on, by the real clock, and are declared a day ahead."""
    made = scenes.made(cycle="day_ahead", lock={"time": "00:00"}, answer={"time": "24:00"})
    today = clock.now().date()
    Contract.objects.update(first_day=today - timedelta(days=3), end_day=today + timedelta(days=30))
    return made


def test_a_provider_declares_and_the_operator_answers(scene, open_as):
    """Tomorrow locked at 00:00 of today and is answered until 24:00; the days after it can be declared."""
    today = clock.now().date()
    later = today + timedelta(days=8)
    week = later - timedelta(days=later.weekday())
    page = open_as(scene.north, DESK)
    page.goto(f"{reverse('operations:availability')}?week={week.isoformat()}")
    fields = page.locator("input[name^='mw|']")
    expect(fields.first).to_be_visible()
    fields.last.fill("0.6")
    page.get_by_role("button", name="Declare").click()
    expect(page.get_by_text("1 day declared.")).to_be_visible()
    expect(page.locator("input[name^='mw|']").last).to_have_value("0.6")
    looked_at(page, "availability")
    page.goto(f"{reverse('operations:contract_availability', args=[scene.first.pk])}?week={week.isoformat()}")
    looked_at(page, "contract-availability")
    page.goto(reverse("operations:availability_upload"))
    looked_at(page, "availability-upload")

    desk = open_as(scene.buyer, DESK, scripts=False)
    desk.goto(reverse("operations:answer_desk"))
    expect(desk.get_by_text("wait for your answer")).to_be_visible()
    desk.get_by_role("link", name="Accept up to the MW required").click()
    expect(desk.get_by_text("What is accepted is frozen at once")).to_be_visible()
    desk.get_by_role("button", name="Accept for 2 contracts").click()
    expect(desk.get_by_text("2 stretches answered; the providers are told.")).to_be_visible()
    assert sorted(each.mw for each in AvailabilityAnswer.objects.all()) == [0, 2]


def test_the_answer_desk_is_accessible_and_fits_the_screen(scene, open_as):
    page = open_as(scene.buyer, DESK)
    page.goto(reverse("operations:answer_desk"))
    expect(page.get_by_role("button", name="Answer")).to_be_visible()
    looked_at(page, "answer-desk")
    page.goto(reverse("operations:answer_all", args=["required"]))
    looked_at(page, "answer-all")
