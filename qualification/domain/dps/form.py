"""What an application to a DPS is asked: a draft what the DPS asks at present, a submitted one what it
answered."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from competitions.models import PurchasingSystem
from qualification.domain.dps import questions
from qualification.domain.dps.questions import Question, Section
from qualification.enums import ApplicationState, DpsQuestionKind
from qualification.models import DpsApplication, DpsFramework, DpsQuestion

LONGEST_TEXT = 4000
_LEGACY = "framework"
_KINDS: dict[str, questions.Kind] = {
    DpsQuestionKind.TEXT: "long",
    DpsQuestionKind.NUMBER: "number",
    DpsQuestionKind.DATE: "date",
    DpsQuestionKind.YES_NO: "yes_no",
    DpsQuestionKind.CHOICE: "choice",
    DpsQuestionKind.FILE: "file",
}


def present_framework(system: PurchasingSystem) -> DpsFramework | None:
    """The newest version of the DPS's framework agreement; None while there is none."""
    return DpsFramework.objects.filter(purchasing_system=system.pk).order_by("-version").first()


def present_sections(system: PurchasingSystem) -> tuple[Section, ...]:
    """What the DPS asks at present, by two queries."""
    framework = present_framework(system)
    own = DpsQuestion.objects.filter(purchasing_system=system.pk).order_by("place", "pk")
    version = framework.version if framework else questions.NO_DOCUMENT
    asked = _by_section((each.section, as_asked(each)) for each in own)
    return questions.sections_with(asked, version, system.operator.currency)


def sections_of(application: DpsApplication) -> tuple[Section, ...]:
    """What the application is asked: as the DPS asks now while it is a draft, later as it was at
    submission."""
    if application.state == ApplicationState.DRAFT:
        return present_sections(application.purchasing_system)
    version: int | None = questions.NO_DOCUMENT
    if application.framework is not None:
        version = application.framework.version
    elif _LEGACY in application.answers and "framework_0" not in application.answers:
        version = None
    currency = application.purchasing_system.operator.currency
    return questions.sections_with(_by_section(own_of(application)), version, currency)


def own_of(application: DpsApplication) -> list[tuple[str, Question]]:
    """The operator's own questions that a submitted application answered, each with its section."""
    found = []
    for kept in application.own_questions:
        told = {**kept, "options": tuple((value, words) for value, words in kept["options"])}
        found.append((told.pop("section"), Question(**told)))
    return found


def own_to_keep(system: PurchasingSystem) -> list[dict[str, Any]]:
    """The DPS's own questions in the form in which :func:`own_of` reads them again."""
    own = DpsQuestion.objects.filter(purchasing_system=system.pk).order_by("section", "place", "pk")
    kept = ("key", "label", "kind", "optional", "help_text", "longest", "options")
    return [{"section": each.section} | {key: asdict(as_asked(each))[key] for key in kept} for each in own]


def as_asked(own: DpsQuestion) -> Question:
    """A question of the operator's as the form puts it."""
    return Question(
        own.key,
        own.text,
        _KINDS[own.kind],
        optional=not own.is_required,
        help_text=own.help_text,
        longest=LONGEST_TEXT,
        options=tuple((each, each) for each in own.options),
    )


def answers_with_documents(application: DpsApplication) -> dict[str, str]:
    """The answers, and for each question that documents answer their names, one a line."""
    named: dict[str, list[str]] = defaultdict(list)
    held = application.attachments.exclude(question="").order_by("added_at", "pk")
    for key, name in held.values_list("question", "file__name"):
        named[key].append(name)
    return dict(application.answers) | {key: "\n".join(names) for key, names in named.items()}


def answers_carried_over(application: DpsApplication) -> dict[str, str]:
    """The answers with which the next application begins: all but what is agreed to and declared each
    time."""
    asked = [question for section in sections_of(application) for question in section.questions]
    asked_each_time = {question.key for question in asked if question.kind == "agreement"} | {
        questions.SIGNED_ON
    }
    return {key: answer for key, answer in application.answers.items() if key not in asked_each_time}


def today_at(application: DpsApplication, now: datetime) -> date:
    """The operator's local day, by which covers have ended or not."""
    return now.astimezone(application.purchasing_system.operator.zone).date()


def _by_section(asked: Iterable[tuple[str, Question]]) -> dict[str, list[Question]]:
    found: dict[str, list[Question]] = defaultdict(list)
    for code, question in asked:
        found[code].append(question)
    return found
