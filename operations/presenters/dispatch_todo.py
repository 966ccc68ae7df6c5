"""What waits of dispatches, on the start page and in the navigation, and what the search finds of them."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member
from marketplace.web.navigation import Count
from marketplace.web.search import MOST_OF_A_KIND as MOST_HITS
from marketplace.web.search import Found, Hit, found_of
from marketplace.web.todo import MOST_OF_A_KIND, ToDo
from operations.domain.dispatch_queries import (
    dispatches_of,
    dispatches_that_may_wait,
    emergency_stops_to_acknowledge,
)
from operations.domain.dispatch_words import standing_of
from operations.domain.profiles import Response
from operations.domain.standing import Phase
from operations.presenters.dispatch_page import asked_text


def answers(member: Member, now: datetime) -> Iterator[ToDo]:
    """For a provider: dispatches, amendments and emergency stops to answer."""
    if not member.is_fsp:
        return
    for stop in emergency_stops_to_acknowledge(member)[:MOST_OF_A_KIND]:
        dispatch = stop.dispatch
        assert dispatch is not None
        yield ToDo(
            "Acknowledge the emergency stop",
            reverse("operations:dispatch", args=[dispatch.pk]),
            "Open",
            Role.OPERATIONS,
            since=stop.at,
            joint="of",
            ref=dispatch.ref,
            why="Stop delivering now; you are told again until somebody acknowledges",
        )
    for each in dispatches_that_may_wait(member, now)[:MOST_OF_A_KIND]:
        standing = standing_of(each, now)
        if standing.must_be_answered:
            is_first = standing.response is None
            yield ToDo(
                "Acknowledge or decline" if is_first else "Acknowledge the amendment of",
                reverse("operations:dispatch", args=[each.pk]),
                "Answer",
                Role.OPERATIONS,
                at=standing.answer_due,
                ref=each.ref,
                ref_url=reverse("operations:dispatch", args=[each.pk]),
                rest=f" under {each.contract.competition.ref}",
                why=f"{'TEST: ' if each.is_own_test else ''}{asked_text(each, standing)}",
                fold="Answer {} dispatches",
                fold_url=reverse("operations:dispatch_home"),
            )


def unanswered(member: Member, now: datetime) -> Iterator[ToDo]:
    """For an operator: dispatches that stand though nobody answered, until they are over."""
    if not member.is_so:
        return
    for each in dispatches_that_may_wait(member, now)[:MOST_OF_A_KIND]:
        standing = standing_of(each, now)
        if standing.response is Response.UNANSWERED and standing.phase in (Phase.COMING, Phase.RUNNING):
            yield ToDo(
                "Look at",
                reverse("operations:dispatch", args=[each.pk]),
                "Open",
                Role.OPERATIONS,
                since=standing.due,
                ref=each.ref,
                ref_url=reverse("operations:dispatch", args=[each.pk]),
                rest=f": {each.contract.seller} has not acknowledged it",
                why=asked_text(each, standing),
                fold="Look at {} dispatches without an answer",
                fold_url=reverse("operations:dispatch_home"),
            )


def navigation_count(member: Member, now: datetime) -> Count | None:
    """How many dispatches wait: for the provider's answer, or with the operator as not answered in time."""
    waiting = dispatches_that_may_wait(member, now)
    if not waiting.exists():  # asked on every page; to load them with all of theirs costs much more
        return None
    found = [standing_of(each, now) for each in waiting]
    if member.is_fsp:
        number = sum(each.must_be_answered for each in found)
    else:
        number = sum(
            each.response is Response.UNANSWERED and each.phase in (Phase.COMING, Phase.RUNNING)
            for each in found
        )
    return Count(number, is_due=True) if number else None


def found(member: Member, text: str, now: datetime) -> Found:
    """By the dispatch's ref or its incident reference."""
    named = Q(ref__icontains=text) | Q(incident_reference__icontains=text)
    hits = dispatches_of(member).filter(named)[: MOST_HITS + 1]
    return found_of(
        "Dispatches",
        [
            Hit(
                each.ref,
                f"{each.contract.competition.ref}, {asked_text(each, standing_of(each, now))}",
                reverse("operations:dispatch", args=[each.pk]),
            )
            for each in hits
        ],
        f"{reverse('operations:dispatches')}?search={text}",
    )
