"""What waits about documents, and how they are found."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member
from marketplace.dates import day_text, month_code, month_text
from marketplace.numbers import money_text
from marketplace.web.search import MOST_OF_A_KIND as MOST_FOUND
from marketplace.web.search import Found, Hit, found_of
from marketplace.web.todo import MOST_OF_A_KIND, ToDo
from settlement.domain.document_queries import agreements_to_answer, documents_of
from settlement.domain.invoice_plan import months_to_invoice


def invoice_runs(member: Member, now: datetime) -> Iterator[ToDo]:
    """For an operator: months with statements that are final and in no document."""
    if not member.is_so:
        return
    for month in months_to_invoice(member.organisation)[:MOST_OF_A_KIND]:
        yield ToDo(
            f"Make the documents of {month_text(month)}",
            f"{reverse('settlement:invoice_run')}?month={month_code(month)}",
            "Open",
            Role.CONTRACTS,
            why="Statements are final and in no document yet",
        )


def agreements(member: Member, now: datetime) -> Iterator[ToDo]:
    """For a provider: agreements on self-billing that wait for its answer."""
    for one in agreements_to_answer(member)[:MOST_OF_A_KIND]:
        yield ToDo(
            "Answer the self-billing agreement",
            reverse("settlement:agreements"),
            "Open",
            Role.CONTRACTS,
            since=one.proposed_at,
            rest=f" of {one.buyer}",
            why=f"For supplies from {day_text(one.from_day)} to {day_text(one.to_day)}",
        )


def documents(member: Member, text: str, now: datetime) -> Found:
    """By number, the other party's name or the reference of the payment."""
    party = "seller__name__icontains" if member.is_so else "buyer__name__icontains"
    named = Q(number__icontains=text) | Q(payment__reference__icontains=text) | Q(**{party: text})
    found = documents_of(member).filter(named)[: MOST_FOUND + 1]
    return found_of(
        "Documents",
        [
            Hit(
                one.number,
                f"{one.get_type_display()}, {month_text(one.month)}, {money_text(one.gross, one.currency)}",
                reverse("settlement:document", args=[one.pk]),
            )
            for one in found
        ],
        reverse("settlement:documents"),
    )
