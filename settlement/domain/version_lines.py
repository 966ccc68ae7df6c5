"""The lines of a version, made of what a month came to, of what changed of it, or of another version's corrections."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from competitions.domain.payment import rounded
from marketplace.dates import month_code, month_text
from marketplace.numbers import money_text
from settlement.domain.differences import Since, changed_amounts, differences
from settlement.domain.line_words import UNITS
from settlement.domain.results import Result, by_id, dispatch_totals, exact
from settlement.enums import LineKind
from settlement.models import Statement, StatementLine, StatementVersion

PLACES = 6


def month_lines(result: Result) -> list[StatementLine]:
    """All lines of the month."""
    dispatches = by_id(result)
    return [
        StatementLine(
            kind=each["kind"],
            reference=each["reference"],
            dispatch_id=UUID(each["reference"]) if each["reference"] in dispatches else None,
            quantity=_stored(exact(each["quantity"])),
            unit=UNITS.get(LineKind(each["kind"]), ""),
            requested=_requested(each, dispatches),
            price=_stored(exact(each["price"])),
            factor=_stored(exact(each["factor"])),
            amount=Decimal(each["amount"]),
            is_complete=each["complete"],
            words=each["words"],
        )
        for each in result["lines"]
    ]


def _requested(line: Mapping[str, Any], dispatches: Mapping[str, Mapping[str, Any]]) -> Decimal | None:
    if line["kind"] != LineKind.UTILISATION or line["reference"] not in dispatches:
        return None
    return _stored(dispatch_totals(dispatches[line["reference"]])["requested"])


def correction_lines(
    statement: Statement, before: Result, after: Result, since: Since
) -> list[StatementLine]:
    """A line for each amount that is another since the statement was final: new amount less the old one."""
    changed = changed_amounts(before, after)
    told = {(each["kind"], each["reference"]): each for each in differences(before, after, since)}
    dispatches = {**by_id(before), **by_id(after)}
    complete = {(each["kind"], each["reference"]): each["complete"] for each in after["lines"]}
    currency = statement.contract.buyer.currency
    return [
        StatementLine(
            kind=LineKind.CORRECTION.value,
            reference=f"{month_code(statement.month)} {kind} {reference}",
            corrects=statement,
            dispatch_id=UUID(reference) if reference in dispatches else None,
            amount=amount,
            is_complete=complete.get((kind, reference), True),
            words=_words(statement, kind, told[kind, reference], amount, currency),
        )
        for (kind, reference), amount in changed.items()
    ]


def copied_lines(corrections: Iterable[StatementVersion]) -> list[StatementLine]:
    """The lines of corrections, as they count in another statement."""
    found = StatementLine.objects.filter(version__in=list(corrections)).order_by(
        "version__statement__month", "version__number", "place"
    )
    return [
        StatementLine(
            kind=each.kind,
            reference=each.reference,
            corrects_id=each.corrects_id,
            dispatch_id=each.dispatch_id,
            amount=each.amount,
            is_complete=each.is_complete,
            words=each.words,
        )
        for each in found
    ]


def _words(
    statement: Statement, kind: str, told: dict[str, str | None], amount: Decimal, currency: str
) -> str:
    before, after = (money_text(Decimal(told[name] or "0.00"), currency) for name in ("before", "after"))
    change = money_text(amount, currency)
    return f"{kind} of {month_text(statement.month)}: {after} instead of {before}, {told['why']}: {change}"


def _stored(number: Fraction | None) -> Decimal | None:
    return None if number is None else rounded(number, PLACES)
