"""Rows that the pages of company qualification show, made of what the queries give."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from accounts.models import Member
from competitions.models import PurchasingSystem
from marketplace.dates import day_text
from qualification.domain.dps import form as dps_form
from qualification.domain.dps import questions
from qualification.domain.dps.queries import applications_visible_to, approvals
from qualification.domain.dps.questions import Question, Section
from qualification.enums import ApplicationState
from qualification.models import DpsApplication, DpsAttachment

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
    """One answer beside the one in the earlier application; ``has_ended``: a cover whose last day is over."""

    label: str
    now: str
    before: str
    is_changed: bool
    has_ended: bool = False


@dataclass(frozen=True)
class AnswerSection:
    """A section's answers, what is missing in it, and its covers that are over."""

    section: Section
    answers: list[Answer]
    missing: list[Question]
    ended: list[Question]


@dataclass(frozen=True)
class Form:
    """What an application is asked, what it answered, documents included, and what stands in the way of
    submitting."""

    sections: tuple[Section, ...]
    answers: Mapping[str, str]
    missing: list[tuple[Section, Question]]
    ended: list[tuple[Section, Question]]


def form_of(application: DpsApplication, now: datetime) -> Form:
    """The application's form as it stands at ``now``."""
    sections, answers = dps_form.sections_of(application), dps_form.answers_with_documents(application)
    return Form(
        sections,
        answers,
        questions.missing(sections, answers),
        questions.ended(sections, answers, dps_form.today_at(application, now)),
    )


def answer_sections(form: Form, earlier: Form | None) -> list[AnswerSection]:
    """All answers by section; changed ones are marked when there is an earlier application.

    Answers stand beside each other by question, also where the framework agreement has another version by
    now; what only the earlier application was asked comes last in its section.
    """
    return [
        AnswerSection(
            section,
            _answers(section, form, earlier),
            questions.missing_in(section, form.answers),
            [question for of, question in form.ended if of == section],
        )
        for section in form.sections
    ]


def _answers(section: Section, form: Form, earlier: Form | None) -> list[Answer]:
    over = {question.key for _, question in form.ended}
    was_asked = questions.section_of(section.code, earlier.sections) if earlier else None
    before = {_column(each): each for each in was_asked.questions} if was_asked else {}
    rows = []
    for question in section.questions:
        old = before.pop(_column(question), None)
        row = _answer(question, old, form, earlier)
        rows.append(replace(row, has_ended=question.key in over))
    return rows + [
        Answer(each.label, "", told, is_changed=True)
        for each in before.values()
        if earlier and (told := _words(each, earlier))
    ]


def covers_over(
    application: DpsApplication, section: Section, answers: Mapping[str, str], now: datetime
) -> list[str]:
    """A sentence for each cover in the section whose last day is over at ``now``: the application waits for
    another."""
    today = dps_form.today_at(application, now)
    return [
        f"{question.label} {questions.in_words(question, answers[question.key])}, which is over: "
        "the application can't be submitted before you give the cover that holds now."
        for _, question in questions.ended((section,), answers, today)
    ]


def _column(question: Question) -> str:
    return question.column or question.key


def _answer(question: Question, old: Question | None, form: Form, earlier: Form | None) -> Answer:
    new, told = _words(question, form), _words(old, earlier) if old and earlier else ""
    is_other = new != told or (old is not None and old.key != question.key)
    return Answer(question.label, new, told, earlier is not None and is_other)


def _words(question: Question, form: Form) -> str:
    return questions.in_words(question, form.answers.get(question.key, ""))


def held_for(
    section: Section, attachments: Iterable[DpsAttachment]
) -> list[tuple[Question, list[DpsAttachment]]]:
    """The section's questions that documents answer, each with those that were added for it."""
    given: dict[str, list[DpsAttachment]] = defaultdict(list)
    for each in attachments:
        given[each.question].append(each)
    return [(each, given[each.key]) for each in section.questions if each.kind == "file" and given[each.key]]


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
        holds = f"Until the end of {day_text(until)}." if until else ""
        found.append(
            Event(application.decided_at, what, application.decided_by_email, application.reason or holds)
        )
    if application.revoked_at:
        found.append(
            Event(
                application.revoked_at, "Revoked", application.revoked_by_email, application.revocation_reason
            )
        )
    elif application.expires_at and application.expires_at <= now:
        found.append(Event(application.expires_at, "Expired"))
    return found
