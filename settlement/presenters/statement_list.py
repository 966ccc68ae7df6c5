"""The rows of the list of statements, and what waits in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from accounts.models import Member
from marketplace.dates import month_code, month_text
from marketplace.numbers import counted
from marketplace.web.lists import Chip
from settlement import rules
from settlement.domain.lines import month_before, month_of
from settlement.domain.runs import runnable
from settlement.enums import AnswerKind, VersionKind, VersionState
from settlement.models import DisputedLine, Statement, StatementVersion

COLOURS = {
    VersionState.PROVISIONAL: "blue",
    VersionState.DISPUTED: "amber",
    VersionState.FINAL: "teal",
}
MONTHS_TO_RUN = 13


@dataclass(frozen=True)
class StatementRow:
    """A statement in the list, by its newest version."""

    statement: Statement
    party: str
    open_lines: int
    carried_on: int
    can_be_final: bool

    @property
    def pk(self) -> object:
        return self.statement.pk

    @property
    def current(self) -> StatementVersion:
        assert self.statement.current is not None
        return self.statement.current

    @property
    def current_id(self) -> object:
        return self.statement.current_id

    @property
    def name(self) -> str:
        return f"{self.month_name}, {self.statement.contract.competition.ref}, {self.party}"

    @property
    def month_name(self) -> str:
        return month_text(self.statement.month)

    @property
    def complete(self) -> str:
        return f"{self.current.complete_lines} of {self.current.line_count}"

    @property
    def is_whole(self) -> bool:
        return self.current.complete_lines == self.current.line_count

    @property
    def is_correction(self) -> bool:
        return self.current.kind == VersionKind.CORRECTION

    @property
    def corrections(self) -> str:
        """What was corrected after it was final, and counts in another statement."""
        return f"{counted(self.carried_on, 'correction')}" if self.carried_on else ""

    @property
    def is_agreed(self) -> bool:
        """Whether the provider agreed to what is not final yet."""
        return self.current.agreed_at is not None and self.current.state == VersionState.PROVISIONAL

    @property
    def dispute(self) -> str:
        return f"{counted(self.open_lines, 'line')} to answer" if self.open_lines else ""

    @property
    def colour(self) -> str:
        return COLOURS[VersionState(self.current.state)]


def rows_of(member: Member, statements: Iterable[Statement]) -> list[StatementRow]:
    """The rows of these statements, with two more queries for what is disputed of them and what was corrected later."""
    held = list(statements)
    lines = DisputedLine.objects.filter(
        dispute__version__statement__in=[each.pk for each in held], state=AnswerKind.OPEN
    )
    waiting = dict(lines.order_by().values_list("dispute__version__statement").annotate(number=Count("pk")))
    corrections = StatementVersion.objects.filter(statement__in=[each.pk for each in held], carries_on=True)
    carried = dict(corrections.order_by().values_list("statement").annotate(number=Count("pk")))
    may_run = rules.can_run(member)
    return [
        StatementRow(
            each,
            str(each.contract.seller if member.is_so else each.contract.buyer),
            waiting.get(each.pk, 0),
            carried.get(each.pk, 0),
            may_run and each.current is not None and each.current.state == VersionState.PROVISIONAL,
        )
        for each in held
    ]


def chips_of(statements: QuerySet[Statement]) -> list[Chip]:
    """The exclusive views of the list, each with how many it holds."""
    own = statements.order_by()
    numbers = own.aggregate(
        all=Count("pk"),
        **{each.value: Count("pk", filter=Q(current__state=each)) for each in VersionState},
    )
    states = [Chip(each.value, str(each.label), numbers[each.value]) for each in VersionState]
    return [Chip("", "All", numbers["all"]), *states]


def months_to_run(member: Member, now: datetime) -> list[tuple[str, str]]:
    """The months that are over and in which a contract was in service, the last first: their codes and names."""
    month: date = month_of(now.astimezone(member.organisation.zone).date())
    found = []
    for _ in range(MONTHS_TO_RUN):
        month = month_before(month)
        if runnable(member, month).exists():
            found.append((month_code(month), month_text(month)))
    return found
