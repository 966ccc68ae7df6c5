"""Statements of North's and South's contracts as they were made final, for the tests of documents."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from accounts.models import Organisation
from competitions.domain.terms_keeping import create_terms
from contracts.models import Contract
from marketplace import clock
from settlement.domain.agreements import accept_agreement, propose_agreement
from settlement.domain.invoice_plan import invoice_plan
from settlement.domain.invoicing import make_documents
from settlement.enums import VersionKind, VersionState
from settlement.models import Statement, StatementLine, StatementVersion
from tests.bidding.market import AFTER
from tests.contracts.scene import confirmed

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
NOW = datetime(2026, 7, 20, 9, tzinfo=UTC)
NORTH_VAT, SOUTH_VAT = "GB123456789", "GB987654321"


def settled():
    """A buyer with an address, and a contract of each of two providers that are registered for VAT."""
    made = confirmed()
    tell(
        made.buyer.organisation, registered_address="2 Grid Way\nPerth", code="NRN", vat_number="GB111111111"
    )
    tell(
        made.north.organisation, registered_address="1 High Street\nLeith", code="NORTH", vat_number=NORTH_VAT
    )
    tell(made.south.organisation, registered_address="9 Low Street\nYork", code="SOUTH", vat_number=SOUTH_VAT)
    made.contract = Contract.objects.get(seller=made.north.organisation)
    made.other = Contract.objects.get(seller=made.south.organisation)
    made.terms = create_terms(by=made.buyer, ref="standard", name="Standard", fields={}, now=AFTER)
    return made


def tell(organisation: Organisation, **fields) -> None:
    for name, value in fields.items():
        setattr(organisation, name, value)
    organisation.save()


def earned(made, contract, *amounts, month=JUNE, state=VersionState.FINAL, kind=VersionKind.MONTH, **more):
    """A version with a utilisation line for each amount above 0 and a penalty for each below."""
    statement, _ = Statement.objects.get_or_create(contract=contract, month=month)
    amounts = [Decimal(each) for each in amounts]
    version = StatementVersion.objects.create(
        statement=statement,
        number=statement.versions.count() + 1,
        kind=kind,
        state=VersionState.PROVISIONAL,
        terms_version=made.terms,
        data_instant=NOW,
        total=sum(amounts, Decimal("0.00")),
        line_count=len(amounts),
        issued_at=NOW - timedelta(days=9),
        dispute_until=NOW,
        result=b"",
        digest="0" * 64,
        **more,
    )
    StatementLine.objects.bulk_create(
        StatementLine(
            version=version,
            place=place,
            kind="Utilisation" if each >= 0 else "Penalty",
            reference=f"D-{place}",
            quantity=Decimal("100.5"),
            unit="kWh",
            price=Decimal("200"),
            amount=each,
        )
        for place, each in enumerate(amounts, 1)
    )
    statement.current = version
    statement.save()
    version.state, version.finalised_at = state, NOW if state == VersionState.FINAL else None
    version.save()
    return version


def agreed(made, seller=None, first=date(2026, 1, 1), last=date(2026, 12, 31)):
    """A self-billing agreement that the provider has accepted."""
    seller = seller or made.north
    proposed = propose_agreement(
        by=made.buyer, seller_id=seller.organisation_id, from_day=first, to_day=last, now=AFTER
    )
    return accept_agreement(by=seller, agreement_id=proposed.pk, now=AFTER)


def seen(made, month=JUNE):
    return invoice_plan(made.buyer.organisation, month).digest


def run(made, month=JUNE, now=NOW, digest=None):
    with clock.set_to(now):
        return make_documents(by=made.buyer, month=month, seen=digest or seen(made, month), now=now)
