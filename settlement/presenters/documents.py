"""Documents, plans of invoice runs and agreements, as pages show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from marketplace.dates import day_text, month_code, short_day_year_text
from marketplace.numbers import counted
from marketplace.web.lists import Chip
from settlement.domain.invoice_plan import InvoicePlan, Planned
from settlement.enums import DocumentType
from settlement.filters.documents import STATES, narrowed
from settlement.models import Document, SelfBillingAgreement

NOTHING = Decimal("0.00")
State = tuple[str, str]
"""A word and the colour of its pill."""


@dataclass(frozen=True)
class DocumentRow:
    """A document of the list."""

    document: Document

    @property
    def pk(self) -> UUID:
        return self.document.pk

    @property
    def state(self) -> State:
        return state_of(self.document)

    @property
    def state_word(self) -> str:
        return self.state[0]

    @property
    def month(self) -> str:
        return month_code(self.document.month)

    @property
    def buyer(self) -> str:
        return self.document.buyer.name

    @property
    def seller(self) -> str:
        return self.document.seller.name


def state_of(document: Document) -> State:
    """What became of the document."""
    if hasattr(document, "credited_by"):
        return "Taken back", "red"
    payment = getattr(document, "payment", None)
    if payment is not None:
        return f"Paid {short_day_year_text(payment.paid_on)}", "green"
    if document.credits_id is not None:
        return "Takes another back", ""
    return "Not marked as paid", "amber"


def document_rows(documents: Iterable[Document]) -> list[DocumentRow]:
    return [DocumentRow(each) for each in documents]


def document_chips(documents: QuerySet[Document]) -> list[Chip]:
    """The exclusive views of the list, each with how many it holds."""
    own = documents.order_by()
    told = [Chip("", "All", own.count())]
    return told + [Chip(value, label, narrowed(own, value).count()) for value, label in STATES]


@dataclass(frozen=True)
class PlannedRow:
    """A document that a run would make."""

    planned: Planned

    @property
    def type(self) -> str:
        return self.planned.draft.type.label if self.planned.draft else ""

    @property
    def statements(self) -> str:
        return counted(len(self.planned.claims), "statement")

    @property
    def why_advice(self) -> bool:
        """Whether it is a remittance advice for want of an agreement."""
        draft = self.planned.draft
        return draft is not None and draft.type is DocumentType.REMITTANCE_ADVICE


@dataclass(frozen=True)
class RunShown:
    """The page of an invoice run."""

    month: date
    rows: Sequence[PlannedRow]
    left_out: Sequence[Planned]
    nothing: Sequence[Planned]
    gross: Decimal
    seen: str

    @property
    def title(self) -> str:
        return counted(len(self.rows), "document")


def run_shown(plan: InvoicePlan) -> RunShown:
    """What a run would make, what it leaves out, and which sellers' statements come to nothing."""
    made = plan.made
    return RunShown(
        plan.month,
        [PlannedRow(each) for each in made],
        plan.left_out,
        [each for each in plan.sellers if each.draft is None and not each.left_out],
        sum((_signed_gross(each) for each in made), NOTHING),
        plan.digest,
    )


def _signed_gross(planned: Planned) -> Decimal:
    draft = planned.draft
    assert draft is not None
    return -draft.gross if draft.type is DocumentType.CREDIT_NOTE else draft.gross


def agreement_state(agreement: SelfBillingAgreement, today: date) -> State:
    """Where an agreement stands on a day."""
    if agreement.closed_at is not None:
        return "Withdrawn or declined", ""
    if agreement.accepted_at is None:
        return "Waits for the provider", "amber"
    if today < agreement.from_day:
        return "Accepted", "blue"
    return ("Holds", "green") if today <= agreement.to_day else ("Over", "")


@dataclass(frozen=True)
class AgreementRow:
    """An agreement with what the one who looks may do with it."""

    agreement: SelfBillingAgreement
    state: State
    waits: bool
    can_end: bool

    @property
    def span(self) -> str:
        return f"{day_text(self.agreement.from_day)} to {day_text(self.agreement.to_day)}"


def agreement_rows(agreements: Iterable[SelfBillingAgreement], today: date) -> list[AgreementRow]:
    return [
        AgreementRow(
            each,
            agreement_state(each, today),
            waits=each.accepted_at is None and each.closed_at is None,
            can_end=each.accepted_at is not None and today < each.to_day,
        )
        for each in agreements
    ]


def month_params(month: date) -> dict[str, Any]:
    """What the files of a month are asked for by."""
    return {"month": month_code(month)}
