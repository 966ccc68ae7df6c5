"""What follows from accepted bids: contractual obligations with their terms as agreed."""

import uuid
from datetime import date, datetime, time

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from accounts.models import Organisation
from bidding.models import Bid
from competitions.enums import HolidayRuleChoice
from competitions.models import Competition, TermsVersion
from contracts.enums import ContractStatus
from marketplace.calendar import local_instant
from marketplace.jobs.models import StoredFile
from marketplace.rows import LoadedQuickly

_SIGNED = [ContractStatus.SIGNED, ContractStatus.ENDED]


class Contract(LoadedQuickly):
    """One accepted bid as a contractual obligation. The terms are copies: nothing that changes later changes them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bid = models.OneToOneField(Bid, on_delete=models.PROTECT, related_name="contract")
    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="contracts")
    buyer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="bought_contracts")
    seller = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sold_contracts")
    contract_type = models.CharField(max_length=40, default="DSO flexibility")
    status = models.CharField(max_length=9, choices=ContractStatus, default=ContractStatus.AWARDED)
    withdrawal_reason = models.TextField(blank=True)

    period_name = models.CharField(max_length=60)
    window_name = models.CharField(max_length=60)
    first_day = models.DateField()
    end_day = models.DateField("end date (exclusive)")
    weekdays = ArrayField(models.PositiveSmallIntegerField())
    public_holidays = models.CharField(max_length=7, choices=HolidayRuleChoice)
    start = models.TimeField()
    end = models.TimeField()
    available_minutes = models.PositiveIntegerField()
    capacity_mw = models.DecimalField("capacity (MW)", max_digits=14, decimal_places=6)
    maximum_run_time = models.DurationField()
    availability_price = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    utilisation_price = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    service_fee = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    expected_cost = models.DecimalField("expected cost (£)", max_digits=20, decimal_places=2)
    terms_version = models.ForeignKey(
        TermsVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="contracts"
    )
    terms = models.JSONField(
        "settlement terms",
        null=True,
        blank=True,
        help_text="The fields of the version as this contract is settled by them; none is left out.",
    )
    awarded_at = models.DateTimeField()
    signable_from = models.DateTimeField(
        null=True, blank=True, help_text="The end of the standstill; blank: none."
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by_id = models.BigIntegerField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-awarded_at", "competition", "id"]
        indexes = [
            models.Index(fields=["buyer", "-awarded_at"], name="contract_of_buyer_by_award"),
            models.Index(fields=["seller", "-awarded_at"], name="contract_of_seller_by_award"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(capacity_mw__gt=0), name="contract_has_capacity"),
            models.CheckConstraint(
                condition=Q(first_day__lt=F("end_day")), name="contract_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(
                    status=ContractStatus.WITHDRAWN, withdrawn_at__isnull=False, withdrawn_by_id__isnull=False
                )
                & ~Q(withdrawal_reason="")
                | ~Q(status=ContractStatus.WITHDRAWN)
                & Q(withdrawal_reason="", withdrawn_at=None, withdrawn_by_id=None),
                name="contract_withdrawn_with_reason_and_time",
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by_id=None) & ~Q(status__in=_SIGNED)
                | Q(signed_at__isnull=False, signed_by_id__isnull=False) & ~Q(status=ContractStatus.AWARDED),
                name="contract_signed_with_its_time",
            ),
            models.CheckConstraint(
                condition=Q(status=ContractStatus.ENDED, ended_at__isnull=False)
                | ~Q(status=ContractStatus.ENDED) & Q(ended_at=None),
                name="contract_ended_with_its_time",
            ),
            models.CheckConstraint(
                condition=Q(terms_version=None, terms=None)
                | Q(terms_version__isnull=False, terms__isnull=False),
                name="contract_terms_with_their_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seller} for {self.competition}"

    @property
    def is_overnight(self) -> bool:
        """Whether its service goes on after midnight, so that the night of its last day ends on the day after."""
        return time(0) < self.end <= self.start

    @property
    def over_at(self) -> datetime:
        """The instant at which its last day is over in its buyer's zone, with the night that begins on it."""
        return local_instant(self.end_day, self.end if self.is_overnight else time(0), self.buyer.zone)


class ContractedAsset(models.Model):
    """An asset of a contract with its data as they were when qualification closed, or when it was substituted.

    A substitution adds an asset from a local day on, or gives one its last day; both are kept with the instant at which
    they were approved, so that what was known at an earlier one stays known.
    """

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="assets")
    asset_id = models.UUIDField()
    asset_ref = models.CharField(max_length=64)
    data = models.JSONField()
    from_day = models.DateField(null=True, blank=True, help_text="Blank: since the award.")
    added_at = models.DateTimeField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True, help_text="Blank: as long as the contract runs.")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["contract", "asset_ref", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_day=None, added_at=None) | Q(from_day__isnull=False, added_at__isnull=False),
                name="contracted_asset_added_with_its_time",
            ),
            models.CheckConstraint(
                condition=Q(last_day=None, removed_at=None)
                | Q(last_day__isnull=False, removed_at__isnull=False),
                name="contracted_asset_removed_with_its_time",
            ),
            models.CheckConstraint(
                condition=Q(from_day=None) | Q(last_day=None) | Q(from_day__lte=F("last_day")),
                name="contracted_asset_ends_after_it_begins",
            ),
            ExclusionConstraint(
                name="contracted_asset_once_a_day",
                expressions=[
                    ("contract", RangeOperators.EQUAL),
                    ("asset_id", RangeOperators.EQUAL),
                    (
                        Func(
                            "from_day",
                            "last_day",
                            RangeBoundary(inclusive_upper=True),
                            function="DATERANGE",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.asset_ref

    def delivers_on(self, day: date, instant: datetime | None = None) -> bool:
        """Whether it is among the contract's assets on a local day, by what was approved up to an instant."""
        if self.from_day is not None and self.from_day > day:
            return False
        if instant is not None and self.added_at is not None and self.added_at > instant:
            return False
        if self.last_day is None or self.last_day >= day:
            return True
        return instant is not None and self.removed_at is not None and self.removed_at > instant


class ContractDocument(models.Model):
    """A document of a contract, such as its signed copy. Later ones stand beside earlier ones; none is replaced."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="documents")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    added_by_id = models.BigIntegerField()

    class Meta:
        ordering = ["contract", "added_at", "id"]

    def __str__(self) -> str:
        return str(self.file)
