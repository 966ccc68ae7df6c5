"""The questions of an application to a DPS, in four sections; what is missing in the answers. Pure.

An answer is text in the application: numbers plain, dates ISO, yes and no as ``yes`` and ``no``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

Kind = Literal["text", "long", "email", "choice", "yes_no", "money", "date", "agreement"]
Answers = Mapping[str, str]

YES, NO = "yes", "no"
LEGAL_FORMS = {
    "ltd": "Private limited company (Ltd)",
    "plc": "Public limited company (PLC)",
    "llp": "Limited liability partnership",
    "partnership": "Partnership",
    "sole_trader": "Sole trader",
    "community": "Community interest company or co-operative",
    "public": "Public body",
    "other": "Another form",
}


@dataclass(frozen=True)
class Question:
    """One question. It is needed unless ``optional``; with ``when`` only where that question has that answer."""

    key: str
    label: str
    kind: Kind = "text"
    optional: bool = False
    help_text: str = ""
    when: tuple[str, str] | None = None
    longest: int = 200


@dataclass(frozen=True)
class Section:
    """Questions that are saved together."""

    code: str
    title: str
    questions: tuple[Question, ...]


_PROFILE = Section(
    "profile",
    "Organisation profile",
    (
        Question("legal_name", "Legal name"),
        Question("trading_name", "Trading name", optional=True),
        Question("company_number", "Company number", longest=30),
        Question("registered_address", "Registered address", "long", longest=400),
        Question("vat_number", "VAT number", optional=True, longest=30),
        Question("contact_name", "Contact for this application"),
        Question("contact_email", "Their email address", "email", longest=254),
        Question("contact_phone", "Their phone number", optional=True, longest=30),
        Question("business", "What your company does", "long", longest=4000),
    ),
)
_STATUS = Section(
    "status",
    "Organisation status",
    (
        Question("legal_form", "Legal form", "choice"),
        Question("in_group", "Is your company part of a group?", "yes_no"),
        Question("parent", "The group's parent company", when=("in_group", YES)),
        Question("insolvency", "Is your company insolvent, in administration or being wound up?", "yes_no"),
        Question(
            "insolvency_details", "What happened, and how it stands", "long", when=("insolvency", YES), longest=4000
        ),
        Question(
            "exclusion",
            "Does a ground for exclusion apply to your company or its directors?",
            "yes_no",
            help_text="For example a conviction for fraud, bribery, tax evasion or grave professional misconduct.",
        ),
        Question(
            "exclusion_details", "Which, and what was done about it", "long", when=("exclusion", YES), longest=4000
        ),
    ),
)
_LEGAL = Section(
    "legal",
    "Auditing, insurance and legal",
    (
        Question("audited", "Are your company's accounts audited?", "yes_no"),
        Question("accounts_to", "Last day of the latest accounts", "date"),
        Question("turnover", "Turnover in that year (£)", "money"),
        Question("public_liability", "Public liability cover (£)", "money"),
        Question("public_liability_expiry", "Public liability cover ends on", "date"),
        Question("employers_liability", "Employer's liability cover (£)", "money"),
        Question("employers_liability_expiry", "Employer's liability cover ends on", "date"),
        Question("indemnity", "Professional indemnity cover (£)", "money", optional=True),
        Question("indemnity_expiry", "Professional indemnity cover ends on", "date", optional=True),
        Question("framework", "Our company agrees to the operator's framework agreement.", "agreement"),
    ),
)
_DECLARATION = Section(
    "declaration",
    "Declaration and submission",
    (
        Question("signatory_name", "Name of the signatory"),
        Question("signatory_position", "Their position in the company"),
        Question("signatory_email", "Their email address", "email", longest=254),
        Question("signed_on", "Date of the declaration", "date"),
        Question(
            "declaration",
            "The signatory declares that the answers are complete and true, and may sign for the company.",
            "agreement",
        ),
    ),
)
SECTIONS: tuple[Section, ...] = (_PROFILE, _STATUS, _LEGAL, _DECLARATION)
QUESTIONS: tuple[Question, ...] = tuple(question for section in SECTIONS for question in section.questions)


def section_of(code: str) -> Section | None:
    """The section with this code; None when there is none."""
    return next((section for section in SECTIONS if section.code == code), None)


def is_asked(question: Question, answers: Answers) -> bool:
    """Whether the question applies, as others were answered."""
    return question.when is None or answers.get(question.when[0]) == question.when[1]


def missing_in(section: Section, answers: Answers) -> list[Question]:
    """The section's questions that still need an answer before the application can be submitted."""
    return [
        question
        for question in section.questions
        if is_asked(question, answers) and not question.optional and not _is_answered(question, answers)
    ]


def missing(answers: Answers) -> list[tuple[Section, Question]]:
    """All questions that still need an answer, with their sections, in order."""
    return [(section, question) for section in SECTIONS for question in missing_in(section, answers)]


def _is_answered(question: Question, answers: Answers) -> bool:
    answer = answers.get(question.key, "")
    return answer == YES if question.kind == "agreement" else bool(answer)


def in_words(question: Question, answer: str) -> str:
    """The answer as people read it; empty when there is none."""
    if not answer:
        return ""
    if question.kind in ("yes_no", "agreement"):
        return "Yes" if answer == YES else "No"
    if question.kind == "choice":
        return LEGAL_FORMS.get(answer, answer)
    if question.kind == "money":
        return f"£{Decimal(answer):,.2f}"
    if question.kind == "date":
        day = date.fromisoformat(answer)
        return f"{day.day} {day:%B %Y}"
    return answer


def checked(question: Question, answer: str) -> str:
    """The answer as it is kept. Raises ``ValueError`` for one that is not of the question's kind."""
    text = answer.strip()
    if not text:
        return ""
    if question.kind in ("yes_no", "agreement") and text not in (YES, NO):
        raise ValueError(f"{question.label}: yes or no is expected.")
    if question.kind == "choice" and text not in LEGAL_FORMS:
        raise ValueError(f"{question.label}: there is no such choice.")
    if question.kind == "date":
        text = date.fromisoformat(text).isoformat()
    if question.kind == "money":
        text = _amount(question, text)
    if len(text) > question.longest:
        raise ValueError(f"{question.label}: at most {question.longest:,} characters are kept.")
    return text


def _amount(question: Question, text: str) -> str:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{question.label}: a number is expected.") from None
    if not amount.is_finite() or amount < 0 or amount >= 10**15 or amount != round(amount, 2):
        raise ValueError(f"{question.label}: an amount of at least 0 with at most 2 decimals is expected.")
    return f"{amount:.2f}"
