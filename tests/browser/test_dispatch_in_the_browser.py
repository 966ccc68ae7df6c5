"""A dispatch in the browser: called at the desk, acknowledged on a phone, amended and stopped; the pages read by axe."""

import re
from datetime import time, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from competitions.models import ServiceWindow
from contracts.domain.queries import contracts_of
from contracts.models import Contract
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from operations.domain.dispatching import acknowledge_dispatch
from operations.domain.issuing import issue_dispatch
from operations.models import Dispatch
from tests.browser.looks import looked_at
from tests.operations.scene import contracted, give

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
MINUTE = timedelta(minutes=1)
PHONE = {"width": 390, "height": 844}


def serving_now():
    """North's contract, in service the whole day, with a dispatch that runs and was acknowledged."""
    with run_jobs_inline():
        made = give(contracted(), "fixed")
        now = clock.now().replace(second=0, microsecond=0)
        every_day = {
            "first_day": now.date() - timedelta(days=2),
            "end_day": now.date() + timedelta(days=10),
            "weekdays": [0, 1, 2, 3, 4, 5, 6],
            "start": time(0),
            "end": time(0),
            "maximum_run_time": timedelta(hours=3),
        }
        Contract.objects.filter(pk=made.contract.pk).update(**every_day)
        window = made.contract.bid.window_id
        ServiceWindow.objects.filter(pk=window).update(required_response_time=None, minimum_run_time=None)
        made.contract = contracts_of(made.north).get()
        with clock.set_to(now - 10 * MINUTE):
            made.running = issue_dispatch(
                by=made.buyer,
                contract_id=made.contract.pk,
                mw=Decimal("0.5"),
                start=now - 5 * MINUTE,
                end=now + 15 * MINUTE,
                now=clock.now(),
            )
            acknowledge_dispatch(by=made.north, dispatch_id=made.running.pk, now=clock.now())
    return made


def test_a_contract_is_called_acknowledged_on_a_phone_amended_and_stopped(transactional_db, open_as):
    made = serving_now()
    desk = open_as(made.buyer)
    desk.goto(f"{reverse('operations:dispatch_home')}?contract={made.contract.pk}")
    expect(desk.get_by_text("Costs about").nth(1)).to_be_visible()
    looked_at(desk, "dispatch-desk")
    desk.get_by_label("MW", exact=True).fill("0.4")
    desk.get_by_label("MW", exact=True).press("Tab")
    send = desk.get_by_role("button", name="Send 0.4 MW")
    expect(send).to_be_visible()
    phone = open_as(made.north)
    phone.set_viewport_size(PHONE)
    phone.goto(reverse("operations:dispatch_home"))
    expect(phone.get_by_role("heading", level=1)).to_have_text(
        "1 dispatch runs; nothing waits for your answer"
    )
    desk.get_by_label("Send it anyway").check()
    desk.wait_for_timeout(600)
    expect(desk.get_by_label("Send it anyway")).to_be_checked()  # what is checked anew asks nothing new
    with run_jobs_inline():
        send.click()
    expect(desk.get_by_text(re.compile("is sent to"))).to_be_visible()
    expect(phone.get_by_role("heading", level=1)).to_have_text(
        "1 dispatch waits for your answer", timeout=15_000
    )
    looked_at(phone, "dispatch-to-answer")
    phone.set_viewport_size(PHONE)
    phone.get_by_role("button", name="Acknowledge").click()
    expect(phone.get_by_text(re.compile("is acknowledged"))).to_be_visible()

    called = Dispatch.objects.exclude(pk=made.running.pk).get()
    assert called.state == "acknowledged"
    desk.goto(reverse("operations:dispatch", args=[called.pk]))
    expect(desk.get_by_text("Received").first).to_be_visible()
    looked_at(desk, "dispatch")
    desk.get_by_role("link", name="Amend").click()
    desk.get_by_label(re.compile("MW from then on")).fill("0.3")
    zone = made.buyer.organisation.zone
    desk.get_by_label(re.compile("^From")).fill(f"{(called.start + 10 * MINUTE).astimezone(zone):%H:%M}")
    desk.get_by_role("button", name="Amend the dispatch").click()
    expect(desk.get_by_text(re.compile("is amended"))).to_be_visible()

    desk.goto(reverse("operations:dispatch", args=[made.running.pk]))
    desk.get_by_role("link", name="Stop…").click()
    desk.get_by_role("button", name="Stop the dispatch now").click()
    expect(desk.get_by_text(re.compile("is stopped; the provider is told"))).to_be_visible()
    assert [each.kind for each in made.running.events.order_by("place")] == ["issue", "acknowledge", "stop"]
