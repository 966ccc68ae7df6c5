"""What waits for an operator in its competitions: questions, and drafts that publish themselves."""

from collections.abc import Iterator
from datetime import datetime
from textwrap import shorten

from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member
from competitions.domain.queries import by_next_deadline, competitions_visible_to, drafts_of
from competitions.domain.questions import questions_to_answer
from competitions.models import Competition
from marketplace.web.todo import MOST_OF_A_KIND, ToDo

LONGEST_QUESTION = 90
DATES = (
    ("publish_on", "it is published"),
    ("qualification_open", "qualification opens"),
    ("qualification_close", "qualification closes"),
    ("bidding_open", "bidding opens"),
    ("bidding_close", "bidding closes"),
)


def page_of(competition: Competition) -> str:
    """The address of the competition's page."""
    return reverse("competitions:competition", args=[competition.ref])


def round_words(competition: Competition) -> str:
    """What several competitions of the same round are together."""
    return f"competitions of {competition.round_name}" if competition.round_name else "competitions"


def questions(member: Member, now: datetime) -> Iterator[ToDo]:
    """Each question without an answer; answers matter until bidding closes."""
    if not member.is_so:
        return
    for question in questions_to_answer(member)[:MOST_OF_A_KIND]:
        competition = question.competition
        close = competition.bidding_close or competition.qualification_close
        yield ToDo(
            "Answer a question",
            reverse("competitions:answer", args=[question.pk]),
            "Answer",
            Role.PROCUREMENT,
            at=close if close > now else None,
            since=question.asked_at,
            joint="on",
            ref=competition.ref,
            ref_url=page_of(competition),
            why=f"“{shorten(question.text, LONGEST_QUESTION, placeholder='…')}”",
        )


def drafts(member: Member, now: datetime) -> Iterator[ToDo]:
    """Each draft, until it is published."""
    if not member.is_so:
        return
    for one in drafts_of(member, now)[:MOST_OF_A_KIND]:
        missing = "" if one.documents_url else " It has no documents link yet."
        yield ToDo(
            "Check",
            page_of(one),
            "Check",
            Role.PROCUREMENT,
            at=one.publish_on,
            joint="the draft",
            ref=one.ref,
            ref_url=page_of(one),
            rest=f" {one.name}" if one.name != one.ref else "",
            why=f"It is published by itself at this time.{missing}",
            fold=f"Check {{}} drafts of {one.round_name}" if one.round_name else "Check {} drafts",
            fold_url=reverse("competitions:list"),
        )


def next_date(member: Member, now: datetime) -> tuple[datetime, str] | None:
    """The next date of a competition that the member sees, and what happens then."""
    seen = competitions_visible_to(member, now).filter(cancelled_at=None, confirmed_at=None)
    dated = (
        (at, f"{words} in {one.ref}")
        for one in by_next_deadline(seen, now)[:MOST_OF_A_KIND]
        for key, words in DATES
        if (at := getattr(one, key)) is not None and at > now
    )
    return min(dated, default=None)
