"""The demo market: companies on its DPS, and the service that runs now."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from contracts.models import Contract, ContractedAsset
from marketplace import attachments
from operations.domain.measuring import measured_dispatch
from operations.models import AvailabilityAnswer, AvailabilityDeclaration, Dispatch, MeterDay, Unavailability
from qualification.models import Asset, DpsApplication, DpsAttachment, Verdict
from rehearsal.demo.company_qualification import certificate
from rehearsal.demo.competitions import COMPETITIONS, DPS_REFERENCE, RUNNING_REF
from rehearsal.demo.files import CHARGER_GROUP
from rehearsal.demo.market import load_demo
from settlement.models import Document, SelfBillingAgreement, Statement, StatementVersion

NOW = datetime(2026, 11, 24, 10, 7, tzinfo=UTC)  # a Tuesday


@pytest.fixture(scope="module")
def demo(module_database):
    """The demo of a Tuesday morning."""
    load_demo(now=NOW, password="a password of the demo")


def test_the_demo_has_an_approval_a_rejection_and_an_application_with_a_document(demo):
    states = dict(DpsApplication.objects.values_list("provider__code", "state"))
    assert states == {"HARBOUR": "approved", "CINDER": "rejected", "FELLSIDE": "pending"}
    assert DpsAttachment.objects.get().application.provider.code == "FELLSIDE"
    [bound] = [told.ref for told in COMPETITIONS if told.header.get("dps_reference") == DPS_REFERENCE]
    failing = {
        code: "dps" in failed
        for code, failed in Verdict.objects.filter(competition__ref=bound).values_list(
            "asset__provider__code", "failed"
        )
    }
    assert failing
    assert failing == {code: code != "HARBOUR" for code in failing}


def test_the_demos_certificate_is_a_pdf_by_its_content():
    assert (
        attachments.examine(certificate("A (Company) Ltd"), "certificate.pdf").content_type
        == "application/pdf"
    )


def test_a_service_runs_now_with_dispatches_over_running_ahead_and_unanswered(demo):
    running = Contract.objects.filter(competition__ref=RUNNING_REF)
    assert {each.seller.code for each in running} == {"HARBOUR", "FELLSIDE"}
    assert all(each.first_day <= NOW.date() < each.end_day for each in running)
    dispatches = Dispatch.objects.filter(contract__in=running)
    assert dispatches.filter(end__lt=NOW, state="acknowledged").count() >= 5
    assert dispatches.filter(state="declined").count() == 1
    assert dispatches.get(start__lte=NOW, end__gt=NOW).state == "acknowledged"
    [unanswered] = dispatches.filter(state="issued")
    assert unanswered.start > NOW
    assert NOW - unanswered.issued_at < timedelta(minutes=5)


def test_availability_of_this_week_is_accepted_and_next_weeks_is_declared(demo):
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    week = timedelta(days=7)
    this_week = {"start__gte": monday, "start__lt": monday + week}
    assert AvailabilityAnswer.objects.filter(**this_week).count() == 14
    assert AvailabilityDeclaration.objects.filter(start__gte=monday + week).exists()
    assert not AvailabilityAnswer.objects.filter(start__gte=monday + week).exists()
    assert Unavailability.objects.get().contract.seller.code == "FELLSIDE"


def test_readings_are_there_until_yesterday_with_a_gap(demo):
    days = MeterDay.objects.order_by("day")
    assert days.last().day < NOW.date()
    told = {each.unit.ref for each in days.distinct("unit").order_by("unit").select_related("unit")}
    assert CHARGER_GROUP in told
    assets = Asset.objects.filter(
        pk__in=ContractedAsset.objects.filter(contract__competition__ref=RUNNING_REF).values("asset_id")
    )
    assert told - {CHARGER_GROUP} == {each.ref for each in assets if not each.ref.startswith("HC")}


def test_dispatches_that_are_over_are_measured_and_one_lacks_nothing(demo):
    over = Dispatch.objects.filter(end__lt=NOW, state="acknowledged")
    shares = {each.ref: measured_dispatch(each, NOW).performance.share for each in over}
    assert len(shares) == 8
    assert all(0 < share <= 1 for share in shares.values())
    assert max(shares.values()) > Fraction(9, 10)
    assert min(shares.values()) < Fraction(8, 10)


def test_last_month_is_settled_with_one_statement_disputed_and_one_corrected(demo):
    states = dict(
        Statement.objects.filter(month=date(2026, 10, 1)).values_list(
            "contract__seller__code", "current__state"
        )
    )
    assert states == {"HARBOUR": "disputed", "FELLSIDE": "final"}
    correction = StatementVersion.objects.get(kind="correction")
    assert (correction.statement.contract.seller.code, correction.carries_on) == ("FELLSIDE", True)
    assert correction.total > 0


def test_a_document_of_last_month_was_taken_back_made_again_and_paid(demo):
    told = {
        each.number[-4:]: (each.type, hasattr(each, "credited_by"), hasattr(each, "payment"))
        for each in Document.objects.filter(seller__code="HARBOUR").select_related("credited_by", "payment")
    }
    assert told == {
        "0001": ("self-billing invoice", True, False),
        "0002": ("credit note", False, False),
        "0003": ("self-billing invoice", False, True),
    }
    waiting = SelfBillingAgreement.objects.get(accepted_at=None)
    assert waiting.seller.code == "FELLSIDE"
