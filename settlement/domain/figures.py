"""What statements came to over the months: paid by kind, delivered of what was requested, cost against what was expected."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from accounts.models import Member
from contracts.models import Contract
from marketplace.dates import month_code
from settlement.domain.statement_queries import counts
from settlement.enums import LineKind
from settlement.models import Statement, StatementLine

NONE = Decimal(0)


@dataclass
class Figures:
    """The sums of some statements: money by kind of line, and energy in kWh."""

    name: str
    paid: dict[LineKind, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    requested: Decimal = NONE
    delivered: Decimal = NONE
    expected: Decimal = NONE

    @property
    def total(self) -> Decimal:
        return sum(self.paid.values(), NONE)

    @property
    def share(self) -> Decimal | None:
        """Delivered of requested; None where nothing was asked for."""
        return self.delivered / self.requested if self.requested else None

    def add(self, row: dict[str, Any]) -> None:
        kind = LineKind(row["kind"])
        self.paid[kind] += row["money"]
        if kind is LineKind.UTILISATION:
            self.requested += row["asked"] or NONE
            self.delivered += row["given"] or NONE


def counted_lines(member: Member, since: date) -> QuerySet[StatementLine]:
    """The lines that count of the member's statements from a month on: final ones, and those that stand for now."""
    party = "buyer" if member.is_so else "seller"
    return StatementLine.objects.filter(
        counts("version__"),
        version__statement__month__gte=since,
        **{f"version__statement__contract__{party}": member.organisation_id},
    ).order_by()


def by_month(member: Member, since: date) -> list[tuple[date, Figures]]:
    """Each month that has statements, the first first."""
    found: dict[date, Figures] = {}
    for row in summed(counted_lines(member, since), "version__statement__month"):
        month = row["version__statement__month"]
        found.setdefault(month, Figures(month_code(month))).add(row)
    return sorted(found.items())


def by_party(member: Member, since: date) -> list[Figures]:
    """Each provider of an operator, or operator of a provider, by name."""
    key = f"version__statement__contract__{'seller' if member.is_so else 'buyer'}__name"
    return _grouped(summed(counted_lines(member, since), key), key)


def by_competition(member: Member, since: date) -> list[Figures]:
    """Each competition by its ref, with what its contracts were expected to cost in all."""
    key = "version__statement__contract__competition__ref"
    found = _grouped(summed(counted_lines(member, since), key), key)
    party = "buyer" if member.is_so else "seller"
    contracts = Contract.objects.filter(
        **{party: member.organisation_id}, pk__in=Statement.objects.values("contract")
    )
    expected = dict(contracts.order_by().values_list("competition__ref").annotate(cost=Sum("expected_cost")))
    for each in found:
        each.expected = expected.get(each.name, NONE)
    return found


def summed(lines: QuerySet[StatementLine], key: str) -> Iterable[dict[str, Any]]:
    """Money and energy of lines, by a key and the kind of line."""
    found: Iterable[dict[str, Any]] = lines.values(key, "kind").annotate(
        money=Sum("amount"), asked=Sum("requested"), given=Sum("quantity")
    )
    return found


def _grouped(rows: Iterable[dict[str, Any]], key: str) -> list[Figures]:
    found: dict[str, Figures] = {}
    for row in rows:
        found.setdefault(row[key], Figures(row[key])).add(row)
    return [found[name] for name in sorted(found)]
