"""What an operator buys: areas, competitions, their boundaries, service periods and service windows."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper

from accounts.models import Organisation
from competitions.enums import (
    AssetCategory,
    AssetStatus,
    BoundaryType,
    CompetitionType,
    HolidayRuleChoice,
    NeedDirection,
    NeedType,
    Phase,
    PowerType,
    PricingType,
)
from marketplace.key_columns import KeyForm
from marketplace.numbers import count_text

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager


def default_asset_statuses() -> list[str]:
    return [AssetStatus.OPERATIONAL, AssetStatus.IN_DEVELOPMENT]


def default_asset_categories() -> list[str]:
    return list(AssetCategory.values)


DPS_REFERENCE_RULE = "Use up to 40 letters, digits, hyphens and underscores."
REF_RULE = "Use up to 40 letters, digits and underscores."


class PurchasingSystem(models.Model):
    """A DPS of an operator: the list of pre-approved companies that a competition may ask for."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="purchasing_systems")
    reference = models.CharField(
        max_length=40, validators=[RegexValidator(r"^[A-Za-z0-9_-]{1,40}$", DPS_REFERENCE_RULE)]
    )
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    is_open = models.BooleanField(default=True)

    class Meta:
        verbose_name = "dynamic purchasing system"
        ordering = ["reference"]
        constraints = [
            models.UniqueConstraint(fields=["operator", "reference"], name="dps_reference_once_an_operator"),
            models.CheckConstraint(
                condition=Q(reference__regex=r"^[A-Za-z0-9_-]{1,40}$"),
                name="dps_reference_form",
                violation_error_message=DPS_REFERENCE_RULE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"


class Area(models.Model):
    """A named (multi)polygon of one operator in WGS84, kept as WKB."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="areas")
    reference = models.CharField(max_length=80)
    display_name = models.CharField(max_length=120, blank=True)
    licence_area = models.CharField(max_length=80, blank=True)
    supply_point = models.CharField("grid supply point", max_length=80, blank=True)
    shape_wkb = models.BinaryField()
    area_km2 = models.DecimalField("area (km²)", max_digits=12, decimal_places=4)
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["reference"]
        constraints = [
            models.UniqueConstraint("operator", KeyForm("reference"), name="area_key_once_an_operator"),
            models.CheckConstraint(condition=Q(area_km2__gt=0), name="area_is_above_zero"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.reference


class Postcode(models.Model):
    """Where a postcode lies: reference data, loaded by a command. ``code`` has one space: ``EH21 8RE``."""

    code = models.CharField(max_length=8, primary_key=True)
    sector = models.CharField(max_length=6, db_index=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6)
    latitude = models.DecimalField(max_digits=9, decimal_places=6)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="postcode_on_earth",
            )
        ]

    def __str__(self) -> str:
        return self.code


class PostcodeLoad(models.Model):
    """One loading of postcode reference data: from which file, when, and how many postcodes came or moved."""

    file_name = models.CharField(max_length=255)
    loaded_at = models.DateTimeField()
    added = models.PositiveIntegerField()
    moved = models.PositiveIntegerField()
    unchanged = models.PositiveIntegerField()
    left_out = models.PositiveIntegerField(
        help_text="Rows that are terminated, have no place, or can't be read."
    )

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.file_name}: {count_text(self.added)} added, {count_text(self.moved)} moved"


class Competition(models.Model):
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

    if TYPE_CHECKING:
        boundaries: "RelatedManager[Boundary]"
        periods: "RelatedManager[ServicePeriod]"
        windows: "RelatedManager[ServiceWindow]"

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


class Boundary(models.Model):
    """One part of a competition's boundary, which is the union of its parts."""

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="boundaries")
    kind = models.CharField(max_length=15, choices=BoundaryType)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, blank=True, related_name="boundaries")
    value = models.CharField("postcode or sector", max_length=10, blank=True)
    north = models.DecimalField(max_digits=18, decimal_places=15, null=True, blank=True)
    south = models.DecimalField(max_digits=18, decimal_places=15, null=True, blank=True)
    east = models.DecimalField(max_digits=18, decimal_places=15, null=True, blank=True)
    west = models.DecimalField(max_digits=18, decimal_places=15, null=True, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "boundaries"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind=BoundaryType.AREA,
                    area__isnull=False,
                    value="",
                    north=None,
                    south=None,
                    east=None,
                    west=None,
                )
                | (
                    Q(kind__in=[BoundaryType.POSTCODE, BoundaryType.POSTCODE_SECTOR], area=None, north=None)
                    & ~Q(value="")
                )
                | Q(
                    kind=BoundaryType.BOUNDING_BOX,
                    area=None,
                    value="",
                    south__lt=F("north"),
                    west__lt=F("east"),
                ),
                name="boundary_has_what_its_kind_needs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.area or self.value}".strip()


class BoundaryShape(models.Model):
    """The shape a competition is run with: the union of its areas and boxes, and the same with the buffer around it."""

    competition = models.OneToOneField(Competition, on_delete=models.CASCADE, related_name="boundary_shape")
    inside_wkb = models.BinaryField()
    buffered_wkb = models.BinaryField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Shape of {self.competition}"


class ServicePeriod(models.Model):
    """Days (inclusive) in which service is bought."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="periods")
    name = models.CharField(max_length=60)
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        ordering = ["first_day", "name"]
        constraints = [
            models.UniqueConstraint("competition", KeyForm("name"), name="period_key_once_a_competition"),
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")), name="period_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ServiceWindow(models.Model):
    """Hours of the period's days in which capacity is required."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="windows")
    period = models.ForeignKey(ServicePeriod, on_delete=models.CASCADE, related_name="windows")
    name = models.CharField(max_length=60)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), help_text="Monday is 0.")
    start = models.TimeField()
    end = models.TimeField(
        help_text="Not after the start: runs past midnight; 00:00 to 00:00 is the whole day."
    )
    public_holidays = models.CharField(
        max_length=7, choices=HolidayRuleChoice, default=HolidayRuleChoice.IGNORE
    )
    capacity_required_mw = models.DecimalField("capacity required (MW)", max_digits=14, decimal_places=6)
    minimum_aggregate_mw = models.DecimalField(
        "minimum aggregate size (MW)", max_digits=14, decimal_places=6, default=Decimal(0)
    )
    minimum_run_time = models.DurationField(null=True, blank=True)
    required_response_time = models.DurationField(null=True, blank=True)
    dispatch_estimate = models.PositiveIntegerField(null=True, blank=True)
    dispatch_duration = models.DurationField(null=True, blank=True)
    available_minutes = models.PositiveIntegerField(help_text="Worked out from the days, times and holidays.")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["period__first_day", "position", "name"]
        constraints = [
            models.UniqueConstraint("period", KeyForm("name"), name="window_key_once_a_period"),
            models.CheckConstraint(condition=Q(capacity_required_mw__gt=0), name="window_requires_capacity"),
            models.CheckConstraint(
                condition=Q(minimum_aggregate_mw__gte=0, minimum_aggregate_mw__lte=F("capacity_required_mw")),
                name="window_minimum_at_most_required",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period.name}/{self.name}"

    @property
    def crosses_midnight(self) -> bool:
        return self.end <= self.start


def first_service_day(competition: Competition) -> date | None:
    """The earliest first day of the competition's periods, None while it has none."""
    return min((period.first_day for period in competition.periods.all()), default=None)


class WorkingCopy(models.Model):
    """A competition as somebody is typing it: the cells of a competition file as text, not checked before it is saved."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operator = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="working_copies")
    competition = models.ForeignKey(
        Competition,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="working_copies",
        help_text="The one being changed; none for a new one.",
    )
    sheets = models.JSONField(default=dict, help_text="By sheet name, rows of cells by column key.")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "working copies"
        ordering = ["-changed_at"]

    def __str__(self) -> str:
        return f"{self.header.get('ref') or 'without a ref'} {self.header.get('name') or ''}".strip()

    @property
    def header(self) -> dict[str, str]:
        """The cells of the header; empty before any is typed."""
        rows = self.sheets.get("Competitions") or [{}]
        return dict(rows[0])


class Question(models.Model):
    """What a provider asks about a competition. Once answered, everybody reads it; who asked, nobody but the asker."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="questions")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="questions")
    text = models.TextField(max_length=2000)
    asked_at = models.DateTimeField()
    published_text = models.TextField(
        max_length=2000,
        blank=True,
        help_text="The question as everybody reads it: without anything that tells who asks.",
    )
    answer = models.TextField(max_length=5000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="", published_text="")
                | (Q(answered_at__isnull=False) & ~Q(answer="") & ~Q(published_text="")),
                name="question_answered_whole_or_not",
            ),
        ]

    def __str__(self) -> str:
        return f"Question about {self.competition.ref}"
