"""Assets of a contract that its provider proposes to exchange from a day on, and the operator's answer."""

import uuid

from django.db import models
from django.db.models import Q

from contracts.models import Contract
from operations.enums import SubstitutionState


class Substitution(models.Model):
    """A proposal to add assets to a contract, to remove some, or both, from a local day on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="substitutions")
    from_day = models.DateField()
    state = models.CharField(max_length=8, choices=SubstitutionState, default=SubstitutionState.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by_id = models.BigIntegerField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-proposed_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state=SubstitutionState.PROPOSED, answered_at=None, answered_by_id=None, answer=""
                )
                | ~Q(state=SubstitutionState.PROPOSED)
                & Q(answered_at__isnull=False, answered_by_id__isnull=False),
                name="substitution_answered_with_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=SubstitutionState.REFUSED) | ~Q(answer=""),
                name="substitution_refused_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} from {self.from_day}"


class SubstitutedAsset(models.Model):
    """An asset that a substitution adds to the contract or removes from it."""

    substitution = models.ForeignKey(Substitution, on_delete=models.CASCADE, related_name="assets")
    asset_id = models.UUIDField()
    asset_ref = models.CharField(max_length=64)
    is_added = models.BooleanField()

    class Meta:
        ordering = ["substitution", "-is_added", "asset_ref"]
        constraints = [
            models.UniqueConstraint(fields=["substitution", "asset_id"], name="substituted_asset_once")
        ]

    def __str__(self) -> str:
        return self.asset_ref
