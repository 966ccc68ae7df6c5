"""An operator's own questions and its framework agreement, from adding them to the workbook."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.dates import day_text
from marketplace.errors import NotAllowed, Refused
from qualification.domain.dps import applications as applications
from qualification.domain.dps import questions
from qualification.domain.dps import set_up as set_up
from qualification.domain.dps.form import answers_with_documents, present_sections, sections_of
from qualification.enums import ApplicationState, DpsQuestionKind, DpsSection
from qualification.exports.dps_file import write_applications
from qualification.models import DpsApplication, DpsFramework, DpsQuestion
from tests.accounts import people
from tests.qualification import dps, market
from tests.qualification.dps import NOW, PDF
from tests.support.kept import forget_what_is_kept

pytestmark = pytest.mark.django_db
DOCX = dps.office_file("word/document.xml")
ANSWERS = {
    "text": "Two of them, in Leith.",
    "number": "12.5",
    "date": "2026-09-30",
    "yes_no": "yes",
    "choice": "Monthly",
}


@pytest.fixture
def of():
    return dps.scene()


def asked(of, kind="text", text="Where are your batteries?", section="profile", **how):
    options = ["Weekly", "Monthly"] if kind == "choice" else []
    told = {"options": options, "is_required": True, "help_text": ""} | how
    return set_up.add_question(
        by=of.buyer, system=of.system, section=section, text=text, kind=kind, now=NOW, **told
    )


def one_of_each(of):
    return {kind: asked(of, kind, f"Question of kind {kind}?", "status") for kind in DpsQuestionKind.values}


def complete(of, by=None, **more):
    """A draft in which everything is answered that the DPS asks."""
    application = dps.begun(of, by)
    for section in sections_of(application):
        given = {
            each.key: dps.ANSWERS.get(each.key, dps.ANSWERS.get(each.column, ""))
            for each in section.questions
        }
        given |= {each.key: "yes" for each in section.questions if each.kind == "agreement"}
        applications.save_section(
            by=by or of.seller, application=application, section=section, answers=given | more, now=NOW
        )
    return application


def published(of, data=PDF, filename="framework.pdf"):
    return set_up.publish_framework(by=of.buyer, system=of.system, data=data, filename=filename, now=NOW)


def submit(of, application, now=NOW, by=None):
    applications.submit_application(by=by or of.seller, application=application, now=now)


def labels(sections, code):
    return [each.label for each in questions.section_of(code, sections).questions]


@pytest.mark.parametrize("section", DpsSection.values)
def test_a_question_is_asked_in_its_section_before_agreement_and_declaration(of, section):
    own = asked(of, section=section)
    others = [each for each in DpsSection.values if each != section]
    found = labels(present_sections(of.system), section)
    assert own.text in found
    assert not any(own.text in labels(present_sections(of.system), each) for each in others)
    if section in ("legal", "declaration"):
        assert found.index(own.text) == len(found) - 2


def test_every_kind_is_answered_on_the_page_and_submitted_with_its_document(of):
    own = one_of_each(of)
    application = complete(of)
    lacking = questions.missing(sections_of(application), answers_with_documents(application))
    assert [question.key for _, question in lacking] == [each.key for each in own.values()]
    with pytest.raises(Refused, match="Answers are missing"):
        submit(of, application)
    url = reverse("qualification:dps_section", args=[application.pk, "status"])
    client = people.signed_in(of.seller)
    page = client.get(url).content.decode()
    assert all(each.text in page for each in own.values())
    sent = {
        key: text
        for key, text in dps.ANSWERS.items()
        if key in {"legal_form", "in_group", "insolvency", "exclusion"}
    }
    sent |= {own[kind].key: text for kind, text in ANSWERS.items()}
    sent[own["file"].key] = SimpleUploadedFile("grid plan.pdf", PDF)
    assert client.post(url, sent).status_code == 302
    application.refresh_from_db()
    assert {kind: application.answers[own[kind].key] for kind in ANSWERS} == ANSWERS
    held = application.attachments.get()
    assert (held.question, held.file.name) == (own["file"].key, "grid_plan.pdf")
    submit(of, application)
    page = people.signed_in(of.buyer).get(reverse("qualification:dps_application", args=[application.pk]))
    for shown in ["Two of them, in Leith.", "12.5", "30 September 2026", "Monthly", "grid_plan.pdf"]:
        assert shown in page.content.decode()


@pytest.mark.parametrize(
    ("kind", "typed"), [("number", "many"), ("number", "1e999"), ("date", "30/02/2026"), ("choice", "Yearly")]
)
def test_an_answer_of_the_wrong_kind_is_told_beside_its_question_and_nothing_is_kept(of, kind, typed):
    own = asked(of, kind)
    application = dps.begun(of)
    before = dict(application.answers)
    page = people.signed_in(of.seller).post(
        reverse("qualification:dps_section", args=[application.pk, "profile"]), {own.key: typed}
    )
    assert (page.status_code, set(page.context["form"].errors)) == (422, {own.key})
    assert DpsApplication.objects.get(pk=application.pk).answers == before


def test_a_submitted_application_keeps_its_questions_while_drafts_follow_the_present_ones(of):
    own = asked(of, is_required=False)
    sent = complete(of, **{own.key: "In Leith."})
    submit(of, sent)
    other = market.member(market.provider("South Batteries Ltd"))
    draft = complete(of, other, **{own.key: "In Kent."})
    set_up.change_question(
        by=of.buyer, question=own, text="In which town are they?", is_required=False, now=NOW
    )
    new = asked(of, text="Since when?")
    sent.refresh_from_db()
    assert "Where are your batteries?" in labels(sections_of(sent), "profile")
    assert not {"In which town are they?", "Since when?"} & set(labels(sections_of(sent), "profile"))
    assert {"In which town are they?", "Since when?"} <= set(labels(sections_of(draft), "profile"))
    with pytest.raises(Refused, match="Since when"):
        submit(of, draft, by=other)
    set_up.remove_question(by=of.buyer, question=new, now=NOW)
    submit(of, draft, by=other)
    set_up.remove_question(by=of.buyer, question=own, now=NOW)
    sent.refresh_from_db()
    page = (
        people.signed_in(of.buyer)
        .get(reverse("qualification:dps_application", args=[sent.pk]))
        .content.decode()
    )
    assert "Where are your batteries?" in page
    assert "In Leith." in page


def test_a_new_application_starts_from_the_answers_and_stands_beside_the_earlier_ones(of):
    own = asked(of, is_required=False)
    document = asked(of, "file", "Your grid plan?", is_required=False)
    first = complete(of, **{own.key: "In Leith."})
    applications.add_attachment(
        by=of.seller, application=first, data=PDF, filename="plan.pdf", question=document.key, now=NOW
    )
    submit(of, first)
    applications.withdraw_application(by=of.seller, application=first, now=NOW)
    again = dps.begun(of, now=NOW + timedelta(days=1))
    assert answers_with_documents(again)[document.key] == "plan.pdf"
    applications.save_section(
        by=of.seller,
        application=again,
        section=questions.section_of("profile", sections_of(again)),
        answers=dict(again.answers) | {own.key: "In Kent."},
        now=NOW,
    )
    page = people.signed_in(of.seller).get(reverse("qualification:dps_application", args=[again.pk]))
    rows = [row for part in page.context["sections"] for row in part.answers if row.label == own.text]
    assert [(row.now, row.before, row.is_changed) for row in rows] == [("In Kent.", "In Leith.", True)]


def test_the_workbook_has_a_column_for_each_question_of_the_operator(of):
    number, when = asked(of, "number", "How many?"), asked(of, "date", "Since when?")
    clash = asked(of, "text", "Legal name", is_required=False)
    submit(of, complete(of, **{number.key: "3.5", when.key: "2020-01-02", clash.key: "The same"}))
    target = io.BytesIO()
    write_applications(of.buyer, target)
    rows = list(openpyxl.load_workbook(io.BytesIO(target.getvalue()))["Applications"].values)
    told = dict(zip(rows[0], rows[1], strict=True))
    assert rows[0][-3:] == ("How many?", "Since when?", "Legal name (2)")
    assert (told["How many?"], told["Since when?"].date().isoformat()) == (3.5, "2020-01-02")
    assert (told["Legal name"], told["Legal name (2)"]) == ("North Batteries Ltd", "The same")
    assert told["Our company agrees to the operator's framework agreement."] == "Yes"


def test_the_workbook_tells_the_agreement_to_a_version_in_the_same_column(of):
    published(of)
    submit(of, complete(of))
    target = io.BytesIO()
    write_applications(of.buyer, target)
    rows = list(openpyxl.load_workbook(io.BytesIO(target.getvalue()))["Applications"].values)
    told = dict(zip(rows[0], rows[1], strict=True))
    assert told["Our company agrees to the operator's framework agreement."] == "Yes"


def test_without_a_document_nobody_agrees_to_one(of):
    legal = labels(present_sections(of.system), "legal")
    assert "Our company is ready to enter into a framework agreement with the operator." in legal
    assert not [label for label in legal if "agrees to" in label]


def test_agreement_and_declaration_name_the_version_and_a_new_version_asks_anew(of):
    published(of)
    application = complete(of)
    assert "Our company agrees to the operator's framework agreement, version 1." in labels(
        sections_of(application), "legal"
    )
    second = published(of, DOCX, "framework.docx")
    assert second.version == 2
    with pytest.raises(Refused, match="version 2"):
        submit(of, application)
    applications.save_section(
        by=of.seller,
        application=application,
        section=questions.section_of("legal", sections_of(application)),
        answers=dict(application.answers) | {"framework_2": "yes"},
        now=NOW,
    )
    with pytest.raises(Refused, match="The signatory declares"):
        submit(of, application)
    applications.save_section(
        by=of.seller,
        application=application,
        section=questions.section_of("declaration", sections_of(application)),
        answers=dict(application.answers) | {"declaration_2": "yes"},
        now=NOW,
    )
    submit(of, application)
    published(of, PDF, "again.pdf")
    application.refresh_from_db()
    assert application.framework == second
    assert "version 2" in labels(sections_of(application), "declaration")[-1]
    assert set(application.answers) & {"framework_1", "declaration_1"} == set()


def test_the_same_version_is_agreed_to_and_declared_anew_in_each_application(of):
    published(of)
    first = complete(of)
    submit(of, first)
    applications.withdraw_application(by=of.seller, application=first, now=NOW)
    again = dps.begun(of, now=NOW + timedelta(days=90))
    lacking = [question.key for _, question in questions.missing(sections_of(again), again.answers)]
    assert lacking == ["framework_1", "signed_on", "declaration_1"]
    with pytest.raises(Refused):
        submit(of, again)


def test_an_application_from_before_keeps_the_sentence_that_it_agreed_to(of):
    application = dps.submitted(of)
    old = dict(application.answers)
    old["framework"] = old.pop("framework_0")
    DpsApplication.objects.filter(pk=application.pk).update(answers=old)
    application.refresh_from_db()
    assert "Our company agrees to the operator's framework agreement." in labels(
        sections_of(application), "legal"
    )


@pytest.mark.parametrize("is_open", [True, False])
def test_the_framework_is_read_before_applying_by_everybody_while_the_dps_is_open(of, is_open):
    first, second = published(of), published(of, DOCX, "framework.docx")
    of.system.is_open = is_open
    of.system.save()
    seller, buyer = people.signed_in(of.seller), people.signed_in(of.buyer)
    for each in (first, second):
        url = reverse("qualification:dps_framework", args=[each.pk])
        assert [client.get(url).status_code for client in (seller, buyer)] == [200, 200]
        assert Client().get(url).status_code == (200 if is_open else 404)
    assert b"".join([seller.get(reverse("qualification:dps_framework", args=[first.pk])).content]) == PDF


def test_the_operators_public_page_leads_to_the_present_agreements_of_its_open_dpss(of):
    first, second = published(of), published(of, DOCX, "framework.docx")
    url = reverse("accounts:operator_profile", args=[of.buyer.organisation.code])
    page = Client().get(url).content.decode()
    assert reverse("qualification:dps_framework", args=[second.pk]) in page
    assert reverse("qualification:dps_framework", args=[first.pk]) not in page
    of.system.is_open = False
    of.system.save()
    forget_what_is_kept()
    assert "framework agreement" not in Client().get(url).content.decode()


def test_a_provider_sees_before_applying_what_is_asked_and_the_agreement(of):
    own, made = asked(of, help_text="Name the <b>streets</b>."), published(of)
    page = (
        people.signed_in(of.seller)
        .get(reverse("qualification:dps_system", args=[of.system.pk]))
        .content.decode()
    )
    assert own.text in page
    assert "&lt;b&gt;streets" in page
    assert reverse("qualification:dps_framework", args=[made.pk]) in page
    assert not DpsApplication.objects.exists()


def test_help_text_of_an_operator_is_no_markup_in_the_form(of):
    asked(of, help_text="<script>alert(1)</script>")
    application = dps.begun(of)
    url = reverse("qualification:dps_section", args=[application.pk, "profile"])
    page = people.signed_in(of.seller).get(url).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_operator_adds_orders_changes_and_removes_questions_on_its_page(of):
    client = people.signed_in(of.buyer)
    add = reverse("qualification:dps_question_add", args=[of.system.pk])
    for text in ["First?", "Second?"]:
        client.post(add, {"section": "legal", "text": text, "kind": "text", "is_required": "on"})
    first, second = DpsQuestion.objects.order_by("place")
    client.post(reverse("qualification:dps_question_move", args=[second.pk]), {"up": ""})
    assert list(DpsQuestion.objects.order_by("place").values_list("text", flat=True)) == ["Second?", "First?"]
    client.post(
        reverse("qualification:dps_question", args=[first.pk]), {"text": "Third?", "help_text": "Why."}
    )
    first.refresh_from_db()
    assert (first.text, first.help_text, first.is_required) == ("Third?", "Why.", False)
    client.post(reverse("qualification:dps_question_remove", args=[second.pk]))
    assert list(DpsQuestion.objects.all()) == [first]
    said = set(AuditEntry.objects.filter(action__startswith="DPS question").values_list("action", flat=True))
    assert said == {
        "DPS question added",
        "DPS question moved",
        "DPS question changed",
        "DPS question removed",
    }
    refused = client.post(add, {"section": "legal", "text": "Which?", "kind": "choice", "options": "One"})
    assert refused.status_code == 422
    assert "at least two choices" in refused.content.decode()
    again = client.post(add, {"section": "legal", "text": "third?", "kind": "text"})
    assert "asks this already" in again.content.decode()
    assert DpsQuestion.objects.count() == 1


def test_a_question_that_a_colleague_worded_anew_is_not_overwritten_unseen(of):
    question = asked(of)
    client = people.signed_in(of.buyer)
    address = reverse("qualification:dps_question", args=[question.pk])
    seen = client.get(address).context["seen"]
    client.post(address, {"text": "Theirs?", "is_required": "on", "seen": seen})
    answer = client.post(address, {"text": "Mine?", "is_required": "on", "seen": seen})
    assert answer.status_code == 409
    assert [(each.label, each.stored, each.typed) for each in answer.context["changed"].differences] == [
        ("Question", "Theirs?", "Mine?")
    ]
    assert DpsQuestion.objects.get().text == "Theirs?"
    client.post(address, {"text": "Mine?", "is_required": "on", "seen": answer.context["seen"]})
    assert DpsQuestion.objects.get().text == "Mine?"


def test_a_framework_is_a_document_and_each_version_another_one(of):
    client, url = (
        people.signed_in(of.buyer),
        reverse("qualification:dps_framework_publish", args=[of.system.pk]),
    )
    client.post(url, {"document": SimpleUploadedFile("a.pdf", PDF)})
    same = client.post(url, {"document": SimpleUploadedFile("b.pdf", PDF)})
    assert "is version 1 already" in same.content.decode()
    sheet = client.post(url, {"document": SimpleUploadedFile("a.pdf", dps.office_file("xl/workbook.xml"))})
    assert "a PDF or a DOCX" in sheet.content.decode()
    assert DpsFramework.objects.count() == 1


TOO_MANY = [str(number) for number in range(51)]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"kind": "colour"}, "from the lists"),
        ({"section": "annex"}, "from the lists"),
        ({"text": " "}, "up to 300 characters"),
        ({"text": "a" * 301}, "up to 300 characters"),
        ({"text": " WHERE are your batteries?"}, "asks this already"),
        ({"kind": "choice", "options": ["Weekly", " Weekly ", ""]}, "at least two choices"),
        ({"kind": "choice", "options": TOO_MANY}, "At most 50 choices"),
        ({"kind": "choice", "options": ["Weekly", "a" * 201]}, "of up to 200 characters"),
    ],
)
def test_a_question_that_can_t_be_asked_is_refused(of, said, sentence):
    asked(of)
    with pytest.raises(Refused, match=sentence):
        asked(of, **{"text": "How often?"} | said)
    assert DpsQuestion.objects.count() == 1


def test_a_dps_asks_at_most_forty_questions_of_its_own(of, monkeypatch):
    monkeypatch.setattr(set_up, "MOST_QUESTIONS", 2)
    asked(of, text="First?")
    second = asked(of, text="Second?")
    with pytest.raises(Refused, match="at most 2 questions"):
        asked(of, text="Third?")
    set_up.remove_question(by=of.buyer, question=second, now=NOW)
    with pytest.raises(Refused, match="removed meanwhile"):
        set_up.move_question(by=of.buyer, question=second, up=True, now=NOW)


def test_a_question_put_in_the_same_words_is_no_change(of):
    question = asked(of)
    set_up.change_question(by=of.buyer, question=question, text=f" {question.text} ", now=NOW)
    assert not AuditEntry.objects.filter(action="DPS question changed").exists()


OF_CHOICE = questions.Question("how", "How often", "choice", options=(("w", "Weekly"),))


@pytest.mark.parametrize(
    ("question", "typed", "kept"),
    [
        ("text", "  ", ""),
        ("text", "a" * 200, "a" * 200),
        ("yes_no", "yes", "yes"),
        ("money", "1250000.5", "1250000.50"),
        ("number", "0.500000", "0.5"),
        ("number", "-3", "-3"),
        ("date", "2026-09-30", "2026-09-30"),
        (OF_CHOICE, "w", "w"),
    ],
)
def test_an_answer_is_kept_in_one_form(question, typed, kept):
    asks = question if question is OF_CHOICE else questions.Question("it", "It", question)
    assert questions.checked(asks, typed) == kept


@pytest.mark.parametrize(
    ("question", "typed", "sentence"),
    [
        ("text", "a" * 201, "at most 200 characters"),
        ("agreement", "maybe", "yes or no"),
        ("money", "-0.01", "at least 0 with at most 2 decimals"),
        ("money", "1.005", "at least 0 with at most 2 decimals"),
        ("money", "ten", "a number is expected"),
        ("number", "0.0000001", "at most 6 decimals"),
        ("number", "1000000000000000", "up to 15 digits"),
        ("number", "NaN", "up to 15 digits"),
        (OF_CHOICE, "m", "no such choice"),
    ],
)
def test_an_answer_of_another_kind_is_not_kept(question, typed, sentence):
    asks = question if question is OF_CHOICE else questions.Question("it", "It", question)
    with pytest.raises(ValueError, match=sentence):
        questions.checked(asks, typed)


@pytest.mark.parametrize("who", ["seller", "rival", "mate"])
def test_only_the_operators_procurement_sets_up_its_dps(of, who):
    other = {
        "seller": of.seller,
        "rival": market.member(market.operator()),
        "mate": market.member(of.buyer.organisation, ("bids",)),
    }[who]
    with pytest.raises(NotAllowed):
        set_up.add_question(by=other, system=of.system, section="legal", text="May I?", kind="text", now=NOW)
    with pytest.raises(NotAllowed):
        set_up.publish_framework(by=other, system=of.system, data=PDF, filename="a.pdf", now=NOW)
    assert not DpsQuestion.objects.exists()
    assert not DpsFramework.objects.exists()


COVERS = ["public_liability_expiry", "employers_liability_expiry", "indemnity_expiry"]


@pytest.mark.parametrize("cover", COVERS)
def test_an_insurance_that_has_ended_stops_the_submission_and_the_page_says_which(of, cover):
    today = NOW.astimezone(of.buyer.organisation.zone).date()
    application = dps.filled(of, **{cover: (today - timedelta(days=1)).isoformat()})
    with pytest.raises(Refused, match="An insurance has ended"):
        submit(of, application)
    application.refresh_from_db()
    assert (application.state, application.submitted_at) == (ApplicationState.DRAFT, None)
    with clock.set_to(NOW):
        page = people.signed_in(of.seller).get(
            reverse("qualification:dps_application", args=[application.pk])
        )
    assert [question.key for _, question in page.context["ended"]] == [cover]
    assert "Submit the application" not in page.content.decode()


@pytest.mark.parametrize("cover", COVERS)
def test_a_section_with_an_insurance_that_has_ended_is_not_called_complete(of, cover):
    today = NOW.astimezone(of.buyer.organisation.zone).date()
    application = dps.filled(of, **{cover: (today - timedelta(days=1)).isoformat()})
    with clock.set_to(NOW):
        page = people.signed_in(of.seller).get(
            reverse("qualification:dps_application", args=[application.pk])
        )
    html = page.content.decode()
    assert (html.count("Complete</span>"), html.count("1 cover ended</span>")) == (3, 1)


@pytest.mark.parametrize("cover", COVERS)
def test_saving_an_insurance_that_has_ended_says_so_and_keeps_the_answer(of, cover):
    application = dps.filled(of)
    url = reverse("qualification:dps_section", args=[application.pk, "legal"])
    today = NOW.astimezone(of.buyer.organisation.zone).date()
    asked = next(each for each in sections_of(application) if each.code == "legal")
    answers = {question.key: application.answers.get(question.key, "") for question in asked.questions}
    yesterday = today - timedelta(days=1)
    with clock.set_to(NOW):
        answer = people.signed_in(of.seller).post(url, answers | {cover: yesterday.isoformat()}, follow=True)
    told = [str(each) for each in answer.context["messages"]]
    label = next(each.label for each in asked.questions if each.key == cover)
    assert told == [
        "“Auditing, insurance and legal” is saved.",
        f"{label} {day_text(yesterday)}, which is over: the application can't be submitted before you give the cover "
        "that holds now.",
    ]
    application.refresh_from_db()
    assert application.answers[cover] == yesterday.isoformat()


@pytest.mark.parametrize("cover", COVERS)
def test_a_cover_holds_on_its_last_day(of, cover):
    today = NOW.astimezone(of.buyer.organisation.zone).date()
    submit(of, dps.filled(of, **{cover: today.isoformat()}))
    assert DpsApplication.objects.get().state == ApplicationState.PENDING


def test_the_operator_sees_that_a_cover_has_ended_since_the_submission(of):
    application = dps.submitted(of)
    url = reverse("qualification:dps_application", args=[application.pk])
    client = people.signed_in(of.buyer)
    with clock.set_to(NOW):
        assert "Ended" not in client.get(url).content.decode()
    with clock.set_to(NOW + timedelta(days=400)):
        page = client.get(url)
    over = [row.label for part in page.context["sections"] for row in part.answers if row.has_ended]
    assert over == ["Public liability cover ends on", "Employer's liability cover ends on"]
    assert page.content.decode().count("Ended") == 2


def test_a_double_click_submits_and_attaches_once(of):
    application = dps.filled(of)
    first, second = (
        applications.add_attachment(
            by=of.seller, application=application, data=PDF, filename="a.pdf", now=NOW
        )
        for _ in range(2)
    )
    assert first == second
    submit(of, application)
    entries = AuditEntry.objects.count()
    submit(of, application, now=NOW + timedelta(seconds=2))
    assert AuditEntry.objects.count() == entries
    with pytest.raises(Refused):
        submit(of, application, now=NOW + timedelta(minutes=2))


def test_applying_twice_leads_to_the_application_that_is_open(of):
    draft = dps.begun(of)
    answer = people.signed_in(of.seller).post(reverse("qualification:dps_start", args=[of.system.pk]))
    assert answer.headers["Location"] == reverse("qualification:dps_application", args=[draft.pk])
    assert DpsApplication.objects.count() == 1
