"""Applications to a DPS: answers saved by section, re-application, attachments."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import Role
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import Refused
from marketplace.jobs.models import StoredFile
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from qualification.domain.dps import applications as applications
from qualification.domain.dps import decisions as decisions
from qualification.domain.dps import questions
from qualification.domain.dps.queries import (
    applications_visible_to,
    attachments_visible_to,
    earlier_application,
)
from qualification.domain.dps.questions import section_of
from qualification.enums import ApplicationState
from qualification.models import DpsApplication, DpsAttachment
from tests.qualification import dps, market
from tests.qualification.dps import NOW
from tests.qualification.dps_steps import approve, reject, submit, withdraw

pytestmark = pytest.mark.django_db


@pytest.fixture
def of():
    with run_jobs_inline(), clock.set_to(NOW):
        yield dps.scene()


def test_a_section_is_saved_incomplete_and_leaves_the_others(of):
    application = dps.begun(of)
    status, legal = section_of("status"), section_of("legal")
    applications.save_section(
        by=of.seller, application=application, section=status, answers={"legal_form": "ltd"}, now=NOW
    )
    applications.save_section(
        by=of.seller, application=application, section=legal, answers={"turnover": "12.5"}, now=NOW
    )
    kept = DpsApplication.objects.get(pk=application.pk).answers
    assert (kept["legal_form"], kept["turnover"]) == ("ltd", "12.50")
    assert kept["legal_name"] == of.seller.organisation.name
    entry = AuditEntry.objects.filter(action="DPS answers saved").order_by("sequence").last()
    assert entry.changes == {"turnover": [None, "12.50"]}
    assert entry.organisation_id == of.seller.organisation_id


def test_an_answer_that_no_longer_applies_is_dropped(of):
    application = dps.begun(of)
    for in_group, kept in (("yes", "Holding plc"), ("no", None)):
        answers = {"in_group": in_group, "parent": "Holding plc"}
        section = section_of("status")
        applications.save_section(
            by=of.seller, application=application, section=section, answers=answers, now=NOW
        )
        assert application.answers.get("parent") == kept


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("turnover", "-1"),
        ("turnover", "1.005"),
        ("turnover", "NaN"),
        ("turnover", "1e20"),
        ("accounts_to", "31/03/2025"),
        ("audited", "maybe"),
    ],
)
def test_answers_of_the_wrong_kind_are_refused_and_nothing_changes(of, key, answer):
    application = dps.begun(of)
    with pytest.raises(Refused):
        applications.save_section(
            by=of.seller, application=application, section=section_of("legal"), answers={key: answer}, now=NOW
        )
    assert key not in DpsApplication.objects.get(pk=application.pk).answers


@pytest.mark.parametrize(
    "key",
    [
        each.key
        for section in questions.SECTIONS
        for each in section.questions
        if not each.optional and not each.when
    ],
)
def test_no_question_that_is_needed_can_be_left_out(of, key):
    application = dps.filled(of, **{key: ""})
    assert [question.key for _, question in questions.missing(questions.SECTIONS, application.answers)] == [
        key
    ]
    with pytest.raises(Refused, match="Answers are missing"):
        submit(of.seller, application)
    assert DpsApplication.objects.get(pk=application.pk).state == "draft"
    assert not Notification.objects.filter(kind="dps_application").exists()


@pytest.mark.parametrize(("asked", "detail"), [("in_group", "parent"), ("exclusion", "exclusion_details")])
def test_a_yes_asks_for_the_details(of, asked, detail):
    application = dps.filled(of, **{asked: "yes"})
    assert [question.key for _, question in questions.missing(questions.SECTIONS, application.answers)] == [
        detail
    ]


def test_agreeing_to_the_framework_and_the_declaration_is_needed(of):
    application = dps.filled(of, framework_0="no", declaration="no")
    assert [question.key for _, question in questions.missing(questions.SECTIONS, application.answers)] == [
        "framework_0",
        "declaration",
    ]


def test_a_submitted_application_no_longer_changes(of):
    application = dps.submitted(of)
    with pytest.raises(Refused, match="no longer be changed"):
        applications.save_section(
            by=of.seller, application=application, section=section_of("profile"), answers={}, now=NOW
        )
    with pytest.raises(Refused, match="no longer be changed"):
        applications.add_attachment(
            by=of.seller, application=application, data=dps.PDF, filename="a.pdf", now=NOW
        )
    assert DpsApplication.objects.get(pk=application.pk).answers["legal_name"] == dps.ANSWERS["legal_name"]


def test_one_application_is_open_at_a_time_and_a_closed_dps_takes_none(of):
    application = dps.filled(of)
    with pytest.raises(Refused, match="open already"):
        dps.begun(of)
    of.system.is_open = False
    of.system.save()
    with pytest.raises(Refused, match="is closed"):
        submit(of.seller, application)
    with pytest.raises(Refused, match="is closed"):
        dps.begun(of, market.member(market.provider()))
    assert DpsApplication.objects.get().state == "draft"


@pytest.mark.parametrize(
    "state", [ApplicationState.REJECTED, ApplicationState.WITHDRAWN, ApplicationState.APPROVED]
)
def test_a_new_application_starts_from_the_last_answers_and_documents(of, state):
    first = dps.begun(of)
    held = applications.add_attachment(
        by=of.seller, application=first, data=dps.PDF, filename="accounts.pdf", now=NOW
    )
    for section in questions.SECTIONS:
        applications.save_section(
            by=of.seller, application=first, section=section, answers=dps.ANSWERS, now=NOW
        )
    submit(of.seller, first)
    by, act = {
        ApplicationState.REJECTED: (of.buyer, reject),
        ApplicationState.WITHDRAWN: (of.seller, withdraw),
        ApplicationState.APPROVED: (of.buyer, approve),
    }[state]
    act(by, first)
    again = dps.begun(of, now=NOW + timedelta(hours=1))
    anew = {"framework_0", "declaration", "signed_on"}
    assert anew <= first.answers.keys()
    assert again.answers == {key: answer for key, answer in first.answers.items() if key not in anew}
    assert [each.file_id for each in again.attachments.all()] == [held.file_id]
    applications.remove_attachment(by=of.seller, attachment=again.attachments.get(), now=NOW)
    assert bytes(StoredFile.objects.get(pk=held.file_id).content) == dps.PDF
    assert earlier_application(again) == first


def test_a_document_taken_off_a_first_draft_is_gone(of):
    application = dps.begun(of)
    held = applications.add_attachment(
        by=of.seller, application=application, data=dps.PDF, filename="a.pdf", now=NOW
    )
    applications.remove_attachment(by=of.seller, attachment=held, now=NOW)
    assert not StoredFile.objects.filter(pk=held.file_id).exists()
    actions = AuditEntry.objects.filter(action__startswith="DPS attachment").order_by("sequence")
    assert [each.action for each in actions] == ["DPS attachment added", "DPS attachment removed"]


def test_an_application_holds_twenty_documents_and_no_more(of):
    application = dps.begun(of)
    for number in range(20):
        applications.add_attachment(
            by=of.seller, application=application, data=dps.PDF, filename=f"{number}.pdf", now=NOW
        )
    with pytest.raises(Refused, match="at most 20"):
        applications.add_attachment(
            by=of.seller, application=application, data=dps.PDF, filename="x.pdf", now=NOW
        )
    assert DpsAttachment.objects.count() == 20


def test_an_operator_sees_neither_drafts_nor_what_others_are_sent(of):
    draft = dps.filled(of)
    applications.add_attachment(by=of.seller, application=draft, data=dps.PDF, filename="a.pdf", now=NOW)
    assert list(applications_visible_to(of.buyer)) == []
    assert list(attachments_visible_to(of.buyer)) == []
    submit(of.seller, draft)
    assert list(applications_visible_to(of.buyer)) == [draft]
    assert attachments_visible_to(of.buyer).count() == 1
    for other in (market.member(market.provider()), market.member(market.operator())):
        assert list(applications_visible_to(other)) == []
        assert list(attachments_visible_to(other)) == []


def test_people_of_procurement_are_told_of_submission_and_decision(of):
    without = market.member(of.buyer.organisation, roles=(Role.BIDS,))
    application = dps.rejected(of)
    told = Notification.objects.get(kind="dps_application")
    assert told.user == of.buyer.user
    assert told.link == f"/qualification/dps/applications/{application.pk}/"
    decided = Notification.objects.get(kind="dps_decision")
    assert decided.user == of.seller.user
    assert "The reason given: No cover." in decided.lines
    assert not Notification.objects.filter(user=without.user).exists()


@pytest.mark.parametrize("act", [decisions.reject_application, decisions.revoke_approval])
def test_a_decision_against_a_company_needs_a_reason(of, act):
    application = dps.approved(of) if act is decisions.revoke_approval else dps.submitted(of)
    before = application.state
    with pytest.raises(Refused, match="needs a reason"):
        act(by=of.buyer, application=application, reason=" \n", now=NOW)
    assert DpsApplication.objects.get(pk=application.pk).state == before


def test_an_approval_cannot_expire_in_the_past(of):
    application = dps.submitted(of)
    with pytest.raises(Refused, match="expired already"):
        decisions.approve_application(
            by=of.buyer, application=application, expires_on=NOW.date() - timedelta(days=1), now=NOW
        )
    decisions.approve_application(by=of.buyer, application=application, expires_on=date(2026, 6, 30), now=NOW)
    assert application.expires_at.isoformat() == "2026-06-30T23:00:00+00:00"


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "approved"},
        {"state": "rejected", "decided_at": NOW, "decided_by_id": 1, "decided_by_email": "a@b.example"},
        {"decided_at": NOW, "decided_by_id": 1, "decided_by_email": "a@b.example"},
        {"expires_on": date(2027, 1, 1), "expires_at": NOW},
        {"submitted_at": None, "submitted_by_id": None},
        {"state": "withdrawn"},
        {"revocation_reason": "None."},
    ],
)
def test_the_database_refuses_decisions_without_who_when_and_why(of, broken):
    application = dps.submitted(of)
    with pytest.raises(IntegrityError), transaction.atomic():
        DpsApplication.objects.filter(pk=application.pk).update(**broken)


def test_the_database_refuses_a_second_open_application(of):
    dps.filled(of)
    with pytest.raises(IntegrityError), transaction.atomic():
        DpsApplication.objects.create(
            purchasing_system=of.system, provider=of.seller.organisation, created_at=NOW, changed_at=NOW
        )
