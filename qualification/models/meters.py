"""The meter lists of operators."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from competitions.models import Area
from marketplace.numbers import count_text


class MeterList(models.Model):
    """The meter IDs that an operator counts as lying in one of its areas; an upload replaces the list."""

    area = models.OneToOneField(Area, on_delete=models.PROTECT, related_name="meter_list")
    meter_ids = ArrayField(models.CharField(max_length=13))
    replaced_at = models.DateTimeField()
    replaced_by_email = models.EmailField()

    def __str__(self) -> str:
        return f"{count_text(len(self.meter_ids))} meters of {self.area}"
