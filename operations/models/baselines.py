"""What baselines are made of beside readings: nominations, fixed references, and days left out by agreement."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from accounts.models import Organisation
from operations.enums import ExclusionState
from operations.models.readings import DeliveryUnit

HALF_HOURS = 48


class DatedNomination(models.Model):
    """A provider's forecast for one settlement period of a unit, net kW. Never changed; the last in time counts."""

    unit = models.ForeignKey(DeliveryUnit, on_delete=models.PROTECT, related_name="nominations")
    period_start = models.DateTimeField()
    kw = models.DecimalField("baseline (kW)", max_digits=14, decimal_places=6)
    submitted_at = models.DateTimeField()
    submitted_by_id = models.BigIntegerField()
    job_id = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering = ["unit", "period_start", "id"]
        indexes = [models.Index(fields=["unit", "period_start"], name="nominations_of_unit")]

    def __str__(self) -> str:
        return f"{self.unit} {self.period_start}"


class LateNomination(models.Model):
    """An operator's word that a nomination counts although it came too late."""

    nomination = models.ForeignKey(DatedNomination, on_delete=models.PROTECT, related_name="accepted_late")
    operator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    accepted_at = models.DateTimeField()
    accepted_by_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["nomination", "operator"], name="late_nomination_accepted_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="late_nomination_with_a_reason"),
        ]

    def __str__(self) -> str:
        return str(self.nomination)


class WeekNomination(models.Model):
    """A provider's forecast for a half-hour of each week, net kW, until another one of that half-hour replaces it."""

    unit = models.ForeignKey(DeliveryUnit, on_delete=models.PROTECT, related_name="week_nominations")
    weekday = models.PositiveSmallIntegerField(help_text="From Monday, 0.")
    start = models.TimeField()
    kw = models.DecimalField("baseline (kW)", max_digits=14, decimal_places=6)
    submitted_at = models.DateTimeField()
    submitted_by_id = models.BigIntegerField()
    job_id = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering = ["unit", "weekday", "start", "id"]
        indexes = [models.Index(fields=["unit", "weekday", "start"], name="week_nominations_of_unit")]
        constraints = [models.CheckConstraint(condition=Q(weekday__lte=6), name="week_nomination_weekday")]

    def __str__(self) -> str:
        return f"{self.unit} {self.weekday} {self.start}"


class FixedReference(models.Model):
    """An operator's profile for a device: net kW by local half-hour, from a day on."""

    operator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="fixed_references")
    ref = models.CharField(max_length=40)
    from_day = models.DateField()
    kw = ArrayField(models.DecimalField(max_digits=14, decimal_places=6), size=HALF_HOURS)
    stored_at = models.DateTimeField()

    class Meta:
        ordering = ["ref", "from_day"]
        constraints = [
            models.UniqueConstraint(
                F("operator"), Upper("ref"), F("from_day"), name="fixed_reference_once_a_day"
            ),
            models.CheckConstraint(condition=Q(kw__len=HALF_HOURS), name="fixed_reference_has_48_half_hours"),
        ]

    def __str__(self) -> str:
        return f"{self.ref} from {self.from_day}"


class ReferenceAsset(models.Model):
    """Which fixed reference a unit follows for an operator, with how many devices, from a day on."""

    operator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(DeliveryUnit, on_delete=models.PROTECT, related_name="references")
    ref = models.CharField(max_length=40)
    devices = models.PositiveIntegerField()
    from_day = models.DateField()
    stored_at = models.DateTimeField()

    class Meta:
        ordering = ["unit", "from_day"]
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "unit", "from_day"], name="reference_of_unit_once_a_day"
            ),
            models.CheckConstraint(condition=Q(devices__gte=1), name="reference_of_one_device_at_least"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.ref}"


class ExcludedDay(models.Model):
    """A day of a unit that its provider asks an operator to leave out of baselines, and the answer."""

    unit = models.ForeignKey(DeliveryUnit, on_delete=models.PROTECT, related_name="excluded_days")
    operator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    reason = models.TextField()
    state = models.CharField(max_length=8, choices=ExclusionState, default=ExclusionState.ASKED)
    asked_at = models.DateTimeField()
    asked_by_id = models.BigIntegerField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-day", "unit"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "operator", "day"], name="excluded_day_asked_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="excluded_day_with_a_reason"),
            models.CheckConstraint(
                condition=Q(state=ExclusionState.ASKED, answered_at=None, answered_by_id=None)
                | ~Q(state=ExclusionState.ASKED) & Q(answered_at__isnull=False, answered_by_id__isnull=False),
                name="excluded_day_answered_with_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=ExclusionState.REFUSED) | ~Q(answer=""),
                name="excluded_day_refused_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.day}"
