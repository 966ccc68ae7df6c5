"""A company applies to a DPS with a document and the operator approves it: from both sides, on a phone and at
a desk."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from competitions.models import PurchasingSystem
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.dps.queries import approved_providers
from qualification.domain.verdicts.requalification import work_off
from tests.browser.looks import looked_at
from tests.qualification import market
from tests.qualification.dps import ANSWERS, PDF

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
CHOICES = {"legal_form", "in_group", "insolvency", "exclusion", "audited"}
AGREEMENTS = {"framework_0", "declaration"}


@pytest.fixture
def people(transactional_db):
    with run_jobs_inline():
        yield market.member(market.operator()), market.member(market.provider("North Batteries Ltd"))


def answer(page, keys):
    for key in keys:
        field = page.locator(f"#id_{key}")
        if key in CHOICES:
            field.select_option(ANSWERS[key])
        elif key in AGREEMENTS:
            field.check()
        else:
            field.fill(ANSWERS[key])


def sections():
    keys = list(ANSWERS)
    starts = [keys.index(key) for key in ("legal_name", "legal_form", "audited", "signatory_name")]
    return [keys[first:last] for first, last in zip(starts, [*starts[1:], len(keys)], strict=True)]


def makes_a_dps(page):
    page.goto(reverse("competitions:dps_list"))
    looked_at(page, "dps_list_empty")
    page.get_by_role("link", name="New company qualification").first.click()
    page.get_by_label("Reference").fill("flex-2026")
    page.get_by_label("Name").fill("Flexibility 2026")
    page.get_by_label("Description").fill("Companies that keep to our framework agreement.")
    looked_at(page, "dps_form")
    page.get_by_role("button", name="Create the company qualification").click()
    expect(page.get_by_text("flex-2026 is open: providers can apply to it.")).to_be_visible()
    looked_at(page, "dps_list")


def applies(page):
    page.goto(reverse("qualification:dps_systems"))
    looked_at(page, "dps_systems")
    page.get_by_role("button", name="Apply to flex-2026").click()
    profile, *others = sections()
    answer(page, profile[:2])
    looked_at(page, "dps_section")
    page.get_by_role("button", name="Save and stop here").click()
    expect(page.get_by_role("heading", name="To do")).to_be_visible()
    looked_at(page, "dps_draft")
    page.get_by_role("link", name="What your company does").click()
    answer(page, profile[2:])
    for keys in others:
        page.get_by_role("button", name="Save and go on").click()
        answer(page, keys)
    looked_at(page, "dps_declaration")
    page.get_by_role("button", name="Save and check the application").click()
    page.get_by_label("Document").set_input_files(
        {"name": "page.pdf", "mimeType": "application/pdf", "buffer": b"<script>alert(1)</script>"}
    )
    page.get_by_role("button", name="Add the document").click()
    expect(page.get_by_text("whatever its name says")).to_be_visible()
    page.get_by_label("Document").set_input_files(
        {"name": "accounts 2025.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    page.get_by_role("button", name="Add the document").click()
    expect(page.get_by_role("link", name="accounts_2025.pdf")).to_be_visible()
    looked_at(page, "dps_complete")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Submit the application").click()
    expect(page.get_by_text("The application is submitted.")).to_be_visible()
    looked_at(page, "dps_pending")


def approves(page):
    page.goto(reverse("qualification:dps_applications"))
    looked_at(page, "dps_applications")
    page.get_by_role("link", name="North Batteries Ltd").click()
    looked_at(page, "dps_review")
    with page.expect_download() as saved:
        page.get_by_role("link", name="accounts_2025.pdf").click()
    with open(saved.value.path(), "rb") as file:
        assert file.read() == PDF
    page.get_by_role("link", name="Approve…").click()
    page.get_by_label("Last day of the approval").fill(
        (timezone.now() + timedelta(days=300)).date().isoformat()
    )
    looked_at(page, "dps_approve")
    page.get_by_role("button", name="Approve the company").click()
    expect(page.get_by_text("North Batteries Ltd is approved on flex-2026.")).to_be_visible()


def test_a_draft_becomes_an_approval_with_an_attachment_seen_from_both_sides(people, open_as):
    buyer, seller = people
    makes_a_dps(open_as(buyer))
    system = PurchasingSystem.objects.get()
    now = timezone.now()
    competition = market.competition(
        buyer.organisation,
        purchasing_system=system,
        publish_on=now - timedelta(days=2),
        qualification_open=now - timedelta(days=1),
        qualification_close=now + timedelta(days=9),
        bidding_open=now + timedelta(days=10),
        bidding_close=now + timedelta(days=11),
        first_day=(now + timedelta(days=40)).date(),
    )
    asset = market.asset(seller.organisation, first_uploaded_at=now)
    page = open_as(seller)
    page.goto(reverse("qualification:asset", args=[asset.pk]))
    expect(
        page.get_by_text("Its company is not approved in the company qualification flex-2026.")
    ).to_be_visible()
    applies(page)
    approves(open_as(buyer))
    assert approved_providers([system.pk], timezone.now())[system.pk] == {seller.organisation_id}
    work_off(timezone.now())
    page = open_as(seller)
    page.goto(reverse("qualification:asset", args=[asset.pk]))
    expect(page.get_by_role("row").filter(has_text=competition.ref)).to_contain_text("Eligible")
    page.goto(reverse("qualification:dps_systems"))
    expect(page.get_by_role("row").filter(has_text="flex-2026").first).to_contain_text("Approved")
    looked_at(page, "dps_systems_approved")
