"""Statements: what one contract earned in one month, in versions that never change."""

import uuid

from django.db import models
from django.db.models import F, Q

from accounts.models import Organisation
from competitions.models import TermsVersion
from contracts.models import Contract
from marketplace.dates import month_code
from operations.models import Dispatch
from settlement.enums import LineKind, VersionKind, VersionState

LINE_KINDS = [(each.value, each.value) for each in LineKind]


class Statement(models.Model):
    """What one contract earned in one calendar month of its buyer's zone. ``current`` is its newest version."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="statements")
    month = models.DateField(help_text="Its first day.")
    current = models.OneToOneField(
        "StatementVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="current_of"
    )

    class Meta:
        ordering = ["-month", "contract"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "month"], name="statement_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="statement_month_by_its_first_day"),
        ]
        indexes = [models.Index(fields=["month", "contract"], name="statements_of_month")]

    def __str__(self) -> str:
        return f"{self.contract} {month_code(self.month)}"


class FailedRun(models.Model):
    """That the statements of a provider for a month did not come by themselves: why, and when that was last tried."""

    buyer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    seller = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    month = models.DateField(help_text="Its first day.")
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-month", "seller"]
        constraints = [
            models.UniqueConstraint(fields=["buyer", "seller", "month"], name="failed_run_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1) & ~Q(reason=""), name="failed_run_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.seller} {month_code(self.month)}"


class StatementVersion(models.Model):
    """A statement as it was worked out with the data of one instant. Only its state moves, and never from final.

    A version of the kind *month* has all lines of the month. A *correction* has what changed since the version before it
    that was final, as Correction lines; with ``carries_on`` they go into the next statement of the contract, where they
    count; else they count here. ``result`` is what it was worked out from and came to, compressed canonical JSON, from
    which its files are written the same for ever; ``digest`` is its SHA-256.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=VersionKind, default=VersionKind.MONTH)
    state = models.CharField(max_length=11, choices=VersionState, default=VersionState.PROVISIONAL)
    terms_version = models.ForeignKey(TermsVersion, on_delete=models.PROTECT, related_name="+")
    data_instant = models.DateTimeField(help_text="Data received up to then was used.")
    total = models.DecimalField("total (£)", max_digits=16, decimal_places=2)
    complete_lines = models.PositiveIntegerField(default=0)
    line_count = models.PositiveIntegerField(default=0)
    differences = models.JSONField(
        default=list, help_text="Line by line what differs from the version before: before, after, and why."
    )
    carries_on = models.BooleanField(
        default=False, help_text="The lines of a correction count in the next statement of the contract."
    )
    issued_at = models.DateTimeField()
    issued_by_id = models.BigIntegerField(null=True, blank=True, help_text="Empty: by itself.")
    dispute_until = models.DateTimeField(help_text="Until when its lines may be disputed.")
    agreed_at = models.DateTimeField(null=True, blank=True, help_text="When the provider agreed to it.")
    agreed_by_id = models.BigIntegerField(null=True, blank=True)
    finalised_at = models.DateTimeField(null=True, blank=True)
    finalised_by_id = models.BigIntegerField(null=True, blank=True, help_text="Empty: by itself.")
    result = models.BinaryField()
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = "version of a statement"
        verbose_name_plural = "versions of statements"
        ordering = ["statement", "number"]
        constraints = [
            models.UniqueConstraint(fields=["statement", "number"], name="statement_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="statement_versions_count_from_1"),
            models.CheckConstraint(
                condition=Q(state=VersionState.FINAL, finalised_at__isnull=False)
                | ~Q(state=VersionState.FINAL) & Q(finalised_at=None, finalised_by_id=None),
                name="statement_final_with_its_time",
            ),
            models.CheckConstraint(
                condition=Q(agreed_at=None, agreed_by_id=None)
                | Q(agreed_at__isnull=False, agreed_by_id__isnull=False),
                name="statement_agreed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(kind=VersionKind.CORRECTION) | Q(carries_on=False),
                name="statement_corrections_carry_on",
            ),
            models.CheckConstraint(
                condition=Q(complete_lines__lte=F("line_count")), name="statement_complete_lines_of_all"
            ),
        ]
        indexes = [
            models.Index(
                fields=["dispute_until"],
                condition=Q(state=VersionState.PROVISIONAL),
                name="statement_versions_to_end",
            )
        ]

    def __str__(self) -> str:
        return f"{self.statement} version {self.number}"


class StatementLine(models.Model):
    """One line of a version. ``price`` is for a unit of the quantity, a MWh where that is in kWh."""

    version = models.ForeignKey(StatementVersion, on_delete=models.PROTECT, related_name="lines")
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=14, choices=LINE_KINDS)
    reference = models.CharField(max_length=120)
    corrects = models.ForeignKey(
        Statement,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Of a correction, the statement whose line it is.",
    )
    dispatch = models.ForeignKey(
        Dispatch, on_delete=models.PROTECT, null=True, blank=True, related_name="statement_lines"
    )
    quantity = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    unit = models.CharField(max_length=4, blank=True)
    requested = models.DecimalField(
        "requested (kWh)",
        max_digits=20,
        decimal_places=6,
        null=True,
        blank=True,
        help_text="Of a line for what a dispatch delivered, what it asked for.",
    )
    price = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    factor = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    amount = models.DecimalField("amount (£)", max_digits=16, decimal_places=2)
    is_complete = models.BooleanField(default=True)
    words = models.TextField(blank=True, help_text="How it came about, for people.")

    class Meta:
        ordering = ["version", "place"]
        constraints = [
            models.UniqueConstraint(fields=["version", "place"], name="statement_line_once_a_place"),
            models.CheckConstraint(
                condition=Q(kind=LineKind.CORRECTION.value, corrects__isnull=False)
                | ~Q(kind=LineKind.CORRECTION.value) & Q(corrects=None),
                name="statement_correction_of_a_statement",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[each.value for each in LineKind]), name="statement_line_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version}, line {self.place}"


class CarriedCorrection(models.Model):
    """In which statement the lines of a correction count."""

    correction = models.OneToOneField(StatementVersion, on_delete=models.PROTECT, related_name="carried")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="carried_corrections")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.correction} in {self.statement}"


class FinalProposal(models.Model):
    """One member's word that a version is to be final; where that takes two people, another one makes it so."""

    version = models.OneToOneField(StatementVersion, on_delete=models.PROTECT, related_name="proposal")
    proposed_at = models.DateTimeField()
    proposed_by_id = models.BigIntegerField()
    proposed_by_email = models.EmailField()

    def __str__(self) -> str:
        return f"Proposal for {self.version}"
