"""Questions about a competition: asked by providers, answered by its operator for everybody to read."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts.domain.organisation_notifications import Words, notify_organisations
from accounts.enums import Role
from accounts.models import Member, Organisation
from competitions import rules
from competitions.domain.locks import lock_for_bidding
from competitions.models import Competition, Question
from competitions.signals import question_answered
from marketplace import clock
from marketplace.audit.chain import record
from marketplace.errors import NotAllowed, Refused
from marketplace.notifications import Kind
from marketplace.prepared import asked

ASKED = Kind("question_asked", "A provider asks about a competition of yours", "so")
KINDS = (ASKED,)
MOST_OPEN = 10
ASKED_AGAIN = timedelta(minutes=1)


def questions_seen_by(member: Member | None, competition: Competition) -> QuerySet[Question]:
    """What is answered, for everybody; what is not yet, for its asker and the operator. In the order of
    asking."""
    answered = Q(answered_at__isnull=False)
    if member is not None and member.organisation_id == competition.operator_id:
        answered = Q()
    elif member is not None:
        answered |= Q(provider=member.organisation_id)
    return competition.questions.filter(answered)


def question_count(member: Member | None, competition: Competition) -> int:
    """How many questions the member sees."""
    if member is None:
        return questions_seen_by(member, competition).count()
    is_own = member.organisation_id == competition.operator_id
    given = {"competition": competition.pk} | ({} if is_own else {"own": member.organisation_id})
    name = "competitions.questions of the own" if is_own else "competitions.questions"
    [[number]] = asked(
        name, Question, lambda: questions_seen_by(member, competition).count(), whose=None, **given
    )
    return int(number)


def operator_questions(member: Member) -> QuerySet[Question]:
    """All questions about the competitions of the member's organisation."""
    return Question.objects.filter(competition__operator=member.organisation_id).select_related(
        "competition__operator"
    )


def questions_to_answer(member: Member) -> QuerySet[Question]:
    """Those that wait for an answer of the member's organisation, the competition that closes first first."""
    waiting = operator_questions(member).filter(answered_at=None, competition__cancelled_at=None)
    return waiting.order_by("competition__bidding_close", "asked_at", "id")


@transaction.atomic
def ask_question(*, by: Member, competition: Competition, text: str, now: datetime) -> Question:
    """Ask about a competition until its bidding closes. Raises ``Refused`` and ``NotAllowed``.

    The same text sent again within :data:`ASKED_AGAIN`, as by a double click, is the question that was asked
    already.
    """
    if not by.is_fsp:
        raise NotAllowed("Only providers ask about competitions.")
    locked = lock_for_bidding(competition.pk)
    instant = clock.now()
    rules.check_may_ask(locked, instant)
    if not text.strip():
        raise Refused("Write a question.")
    Member.objects.select_for_update().get(pk=by.pk)  # of two that come at once, the second sees the first
    own = competition.questions.filter(provider=by.organisation_id)
    asked = own.filter(text=text.strip(), asked_at__gt=instant - ASKED_AGAIN).first()
    if asked is not None:
        return asked
    if own.filter(answered_at=None).count() >= MOST_OPEN:
        raise Refused(f"{MOST_OPEN} questions of yours wait for an answer. Ask more once some are answered.")
    question = Question.objects.create(
        competition=competition, provider=by.organisation, text=text.strip(), asked_at=instant
    )
    record(
        organisation_id=by.organisation_id,
        by=by,
        action="question asked",
        subject=question,
        changes={"text": ("", question.text)},
        now=instant,
    )
    _tell_operator(question, instant)
    return question


@transaction.atomic
def answer_question(
    *, by: Member, question_id: UUID, published_text: str, answer: str, now: datetime
) -> Question:
    """Publish a question, worded so that it doesn't tell who asks, with its answer. Raises ``Refused``,
    ``NotAllowed``."""
    rules.check_may_procure(by)
    question = operator_questions(by).select_for_update(of=("self",)).filter(pk=question_id).first()
    if question is None:
        raise Refused("There is no such question about a competition of yours.")
    if question.answered_at is not None:
        raise Refused("This question is answered already.")
    if not published_text.strip() or not answer.strip():
        raise Refused("Give the question as everybody may read it, and the answer.")
    question.published_text, question.answer = published_text.strip(), answer.strip()
    question.answered_at = clock.now()
    question.save(update_fields=["published_text", "answer", "answered_at"])
    record(
        organisation_id=by.organisation_id,
        by=by,
        action="question answered",
        subject=question,
        changes={"published_text": ("", question.published_text), "answer": ("", question.answer)},
        now=question.answered_at,
    )
    question_answered.send(Question, question=question, now=question.answered_at)
    return question


def _tell_operator(question: Question, now: datetime) -> None:
    competition = question.competition

    def say(to: Organisation) -> Words:
        return f"A question about {competition.ref}", [
            f"A provider asks about {competition.ref} {competition.name}:",
            question.text,
            "You are not told which; your answer is for everybody to read.",
        ]

    page = reverse("competitions:competition_questions", args=[competition.ref])
    notify_organisations(
        ASKED.code,
        [competition.operator_id],
        [Role.PROCUREMENT],
        say,
        link=page,
        key=str(question.pk),
        now=now,
    )
