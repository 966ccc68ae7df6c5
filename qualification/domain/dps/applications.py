"""A company's side of an application: begun, filled in section by section, with its documents, submitted,
withdrawn."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Member
from competitions.models import PurchasingSystem
from marketplace import attachments, states
from marketplace.audit.chain import lock_chains, record
from marketplace.errors import Refused
from marketplace.jobs.models import StoredFile
from marketplace.seen import check_seen
from qualification import rules
from qualification.domain.dps import form, notifications, questions
from qualification.domain.dps.questions import Section
from qualification.enums import ApplicationState
from qualification.models import DpsApplication, DpsAttachment

_FROM_THE_COMPANY = {
    "legal_name": "name",
    "company_number": "company_number",
    "registered_address": "registered_address",
    "vat_number": "vat_number",
    "contact_name": "contact_name",
    "contact_email": "contact_email",
    "contact_phone": "contact_phone",
}

SENT_AGAIN = timedelta(minutes=1)
"""Within this a form that comes again from the same person is the same click."""


def start_application(*, by: Member, system: PurchasingSystem, now: datetime) -> DpsApplication:
    """Begin an application: with a copy of the company's last answers and documents, else with its own data.

    Nothing is agreed to or declared in it yet, whatever was in the last one.

    Raises ``Refused`` while another one is open or the DPS is closed; ``NotAllowed``.
    """
    rules.check_may_apply(by)
    try:
        with transaction.atomic():
            rules.check_takes_applications(_shared(system))
            mine = DpsApplication.objects.filter(purchasing_system=system, provider=by.organisation_id)
            last = mine.order_by("-created_at", "pk").first()
            answers = form.answers_carried_over(last) if last else _own_data(by)
            made = DpsApplication.objects.create(
                purchasing_system=system,
                provider=by.organisation,
                answers=answers,
                created_at=now,
                changed_at=now,
            )
            if last is not None:
                _copy_attachments(last, made, by, now)
            _record(by, "DPS application begun", made, {"state": (None, made.state)}, now)
    except IntegrityError:
        raise Refused(f"Your company's application to {system.reference} is open already.") from None
    return made


def _shared(system: PurchasingSystem) -> PurchasingSystem:
    """The DPS as it is, and stays until the transaction ends."""
    return PurchasingSystem.objects.select_for_update(of=("self",)).get(pk=system.pk)


def _own_data(by: Member) -> dict[str, str]:
    own = {key: str(getattr(by.organisation, name)) for key, name in _FROM_THE_COMPANY.items()}
    return {key: text for key, text in own.items() if text}


def _copy_attachments(last: DpsApplication, made: DpsApplication, by: Member, now: datetime) -> None:
    DpsAttachment.objects.bulk_create(
        DpsAttachment(
            application=made,
            file_id=each.file_id,
            question=each.question,
            added_at=now,
            added_by_id=by.user_id,
        )
        for each in last.attachments.order_by("added_at", "pk")
    )


def save_section(
    *,
    by: Member,
    application: DpsApplication,
    section: Section,
    answers: Mapping[str, str],
    now: datetime,
    seen: str = "",
) -> None:
    """Keep a section's answers, complete or not; other sections stay. Questions that don't apply lose their
    answers.

    What is asked is what the DPS asks at this moment: an answer to a question that has gone is dropped.

    ``seen`` is the mark of :func:`answers_in`. Raises ``Refused`` for an answer of the wrong kind and for an
    application that was submitted, ``ChangedMeanwhile`` where a colleague answered otherwise since;
    ``NotAllowed``.
    """
    rules.check_is_applicant(by, application)
    with transaction.atomic():
        locked = _locked(application)
        rules.check_is_draft(locked)
        present = questions.section_of(section.code, form.present_sections(locked.purchasing_system))
        given = _checked(present or section, answers, locked.provider.country)
        labels = {each.key: each.label for each in section.questions}
        check_seen(seen, answers_in(section, locked), given, labels)
        before = dict(locked.answers)
        kept = {key: value for key, value in before.items() if key not in given}
        locked.answers = kept | {key: value for key, value in given.items() if value}
        locked.changed_at = now
        locked.save(update_fields=["answers", "changed_at"])
        changes = {
            key: (before.get(key), value) for key, value in given.items() if before.get(key, "") != value
        }
        if changes:
            _record(by, "DPS answers saved", locked, changes, now)
    application.answers, application.changed_at = locked.answers, now


def answers_in(section: Section, application: DpsApplication) -> dict[str, str]:
    """What the form of a section is filled with."""
    asked = [each.key for each in section.questions if each.kind != "file"]
    return {key: application.answers.get(key, "") for key in asked}


def _checked(section: Section, answers: Mapping[str, str], country: str) -> dict[str, str]:
    asked = [each for each in section.questions if each.kind != "file"]
    try:
        given = {each.key: questions.checked(each, answers.get(each.key, ""), country) for each in asked}
    except ValueError as error:
        raise Refused(str(error)) from error
    return {each.key: given[each.key] if questions.is_asked(each, given) else "" for each in asked}


def add_attachment(
    *, by: Member, application: DpsApplication, data: bytes, filename: str, question: str = "", now: datetime
) -> DpsAttachment:
    """Keep a document with a draft, as the answer to the ``question`` with that key if any. Sent again, it is
    there once.

    Raises ``Refused`` for files of other kinds, beyond the limits of size and number, and for an
    application that was submitted; ``NotAllowed``.
    """
    rules.check_is_applicant(by, application)
    document = attachments.examine(data, filename)
    with transaction.atomic():
        locked = _locked(application)
        rules.check_is_draft(locked)
        digest = hashlib.sha256(data).hexdigest()
        same = locked.attachments.filter(
            question=question, file__sha256=digest, file__name=document.name
        ).first()
        if same is not None:
            return same
        rules.check_takes_attachments(locked.attachments.count())
        file = StoredFile.objects.keep(document.name, data, organisation_id=locked.provider_id, now=now)
        made = DpsAttachment.objects.create(
            application=locked, file=file, question=question, added_at=now, added_by_id=by.user_id
        )
        changes = {"attachment": (None, file.name), "sha256": (None, file.sha256)}
        _record(by, "DPS attachment added", locked, changes, now)
    return made


def remove_attachment(*, by: Member, attachment: DpsAttachment, now: datetime) -> None:
    """Take a document off a draft; the file goes with it unless an earlier application holds it. Raises
    ``Refused``."""
    rules.check_is_applicant(by, attachment.application)
    with transaction.atomic():
        locked = _locked(attachment.application)
        rules.check_is_draft(locked)
        file_id, name = attachment.file_id, attachment.file.name
        DpsAttachment.objects.filter(pk=attachment.pk).delete()
        if not DpsAttachment.objects.filter(file=file_id).exists():
            StoredFile.objects.filter(pk=file_id).delete()
        _record(by, "DPS attachment removed", locked, {"attachment": (name, None)}, now)


def submit_application(*, by: Member, application: DpsApplication, now: datetime) -> None:
    """Hand the application to the operator, who is told. It keeps the questions and the framework that it
    answered.

    Raises ``Refused`` while an answer is missing, for an insurance that has ended, when the DPS is closed and
    for one that was submitted before; ``NotAllowed``.
    """
    rules.check_is_applicant(by, application)
    with transaction.atomic():
        system = _shared(application.purchasing_system)
        rules.check_takes_applications(system)
        locked = _locked(application)
        if _was_just_submitted(locked, by, now):
            return
        also: dict[str, Any] = {"submitted_at": now, "submitted_by_id": by.user_id, "changed_at": now}
        if locked.state == ApplicationState.DRAFT:
            _check_complete(locked, now)
            _keep_what_was_asked(locked, system)
        move_for_both(locked, ApplicationState.PENDING, by, "DPS application submitted", now, **also)
        notifications.notify_submitted(locked, now)
    application.refresh_from_db()


def _was_just_submitted(application: DpsApplication, by: Member, now: datetime) -> bool:
    """Whether the same person submitted it a moment ago, as a double click does."""
    is_pending = application.state == ApplicationState.PENDING and application.submitted_by_id == by.user_id
    return is_pending and application.submitted_at is not None and now - application.submitted_at < SENT_AGAIN


def _check_complete(application: DpsApplication, now: datetime) -> None:
    asked, answers = form.sections_of(application), form.answers_with_documents(application)
    lacking = questions.missing(asked, answers)
    if lacking:
        first = lacking[0][1].label
        raise Refused(
            f"Answers are missing, so the application can't be submitted yet: {len(lacking)}, first “{first}”."
        )
    over = questions.ended(asked, answers, form.today_at(application, now))
    if over:
        question = over[0][1]
        day = questions.in_words(question, answers[question.key])
        raise Refused(
            f"An insurance has ended, so the application can't be submitted: “{question.label}” says {day}. "
            "Give the cover that holds now."
        )


def _keep_what_was_asked(application: DpsApplication, system: PurchasingSystem) -> None:
    """Fix the questions and the framework's version, and drop answers to what the DPS no longer asks."""
    asked = {question.key for section in form.sections_of(application) for question in section.questions}
    application.answers = {key: text for key, text in application.answers.items() if key in asked}
    application.own_questions = form.own_to_keep(system)
    application.framework = form.present_framework(system)
    application.save(update_fields=["answers", "own_questions", "framework"])


def withdraw_application(*, by: Member, application: DpsApplication, now: datetime) -> None:
    """Take back an application that the operator has not decided. Raises ``Refused`` for any other;
    ``NotAllowed``."""
    rules.check_is_applicant(by, application)
    also = {"withdrawn_at": now, "changed_at": now}
    with transaction.atomic():
        move_for_both(
            _locked(application), ApplicationState.WITHDRAWN, by, "DPS application withdrawn", now, **also
        )
    application.refresh_from_db()


def move_for_both(
    application: DpsApplication, to: ApplicationState, by: Member, action: str, now: datetime, **also: Any
) -> None:
    """Take the step and record it with both parties. Raises ``Refused`` when there is no such step."""
    operator_id = application.purchasing_system.operator_id
    before = application.state
    lock_chains([operator_id, application.provider_id])
    states.move(
        application,
        "state",
        to,
        by=by,
        action=action,
        now=now,
        organisation_id=application.provider_id,
        **also,
    )
    changes: dict[str, tuple[Any, Any]] = {"state": (before, to)}
    changes |= {
        key: (None, value)
        for key, value in also.items()
        if key in ("reason", "revocation_reason", "expires_on")
    }
    record(organisation_id=operator_id, by=by, action=action, subject=application, changes=changes, now=now)


def _locked(application: DpsApplication) -> DpsApplication:
    found = DpsApplication.objects.select_related("purchasing_system__operator", "provider")
    return found.select_for_update(of=("self",)).get(pk=application.pk)


def _record(
    by: Member,
    action: str,
    application: DpsApplication,
    changes: Mapping[str, tuple[Any, Any]],
    now: datetime,
) -> None:
    record(
        organisation_id=application.provider_id,
        by=by,
        action=action,
        subject=application,
        changes=changes,
        now=now,
    )
