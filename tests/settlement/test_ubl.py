"""Documents as EN 16931 invoices: the schema of UBL and CEN's own rules find nothing."""

import dataclasses
import io
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from accounts.enums import VatKind
from marketplace.errors import Refused
from settlement.domain.issued import NOT_SUBJECT, OUTPUT_TAX, Issued, IssuedLine
from settlement.domain.parties import Party
from settlement.enums import DocumentType
from settlement.exports.document_pdf import write_document
from settlement.exports.ubl import CBC, write_ubl
from tests.support.en16931 import errors_of, rule_errors, schema_errors

JUNE = date(2026, 6, 1)
SELLER = Party(
    "Nördlich & Söhne <Flex> Ltd",
    "NORTH",
    "GB",
    "01234567",
    "1 High Street\nLeith\nEdinburgh\nEH1 1AA",
    "GB123456789",
)
BUYER = Party("Northern Networks", "NRN", "GB", "", "2 Grid Way, Perth, PH1 5TB", "987654321")


def line(place, kind, net, quantity=None, unit=""):
    return IssuedLine(
        place,
        "6f1c2f5e-0000-4000-8000-000000000001",
        "C-1, Evening",
        JUNE,
        kind,
        quantity if quantity is None else Decimal(quantity),
        unit,
        Decimal(net),
    )


def document(**more):
    lines = [
        line(1, "Availability", "22.00", "4.000000", "MW·h"),
        line(2, "Utilisation", "80.00", "400.000000", "kWh"),
        line(3, "Penalty", "-20.01", "100.123456", "kWh"),
        line(4, "Service fee", "16.67"),
        line(5, "Utilisation", "0.00", "0", "kWh"),
    ]
    told = {
        "number": "SB-NRN-NORTH-2026-0001",
        "type": DocumentType.SELF_BILLING,
        "issued_on": date(2026, 7, 20),
        "supply_from": JUNE,
        "supply_to": date(2026, 6, 30),
        "buyer": BUYER,
        "seller": SELLER,
        "currency": "GBP",
        "lines": lines,
        "net": Decimal("98.66"),
        "vat_kind": VatKind.STANDARD,
        "vat_rate": Decimal("20.00"),
        "vat": Decimal("19.73"),
        "gross": Decimal("118.39"),
        "payment_reference": "SB-NRN-NORTH-2026-0001",
    }
    return Issued(**(told | more))


UNTAXED = {"vat": Decimal("0.00"), "vat_rate": Decimal("0.00"), "gross": Decimal("98.66")}
BY_TREATMENT = {
    "standard": {},
    "reverse charge": UNTAXED | {"vat_kind": VatKind.REVERSE_CHARGE},
    "none": UNTAXED | {"vat_kind": VatKind.NONE, "seller": dataclasses.replace(SELLER, vat_number="")},
}


def xml_of(issued):
    target = io.BytesIO()
    write_ubl(issued, target)
    return target.getvalue()


def texts(xml, name):
    return [each.text for each in etree.fromstring(xml).iter(f"{{{CBC}}}{name}")]


@pytest.mark.parametrize("treatment", BY_TREATMENT)
def test_a_self_billed_invoice_breaks_no_rule_of_the_standard(treatment):
    assert errors_of(xml_of(document(**BY_TREATMENT[treatment]))) == []


@pytest.mark.parametrize("treatment", BY_TREATMENT)
def test_a_self_billed_credit_note_breaks_no_rule_of_the_standard(treatment):
    lines = [line(1, "Penalty", "100.00", "700", "kWh"), line(2, "Utilisation", "-1.34", "1", "kWh")]
    credit = document(type=DocumentType.CREDIT_NOTE, lines=lines, **BY_TREATMENT[treatment])
    assert errors_of(xml_of(credit)) == []


def test_a_document_that_takes_another_back_names_it():
    xml = xml_of(
        document(
            type=DocumentType.CREDIT_NOTE,
            number="SB-NRN-NORTH-2026-0002",
            credits="SB-NRN-NORTH-2026-0001",
            credits_of=date(2026, 7, 20),
            reason="Wrong price.",
        )
    )
    assert errors_of(xml) == []
    assert "SB-NRN-NORTH-2026-0001" in texts(xml, "ID")
    assert texts(xml, "CreditNoteTypeCode") == ["261"]
    assert texts(xml, "Note")[0] == f"{OUTPUT_TAX} Wrong price."


def test_the_file_says_what_the_document_says():
    xml = xml_of(document())
    assert texts(xml, "InvoiceTypeCode") == ["389"]
    assert texts(xml, "CompanyID") == ["GB123456789", "01234567", "GB987654321"]
    assert texts(xml, "TaxInclusiveAmount") == ["118.39"]
    assert texts(xml, "LineExtensionAmount") == ["98.66", "22.00", "80.00", "-20.01", "16.67", "0.00"]
    assert texts(xml, "InvoicedQuantity") == ["4", "400", "-100.123456", "1", "1"]
    assert texts(xml, "RegistrationName")[0] == SELLER.name
    root = etree.fromstring(xml)
    prices = [Decimal(each.text) for each in root.iter(f"{{{CBC}}}PriceAmount")]
    bases = [Decimal(each.text) for each in root.iter(f"{{{CBC}}}BaseQuantity")]
    quantities = [Decimal(each) for each in texts(xml, "InvoicedQuantity")]
    amounts = [Decimal(each) for each in texts(xml, "LineExtensionAmount")[1:]]
    assert all(
        quantity * price / base == amount
        for quantity, price, base, amount in zip(quantities, prices, bases, amounts, strict=True)
    )


def test_the_same_document_makes_the_same_bytes():
    assert xml_of(document()) == xml_of(document())
    first, second = io.BytesIO(), io.BytesIO()
    write_document(document(), first)
    write_document(document(), second)
    assert first.getvalue() == second.getvalue()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"gross": Decimal("118.40")}, "BR-CO-15"),
        ({"net": Decimal("98.65")}, "BR-CO-10"),
        ({"vat": Decimal("15.00"), "gross": Decimal("113.66")}, "BR-CO-17"),
        ({"seller": dataclasses.replace(SELLER, vat_number="")}, "BR-S-02"),
        ({"seller": dataclasses.replace(SELLER, name="")}, "BR-06"),
        ({"buyer": dataclasses.replace(BUYER, country="")}, "BR-11"),
    ],
)
def test_the_rules_of_the_tests_do_find_what_is_wrong(change, rule):
    xml = xml_of(document(**change))
    assert any(f"[{rule}]" in each for each in rule_errors(xml) or schema_errors(xml))


def test_a_remittance_advice_is_no_invoice():
    with pytest.raises(Refused, match="remittance advice is no invoice"):
        xml_of(document(type=DocumentType.REMITTANCE_ADVICE))


def test_a_seller_without_a_vat_number_is_named_without_one():
    xml = xml_of(document(**BY_TREATMENT["none"]))
    assert texts(xml, "CompanyID") == ["01234567"]
    assert NOT_SUBJECT in texts(xml, "TaxExemptionReason")


@pytest.mark.parametrize("type_", DocumentType)
def test_every_document_has_a_pdf(type_):
    target = io.BytesIO()
    write_document(document(type=type_), target)
    assert target.getvalue().startswith(b"%PDF")
