"""How assets stand in competitions: verdicts, requests to judge again, and the freeze at qualification
close."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import ExpressionWrapper, Q

from accounts.models import Organisation
from competitions.models import Competition
from marketplace.rows import LoadedQuickly
from qualification.enums import (
    OverrideDecision,
)
from qualification.models.assets import Asset, PlannedAsset

PASSES = Q(failed=[])


class Verdict(LoadedQuickly):
    """How an asset stands in a competition; kept only for pairs that pass ``location`` or have an override.

    ``failed`` is the automatic result, ``override`` what the operator decided, and ``eligible`` what comes of
    both.
    """

    id = models.BigAutoField(primary_key=True)
    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="verdicts")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="verdicts")
    in_buffer = models.BooleanField(default=False)
    failed = ArrayField(models.TextField(), default=list, blank=True, help_text="Codes of criteria.")
    override = models.CharField(
        max_length=10, choices=OverrideDecision, blank=True, default="", db_default=""
    )
    eligible = models.GeneratedField(
        expression=ExpressionWrapper(
            Q(override=OverrideDecision.QUALIFY) | (Q(override="") & PASSES),
            output_field=models.BooleanField(),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    relevant_capacity_mw = models.DecimalField("relevant capacity (MW)", max_digits=13, decimal_places=6)
    changed_at = models.DateTimeField()
    asset_as_frozen = models.JSONField(
        null=True, blank=True, help_text="The asset's data as they were when qualification closed."
    )

    class Meta:
        ordering = ["competition", "asset"]
        constraints = [models.UniqueConstraint(fields=["competition", "asset"], name="one_verdict_a_pair")]

    def __str__(self) -> str:
        return f"{self.asset_id} in {self.competition_id}"

    @property
    def passes(self) -> bool:
        """The automatic result: whether the asset meets every criterion."""
        return not self.failed


class PlannedVerdict(models.Model):
    """How a planned asset stands by the rules in its competition."""

    planned_asset = models.OneToOneField(PlannedAsset, on_delete=models.CASCADE, related_name="verdict")
    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="planned_verdicts")
    failed = ArrayField(models.TextField(), default=list, blank=True, help_text="Codes of criteria.")
    eligible = models.GeneratedField(
        expression=ExpressionWrapper(PASSES, output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    relevant_capacity_mw = models.DecimalField("relevant capacity (MW)", max_digits=13, decimal_places=6)
    changed_at = models.DateTimeField()
    planned_as_frozen = models.JSONField(
        null=True, blank=True, help_text="The planned asset's data as they were when qualification closed."
    )

    class Meta:
        ordering = ["competition", "planned_asset"]

    def __str__(self) -> str:
        return f"{self.planned_asset_id} in {self.competition_id}"

    @property
    def passes(self) -> bool:
        """The automatic result: whether the planned asset meets every criterion."""
        return not self.failed


class Requalification(models.Model):
    """A request to judge again, written with its cause; processing and deleting it commit together.

    It names a competition (all its assets are judged), or assets (in all open competitions).
    """

    id = models.BigAutoField(primary_key=True)
    competition = models.ForeignKey(
        Competition, on_delete=models.CASCADE, null=True, blank=True, related_name="requalifications"
    )
    asset_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    provider = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, null=True, blank=True, related_name="requalifications"
    )
    requested_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(competition__isnull=False, provider=None, asset_ids=[])
                | (Q(competition=None, provider__isnull=False) & ~Q(asset_ids=[])),
                name="requalification_names_competition_or_assets",
            )
        ]

    def __str__(self) -> str:
        return (
            f"{self.competition_id or f'{len(self.asset_ids)} assets'} at {self.requested_at:%Y-%m-%d %H:%M}"
        )


class Freeze(models.Model):
    """The fact that a competition's verdicts and asset data are fixed, made under a lock at qualification
    close."""

    competition = models.OneToOneField(Competition, on_delete=models.CASCADE, related_name="freeze")
    frozen_at = models.DateTimeField()
    verdict_count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.competition} at {self.frozen_at:%Y-%m-%d %H:%M}"
