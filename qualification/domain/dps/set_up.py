"""What an operator adds to its DPS: its own questions, and the versions of its framework agreement."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Member
from competitions.models import PurchasingSystem
from marketplace import attachments
from marketplace.audit.chain import record
from marketplace.errors import Refused
from marketplace.jobs.models import StoredFile
from marketplace.seen import check_seen
from qualification import rules
from qualification.enums import DpsQuestionKind, DpsSection
from qualification.models import DpsFramework, DpsQuestion

MOST_QUESTIONS = 40
MOST_OPTIONS = 50
LONGEST_OPTION = 200
LABELS = {
    "text": "Question",
    "options": "Choices",
    "is_required": "An answer is needed to submit the application",
    "help_text": "Help text",
}
FRAMEWORK_TYPES = ("pdf", "docx")


def add_question(
    *,
    by: Member,
    system: PurchasingSystem,
    section: str,
    text: str,
    kind: str,
    options: Sequence[str] = (),
    is_required: bool = True,
    help_text: str = "",
    now: datetime,
) -> DpsQuestion:
    """Ask one more question, as the last of its section. Drafts are asked it at once, submitted applications
    never.

    Raises ``Refused`` for a choice without a list, beyond the limits, and for a text that the section asks
    already; ``NotAllowed``.
    """
    rules.check_may_set_up(by, system)
    if section not in DpsSection.values or kind not in DpsQuestionKind.values:
        raise Refused("Choose the section and the kind of answer from the lists.")
    with transaction.atomic():
        locked = _locked(system)
        present = list(locked.own_questions.all())
        if len(present) >= MOST_QUESTIONS:
            raise Refused(f"A company qualification asks at most {MOST_QUESTIONS} questions of its own.")
        _check_is_new(text, section, present)
        made = DpsQuestion.objects.create(
            purchasing_system=locked,
            section=section,
            place=max((each.place for each in present if each.section == section), default=0) + 1,
            text=_checked_text(text),
            kind=kind,
            options=_checked_options(kind, options),
            is_required=is_required,
            help_text=help_text.strip(),
        )
        _record(
            by, "DPS question added", made, {"question": (None, made.text), "section": (None, section)}, now
        )
    return made


def change_question(
    *,
    by: Member,
    question: DpsQuestion,
    text: str,
    options: Sequence[str] = (),
    is_required: bool = True,
    help_text: str = "",
    now: datetime,
    seen: str = "",
) -> None:
    """Put a question in other words; section and kind stay, so that answers in drafts still answer it.

    ``seen`` is the mark of :func:`worded`. Raises ``Refused`` as :func:`add_question`, ``NotAllowed``, and
    ``ChangedMeanwhile`` where a colleague changed the question since.
    """
    rules.check_may_set_up(by, question.purchasing_system)
    with transaction.atomic():
        system = _locked(question.purchasing_system)
        locked = _present(system, question)
        _check_is_new(
            text, locked.section, [each for each in system.own_questions.all() if each.pk != locked.pk]
        )
        wanted = {
            "text": _checked_text(text),
            "options": _checked_options(locked.kind, options),
            "is_required": is_required,
            "help_text": help_text.strip(),
        }
        check_seen(seen, worded(locked), wanted, LABELS)
        changes = {
            key: (getattr(locked, key), new) for key, new in wanted.items() if getattr(locked, key) != new
        }
        if changes:
            for key, new in wanted.items():
                setattr(locked, key, new)
            locked.save(update_fields=list(wanted))
            _record(by, "DPS question changed", locked, changes, now)


def worded(question: DpsQuestion) -> dict[str, Any]:
    """What the form of a question is filled with."""
    return {name: getattr(question, name) for name in LABELS}


def move_question(*, by: Member, question: DpsQuestion, up: bool, now: datetime) -> None:
    """Change places with the question before (or after) it in its section; the first and the last stay.

    Raises ``NotAllowed``, and ``Refused`` for one that was removed meanwhile.
    """
    rules.check_may_set_up(by, question.purchasing_system)
    with transaction.atomic():
        system = _locked(question.purchasing_system)
        locked = _present(system, question)
        row = list(system.own_questions.filter(section=locked.section).order_by("place", "pk"))
        at = row.index(locked)
        to = at - 1 if up else at + 1
        if not 0 <= to < len(row):
            return
        row[at], row[to] = row[to], row[at]
        for place, each in enumerate(row, start=1):
            each.place = place
        DpsQuestion.objects.bulk_update(row, ["place"])
        _record(by, "DPS question moved", locked, {"place": (at + 1, to + 1)}, now)


def remove_question(*, by: Member, question: DpsQuestion, now: datetime) -> None:
    """Ask it no longer. Submitted applications keep it with their answers. Raises ``Refused``,
    ``NotAllowed``."""
    rules.check_may_set_up(by, question.purchasing_system)
    with transaction.atomic():
        locked = _present(_locked(question.purchasing_system), question)
        _record(by, "DPS question removed", locked, {"question": (locked.text, None)}, now)
        locked.delete()


def publish_framework(
    *, by: Member, system: PurchasingSystem, data: bytes, filename: str, now: datetime
) -> DpsFramework:
    """Make the document the present version of the DPS's framework agreement; earlier versions stay.

    Drafts must agree again. Raises ``Refused`` for anything but a whole PDF or DOCX, and for the document
    that is the present version already; ``NotAllowed``.
    """
    rules.check_may_set_up(by, system)
    document = attachments.examine(data, filename)
    if not document.name.endswith(FRAMEWORK_TYPES):
        raise Refused("The framework agreement is a PDF or a DOCX document.")
    with transaction.atomic():
        locked = _locked(system)
        last = locked.frameworks.select_related("file").order_by("-version").first()
        file = StoredFile.objects.keep(document.name, data, organisation_id=locked.operator_id, now=now)
        if last is not None and last.file.sha256 == file.sha256:
            raise Refused(f"This document is version {last.version} already.")
        made = DpsFramework.objects.create(
            purchasing_system=locked,
            version=last.version + 1 if last else 1,
            file=file,
            published_at=now,
            published_by_id=by.user_id,
        )
        changes = {"version": (last.version if last else None, made.version), "sha256": (None, file.sha256)}
        _record(by, "DPS framework agreement published", made, changes, now)
    return made


def _locked(system: PurchasingSystem) -> PurchasingSystem:
    return PurchasingSystem.objects.select_for_update(of=("self",)).get(pk=system.pk)


def _present(system: PurchasingSystem, question: DpsQuestion) -> DpsQuestion:
    found = system.own_questions.filter(pk=question.pk).first()
    if found is None:
        raise Refused("This question was removed meanwhile.")
    return found


def _checked_text(text: str) -> str:
    text = text.strip()
    if not text or len(text) > 300:
        raise Refused("A question has a text of up to 300 characters.")
    return text


def _check_is_new(text: str, section: str, others: Sequence[DpsQuestion]) -> None:
    if any(each.section == section and each.text.casefold() == text.strip().casefold() for each in others):
        raise Refused("The section asks this already.")


def _checked_options(kind: str, options: Sequence[str]) -> list[str]:
    if kind != DpsQuestionKind.CHOICE:
        return []
    listed = list(dict.fromkeys(each.strip() for each in options if each.strip()))
    if len(listed) < 2:
        raise Refused("Give at least two choices, one a line.")
    if len(listed) > MOST_OPTIONS or any(len(each) > LONGEST_OPTION for each in listed):
        raise Refused(f"At most {MOST_OPTIONS} choices of up to {LONGEST_OPTION} characters are taken.")
    return listed


def _record(
    by: Member, action: str, subject: DpsQuestion | DpsFramework, changes: Mapping[str, Any], now: datetime
) -> None:
    owner = subject.purchasing_system.operator_id
    record(organisation_id=owner, by=by, action=action, subject=subject, changes=changes, now=now)
