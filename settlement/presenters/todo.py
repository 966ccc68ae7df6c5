"""What waits of statements: disputed lines to answer."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Min
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


def disputes(member: Member, now: datetime) -> Iterator[ToDo]:
    """For an operator: statements with disputed lines to answer."""
    if not member.is_so:
        return
    open_lines = DisputedLine.objects.filter(
        dispute__version__statement__contract__buyer=member.organisation_id, state=AnswerKind.OPEN
    )
    since = dict(
        open_lines.order_by()
        .values_list("dispute__version__statement")
        .annotate(since=Min("dispute__raised_at"))
        .order_by("since")[:MOST_OF_A_KIND]
    )
    numbers: dict[UUID, int] = {}
    for statement_id in open_lines.values_list("dispute__version__statement", flat=True):
        numbers[statement_id] = numbers.get(statement_id, 0) + 1
    for each in statements_of(member).filter(pk__in=since):
        competition = each.contract.competition
        yield ToDo(
            f"Answer {counted(numbers[each.pk], 'disputed line')}",
            reverse("settlement:statement", args=[each.pk]),
            "Open",
            Role.CONTRACTS,
            since=since[each.pk],
            joint="of",
            ref=competition.ref,
            ref_url=page_of(competition),
            rest=f" with {each.contract.seller}, {month_text(each.month)}",
            why="The statement is not final until each is answered",
        )


def proposals(member: Member, now: datetime) -> Iterator[ToDo]:
    """For an operator whose statements two people make final: what a colleague proposed."""
    if not member.is_so:
        return
    waiting = FinalProposal.objects.filter(
        version__statement__contract__buyer=member.organisation_id,
        version__state=VersionState.PROVISIONAL,
        version__current_of__isnull=False,
    ).exclude(proposed_by_id=member.user_id)
    proposed = waiting.select_related(
        "version__statement__contract__competition", "version__statement__contract__seller"
    ).defer("version__result")
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
