"""What is paid: statements with their lines and disputes, and the documents made of them."""

import uuid
from typing import Annotated, Any

from ninja import Query, Router
from pydantic import Field

from accounts.enums import OrganisationKind, Role, Scope
from api.auth import Declared
from api.operations import Answer, reads, writes
from api.paging import Listed, Page, at_or_after, listed
from api.problems import of_request
from api.requests import ProgramRequest
from api.shapes import Day, DayTold, Instant, Lines, Number, Shown, Told
from marketplace import clock
from settlement.domain.agreeing import agree_to_statement
from settlement.domain.disputing import raise_dispute
from settlement.domain.document_queries import documents_of, with_lines
from settlement.domain.locks import lock_statement
from settlement.domain.statement_queries import changed_since, statements_of
from settlement.enums import DocumentType, LineKind, VersionKind, VersionState
from settlement.models import Document, Statement, StatementVersion

router = Router(tags=["Settlement"])
READ = Declared(Scope.SETTLEMENT_READ, role=Role.CONTRACTS)


class StatementShape(Shown):
    """What one contract earned in one month, in its newest version."""

    id: str
    contract_id: str
    competition: str
    buyer: str
    seller: str
    month: Day
    version: int
    kind: VersionKind
    state: VersionState
    total: Number
    currency: str
    line_count: int
    complete_lines: int
    issued_at: Instant
    dispute_until: Instant
    agreed_at: Instant | None = Field(description="When the provider agreed to this version.")
    finalised_at: Instant | None
    data_instant: Instant
    digest: str


class StatementLineShape(Shown):
    """One line of a statement."""

    place: int
    kind: LineKind
    reference: str
    quantity: Number | None
    unit: str
    price: Number | None
    factor: Number | None
    amount: Number
    is_complete: bool
    words: str


class StatementWithLines(StatementShape):
    """A statement with its lines."""

    lines: list[StatementLineShape]


class StatementFilter(Page):
    """Which statements."""

    month: DayTold | None = Field(None, description="The first day of a month.")
    contract_id: uuid.UUID | None = None
    updated_since: Instant | None = Field(
        None, description="With a version issued, agreed to or final, or a dispute raised or answered, since."
    )


class DocumentFilter(Page):
    """Which documents."""

    month: DayTold | None = Field(None, description="The first day of a month.")
    updated_since: Instant | None = Field(None, description="Made, or marked as paid or not, since.")


class DisputedTold(Told):
    """A line that is disputed, and why."""

    place: int = Field(ge=1, le=30_000)
    reason: Annotated[Lines, Field(min_length=1, max_length=2000)]


class DisputeTold(Told):
    """The lines that are disputed."""

    version: int = Field(
        description="The version that was read: a newer one is not disputed unseen.", ge=1, le=30_000
    )
    lines: list[DisputedTold] = Field(min_length=1, max_length=1000)


class AgreedTold(Told):
    """The version that is agreed to."""

    version: int = Field(
        description="The version that was read: a newer one is not agreed to unseen.", ge=1, le=30_000
    )


class DocumentLineShape(Shown):
    """One line of a document."""

    place: int
    contract_id: str
    month: Day
    kind: str
    quantity: Number | None
    unit: str
    net: Number


class DocumentShape(Shown):
    """An invoice made in the seller's stead, a credit note, or remittance advice."""

    id: str
    number: str
    type: DocumentType
    buyer: str
    seller: str
    month: Day
    supply_from: Day
    supply_to: Day
    issued_on: Day
    currency: str
    net: Number
    vat_rate: Number
    vat: Number
    gross: Number
    payment_reference: str
    credits: str | None
    paid_on: Day | None
    lines: list[DocumentLineShape]


@reads(router, "/statements", READ, returns=Listed[StatementShape])
def statements(request: ProgramRequest, asked: Query[StatementFilter]) -> Listed[StatementShape]:
    """The statements of one's organisation's contracts, the newest month first."""
    rows = statements_of(request.member)
    if asked.month:
        rows = rows.filter(month=asked.month)
    if asked.contract_id:
        rows = rows.filter(contract=asked.contract_id)
    if asked.updated_since:
        rows = changed_since(rows, asked.updated_since)
    return listed(
        rows, asked, ("-month", "pk"), lambda shown: [StatementShape(**_plain(each)) for each in shown]
    )


@reads(router, "/statements/{uuid:statement_id}", READ, returns=StatementWithLines)
def statement(request: ProgramRequest, statement_id: uuid.UUID) -> StatementWithLines:
    """One statement with its lines."""
    return _with_lines(_one(request, statement_id))


def _lock(request: ProgramRequest, statement_id: uuid.UUID) -> None:
    lock_statement(_one(request, statement_id))


@writes(
    router,
    "POST",
    "/statements/{uuid:statement_id}/disputes",
    Declared(Scope.SETTLEMENT_READ, OrganisationKind.FLEX_SERVICE_PROVIDER, Role.CONTRACTS),
    returns=StatementWithLines,
    made=True,
    locks=_lock,
)
def post_dispute(request: ProgramRequest, statement_id: uuid.UUID, body: DisputeTold) -> Answer:
    """Dispute lines of the newest version, each with its reason."""
    version = _newest(request, statement_id, body.version)
    reasons = {each.place: each.reason for each in body.lines}
    raise_dispute(by=request.member, version=version, reasons=reasons, now=clock.now())
    return Answer(_with_lines(_one(request, statement_id)), 201)


@writes(
    router,
    "POST",
    "/statements/{uuid:statement_id}/agree",
    Declared(Scope.SETTLEMENT_READ, OrganisationKind.FLEX_SERVICE_PROVIDER, Role.CONTRACTS),
    returns=StatementWithLines,
    locks=_lock,
)
def agree(request: ProgramRequest, statement_id: uuid.UUID, body: AgreedTold) -> StatementWithLines:
    """Agree to the newest version: it can't be disputed any more, and may be made final before its time is over."""
    version = _newest(request, statement_id, body.version)
    agree_to_statement(by=request.member, version=version, now=clock.now())
    return _with_lines(_one(request, statement_id))


@reads(router, "/documents", READ, returns=Listed[DocumentShape])
def documents(request: ProgramRequest, asked: Query[DocumentFilter]) -> Listed[DocumentShape]:
    """The documents in which one's organisation buys or sells, the last made first."""
    rows = with_lines(documents_of(request.member))
    if asked.month:
        rows = rows.filter(month=asked.month)
    if asked.updated_since:
        rows = rows.filter(at_or_after(asked.updated_since, "made_at", "payment__marked_at"))
    return listed(rows, asked, ("-made_at", "pk"), lambda shown: [_document(each) for each in shown])


@reads(router, "/documents/{uuid:document_id}", READ, returns=DocumentShape)
def document(request: ProgramRequest, document_id: uuid.UUID) -> DocumentShape:
    """One document."""
    found = with_lines(documents_of(request.member)).filter(pk=document_id).first()
    if found is None:
        raise of_request("not_found", "There is no such document among yours.")
    return _document(found)


def _one(request: ProgramRequest, statement_id: uuid.UUID) -> Statement:
    found = statements_of(request.member).filter(pk=statement_id).first()
    if found is None:
        raise of_request("not_found", "There is no such statement among yours.")
    return found


def _newest(request: ProgramRequest, statement_id: uuid.UUID, number: int) -> StatementVersion:
    """The newest version, which has to be the one of this number."""
    found = _one(request, statement_id)
    assert found.current is not None
    if found.current.number != number:
        raise of_request("changed_meanwhile", more={"present": _with_lines(found).model_dump(mode="json")})
    return found.current


def _plain(of: Statement) -> dict[str, Any]:
    version, contract = of.current, of.contract
    assert version is not None
    return {
        "id": str(of.pk),
        "contract_id": str(contract.pk),
        "competition": contract.competition.ref,
        "buyer": contract.buyer.name,
        "seller": contract.seller.name,
        "month": of.month,
        "version": version.number,
        "kind": VersionKind(version.kind),
        "state": VersionState(version.state),
        "total": version.total,
        "currency": contract.buyer.currency,
        "line_count": version.line_count,
        "complete_lines": version.complete_lines,
        "issued_at": version.issued_at,
        "dispute_until": version.dispute_until,
        "agreed_at": version.agreed_at,
        "finalised_at": version.finalised_at,
        "data_instant": version.data_instant,
        "digest": version.digest,
    }


def _with_lines(of: Statement) -> StatementWithLines:
    assert of.current is not None
    lines = [
        StatementLineShape(
            place=each.place,
            kind=LineKind(each.kind),
            reference=each.reference,
            quantity=each.quantity,
            unit=each.unit,
            price=each.price,
            factor=each.factor,
            amount=each.amount,
            is_complete=each.is_complete,
            words=each.words,
        )
        for each in of.current.lines.order_by("place")
    ]
    return StatementWithLines.model_validate(_plain(of) | {"lines": lines})


def _document(of: Document) -> DocumentShape:
    payment = getattr(of, "payment", None)
    return DocumentShape(
        id=str(of.pk),
        number=of.number,
        type=DocumentType(of.type),
        buyer=of.buyer.name,
        seller=of.seller.name,
        month=of.month,
        supply_from=of.supply_from,
        supply_to=of.supply_to,
        issued_on=of.issued_on,
        currency=of.currency,
        net=of.net,
        vat_rate=of.vat_rate,
        vat=of.vat,
        gross=of.gross,
        payment_reference=of.payment_reference,
        credits=of.credits.number if of.credits is not None else None,
        paid_on=payment.paid_on if payment is not None else None,
        lines=[
            DocumentLineShape(
                place=each.place,
                contract_id=str(each.contract_id),
                month=each.month,
                kind=each.kind,
                quantity=each.quantity,
                unit=each.unit,
                net=each.net,
            )
            for each in of.lines.all()
        ],
    )
