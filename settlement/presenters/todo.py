"""What waits of statements: disputed lines to answer."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count as Number
from django.db.models import Min, QuerySet
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member
from competitions.presenters.todo import page_of
from marketplace.dates import month_text
from marketplace.numbers import counted
from marketplace.web.navigation import Count
from marketplace.web.todo import MOST_OF_A_KIND, ToDo
from settlement.domain.statement_queries import statements_of
from settlement.enums import AnswerKind, VersionState
from settlement.models import DisputedLine, FinalProposal


def navigation_count(member: Member, now: datetime) -> Count | None:
    """How many disputed statements wait for the operator's answer."""
    if not member.is_so:
        return None
    number = statements_of(member).filter(current__state=VersionState.DISPUTED).count()
    return Count(number, is_due=True) if number else None


def open_disputes(member: Member) -> QuerySet[DisputedLine]:
    """For an operator: the lines to answer."""
    if not member.is_so:
        return DisputedLine.objects.none()
    return DisputedLine.objects.filter(
        dispute__version__statement__contract__buyer=member.organisation_id, state=AnswerKind.OPEN
    )


def disputes(member: Member, now: datetime) -> Iterator[ToDo]:
    """For an operator: statements with disputed lines to answer."""
    open_lines = open_disputes(member)
    waiting = (
        open_lines.order_by()
        .values_list("dispute__version__statement")
        .annotate(since=Min("dispute__raised_at"), number=Number("pk"))
        .order_by("since")[:MOST_OF_A_KIND]
    )
    told = {statement: (since, number) for statement, since, number in waiting}
    for each in statements_of(member).filter(pk__in=told):
        since, number = told[each.pk]
        competition = each.contract.competition
        yield ToDo(
            f"Answer {counted(number, 'disputed line')}",
            reverse("settlement:statement", args=[each.pk]),
            "Open",
            Role.CONTRACTS,
            since=since,
            joint="of",
            ref=competition.ref,
            ref_url=page_of(competition),
            rest=f" with {each.contract.seller}, {month_text(each.month)}",
            why="The statement is not final until each is answered",
        )


def open_proposals(member: Member) -> QuerySet[FinalProposal]:
    """For an operator: what a colleague proposed to make final."""
    if not member.is_so:
        return FinalProposal.objects.none()
    return FinalProposal.objects.filter(
        version__statement__contract__buyer=member.organisation_id,
        version__state=VersionState.PROVISIONAL,
        version__current_of__isnull=False,
    ).exclude(proposed_by_id=member.user_id)


def proposals(member: Member, now: datetime) -> Iterator[ToDo]:
    """For an operator whose statements two people make final: what a colleague proposed."""
    proposed = (
        open_proposals(member)
        .select_related("version__statement__contract__competition", "version__statement__contract__seller")
        .defer("version__result")
    )
    for each in proposed.order_by("proposed_at", "pk")[:MOST_OF_A_KIND]:
        statement = each.version.statement
        competition = statement.contract.competition
        yield ToDo(
            "Make the statement final",
            reverse("settlement:statement", args=[statement.pk]),
            "Open",
            Role.CONTRACTS,
            since=each.proposed_at,
            joint="of",
            ref=competition.ref,
            ref_url=page_of(competition),
            rest=f" with {statement.contract.seller}, {month_text(statement.month)}",
            why=f"{each.proposed_by_email} proposed it; another member makes it final",
            fold=f"Make {{}} statements of {month_text(statement.month)} final",
            fold_url=reverse("settlement:statements"),
        )
