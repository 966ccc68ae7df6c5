"""Invoice data: documents that never change, their numbers without a gap, agreements on self-billing, and payments."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from accounts.enums import VatKind
from accounts.models import Organisation
from contracts.models import Contract
from settlement.enums import DocumentType, LineKind
from settlement.models.statements import Statement, StatementVersion

_KINDS = [(each.value, each.value) for each in LineKind]
_SIGNED = Q(type=DocumentType.REMITTANCE_ADVICE)


class SelfBillingAgreement(models.Model):
    """That a buyer makes the invoices of a seller from a day to a day, once the seller has accepted it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    buyer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="self_billing_of_others")
    seller = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="self_billing_by_others")
    from_day = models.DateField()
    to_day = models.DateField(help_text="Its last day.")
    proposed_at = models.DateTimeField()
    proposed_by_id = models.BigIntegerField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by_id = models.BigIntegerField(null=True, blank=True)
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was withdrawn or declined before it was accepted."
    )
    closed_by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-from_day", "seller", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_day__lte=F("to_day")), name="self_billing_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by_id=None)
                | Q(accepted_at__isnull=False, accepted_by_id__isnull=False, closed_at=None),
                name="self_billing_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by_id=None)
                | Q(closed_at__isnull=False, closed_by_id__isnull=False),
                name="self_billing_closed_by_somebody",
            ),
            ExclusionConstraint(
                name="one_self_billing_agreement_a_day",
                expressions=[
                    (F("buyer"), RangeOperators.EQUAL),
                    (F("seller"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("from_day"),
                            F("to_day"),
                            RangeBoundary(inclusive_lower=True, inclusive_upper=True),
                            function="DATERANGE",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(closed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.buyer} for {self.seller}, {self.from_day} to {self.to_day}"


class DocumentCounter(models.Model):
    """The last number of one pair and year; who takes the next one holds its row."""

    buyer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    seller = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["buyer", "seller", "year"], name="document_counter_once"),
        ]

    def __str__(self) -> str:
        return f"{self.buyer} and {self.seller} in {self.year}: {self.last}"


class Document(models.Model):
    """A document about what a seller earned in a month, with the parties as they were when it was made. It never changes.

    Amounts of invoices and credit notes are 0 or more; those of a remittance advice have the sign of what is paid.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=40, unique=True)
    type = models.CharField(max_length=20, choices=DocumentType)
    buyer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="documents_made")
    seller = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="documents_received")
    year = models.PositiveSmallIntegerField()
    place = models.PositiveIntegerField(help_text="In the numbers of the pair and year.")
    month = models.DateField(help_text="Its first day.")
    supply_from = models.DateField()
    supply_to = models.DateField()
    issued_on = models.DateField("issue date")
    buyer_party = models.JSONField()
    seller_party = models.JSONField()
    agreement = models.ForeignKey(
        SelfBillingAgreement, on_delete=models.PROTECT, null=True, blank=True, related_name="documents"
    )
    currency = models.CharField(max_length=3)
    net = models.DecimalField(max_digits=16, decimal_places=2)
    vat_kind = models.CharField("VAT treatment", max_length=14, choices=VatKind)
    vat_rate = models.DecimalField("VAT rate (%)", max_digits=5, decimal_places=2)
    vat = models.DecimalField("VAT", max_digits=16, decimal_places=2)
    gross = models.DecimalField(max_digits=16, decimal_places=2)
    payment_reference = models.CharField(max_length=60)
    credits = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="credited_by",
        help_text="The document that it takes back in full.",
    )
    reason = models.TextField(blank=True, help_text="Why a document was taken back.")
    made_at = models.DateTimeField()
    made_by_id = models.BigIntegerField()

    class Meta:
        ordering = ["-issued_on", "-number"]
        indexes = [
            models.Index(fields=["buyer", "-month", "seller"], name="documents_of_buyer"),
            models.Index(fields=["seller", "-month", "buyer"], name="documents_of_seller"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["buyer", "seller", "year", "place"], name="document_place_once_a_pair"
            ),
            models.CheckConstraint(condition=Q(place__gte=1), name="documents_count_from_1"),
            models.CheckConstraint(
                condition=Q(number__regex=r"^SB-[A-Z0-9]{2,10}-[A-Z0-9]{2,10}-[0-9]{4}-[0-9]{4,}$"),
                name="document_number_form",
            ),
            models.CheckConstraint(condition=Q(type__in=DocumentType.values), name="document_type_known"),
            models.CheckConstraint(
                condition=Q(gross=F("net") + F("vat")), name="document_gross_is_net_and_vat"
            ),
            models.CheckConstraint(
                condition=_SIGNED | Q(net__gt=0, vat__gte=0), name="document_amounts_are_positive"
            ),
            models.CheckConstraint(condition=~Q(net=0), name="document_says_something"),
            models.CheckConstraint(
                condition=Q(vat_kind=VatKind.STANDARD) | Q(vat=0, vat_rate=0),
                name="vat_at_the_standard_rate_only",
            ),
            models.CheckConstraint(
                condition=_SIGNED & Q(agreement=None) | ~_SIGNED & Q(agreement__isnull=False),
                name="self_billed_by_an_agreement",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1, supply_from__lte=F("supply_to")), name="document_of_a_month"
            ),
            models.CheckConstraint(
                condition=Q(credits=None, reason="") | Q(credits__isnull=False) & ~Q(reason=""),
                name="document_credited_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class DocumentLine(models.Model):
    """What one contract earned in the month of one kind. It never changes."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="lines")
    place = models.PositiveSmallIntegerField()
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    kind = models.CharField(max_length=14, choices=_KINDS)
    quantity = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    unit = models.CharField(max_length=4, blank=True)
    net = models.DecimalField(max_digits=16, decimal_places=2)

    class Meta:
        ordering = ["document", "place"]
        constraints = [
            models.UniqueConstraint(fields=["document", "place"], name="document_line_once_a_place"),
            models.CheckConstraint(
                condition=Q(quantity=None, unit="") | Q(quantity__isnull=False) & ~Q(unit=""),
                name="document_quantity_with_its_unit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document}, line {self.place}"


class DocumentStatement(models.Model):
    """Which version of a statement a document pays, and how much of it: in one document that stands, at most.

    When that document is taken back, the statement waits for the next run again.
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="statements")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="documents")
    version = models.ForeignKey(StatementVersion, on_delete=models.PROTECT, related_name="documents")
    amount = models.DecimalField("amount (£)", max_digits=16, decimal_places=2)
    is_credited = models.BooleanField(default=False)

    class Meta:
        ordering = ["document", "statement"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(is_credited=False), name="version_in_one_document"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} in {self.document}"


class DocumentPayment(models.Model):
    """That a document was paid, as its buyer says."""

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="payment")
    paid_on = models.DateField()
    reference = models.CharField("payment reference", max_length=60, blank=True)
    marked_at = models.DateTimeField()
    marked_by_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.document} paid on {self.paid_on}"
