"""Rows that the pages of company qualification show, made of what the queries give."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import Member
from competitions.models import PurchasingSystem
from qualification import questions
from qualification.domain.dps_queries import applications_visible_to, approvals
from qualification.enums import ApplicationState
from qualification.models import DpsApplication
from qualification.questions import Question, Section

EXPIRED = ("expired", "Expired")


def told_state(application: DpsApplication, now: datetime) -> tuple[str, str]:
    """The state as people read it: an approval whose day is over is expired. Value and words."""
    end = application.expires_at
    if application.state == ApplicationState.APPROVED and end is not None and end <= now:
        return EXPIRED
    return application.state, application.get_state_display()


@dataclass(frozen=True)
class SystemRow:
    """An open DPS and how the company stands on it."""

    system: PurchasingSystem
    is_approved: bool
    approved_until: date | None
    newest: DpsApplication | None
    can_start: bool


def system_rows(member: Member, systems: Sequence[PurchasingSystem], now: datetime) -> list[SystemRow]:
    """The open DPSs with the company's standing, by three queries however many there are."""
    own = applications_visible_to(member).filter(purchasing_system__in=systems).order_by("created_at", "pk")
    newest = {each.purchasing_system_id: each for each in own}
    standing = {
        each.dps_id: each
        for each in approvals([system.pk for system in systems])
        if each.provider_id == member.organisation_id and each.holds(now)
    }
    rows = []
    for system in systems:
        last, approval = newest.get(system.pk), standing.get(system.pk)
        is_open = last is not None and last.state in (ApplicationState.DRAFT, ApplicationState.PENDING)
        until = approval.expires_on if approval else None
        rows.append(SystemRow(system, approval is not None, until, last, can_start=not is_open))
    return rows


@dataclass(frozen=True)
class Answer:
    """One answer beside the one in the earlier application."""

    label: str
    now: str
    before: str
    is_changed: bool


@dataclass(frozen=True)
class AnswerSection:
    """A section's answers, and what is missing in it."""

    section: Section
    answers: list[Answer]
    missing: list[Question]


def answer_sections(application: DpsApplication, earlier: DpsApplication | None) -> list[AnswerSection]:
    """All answers by section; changed ones are marked when there is an earlier application."""
    return [
        AnswerSection(
            section,
            [_answer(question, application, earlier) for question in section.questions],
            questions.missing_in(section, application.answers),
        )
        for section in questions.SECTIONS
    ]


def _answer(question: Question, application: DpsApplication, earlier: DpsApplication | None) -> Answer:
    new = questions.in_words(question, application.answers.get(question.key, ""))
    old = questions.in_words(question, earlier.answers.get(question.key, "")) if earlier else ""
    return Answer(question.label, new, old, earlier is not None and new != old)


@dataclass(frozen=True)
class Event:
    """Something that happened to an application: when, what, who (empty: not told), and why."""

    at: datetime
    what: str
    who: str = ""
    why: str = ""


def events_of(application: DpsApplication, now: datetime) -> list[Event]:
    """What happened to the application, oldest first."""
    found: list[Event] = []
    if application.submitted_at:
        found.append(Event(application.submitted_at, "Submitted"))
    if application.withdrawn_at:
        found.append(Event(application.withdrawn_at, "Withdrawn"))
    if application.decided_at:
        what = "Rejected" if application.state == ApplicationState.REJECTED else "Approved"
        until = application.expires_on
        holds = f"Until the end of {until.day} {until:%B %Y}." if until else ""
        found.append(Event(application.decided_at, what, application.decided_by_email, application.reason or holds))
    if application.revoked_at:
        found.append(
            Event(application.revoked_at, "Revoked", application.revoked_by_email, application.revocation_reason)
        )
    elif application.expires_at and application.expires_at <= now:
        found.append(Event(application.expires_at, "Expired"))
    return found
