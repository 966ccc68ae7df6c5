"""A contract in the browser: signed, a day of service played and metered, the month settled, disputed, invoiced and paid."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from contracts.enums import ContractStatus
from contracts.models import Contract
from marketplace.jobs.enums import State
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from operations.models import AvailabilityAnswer, Dispatch
from settlement.enums import VersionState
from settlement.models import DisputedLine, Document, Statement, StatementVersion
from tests.browser.looks import DESK
from tests.operations import availability_scene as scenes
from tests.operations.meter_files import csv_of
from tests.settlement.document_scene import tell
from tests.support.embedded import wait_until
from tests.support.moved_clock import move_to

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]
DAY = date(2026, 2, 10)
HALF_HOUR = timedelta(minutes=30)
USUAL = 1000
REDUCED = {(16, 30): 700, (17, 0): 900}
"""kWh imported by N1 on the day: 300 and 100 less than usual."""
PHONE = {"width": 390, "height": 844}
HEADERS = ["Asset Ref", "Period Start", "Minutes", "Import (kWh)", "Export (kWh)"]


def at(hour, minute=0, day=DAY):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def readings():
    """Three weeks of both assets until the end of the day."""
    rows, instant = [], at(0, day=date(2026, 1, 19))
    while instant < at(23, 59):
        told = REDUCED.get((instant.hour, instant.minute), USUAL) if instant.date() == DAY else USUAL
        rows += [["N1", instant.isoformat(), 30, told, 0], ["N2", instant.isoformat(), 30, USUAL, 0]]
        instant += HALF_HOUR
    return csv_of(HEADERS, *rows)


def work_off():
    """What a worker does with the job that waits."""
    waiting = Job.objects.filter(state__in=[State.QUEUED, State.APPLY_QUEUED])
    wait_until(waiting.exists)
    job = run_now(waiting.get().pk)
    assert job.state in (State.DONE, State.CHECKED), job.error


@pytest.fixture
def scene(transactional_db, settings):
    made = scenes.made()
    tell(made.buyer.organisation, registered_address="2 Grid Way\nPerth", code="NRN")
    tell(made.north.organisation, registered_address="1 High Street\nLeith", code="NORTH")
    settings.CLOCK = "tests.support.moved_clock.moved_now"
    move_to(scenes.OPEN)
    return made


def test_a_contract_is_lived_from_its_signing_to_the_payment(scene, open_as):
    with run_jobs_inline():
        desk = open_as(scene.buyer, DESK)
        provider = open_as(scene.north, DESK)
        desk.on("dialog", lambda asked: asked.accept())
        sign(scene, desk)
        declare_and_accept(scene, desk, provider)
        called = call_and_answer(scene, desk, open_as)
        amend_and_stop(desk, called)
        meter(scene, desk, provider, called)
        version = settle_and_dispute(scene, desk, provider)
        invoice_and_pay(scene, desk, provider, version)


def sign(scene, desk):
    """The SO marks the contract as signed."""
    desk.goto(reverse("contracts:contract", args=[scene.first.pk]))
    desk.get_by_role("button", name="Mark as signed").click()
    wait_until(lambda: Contract.objects.get(pk=scene.first.pk).status == ContractStatus.SIGNED)


def declare_and_accept(scene, desk, provider):
    """The provider declares 0.8 MW for the day; the SO accepts all."""
    provider.goto(f"{reverse('operations:availability')}?week=2026-02-09")
    provider.locator(f"input[name='mw|{scene.first.pk}|{DAY.isoformat()}']").fill("0.8")
    provider.get_by_role("button", name="Declare").click()
    expect(provider.get_by_text("1 day declared.")).to_be_visible()

    move_to(scenes.LOCK + timedelta(hours=1))
    desk.goto(reverse("operations:answer_all", args=["all"]))
    desk.get_by_role("button", name=re.compile("^Accept")).click()
    expect(desk.get_by_text(re.compile("answered; the providers are told"))).to_be_visible()
    accepted = AvailabilityAnswer.objects.filter(contract=scene.first, start__date=DAY)
    assert [each.mw for each in accepted] == [Decimal("0.8")]


def call_and_answer(scene, desk, open_as):
    """The desk calls 0.6 MW for an hour; the provider acknowledges on a phone."""
    move_to(at(15, 30))
    desk.goto(f"{reverse('operations:dispatch_home')}?contract={scene.first.pk}")
    desk.get_by_label("MW", exact=True).fill("0.6")
    desk.get_by_label("From", exact=True).fill("16:30")
    desk.get_by_label("Until", exact=True).fill("17:30")
    desk.get_by_label("Until", exact=True).press("Tab")
    expect(desk.get_by_role("button", name="Send 0.6 MW")).to_be_visible()
    desk.get_by_label("Send it anyway").check()
    desk.get_by_role("button", name="Send 0.6 MW").click()
    expect(desk.get_by_text(re.compile("is sent to"))).to_be_visible()
    called = Dispatch.objects.get()
    assert (called.start, called.end) == (at(16, 30), at(17, 30))

    move_to(at(15, 40))
    phone = open_as(scene.north)
    phone.set_viewport_size(PHONE)
    phone.goto(reverse("operations:dispatch_home"))
    phone.get_by_role("button", name="Acknowledge").click()
    expect(phone.get_by_text(re.compile("is acknowledged"))).to_be_visible()
    return called


def amend_and_stop(desk, called):
    """0.4 MW from 17:00, and the end at 17:20."""
    move_to(at(16, 40))
    desk.goto(reverse("operations:amend", args=[called.pk]))
    desk.get_by_label(re.compile("MW from then on")).fill("0.4")
    desk.get_by_label(re.compile("^From")).fill("17:00")
    desk.get_by_label(re.compile("^Until")).fill("17:30")
    desk.get_by_role("button", name="Amend the dispatch").click()
    expect(desk.get_by_text(re.compile("is amended"))).to_be_visible()

    move_to(at(17, 20))
    desk.goto(reverse("operations:stop", args=[called.pk]))
    desk.get_by_role("button", name="Stop the dispatch now").click()
    expect(desk.get_by_text(re.compile("is stopped; the provider is told"))).to_be_visible()


def meter(scene, desk, provider, called):
    """The provider brings its readings, and both read what was delivered."""
    move_to(at(9, day=date(2026, 2, 11)))
    provider.goto(reverse("operations:readings"))
    file = {"name": "february.csv", "mimeType": "text/csv", "buffer": readings()}
    provider.get_by_label("File of readings").set_input_files(file)
    provider.get_by_role("button", name="Read the file").click()
    work_off()
    provider.get_by_role("button", name=re.compile("^Create")).click()
    work_off()

    for page in (provider, desk):
        page.goto(reverse("operations:dispatch_performance", args=[called.pk]))
        expect(page.get_by_text("92.3 %").first).to_be_visible()
        expect(page.get_by_text("0.433").first).to_be_visible()
        expect(page.get_by_text("0.400").first).to_be_visible()


def settle_and_dispute(scene, desk, provider):
    """The SO runs the month; the provider disputes the utilisation, which is answered; then the statement is final."""
    move_to(at(9, day=date(2026, 3, 2)))
    desk.goto(reverse("settlement:statements"))
    desk.get_by_role("button", name="Run February 2026").click()
    work_off()
    statement = Statement.objects.get(contract=scene.first)
    version = statement.current
    line = version.lines.get(kind="Utilisation")
    assert line.quantity == Decimal("400.000000"), "the delivered of 433.333 kWh that were asked for"

    provider.goto(reverse("settlement:statement", args=[statement.pk]))
    provider.get_by_role("link", name="Dispute lines").click()
    provider.get_by_label(re.compile(rf"^Why line {line.place}, Utilisation")).fill("The meter says more.")
    provider.get_by_role("button", name="Dispute these lines").click()
    wait_until(lambda: DisputedLine.objects.filter(line=line).exists())
    desk.goto(reverse("settlement:answer", args=[DisputedLine.objects.get().pk]))
    expect(desk.get_by_text("The meter says more.")).to_be_visible()
    desk.get_by_label(re.compile("^Answer")).fill("These are all readings.")
    desk.get_by_label("Not upheld").check()
    desk.get_by_role("button", name="Answer", exact=True).click()
    wait_until(lambda: not DisputedLine.objects.filter(state="open").exists())

    move_to(at(9, day=date(2026, 4, 2)))
    desk.goto(reverse("settlement:statement", args=[statement.pk]))
    desk.get_by_role("button", name="Make final").click()
    wait_until(lambda: StatementVersion.objects.get(pk=version.pk).state == VersionState.FINAL)
    return version


def invoice_and_pay(scene, desk, provider, version):
    """The SO makes the documents of the month and marks North's as paid; North sees both."""
    desk.goto(reverse("settlement:invoice_run"))
    desk.get_by_role("button", name=re.compile("^Make")).click()
    work_off()
    document = Document.objects.get(seller=scene.north.organisation)
    assert document.net == version.total
    desk.goto(reverse("settlement:document", args=[document.pk]))
    desk.get_by_label("Paid on").fill("2026-04-02")
    desk.get_by_label("Reference", exact=True).fill("BACS 7")
    desk.get_by_role("button", name="Mark as paid").click()
    expect(desk.get_by_text("BACS 7").first).to_be_visible()
    provider.goto(reverse("settlement:document", args=[document.pk]))
    expect(provider.get_by_text("BACS 7").first).to_be_visible()
    expect(provider.get_by_text(f"£{document.gross:,.2f}").first).to_be_visible()
