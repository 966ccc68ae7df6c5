"""A document as EN 16931 invoice in UBL 2.1, for programs.

EN 16931-1:2017 names business terms (BT) and groups (BG); CEN/TS 16931-3-2 says where they stand in UBL. Type codes are of
UNTDID 1001, VAT categories of UNCL 5305, units of UN/ECE Recommendation 20. A remittance advice is no invoice and has none.
"""

from decimal import Decimal
from typing import BinaryIO
from xml.etree import ElementTree as Xml

from accounts.enums import VatKind
from marketplace.dates import month_text
from marketplace.errors import Refused
from marketplace.identifiers import vat_identifier
from marketplace.numbers import exact_text
from settlement.domain.issued import NOT_SUBJECT, REVERSE_CHARGE, Issued, IssuedLine
from settlement.domain.parties import Party
from settlement.enums import DocumentType

CUSTOMIZATION = "urn:cen.eu:en16931:2017"
SCHEMAS = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC, CBC = f"{SCHEMAS}CommonAggregateComponents-2", f"{SCHEMAS}CommonBasicComponents-2"
TYPE_CODES = {DocumentType.SELF_BILLING: "389", DocumentType.CREDIT_NOTE: "261"}
"""Self-billed invoice, self-billed credit note."""
CATEGORIES = {VatKind.STANDARD: "S", VatKind.REVERSE_CHARGE: "AE", VatKind.NONE: "O"}
EXEMPTIONS = {
    VatKind.REVERSE_CHARGE: ("VATEX-EU-AE", REVERSE_CHARGE),
    VatKind.NONE: ("VATEX-EU-O", NOT_SUBJECT),
}
UNITS = {"kWh": "KWH", "MW·h": "MWH"}
ONE = "C62"
NOT_DEFINED = "1"
"""How a document is paid is no concern of it (UNCL 4461)."""
PAYMENT_TERMS = "As agreed in the contracts."
TWO_STREET_LINES = 2


def write_ubl(document: Issued, target: BinaryIO) -> None:
    """Write the document. Raises ``Refused`` for a remittance advice."""
    if document.type not in TYPE_CODES:
        raise Refused("A remittance advice is no invoice, so there is no UBL file of it.")
    for prefix, name in (("cac", CAC), ("cbc", CBC)):
        Xml.register_namespace(prefix, name)
    tree = Xml.ElementTree(_root(document))
    Xml.indent(tree)
    tree.write(
        target, encoding="utf-8", xml_declaration=True, default_namespace=None, short_empty_elements=True
    )
    target.write(b"\n")


def _root(document: Issued) -> Xml.Element:
    is_credit = document.type is DocumentType.CREDIT_NOTE
    name = "CreditNote" if is_credit else "Invoice"
    root = Xml.Element(f"{{{SCHEMAS}{name}-2}}{name}")
    _text(root, "CustomizationID", CUSTOMIZATION)
    _text(root, "ID", document.number)
    _text(root, "IssueDate", document.issued_on.isoformat())
    _text(root, f"{name}TypeCode", TYPE_CODES[document.type])
    _text(root, "Note", " ".join([*document.statements, document.reason]).strip())
    _text(root, "DocumentCurrencyCode", document.currency)
    period = _group(root, "InvoicePeriod")
    _text(period, "StartDate", document.supply_from.isoformat())
    _text(period, "EndDate", document.supply_to.isoformat())
    if document.credits and document.credits_of:
        earlier = _group(_group(root, "BillingReference"), "InvoiceDocumentReference")
        _text(earlier, "ID", document.credits)
        _text(earlier, "IssueDate", document.credits_of.isoformat())
    shows_vat = document.vat_kind is not VatKind.NONE
    _party(_group(root, "AccountingSupplierParty"), document.seller, shows_vat)
    _party(_group(root, "AccountingCustomerParty"), document.buyer, shows_vat)
    means = _group(root, "PaymentMeans")
    _text(means, "PaymentMeansCode", NOT_DEFINED)
    _text(means, "PaymentID", document.payment_reference)
    _text(_group(root, "PaymentTerms"), "Note", PAYMENT_TERMS)
    _tax(root, document)
    _totals(root, document)
    for line in document.lines:
        _line(root, document, line, "Credited" if is_credit else "Invoiced", f"{name}Line")
    return root


def _party(around: Xml.Element, party: Party, shows_vat: bool) -> None:
    inner = _group(around, "Party")
    _text(_group(inner, "PartyIdentification"), "ID", party.code)
    _text(_group(inner, "PartyName"), "Name", party.name)
    address = _group(inner, "PostalAddress")
    lines = party.address_lines
    for name, line in zip(("StreetName", "AdditionalStreetName"), lines, strict=False):
        _text(address, name, line)
    if lines[TWO_STREET_LINES:]:
        _text(_group(address, "AddressLine"), "Line", ", ".join(lines[TWO_STREET_LINES:]))
    _text(_group(address, "Country"), "IdentificationCode", party.country)
    if shows_vat and party.vat_number:
        scheme = _group(inner, "PartyTaxScheme")
        _text(scheme, "CompanyID", vat_identifier(party.vat_number, party.country))
        _text(_group(scheme, "TaxScheme"), "ID", "VAT")
    legal = _group(inner, "PartyLegalEntity")
    _text(legal, "RegistrationName", party.name)
    if party.company_number:
        _text(legal, "CompanyID", party.company_number)


def _tax(root: Xml.Element, document: Issued) -> None:
    total = _group(root, "TaxTotal")
    _amount(total, "TaxAmount", document.vat, document.currency)
    part = _group(total, "TaxSubtotal")
    _amount(part, "TaxableAmount", document.net, document.currency)
    _amount(part, "TaxAmount", document.vat, document.currency)
    category = _category(part, "TaxCategory", document)
    if document.vat_kind in EXEMPTIONS:
        code, reason = EXEMPTIONS[document.vat_kind]
        _text(category, "TaxExemptionReasonCode", code)
        _text(category, "TaxExemptionReason", reason)
    _text(_group(category, "TaxScheme"), "ID", "VAT")


def _category(around: Xml.Element, name: str, document: Issued) -> Xml.Element:
    category = _group(around, name)
    _text(category, "ID", CATEGORIES[document.vat_kind])
    if document.vat_kind is not VatKind.NONE:
        _text(category, "Percent", exact_text(document.vat_rate))
    return category


def _totals(root: Xml.Element, document: Issued) -> None:
    totals = _group(root, "LegalMonetaryTotal")
    for name, amount in (
        ("LineExtensionAmount", document.net),
        ("TaxExclusiveAmount", document.net),
        ("TaxInclusiveAmount", document.gross),
        ("PayableAmount", document.gross),
    ):
        _amount(totals, name, amount, document.currency)


def _line(root: Xml.Element, document: Issued, line: IssuedLine, quantified: str, name: str) -> None:
    """A line. A price is never negative: where the amount is, the quantity is; the price is for the whole quantity, so
    that quantity and price come to the amount exactly."""
    quantity = abs(line.quantity) if line.quantity else Decimal(1)
    unit = UNITS.get(line.unit, ONE) if line.quantity else ONE
    inner = _group(root, name)
    _text(inner, "ID", str(line.place))
    signed = -quantity if line.net < 0 else quantity
    _text(inner, f"{quantified}Quantity", exact_text(signed), unitCode=unit)
    _amount(inner, "LineExtensionAmount", line.net, document.currency)
    item = _group(inner, "Item")
    _text(item, "Description", f"Contract {line.contract} ({line.about}), {month_text(line.month)}")
    _text(item, "Name", line.words)
    category = _category(item, "ClassifiedTaxCategory", document)
    _text(_group(category, "TaxScheme"), "ID", "VAT")
    price = _group(inner, "Price")
    _amount(price, "PriceAmount", abs(line.net), document.currency)
    _text(price, "BaseQuantity", exact_text(quantity), unitCode=unit)


def _group(around: Xml.Element, name: str) -> Xml.Element:
    return Xml.SubElement(around, f"{{{CAC}}}{name}")


def _text(around: Xml.Element, name: str, text: str, **attributes: str) -> None:
    if text:
        Xml.SubElement(around, f"{{{CBC}}}{name}", attributes).text = text


def _amount(around: Xml.Element, name: str, amount: Decimal, currency: str) -> None:
    _text(around, name, str(amount), currencyID=currency)
