"""What waits of statements: disputed lines to answer."""

from collections.abc import Iterator
from datetime import datetime

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
from settlement.models import DisputedLine


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
    numbers = {}
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
