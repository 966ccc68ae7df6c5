"""Operators' own decisions about assets in competitions."""

from django.db import models
from django.db.models import Q

from competitions.models import Competition
from qualification.enums import (
    OverrideDecision,
)
from qualification.models.assets import Asset


class Override(models.Model):
    """An operator's decision about an asset in a competition. Never changed: the next one supersedes it.

    A blank decision takes the override back. ``copied_from`` names the earlier competition of a copy.
    """

    id = models.BigAutoField(primary_key=True)
    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="overrides")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="overrides")
    decision = models.CharField(max_length=10, choices=OverrideDecision, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    decided_at = models.DateTimeField()
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_by_email = models.EmailField(blank=True)
    copied_from = models.ForeignKey(
        Competition, on_delete=models.PROTECT, null=True, blank=True, related_name="overrides_copied"
    )
    is_latest = models.BooleanField(default=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["competition", "asset"],
                condition=Q(is_latest=True),
                name="one_latest_override_a_pair",
            ),
            models.CheckConstraint(condition=Q(decision="") | ~Q(reason=""), name="override_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_decision_display() or 'Removed'}: {self.asset_id} in {self.competition_id}"


class OverridesCopied(models.Model):
    """The fact that a competition has taken over the overrides of the earlier ones that it names: once."""

    competition = models.OneToOneField(
        Competition, on_delete=models.PROTECT, related_name="overrides_taken_over"
    )
    copied_at = models.DateTimeField()
    override_count = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "overrides copied"

    def __str__(self) -> str:
        return f"{self.override_count} to {self.competition}"
