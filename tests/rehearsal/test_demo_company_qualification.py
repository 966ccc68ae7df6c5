"""The demo market's DPS: one company approved, one rejected, one waiting; and what that does to a
competition."""

import pytest
from django.utils import timezone

from marketplace import attachments
from qualification.models import DpsApplication, DpsAttachment, Verdict
from rehearsal.demo.company_qualification import certificate
from rehearsal.demo.competitions import COMPETITIONS, DPS_REFERENCE
from rehearsal.demo.market import load_demo


@pytest.mark.django_db(transaction=True)
def test_the_demo_has_an_approval_a_rejection_and_an_application_with_a_document():
    load_demo(now=timezone.now(), password="a password of the demo")
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
