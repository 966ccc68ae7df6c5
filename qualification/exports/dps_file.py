"""The workbook of DPS applications: who applied when, what was decided by whom and why, and every answer."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Member
from marketplace.keys import key_form
from marketplace.workbooks.choices import YesNo
from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec
from marketplace.workbooks.kinds import Kind, Number, Text
from marketplace.workbooks.moments import Date, DateTime
from marketplace.workbooks.write import write_bulk
from qualification.domain.dps.form import own_of, sections_of
from qualification.domain.dps.queries import applications_visible_to
from qualification.domain.dps.questions import QUESTIONS, YES, Question
from qualification.enums import ApplicationState
from qualification.models import DpsApplication

CHUNK = 500
_ANSWERED_BY: dict[str, Kind] = {
    "money": Number(places=2),
    "number": Number(places=6),
    "date": Date(),
    "yes_no": YesNo(),
    "agreement": YesNo(),
}
_DISTINCT = {
    "contact_email": "Contact's email address",
    "contact_phone": "Contact's phone number",
    "signatory_email": "Signatory's email address",
    "signatory_position": "Signatory's position",
    "company_number": "Company number as answered",
}
"""Headings of questions whose own words would be ambiguous, or taken, away from their neighbours."""


def _question_column(question: Question) -> Column:
    return Column(_DISTINCT.get(question.key, question.label), f"answer_{question.key}", _kind_of(question))


def _kind_of(question: Question) -> Kind:
    return _ANSWERED_BY.get(question.kind, Text(multiline=question.kind in ("long", "file")))


APPLICATIONS = Sheet(
    "Applications",
    (
        Column("Application ID", "id", Text(36)),
        Column("DPS Reference", "dps_reference", Text(40)),
        Column("FSP ID", "provider_id", Text(36)),
        Column("FSP Name", "provider_name", Text(120)),
        Column("Company Number", "company_number", Text(30)),
        Column("Submitted At", "submitted_at", DateTime(), information=True),
        Column("Status", "status", Text(), rule="Pending, Approved, Rejected, Revoked or Withdrawn."),
        Column(
            "Decided At",
            "decided_at",
            DateTime(),
            rule="The last decision: a revocation where there is one.",
            information=True,
        ),
        Column("Decided By", "decided_by", Text()),
        Column("Reason", "reason", Text(multiline=True)),
        Column("Expires On", "expires_on", Date(), rule="The last day on which the approval holds."),
        *map(_question_column, QUESTIONS),
    ),
)
DPS_APPLICATIONS = WorkbookSpec(
    name="dps_applications",
    title="DPS applications",
    purpose="The applications of companies to your DPSs, with every answer. Attachments are on the page of each.",
    how_to="One row an application. Drafts are not yours to see until they are submitted.",
    sheets=(APPLICATIONS,),
)


def write_applications(
    member: Member, target: BinaryIO, application_ids: Iterable[UUID] | None = None
) -> None:
    """The applications that the operator sees, all or those named, oldest submission first.

    The operator's own questions follow the platform's, a column each.
    """
    found = applications_visible_to(member).order_by("submitted_at", "pk")
    if application_ids is not None:
        found = found.filter(pk__in=list(application_ids))
    own = _own_columns(found)
    sheet = replace(APPLICATIONS, columns=(*APPLICATIONS.columns, *own.values()))
    rows = _rows(found.prefetch_related("attachments__file").iterator(chunk_size=CHUNK), own)
    spec = replace(DPS_APPLICATIONS, sheets=(sheet,))
    write_bulk(spec, {"Applications": rows}, target, zone=member.organisation.zone)


OwnQuestion = tuple[str, str]
"""A question of the operator's: its key and its words, which may have changed from application to
application."""


def _own_columns(applications: "QuerySet[DpsApplication]") -> dict[OwnQuestion, Column]:
    """A column for each question of the operator's that any of the applications was asked, under its own
    words."""
    taken = {key_form(column.header) for column in APPLICATIONS.columns}
    columns: dict[OwnQuestion, Column] = {}
    asked = applications.exclude(own_questions=[]).only("own_questions")
    for application in asked.select_related(None).iterator(chunk_size=CHUNK):
        for _, question in own_of(application):
            if (question.key, question.label) in columns:
                continue
            header, count = question.label, 1
            while key_form(header) in taken:
                count += 1
                header = f"{question.label} ({count})"
            taken.add(key_form(header))
            name = f"own_{len(columns)}"
            columns[question.key, question.label] = Column(header, name, _kind_of(question))
    return columns


def _rows(
    applications: Iterable[DpsApplication], own: Mapping[OwnQuestion, Column]
) -> Iterator[dict[str, Any]]:
    for application in applications:
        is_revoked = application.state == ApplicationState.REVOKED
        yield {
            "id": str(application.pk),
            "dps_reference": application.purchasing_system.reference,
            "provider_id": str(application.provider_id),
            "provider_name": application.provider.name,
            "company_number": application.provider.company_number or None,
            "submitted_at": application.submitted_at,
            "status": application.get_state_display(),
            "decided_at": application.revoked_at if is_revoked else application.decided_at,
            "decided_by": (application.revoked_by_email if is_revoked else application.decided_by_email)
            or None,
            "reason": (application.revocation_reason if is_revoked else application.reason) or None,
            "expires_on": application.expires_on,
            **_answers(application, own),
        }


def _answers(application: DpsApplication, own: Mapping[OwnQuestion, Column]) -> dict[str, Any]:
    """The values by column: the platform's questions by the column that they share, the operator's by
    theirs."""
    documents: dict[str, list[str]] = {}
    for each in application.attachments.all():
        documents.setdefault(each.question, []).append(each.file.name)
    answers = dict(application.answers) | {key: "\n".join(names) for key, names in documents.items()}
    found: dict[str, Any] = {}
    for section in sections_of(application):
        for question in section.questions:
            value = _value(question, answers.get(question.key, ""))
            column = own.get((question.key, question.label))
            found[column.key if column else f"answer_{question.column or question.key}"] = value
    return found


def _value(question: Question, answer: str) -> Any:
    if not answer:
        return None
    if question.kind in ("money", "number"):
        return Decimal(answer)
    if question.kind == "date":
        return date.fromisoformat(answer)
    if question.kind in ("yes_no", "agreement"):
        return answer == YES
    return dict(question.options).get(answer, answer) if question.kind == "choice" else answer
