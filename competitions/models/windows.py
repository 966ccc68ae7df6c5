"""When a competition buys: service periods and their service windows."""

import uuid
from datetime import date
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from competitions.enums import (
    HolidayRuleChoice,
)
from competitions.models.competition import Competition
from marketplace.key_columns import KeyForm
from marketplace.rows import LoadedQuickly


class ServicePeriod(LoadedQuickly):
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


class ServiceWindow(LoadedQuickly):
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
