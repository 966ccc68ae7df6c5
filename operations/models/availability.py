"""What providers promise for service: MW declared, what operators answer, and what turned out not to be there."""

import uuid

from django.db import models
from django.db.models import F, Func, Q, Value

from contracts.models import Contract
from operations.enums import UnavailabilityReason


def _whole_minutes(*fields: str) -> Q:
    """Instants without seconds: availability is exact to the minute."""
    found = Q()
    for field in fields:
        minute = Func(Value("minute"), F(field), function="date_trunc", output_field=models.DateTimeField())
        found &= Q(**{field: minute})
    return found


class AvailabilityDeclaration(models.Model):
    """MW that a provider declares from a start to an end; a later one replaces it for the minutes it covers.

    Rows are only added, so what was declared when stays known.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="declarations")
    start = models.DateTimeField()
    end = models.DateTimeField()
    mw = models.DecimalField("MW", max_digits=14, decimal_places=6)
    declared_at = models.DateTimeField()
    declared_by_id = models.BigIntegerField()

    class Meta:
        ordering = ["contract", "id"]
        indexes = [models.Index(fields=["contract", "end"], name="declarations_of_contract")]
        constraints = [
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="declaration_ends_after_its_start"),
            models.CheckConstraint(condition=Q(mw__gte=0), name="declaration_is_not_negative"),
            models.CheckConstraint(
                condition=_whole_minutes("start", "end"), name="declaration_in_whole_minutes"
            ),
            models.CheckConstraint(
                condition=Q(declared_at__lt=F("start")), name="declaration_comes_before_its_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mw} MW from {self.start} to {self.end}"


class AvailabilityAnswer(models.Model):
    """MW of declared availability that the operator takes from a start to an end; 0 releases. Rows are only added."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="availability_answers")
    start = models.DateTimeField()
    end = models.DateTimeField()
    mw = models.DecimalField("MW", max_digits=14, decimal_places=6)
    answered_at = models.DateTimeField()
    answered_by_id = models.BigIntegerField()

    class Meta:
        ordering = ["contract", "id"]
        indexes = [models.Index(fields=["contract", "end"], name="answers_of_contract")]
        constraints = [
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="answer_ends_after_its_start"),
            models.CheckConstraint(condition=Q(mw__gte=0), name="answer_is_not_negative"),
            models.CheckConstraint(condition=_whole_minutes("start", "end"), name="answer_in_whole_minutes"),
            models.CheckConstraint(
                condition=Q(answered_at__lt=F("start")), name="answer_comes_before_its_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mw} MW accepted from {self.start} to {self.end}"


class Unavailability(models.Model):
    """A notice that from a start to an end only some MW of what is accepted are there.

    ``notified_end`` is the end as it was notified, ``end`` the one that counts: it only ever moves back. A notice that ends
    where it starts is taken back whole.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="unavailabilities")
    start = models.DateTimeField()
    end = models.DateTimeField()
    notified_end = models.DateTimeField()
    mw = models.DecimalField("MW available", max_digits=14, decimal_places=6)
    reason = models.CharField(max_length=12, choices=UnavailabilityReason)
    notified_at = models.DateTimeField()
    notified_by_id = models.BigIntegerField()
    shortened_at = models.DateTimeField(null=True, blank=True)
    shortened_by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "unavailabilities"
        ordering = ["contract", "start", "notified_at", "id"]
        indexes = [models.Index(fields=["contract", "end"], name="unavailability_of_contract")]
        constraints = [
            models.CheckConstraint(
                condition=Q(start__lt=F("notified_end"), start__lte=F("end"), end__lte=F("notified_end")),
                name="unavailability_ends_after_its_start",
            ),
            models.CheckConstraint(condition=Q(mw__gte=0), name="unavailability_is_not_negative"),
            models.CheckConstraint(
                condition=_whole_minutes("start", "end", "notified_end"),
                name="unavailability_in_whole_minutes",
            ),
            models.CheckConstraint(
                condition=Q(end=F("notified_end"), shortened_at=None, shortened_by_id=None)
                | Q(end__lt=F("notified_end"), shortened_at__isnull=False, shortened_by_id__isnull=False),
                name="unavailability_shortened_with_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mw} MW left from {self.start} to {self.end}"
