"""What providers control: asset types, groups, assets and planned assets."""

import uuid
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from accounts.models import Organisation
from competitions.enums import AssetCategory, AssetStatus
from competitions.models import Competition
from marketplace.key_columns import KeyForm
from marketplace.rows import LoadedQuickly
from qualification.enums import (
    METER_INTERVALS,
    CapacityType,
    ConnectionCurrent,
    ConnectionType,
    MeteringPoint,
)


def capacity_field(label: str) -> "models.DecimalField[Decimal, Decimal]":
    return models.DecimalField(label, max_digits=11, decimal_places=6, default=Decimal(0))


class AssetType(LoadedQuickly):
    """A type that admins list under a category."""

    category = models.CharField(max_length=20, choices=AssetCategory)
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["category", "name"]
        constraints = [
            models.UniqueConstraint(
                "category",
                Lower("name"),
                name="asset_type_once_a_category",
                violation_error_message="The category has a type of this name already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {self.name}"


class AssetGroup(LoadedQuickly):
    """A fleet: a name that an FSP gives to some of its assets. It has no place and no capacity of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="asset_groups")
    ref = models.CharField(max_length=64)
    ref_key = models.CharField(
        max_length=200, editable=False, help_text="The form in which the ref is compared."
    )
    name = models.CharField(max_length=100)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["ref"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "ref_key"], name="group_ref_once_a_provider"),
            models.CheckConstraint(condition=~Q(ref="") & ~Q(name=""), name="group_has_ref_and_name"),
        ]

    def __str__(self) -> str:
        return self.ref


class Asset(LoadedQuickly):
    """Something an FSP controls at a place: a battery, a generator, a site that can turn down."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="assets")
    ref = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    group = models.ForeignKey(
        AssetGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="assets"
    )
    status = models.CharField(max_length=14, choices=AssetStatus)
    asset_type = models.ForeignKey(AssetType, on_delete=models.PROTECT, related_name="assets")
    voltage_kv = models.DecimalField("voltage level (kV)", max_digits=9, decimal_places=4)
    latitude = models.DecimalField(max_digits=18, decimal_places=15)
    longitude = models.DecimalField(max_digits=18, decimal_places=15)
    is_place_approximate = models.BooleanField(
        default=False, help_text="The place is the centroid of its postcode."
    )
    postcode = models.CharField(max_length=10, blank=True)
    address = models.CharField(max_length=255, blank=True)
    import_meter_id = models.CharField("import meter ID", max_length=13, blank=True)
    export_meter_id = models.CharField("export meter ID", max_length=13, blank=True)
    generation_turn_up_mw = capacity_field("generation turn-up (MW)")
    generation_turn_down_mw = capacity_field("generation turn-down (MW)")
    demand_turn_down_mw = capacity_field("demand turn-down (MW)")
    demand_turn_up_mw = capacity_field("demand turn-up (MW)")
    reactive_export_mvar = capacity_field("reactive export (MVAr)")
    reactive_import_mvar = capacity_field("reactive import (MVAr)")
    maximum_import_mw = models.DecimalField(max_digits=11, decimal_places=6, null=True, blank=True)
    maximum_export_mw = models.DecimalField(max_digits=11, decimal_places=6, null=True, blank=True)
    response_time = models.DurationField(null=True, blank=True)
    ramping_period = models.DurationField(null=True, blank=True)
    recovery_time = models.DurationField(null=True, blank=True)
    minimum_run_time = models.DurationField(null=True, blank=True)
    maximum_run_time = models.DurationField(null=True, blank=True)
    connection_type = models.CharField(max_length=8, choices=ConnectionType, blank=True)
    connection_current = models.CharField(max_length=2, choices=ConnectionCurrent, blank=True)
    operational_date = models.DateField(null=True, blank=True)
    metering_point = models.CharField(max_length=8, choices=MeteringPoint, blank=True)
    meter_interval_minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, choices=[(minutes, str(minutes)) for minutes in METER_INTERVALS]
    )
    supplier = models.CharField(max_length=100, blank=True)
    first_uploaded_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["ref"]
        indexes = [
            models.Index(fields=["provider", "status"]),
            models.Index(fields=["latitude", "longitude"], name="asset_place"),
            models.Index(fields=["provider", "ref"], name="asset_in_lists"),
        ]
        constraints = [
            models.UniqueConstraint("provider", KeyForm("ref"), name="asset_key_once_a_provider"),
            models.CheckConstraint(
                condition=Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="asset_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(voltage_kv__gt=0, voltage_kv__lte=400), name="asset_voltage_range"
            ),
            models.CheckConstraint(
                condition=Q(**{f"{capacity}__gte": 0 for capacity in CapacityType.values})
                & Q(**{f"{capacity}__lte": 10000 for capacity in CapacityType.values}),
                name="asset_capacities_range",
            ),
            models.CheckConstraint(
                condition=Q(
                    *[Q(**{f"{capacity}__gt": 0}) for capacity in CapacityType.values],
                    _connector=Q.OR,
                ),
                name="asset_offers_something",
            ),
            models.CheckConstraint(
                condition=~Q(status=AssetStatus.IN_DEVELOPMENT) | Q(operational_date__isnull=False),
                name="asset_in_development_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(minimum_run_time=None)
                | Q(maximum_run_time=None)
                | Q(minimum_run_time__lte=F("maximum_run_time")),
                name="asset_run_time_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.name}"


class AssetInOperatingArea(models.Model):
    """An asset that lies where an operator runs its network, so that the operator sees it. Kept by the
    platform."""

    operator = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="operating_areas")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator", "asset"], name="asset_once_in_an_operating_area")
        ]

    def __str__(self) -> str:
        return f"{self.asset} in the area of {self.operator}"


class PlannedAsset(models.Model):
    """Capacity that an FSP plans to have for one competition, without a place yet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="planned_assets")
    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="planned_assets")
    ref = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    asset_type = models.ForeignKey(AssetType, on_delete=models.PROTECT, related_name="planned_assets")
    voltage_kv = models.DecimalField("voltage level (kV)", max_digits=9, decimal_places=4)
    capacity_type = models.CharField(max_length=24, choices=CapacityType)
    capacity_mw = models.DecimalField("capacity (MW)", max_digits=11, decimal_places=6)
    estimated_count = models.PositiveIntegerField(null=True, blank=True)
    maximum_response_time = models.DurationField(null=True, blank=True)
    maximum_recovery_time = models.DurationField(null=True, blank=True)
    minimum_run_time = models.DurationField(null=True, blank=True)
    maximum_run_time = models.DurationField(null=True, blank=True)
    is_archived = models.BooleanField(default=False)
    first_uploaded_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["ref"]
        constraints = [
            models.UniqueConstraint("provider", KeyForm("ref"), name="planned_asset_key_once_a_provider"),
            models.CheckConstraint(condition=Q(capacity_mw__gt=0), name="planned_asset_offers_something"),
            models.CheckConstraint(
                condition=Q(voltage_kv__gt=0, voltage_kv__lte=400), name="planned_asset_voltage_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.name}"
