"""Areas of operators, and where postcodes lie."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import Organisation
from marketplace.key_columns import KeyForm
from marketplace.numbers import count_text


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
