"""Last month of the demo's running service, settled: one statement disputed, one final and corrected since."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from accounts.models import Member
from marketplace import clock
from rehearsal.demo.operator import ZONE
from settlement.domain.disputing import raise_dispute
from settlement.domain.finalising import finalise
from settlement.domain.lines import month_before
from settlement.domain.runs import run_due_statements, run_statements, runnable
from settlement.domain.statement_queries import statements_of
from settlement.enums import LineKind
from settlement.models import StatementVersion

Step = tuple[datetime, Callable[[], None]]
DAY = timedelta(days=1)
MEASURED_OTHERWISE = "Our own meter shows more in the second half-hour: see the log of the battery."


def statement_steps(
    operator: Callable[[], Member], sellers: dict[str, Member], now: datetime
) -> Iterator[Step]:
    """What became of last month's statements until ``now``, each step with its instant."""
    today = now.astimezone(ZONE).date()
    first = today.replace(day=1)
    month = month_before(first)
    yield _at(first, 9), lambda: _run(operator(), month)
    yield _at(first, 10), lambda: _make_final(operator(), sellers["FELLSIDE"], month)
    yield _at(first, 11), lambda: _dispute(sellers["HARBOUR"], month)
    yield _at(first + DAY, 9), lambda: _run(operator(), month)
    if today.day > first.day + 10:
        yield _at(first + 11 * DAY, 1), lambda: _by_itself()


def _run(operator: Member, month: date) -> None:
    run_statements(by=operator, contracts=runnable(operator, month), month=month, now=clock.now())


def _newest(seller: Member, month: date) -> list[StatementVersion]:
    """The newest versions of the provider's statements that have a dispatch."""
    return [
        each.current
        for each in statements_of(seller).filter(month=month)
        if each.current is not None and each.current.lines.filter(kind=LineKind.UTILISATION.value).exists()
    ]


def _make_final(operator: Member, seller: Member, month: date) -> None:
    versions = [each.pk for each in _newest(seller, month)]
    if versions:
        finalise(by=operator, versions=versions, now=clock.now())


def _dispute(seller: Member, month: date) -> None:
    for version in _newest(seller, month)[:1]:
        line = version.lines.filter(kind=LineKind.UTILISATION.value).earliest("place")
        reasons = {line.place: MEASURED_OTHERWISE}
        raise_dispute(by=seller, version=version, reasons=reasons, now=clock.now())


def _by_itself() -> None:
    run_due_statements(clock.now())


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)
