"""The questions of an application to a DPS, in four sections; what is missing in the answers, and what has
ended. Pure.

An answer is text in the application: numbers plain, dates ISO, yes and no as ``yes`` and ``no``; of a
document its name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from marketplace.dates import day_text
from marketplace.errors import Refused
from marketplace.identifiers import company_number, vat_number
from marketplace.numbers import count_text, money_text
from marketplace.units import currency_sign

Kind = Literal[
    "text",
    "long",
    "email",
    "choice",
    "yes_no",
    "money",
    "number",
    "date",
    "agreement",
    "file",
    "company_number",
    "vat",
]
Answers = Mapping[str, str]

YES, NO = "yes", "no"
SIGNED_ON = "signed_on"
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
    """One question. It is needed unless ``optional``; with ``when`` only where that question has that answer.

    ``options`` are a choice's values with their words. ``column`` names its column in the workbook where that
    is not its ``key``. The date of one that ``must_last`` may not be over when the application is submitted.
    An amount of money is in ``currency``.
    """

    key: str
    label: str
    kind: Kind = "text"
    optional: bool = False
    help_text: str = ""
    when: tuple[str, str] | None = None
    longest: int = 200
    options: tuple[tuple[str, str], ...] = ()
    column: str = ""
    must_last: bool = False
    currency: str = "GBP"


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
        Question("company_number", "Company number", "company_number", longest=30),
        Question("registered_address", "Registered address", "long", longest=400),
        Question("vat_number", "VAT number", "vat", optional=True, longest=30),
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
        Question("legal_form", "Legal form", "choice", options=tuple(LEGAL_FORMS.items())),
        Question("in_group", "Is your company part of a group?", "yes_no"),
        Question("parent", "The group's parent company", when=("in_group", YES)),
        Question("insolvency", "Is your company insolvent, in administration or being wound up?", "yes_no"),
        Question(
            "insolvency_details",
            "What happened, and how it stands",
            "long",
            when=("insolvency", YES),
            longest=4000,
        ),
        Question(
            "exclusion",
            "Does a ground for exclusion apply to your company or its directors?",
            "yes_no",
            help_text="For example a conviction for fraud, bribery, tax evasion or grave professional misconduct.",
        ),
        Question(
            "exclusion_details",
            "Which, and what was done about it",
            "long",
            when=("exclusion", YES),
            longest=4000,
        ),
    ),
)
_LEGAL = Section(
    "legal",
    "Auditing, insurance and legal",
    (
        Question("audited", "Are your company's accounts audited?", "yes_no"),
        Question("accounts_to", "Last day of the latest accounts", "date"),
        Question("turnover", "Turnover in that year", "money"),
        Question("public_liability", "Public liability cover", "money"),
        Question("public_liability_expiry", "Public liability cover ends on", "date", must_last=True),
        Question("employers_liability", "Employer's liability cover", "money"),
        Question("employers_liability_expiry", "Employer's liability cover ends on", "date", must_last=True),
        Question("indemnity", "Professional indemnity cover", "money", optional=True),
        Question(
            "indemnity_expiry", "Professional indemnity cover ends on", "date", optional=True, must_last=True
        ),
    ),
)
_DECLARATION = Section(
    "declaration",
    "Declaration and submission",
    (
        Question("signatory_name", "Name of the signatory"),
        Question("signatory_position", "Their position in the company"),
        Question("signatory_email", "Their email address", "email", longest=254),
        Question(SIGNED_ON, "Date of the declaration", "date"),
    ),
)
_FRAMEWORK = Question("framework", "Our company agrees to the operator's framework agreement.", "agreement")
_DECLARATION_OF = Question(
    "declaration",
    "The signatory declares that the answers are complete and true, and may sign for the company.",
    "agreement",
)
NO_DOCUMENT = 0
"""Stands for the version of a framework agreement that the operator has not published here."""


def framework_questions(version: int | None) -> tuple[Question, Question]:
    """The agreement and the declaration for a version of the framework agreement, which both name.

    Nobody agrees to what can't be read: without a document (:data:`NO_DOCUMENT`) the first asks only whether
    the company is ready to. None: as they were put to applications from before documents were kept.
    """
    if version is None:
        return _FRAMEWORK, _DECLARATION_OF
    if version == NO_DOCUMENT:
        ready = Question(
            "framework_0",
            "Our company is ready to enter into a framework agreement with the operator.",
            "agreement",
            help_text="The operator has published none here yet: this agrees to no document.",
            column="framework",
        )
        return ready, _DECLARATION_OF
    agreed = f"the operator's framework agreement, version {version}"
    return (
        Question(
            f"framework_{version}",
            f"Our company agrees to {agreed}.",
            "agreement",
            longest=200,
            column="framework",
        ),
        Question(
            f"declaration_{version}",
            f"The signatory declares that the answers are complete and true, agrees to {agreed}, and may sign for the "
            "company.",
            "agreement",
            column="declaration",
        ),
    )


def sections_with(
    own: Mapping[str, Sequence[Question]], version: int | None, currency: str = "GBP"
) -> tuple[Section, ...]:
    """The four sections with the operator's own questions, by section, and the present framework agreement.

    Amounts of money are asked for in ``currency``, the operator's.
    """
    agreement, declaration = framework_questions(version)
    last = {"legal": (agreement,), "declaration": (declaration,)}
    return tuple(
        Section(
            each.code,
            each.title,
            (
                *(_in_currency(question, currency) for question in each.questions),
                *own.get(each.code, ()),
                *last.get(each.code, ()),
            ),
        )
        for each in (_PROFILE, _STATUS, _LEGAL, _DECLARATION)
    )


def _in_currency(question: Question, currency: str) -> Question:
    if question.kind != "money":
        return question
    sign = currency_sign(currency).strip()
    return replace(question, label=f"{question.label} ({sign})", currency=currency)


SECTIONS: tuple[Section, ...] = sections_with({}, NO_DOCUMENT)
"""The sections of a DPS without questions or a document of its own."""

QUESTIONS: tuple[Question, ...] = tuple(
    question for section in sections_with({}, None) for question in section.questions
)
"""The questions that every DPS asks, one for each column of the workbook."""


def section_of(code: str, sections: Sequence[Section] = SECTIONS) -> Section | None:
    """The section with this code; None when there is none."""
    return next((section for section in sections if section.code == code), None)


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


def missing(sections: Sequence[Section], answers: Answers) -> list[tuple[Section, Question]]:
    """All questions that still need an answer, with their sections, in order."""
    return [(section, question) for section in sections for question in missing_in(section, answers)]


def ended(sections: Sequence[Section], answers: Answers, today: date) -> list[tuple[Section, Question]]:
    """The covers that are over: those whose last day lies before ``today``, the operator's local day."""
    return [
        (section, question)
        for section in sections
        for question in section.questions
        if has_ended(question, answers.get(question.key, ""), today)
    ]


def has_ended(question: Question, answer: str, today: date) -> bool:
    """Whether the answer is the last day of a cover, and that day is over."""
    return question.must_last and bool(answer) and date.fromisoformat(answer) < today


def _is_answered(question: Question, answers: Answers) -> bool:
    answer = answers.get(question.key, "")
    if question.kind == "choice":
        return answer in dict(question.options)
    return answer == YES if question.kind == "agreement" else bool(answer)


def in_words(question: Question, answer: str) -> str:
    """The answer as people read it; empty when there is none."""
    if not answer:
        return ""
    if question.kind in ("yes_no", "agreement"):
        return "Yes" if answer == YES else "No"
    if question.kind == "choice":
        return dict(question.options).get(answer, answer)
    if question.kind == "money":
        return money_text(Decimal(answer), question.currency)
    if question.kind == "date":
        return day_text(date.fromisoformat(answer))
    return answer


def checked(question: Question, answer: str, country: str = "GB") -> str:
    """The answer of a company of that country as it is kept. Raises ``ValueError`` for one not of the
    question's kind."""
    text = answer.strip()
    if not text:
        return ""
    if question.kind in ("yes_no", "agreement") and text not in (YES, NO):
        raise ValueError(f"{question.label}: yes or no is expected.")
    if question.kind == "choice" and text not in dict(question.options):
        raise ValueError(f"{question.label}: there is no such choice.")
    text = _in_form(question, text, country)
    if len(text) > question.longest:
        raise ValueError(f"{question.label}: at most {count_text(question.longest)} characters are kept.")
    return text


def _in_form(question: Question, text: str, country: str) -> str:
    if question.kind == "date":
        return date.fromisoformat(text).isoformat()
    if question.kind == "money":
        return _amount(question, text)
    if question.kind == "number":
        return _number(question, text)
    try:
        if question.kind == "company_number":
            return company_number(text, country)
        return vat_number(text) if question.kind == "vat" else text
    except Refused as refusal:
        raise ValueError(f"{question.label}: {refusal.sentence}") from None


def _decimal(question: Question, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{question.label}: a number is expected.") from None
    if len(text) > 40 or not number.is_finite() or abs(number) >= 10**15:
        raise ValueError(f"{question.label}: a number of up to 15 digits is expected.")
    return number


def _number(question: Question, text: str) -> str:
    number = _decimal(question, text)
    if number != round(number, 6):
        raise ValueError(f"{question.label}: at most 6 decimals are kept.")
    whole, _, decimals = f"{number:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0')}".rstrip(".")


def _amount(question: Question, text: str) -> str:
    amount = _decimal(question, text)
    if amount < 0 or amount != round(amount, 2):
        raise ValueError(f"{question.label}: an amount of at least 0 with at most 2 decimals is expected.")
    return f"{amount:.2f}"
