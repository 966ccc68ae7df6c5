"""Dynamic purchasing systems: the lists of approved companies that competitions may ask for."""

import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from accounts.models import Organisation

DPS_REFERENCE_RULE = "Use up to 40 letters, digits, hyphens and underscores."


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
