"""Where the corrections of final statements count: in the next statement of the contract, or the last one's."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from competitions.domain.terms_fields import terms_of
from contracts.models import Contract
from marketplace.calendar import local_instant
from settlement.domain.working_out import last_month, month_after, month_span
from settlement.enums import VersionKind, VersionState
from settlement.models import Statement, StatementVersion

DAY = timedelta(days=1)


def run_due(contract: Contract, month: date) -> datetime:
    """When the statement of a month is made by itself: the day after the deadline of its meter data begins."""
    terms = terms_of(contract.terms or {}).statement
    return local_instant(month_after(month) + terms.meter_day * DAY, time(0), contract.buyer.zone)


def corrected_until(contract: Contract, month: date) -> datetime:
    """Until when later data of a month corrects its statement: so many months after it is over."""
    last = month
    for _ in range(terms_of(contract.terms or {}).statement.correction_months):
        last = month_after(last)
    return month_span(last, contract.buyer.zone)[1]


def base_of(statement: Statement) -> StatementVersion | None:
    """The last version of the statement that is final, from which corrections are counted; None while none is."""
    return statement.versions.filter(state=VersionState.FINAL).order_by("-number").first()


def pending_for(
    contract: Contract, month: date, statement: Statement | None, base: StatementVersion | None
) -> list[StatementVersion]:
    """The corrections of other months that count in this one beyond its last final version, the earliest first."""
    corrections = StatementVersion.objects.filter(
        statement__contract=contract, kind=VersionKind.CORRECTION, carries_on=True
    )
    here = Q(carried=None, statement__month__lt=month)
    if statement is not None:
        counted = Q(carried__statement=statement)
        here |= counted if base is None else counted & Q(carried__at__gt=base.issued_at)
    return list(corrections.filter(here).select_related("carried").order_by("statement__month", "number"))


def target_of(statement: Statement, now: datetime) -> Statement | None:
    """The statement in which a correction of this one counts; None while one is still to come.

    That is the next of its contract that is not final, made or to be made; where none is left, the last one.
    """
    later = Statement.objects.filter(
        contract=statement.contract, month__gt=statement.month, current__isnull=False
    ).select_related("current")
    made: Sequence[Statement] = list(later.order_by("month"))
    for each in made:
        if each.current is not None and each.current.state != VersionState.FINAL:
            return each
    if _is_one_to_come(statement, {each.month for each in made}, now):
        return None
    return made[-1] if made else statement


def _is_one_to_come(statement: Statement, made: set[date], now: datetime) -> bool:
    month, last = month_after(statement.month), last_month(statement.contract)
    while month <= last:
        if month not in made and now < run_due(statement.contract, month) + DAY:
            return True
        month = month_after(month)
    return False
