"""The workbook of DPS applications: who applied when, what was decided by whom and why, and every answer."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO
from uuid import UUID

from accounts.models import Member
from marketplace import workbooks
from marketplace.workbooks import Column, Date, DateTime, Kind, Number, Sheet, Text, WorkbookSpec, YesNo
from qualification.domain.dps_queries import applications_visible_to
from qualification.enums import ApplicationState
from qualification.models import DpsApplication
from qualification.questions import LEGAL_FORMS, QUESTIONS, YES, Question

CHUNK = 500
_ANSWERED_BY: dict[str, Kind] = {"money": Number(places=2), "date": Date(), "yes_no": YesNo(), "agreement": YesNo()}
_DISTINCT = {
    "contact_email": "Contact's email address",
    "contact_phone": "Contact's phone number",
    "signatory_email": "Signatory's email address",
    "signatory_position": "Signatory's position",
    "company_number": "Company number as answered",
}
"""Headings of questions whose own words would be ambiguous, or taken, away from their neighbours."""


def _question_column(question: Question) -> Column:
    kind = _ANSWERED_BY.get(question.kind, Text(multiline=question.kind == "long"))
    return Column(_DISTINCT.get(question.key, question.label), f"answer_{question.key}", kind)


APPLICATIONS = Sheet(
    "Applications",
    (
        Column("Application ID", "id", Text(36)),
        Column("DPS Reference", "dps_reference", Text(40)),
        Column("FSP ID", "provider_id", Text(36)),
        Column("FSP Name", "provider_name", Text(120)),
        Column("Company Number", "company_number", Text(30)),
        Column("Submitted At", "submitted_at", DateTime()),
        Column("Status", "status", Text(), rule="Pending, Approved, Rejected, Revoked or Withdrawn."),
        Column("Decided At", "decided_at", DateTime(), rule="The last decision: a revocation where there is one."),
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


def write_applications(member: Member, target: BinaryIO, application_ids: Iterable[UUID] | None = None) -> None:
    """The applications that the operator sees, all or those named, oldest submission first."""
    found = applications_visible_to(member).order_by("submitted_at", "pk")
    if application_ids is not None:
        found = found.filter(pk__in=list(application_ids))
    rows = _rows(found.iterator(chunk_size=CHUNK))
    workbooks.write_bulk(DPS_APPLICATIONS, {"Applications": rows}, target, zone=member.organisation.zone)


def _rows(applications: Iterable[DpsApplication]) -> Iterator[dict[str, Any]]:
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
            "decided_by": (application.revoked_by_email if is_revoked else application.decided_by_email) or None,
            "reason": (application.revocation_reason if is_revoked else application.reason) or None,
            "expires_on": application.expires_on,
            **{f"answer_{each.key}": _value(each, application.answers.get(each.key, "")) for each in QUESTIONS},
        }


def _value(question: Question, answer: str) -> Any:
    if not answer:
        return None
    if question.kind == "money":
        return Decimal(answer)
    if question.kind == "date":
        return date.fromisoformat(answer)
    if question.kind in ("yes_no", "agreement"):
        return answer == YES
    return LEGAL_FORMS.get(answer, answer) if question.kind == "choice" else answer
