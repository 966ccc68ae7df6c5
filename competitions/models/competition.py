"""A competition: what is bought, when, at which prices, and what is asked of assets."""

import uuid
from datetime import datetime
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper

from accounts.models import Organisation
from competitions.enums import (
    AssetCategory,
    AssetStatus,
    CompetitionType,
    NeedDirection,
    NeedType,
    Phase,
    PowerType,
    PricingType,
)
from competitions.models.purchasing_systems import PurchasingSystem
from competitions.models.settlement_terms import TermsRecord
from marketplace.rows import LoadedQuickly


def default_asset_statuses() -> list[str]:
    return [AssetStatus.OPERATIONAL, AssetStatus.IN_DEVELOPMENT]


def default_asset_categories() -> list[str]:
    return list(AssetCategory.values)


REF_RULE = "Use up to 40 letters, digits and underscores."


class Competition(LoadedQuickly):
    """One call for flexibility. Its phase is derived from the clock and the facts below, never stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="competitions")
    ref = models.CharField(max_length=40, validators=[RegexValidator(r"^[A-Za-z0-9_]{1,40}$", REF_RULE)])
    name = models.CharField(max_length=100)
    round_name = models.CharField("round", max_length=60, blank=True)
    need_type = models.CharField(max_length=22, choices=NeedType)
    product_type = models.CharField(max_length=60, blank=True)
    power_type = models.CharField(max_length=8, choices=PowerType)
    need_direction = models.CharField(max_length=7, choices=NeedDirection)
    competition_type = models.CharField(max_length=24, choices=CompetitionType, blank=True)
    pricing_type = models.CharField(max_length=7, choices=PricingType, default=PricingType.AUCTION)
    settlement_terms = models.ForeignKey(
        TermsRecord,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="competitions",
        help_text="Blank: the operator's default.",
    )
    availability_price = models.DecimalField(
        "availability price (£/MW/h)", max_digits=14, decimal_places=2, null=True, blank=True
    )
    utilisation_price = models.DecimalField(
        "utilisation price (£/MWh)", max_digits=14, decimal_places=2, null=True, blank=True
    )
    service_fee = models.DecimalField(
        "service fee (£/MW)", max_digits=14, decimal_places=2, null=True, blank=True
    )
    minimum_budget = models.DecimalField(
        "minimum budget (£)", max_digits=16, decimal_places=2, null=True, blank=True
    )
    maximum_budget = models.DecimalField(
        "maximum budget (£)", max_digits=16, decimal_places=2, null=True, blank=True
    )
    publish_on = models.DateTimeField()
    qualification_open = models.DateTimeField()
    qualification_close = models.DateTimeField()
    bidding_open = models.DateTimeField(null=True, blank=True)
    bidding_close = models.DateTimeField(null=True, blank=True)
    archive_on = models.DateTimeField(null=True, blank=True)
    area_buffer_km = models.DecimalField(
        "area buffer (km)", max_digits=8, decimal_places=6, default=Decimal(0)
    )
    minimum_voltage_kv = models.DecimalField(
        "minimum voltage (kV)", max_digits=9, decimal_places=4, null=True, blank=True
    )
    maximum_voltage_kv = models.DecimalField(
        "maximum voltage (kV)", max_digits=9, decimal_places=4, null=True, blank=True
    )
    purchasing_system = models.ForeignKey(
        PurchasingSystem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="competitions",
        verbose_name="DPS",
    )
    asset_statuses = ArrayField(
        models.CharField(max_length=14, choices=AssetStatus), default=default_asset_statuses
    )
    asset_categories = ArrayField(
        models.CharField(max_length=20, choices=AssetCategory), default=default_asset_categories
    )
    meter_id_required = models.BooleanField(default=False)
    meter_id_in_zone = models.BooleanField(default=False)
    maximum_response_time = models.DurationField(null=True, blank=True)
    maximum_ramping_period = models.DurationField(null=True, blank=True)
    maximum_recovery_time = models.DurationField(null=True, blank=True)
    minimum_run_time = models.DurationField(null=True, blank=True)
    duplicate_overrides_of = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    contact_email = models.EmailField(blank=True, help_text="Blank: the operator's.")
    documents_url = models.URLField("documents URL", max_length=500, blank=True)
    description = models.TextField(max_length=5000, blank=True)

    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancellation_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-qualification_open", "ref"]
        constraints = [
            models.UniqueConstraint(Lower("ref"), name="competition_ref_once_for_ever"),
            models.CheckConstraint(
                condition=Q(ref__regex=r"^[A-Za-z0-9_]{1,40}$"), name="competition_ref_form"
            ),
            models.CheckConstraint(
                condition=Q(publish_on__lte=F("qualification_open")), name="published_before_qualification"
            ),
            models.CheckConstraint(
                condition=Q(qualification_open__lt=F("qualification_close")),
                name="qualification_opens_before_it_closes",
            ),
            models.CheckConstraint(
                condition=Q(bidding_open=None) | Q(qualification_close__lte=F("bidding_open")),
                name="bidding_after_qualification",
            ),
            models.CheckConstraint(
                condition=Q(bidding_open=None) | Q(bidding_open__lt=F("bidding_close")),
                name="bidding_opens_before_it_closes",
            ),
            models.CheckConstraint(
                condition=Q(competition_type="", bidding_open=None, bidding_close=None)
                | (~Q(competition_type="") & Q(bidding_open__isnull=False, bidding_close__isnull=False)),
                name="visibility_only_has_neither_type_nor_bidding",
            ),
            models.CheckConstraint(
                condition=Q(archive_on=None) | Q(bidding_close=None) | Q(archive_on__gte=F("bidding_close")),
                name="archived_after_bidding",
            ),
            models.CheckConstraint(
                condition=Q(maximum_budget=None)
                | Q(minimum_budget=None)
                | Q(maximum_budget__gte=F("minimum_budget")),
                name="budget_range",
            ),
            models.CheckConstraint(
                condition=Q(maximum_voltage_kv=None)
                | Q(minimum_voltage_kv=None)
                | Q(maximum_voltage_kv__gte=F("minimum_voltage_kv")),
                name="voltage_range",
            ),
            models.CheckConstraint(
                condition=Q(area_buffer_km__gte=0, area_buffer_km__lte=50), name="buffer_range"
            ),
        ]
        indexes = [
            models.Index(fields=["operator", "publish_on"]),
            models.Index(Upper("ref"), name="competition_ref_any_case"),  # what ``ref__iexact`` asks for
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.name}"

    @property
    def is_visibility_only(self) -> bool:
        return not self.competition_type

    @property
    def price_fields(self) -> tuple[str, ...]:
        """The prices that a bid carries, in order; none when nobody bids."""
        return CompetitionType(self.competition_type).prices if self.competition_type else ()

    def phase(self, now: datetime) -> Phase:
        """The phase at ``now``: cancelled, then archived, then confirmed, then what the clock says."""
        if self.cancelled_at is not None:
            return Phase.CANCELLED
        if self.archive_on is not None and self.archive_on <= now:
            return Phase.ARCHIVED
        if self.confirmed_at is not None:
            return Phase.CONFIRMED
        if now < self.publish_on:
            return Phase.DRAFT
        if now < self.qualification_open:
            return Phase.ANNOUNCED
        if now < self.qualification_close:
            return Phase.QUALIFICATION_OPEN
        if self.bidding_open is None or self.bidding_close is None or now < self.bidding_open:
            return Phase.QUALIFICATION_CLOSED
        if now < self.bidding_close:
            return Phase.BIDDING_OPEN
        return Phase.DECISION

    def is_published(self, now: datetime) -> bool:
        return self.publish_on <= now

    def is_live(self, now: datetime) -> bool:
        """Published and neither cancelled, archived nor confirmed."""
        return self.phase(now) not in {Phase.DRAFT, Phase.CANCELLED, Phase.ARCHIVED, Phase.CONFIRMED}
