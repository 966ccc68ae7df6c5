"""What an invoice run for a month would make: a document for each seller, over what is final and not yet invoiced."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from accounts.domain.vat import Taxed, treatments_on
from accounts.enums import VatKind
from accounts.models import Organisation
from marketplace.canonical_json import canonical_json
from settlement.domain.document_queries import agreements_on
from settlement.domain.drafts import Draft, Earned, drafted, last_day
from settlement.domain.parties import lacking
from settlement.domain.statement_queries import final_statements_of, undisputed_lines_of
from settlement.domain.vat_rates import standard_rate
from settlement.enums import DocumentType, VersionKind, VersionState
from settlement.models import (
    Document,
    DocumentLine,
    DocumentStatement,
    SelfBillingAgreement,
    StatementLine,
    StatementVersion,
)

NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Claim:
    """A version of a statement and how much of it a document pays."""

    version: StatementVersion
    amount: Decimal


@dataclass(frozen=True)
class Planned:
    """The document that a run would make for one seller, or why it makes none."""

    seller: Organisation
    claims: Sequence[Claim]
    taxed: Taxed
    agreement: SelfBillingAgreement | None
    draft: Draft | None
    left_out: str = ""


@dataclass(frozen=True)
class InvoicePlan:
    """What a run for a month would make, seller by seller."""

    month: date
    sellers: Sequence[Planned]

    @property
    def made(self) -> list[Planned]:
        return [each for each in self.sellers if each.draft is not None and not each.left_out]

    @property
    def left_out(self) -> list[Planned]:
        return [each for each in self.sellers if each.left_out]

    @property
    def digest(self) -> str:
        """What tells this plan from another: a run makes what was shown, or nothing."""
        told = [
            [
                str(each.seller.pk),
                each.draft.type.value if each.draft else "",
                str(each.draft.gross) if each.draft else "",
                str(each.agreement.pk) if each.agreement else "",
                each.taxed.vat_number,
                each.left_out,
                *sorted(str(claim.version.pk) for claim in each.claims),
            ]
            for each in self.sellers
        ]
        return hashlib.sha256(canonical_json([self.month.isoformat(), told]).encode()).hexdigest()


def invoice_plan(buyer: Organisation, month: date) -> InvoicePlan:
    """What a run would make of the month for this buyer, now."""
    claims, earned = _claimed(buyer, month)
    sellers = {
        each.version.statement.contract.seller_id: each.version.statement.contract.seller for each in claims
    }
    day = last_day(month)
    taxed = treatments_on(sellers.values(), day)
    agreements = agreements_on(buyer.pk, list(sellers), day)
    found = []
    for pk, seller in sellers.items():
        own = [each for each in claims if _seller_of(each) == pk]
        rate = standard_rate(seller.country, day)
        draft = drafted(
            earned[pk], taxed[pk], rate or Fraction(0), is_self_billed=agreements.get(pk) is not None
        )
        lacks = lacking(seller)
        why = f"The registered address of {seller} is not known." if lacks else ""
        if not why and rate is None and taxed[pk].kind is VatKind.STANDARD:
            why = f"The standard rate of VAT in {seller.country} is not known."
        found.append(Planned(seller, own, taxed[pk], agreements.get(pk), draft, why))
    return InvoicePlan(month, sorted(found, key=lambda each: (each.seller.name, str(each.seller.pk))))


def months_to_invoice(buyer: Organisation) -> list[date]:
    """The months of which a run would make a document, newest first: what waits of a provider comes to more or less than
    nothing, less what documents that stand pay already of the same statements."""
    of_contract = ("statement", "statement__month", "statement__contract__seller")
    final = StatementVersion.objects.filter(
        ~Exists(_standing(OuterRef("pk"))),
        statement__contract__buyer=buyer,
        state=VersionState.FINAL,
        carries_on=False,
    )
    rest = undisputed_lines_of(buyer).filter(~Exists(_standing(OuterRef("version"))))
    told = [
        *final.order_by().values_list(*of_contract, "kind").annotate(sum=Sum("total")),
        *rest.order_by()
        .values_list(*(f"version__{each}" for each in of_contract), "version__kind")
        .annotate(sum=Sum("amount")),
    ]
    whole = {statement for statement, _, _, kind, _ in told if kind == VersionKind.MONTH}
    paid = _parts_of(whole).order_by().values_list("statement").annotate(sum=Sum("amount"))
    waits: dict[tuple[date, UUID], Decimal] = defaultdict(Decimal)
    places = {}
    for statement, month, seller, _, amount in told:
        places[statement] = (month, seller)
        waits[month, seller] += amount
    for statement, amount in paid:
        waits[places[statement]] -= amount
    return sorted({month for (month, _), amount in waits.items() if amount}, reverse=True)


def _parts_of(statements: Collection[UUID]) -> QuerySet[DocumentStatement]:
    """What documents that stand pay of these statements, corrections aside: those hold differences only."""
    return DocumentStatement.objects.filter(
        statement__in=list(statements), is_credited=False, version__kind=VersionKind.MONTH
    )


def _standing(version: OuterRef) -> QuerySet[DocumentStatement]:
    return DocumentStatement.objects.filter(version=version, is_credited=False)


def _seller_of(claim: Claim) -> UUID:
    return claim.version.statement.contract.seller_id


def _claimed(buyer: Organisation, month: date) -> tuple[list[Claim], dict[UUID, list[Earned]]]:
    """The versions to pay with their amounts, and by seller the lines behind them, less what is in documents already."""
    final = list(final_statements_of(buyer, month).filter(~Exists(_standing(OuterRef("pk")))))
    lines = _lines_of(final)
    rest = undisputed_lines_of(buyer, month).filter(~Exists(_standing(OuterRef("version"))))
    open_versions: dict[UUID, StatementVersion] = {}
    for line in rest.select_related("version__statement__contract__seller"):
        open_versions[line.version_id] = line.version
        lines.setdefault(line.version_id, []).append(line)
    versions = [*final, *open_versions.values()]
    before = _paid_before(versions)
    claims: list[Claim] = []
    earned: dict[UUID, list[Earned]] = {}
    for version in versions:
        own = [*(_earned(version, line) for line in lines.get(version.pk, ())), *before.get(version.pk, ())]
        claims.append(Claim(version, sum((each.amount for each in own), NOTHING)))
        earned.setdefault(version.statement.contract.seller_id, []).extend(own)
    return claims, earned


def _lines_of(versions: Iterable[StatementVersion]) -> dict[UUID, list[StatementLine]]:
    found: dict[UUID, list[StatementLine]] = {}
    for line in StatementLine.objects.filter(version__in=[each.pk for each in versions]).order_by("place"):
        found.setdefault(line.version_id, []).append(line)
    return found


def _earned(version: StatementVersion, line: StatementLine) -> Earned:
    statement = version.statement
    return Earned(statement.contract_id, statement.month, line.kind, line.quantity, line.unit, line.amount)


def _paid_before(versions: Iterable[StatementVersion]) -> dict[UUID, list[Earned]]:
    """By version, what documents that stand pay already of earlier versions of its statement: the lines that nobody
    disputed. A correction holds differences only, so nothing is taken off it."""
    whole = {each.statement_id: each for each in versions if each.kind == VersionKind.MONTH}
    parts = _parts_of(whole).select_related("statement")
    found: dict[UUID, list[Earned]] = {}
    by_document = {(each.document_id, each.statement.contract_id): each.statement_id for each in parts}
    lines = DocumentLine.objects.filter(
        Q(document__in=[document for document, _ in by_document]),
        contract__in=[contract for _, contract in by_document],
    ).select_related("document")
    for line in lines.order_by("document", "place"):
        statement = by_document.get((line.document_id, line.contract_id))
        if statement is not None:
            found.setdefault(whole[statement].pk, []).append(_taken_off(line, line.document))
    return found


def _taken_off(line: DocumentLine, document: Document) -> Earned:
    sign = 1 if document.type == DocumentType.CREDIT_NOTE else -1
    quantity = None if line.quantity is None else -line.quantity
    return Earned(line.contract_id, line.month, line.kind, quantity, line.unit, sign * line.net)
