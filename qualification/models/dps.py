"""What an operator adds to one of its DPSs: questions of its own, and the framework agreement in its
versions."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from competitions.models import PurchasingSystem
from marketplace.jobs.models import StoredFile
from qualification.enums import DpsQuestionKind, DpsSection


class DpsQuestion(models.Model):
    """A question that the operator adds to a section of the applications to its DPS."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purchasing_system = models.ForeignKey(
        PurchasingSystem, on_delete=models.PROTECT, related_name="own_questions"
    )
    section = models.CharField(max_length=12, choices=DpsSection)
    place = models.PositiveSmallIntegerField(help_text="The order within the section.")
    text = models.CharField(max_length=300)
    kind = models.CharField(max_length=8, choices=DpsQuestionKind)
    options = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    is_required = models.BooleanField(default=True)
    help_text = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = "question of a DPS"
        ordering = ["purchasing_system", "section", "place", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="dps_question_has_a_text"),
            models.CheckConstraint(
                condition=(Q(kind=DpsQuestionKind.CHOICE) & ~Q(options=[]))
                | (~Q(kind=DpsQuestionKind.CHOICE) & Q(options=[])),
                name="dps_question_choice_has_options",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def key(self) -> str:
        """What an application keeps its answer under."""
        return f"own_{self.pk.hex}"


class DpsFramework(models.Model):
    """One version of a DPS's framework agreement. Earlier versions stay: companies agreed to them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purchasing_system = models.ForeignKey(
        PurchasingSystem, on_delete=models.PROTECT, related_name="frameworks"
    )
    version = models.PositiveSmallIntegerField()
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()
    published_by_id = models.BigIntegerField()

    class Meta:
        verbose_name = "framework agreement"
        ordering = ["purchasing_system", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["purchasing_system", "version"], name="framework_version_once_a_dps"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="framework_version_from_1"),
        ]

    def __str__(self) -> str:
        return f"Framework agreement of {self.purchasing_system.reference}, version {self.version}"
