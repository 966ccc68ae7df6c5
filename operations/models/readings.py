"""What meters measured: delivery units, and their readings day by day, version by version."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Length, Upper
from django.db.models.lookups import Exact

from accounts.models import Organisation
from operations.enums import INTERVALS
from qualification.models import Asset, AssetGroup

DAY_MINUTES = 1440
TOLD = r"^[AEM-]*$"


class DeliveryUnit(models.Model):
    """What has a meter series and a baseline of its own: an asset, or an asset group metered as one from a day on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="delivery_units")
    asset = models.OneToOneField(
        Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="delivery_unit"
    )
    group = models.OneToOneField(
        AssetGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="delivery_unit"
    )
    from_day = models.DateField(
        null=True, blank=True, help_text="From when on a group's members share one series."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(asset__isnull=False, group=None, from_day=None)
                | Q(asset=None, group__isnull=False, from_day__isnull=False),
                name="unit_is_an_asset_or_a_group",
            )
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """The asset's or the group's ref."""
        return self.asset.ref if self.asset is not None else self.group.ref if self.group is not None else ""

    @property
    def name(self) -> str:
        return (
            self.asset.name if self.asset is not None else self.group.name if self.group is not None else ""
        )


class MeterDay(models.Model):
    """What was told at one time of one UTC day of a unit: import and export by interval, in millionths of a kWh.

    A quality has a letter for each interval of the day: A, E or M, and - where nothing was told. Energies that are all 0
    are an empty array. Never changed: what is told later is another row, and counts from then on.
    """

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(DeliveryUnit, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    minutes = models.PositiveSmallIntegerField()
    imported = ArrayField(models.BigIntegerField(), default=list, blank=True)
    import_quality = models.CharField(max_length=DAY_MINUTES)
    exported = ArrayField(models.BigIntegerField(), default=list, blank=True)
    export_quality = models.CharField(max_length=DAY_MINUTES)
    received_at = models.DateTimeField()
    received_by_id = models.BigIntegerField()
    job_id = models.UUIDField(null=True, blank=True, help_text="The upload that told it.")

    class Meta:
        ordering = ["unit", "day", "id"]
        indexes = [models.Index(fields=["unit", "day"], name="meter_days_of_unit")]
        constraints = [
            models.CheckConstraint(condition=Q(minutes__in=INTERVALS), name="meter_day_interval"),
            models.CheckConstraint(
                condition=Q(import_quality__regex=TOLD, export_quality__regex=TOLD),
                name="meter_day_qualities",
            ),
            *(
                models.CheckConstraint(
                    condition=Exact(Length(f"{flow}_quality") * F("minutes"), Value(DAY_MINUTES)),
                    name=f"meter_day_whole_{flow}",
                )
                for flow in ("import", "export")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.day}"


class KeptMapping(models.Model):
    """How files with these headers are read, under the provider's name for it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="meter_mappings")
    name = models.CharField(max_length=60)
    headers = models.JSONField()
    mapping = models.JSONField()
    kept_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(F("provider"), Upper("name"), name="meter_mapping_once_a_name"),
            models.CheckConstraint(condition=~Q(name=""), name="meter_mapping_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
