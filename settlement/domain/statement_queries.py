"""Whose statements are whose, and which of them are to be invoiced."""

from datetime import date, datetime
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Member, Organisation
from settlement.enums import AnswerKind, VersionState
from settlement.models import Dispute, DisputedLine, DisputeFile, Statement, StatementLine, StatementVersion


def statements_of(member: Member) -> QuerySet[Statement]:
    """The statements of contracts in which the member's organisation buys or sells, with what a list shows of them."""
    party = "contract__buyer" if member.is_so else "contract__seller"
    return (
        Statement.objects.filter(**{party: member.organisation_id}, current__isnull=False)
        .select_related("contract__competition", "contract__buyer", "contract__seller", "current")
        .defer("current__result")
        .order_by("-month", "contract__competition__ref", "contract__seller__name", "contract_id")
    )


def changed_since(statements: QuerySet[Statement], instant: datetime) -> QuerySet[Statement]:
    """Those whose newest version was issued, agreed to or made final, or got a dispute or an answer to one, at the instant
    or after it."""
    of_version = Dispute.objects.filter(version=OuterRef("current"))
    disputed = of_version.filter(Q(raised_at__gte=instant) | Q(lines__answered_at__gte=instant))
    steps = ("issued_at", "agreed_at", "finalised_at")
    told = reduce(or_, (Q(**{f"current__{each}__gte": instant}) for each in steps))
    return statements.filter(told | Exists(disputed))


def any_to_finalise(statements: QuerySet[Statement]) -> bool:
    """Whether any of the statements may be made final."""
    return statements.order_by().filter(current__state=VersionState.PROVISIONAL).exists()


def versions_of(member: Member) -> QuerySet[StatementVersion]:
    """All versions of those statements, the newest of each first."""
    party = "buyer" if member.is_so else "seller"
    return (
        StatementVersion.objects.filter(**{f"statement__contract__{party}": member.organisation_id})
        .select_related(
            "statement__contract__competition",
            "statement__contract__buyer",
            "statement__contract__seller",
            "terms_version__record",
            "proposal",
        )
        .defer("result")
        .order_by("statement", "-number")
    )


def counts(version: str = "") -> Q:
    """Which versions of a statement count: those that are final, and the one that stands for now; a correction that counts in
    the next statement does not. ``version`` is the way to the version."""
    final = Q(**{f"{version}state": VersionState.FINAL, f"{version}carries_on": False})
    return final | Q(**{f"{version}current_of__isnull": False})


def of_pair_and_month(member: Member, statement: Statement) -> QuerySet[Statement]:
    """The statements of all contracts of the same provider with the same operator in the same month."""
    contract = statement.contract
    return statements_of(member).filter(
        contract__buyer=contract.buyer_id, contract__seller=contract.seller_id, month=statement.month
    )


def final_statements_of(buyer: Organisation, month: date) -> QuerySet[StatementVersion]:
    """The final versions of a month that are to be invoiced, each at its total, in the order of sellers and contracts.

    A statement has one; one that was the last of its contract has another for each correction after it was final, whose
    total is the difference. Corrections that go into a later statement are among the lines of that.
    """
    return (
        StatementVersion.objects.filter(
            statement__contract__buyer=buyer,
            statement__month=month,
            state=VersionState.FINAL,
            carries_on=False,
        )
        .select_related("statement__contract__competition", "statement__contract__seller")
        .defer("result")
        .order_by("statement__contract__seller__name", "statement__contract_id", "number")
    )


def undisputed_lines_of(buyer: Organisation, month: date | None = None) -> QuerySet[StatementLine]:
    """The lines of disputed statements of a month, or of all, that the operator has invoiced meanwhile: those not disputed.

    When such a statement is final its total includes them.
    """
    own = DisputedLine.objects.filter(line=OuterRef("pk"), state=AnswerKind.OPEN)
    chosen = StatementVersion.objects.filter(
        state=VersionState.DISPUTED,
        current_of__isnull=False,
        disputes__rest_is_invoiced=True,
        statement__contract__buyer=buyer,
        **({} if month is None else {"statement__month": month}),
    )
    return (
        StatementLine.objects.filter(~Exists(own), version__in=chosen.order_by().values("pk"))
        .select_related("version__statement__contract__seller")
        .order_by("version__statement__contract__seller__name", "version__statement__contract_id", "place")
    )


def dispute_files_of(member: Member) -> QuerySet[DisputeFile]:
    """The documents put beside disputes of those statements, for both parties."""
    party = "buyer" if member.is_so else "seller"
    return DisputeFile.objects.filter(
        **{f"dispute__version__statement__contract__{party}": member.organisation_id}
    ).select_related("file")


def disputed_lines_of(member: Member) -> QuerySet[DisputedLine]:
    """The disputed lines of those statements."""
    party = "buyer" if member.is_so else "seller"
    return DisputedLine.objects.filter(
        **{f"dispute__version__statement__contract__{party}": member.organisation_id}
    ).select_related(
        "line",
        "dispute__version__statement__contract__buyer",
        "dispute__version__statement__contract__seller",
        "dispute__version__statement__contract__competition",
    )
