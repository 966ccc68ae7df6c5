"""Who takes part in a competition, and who may still enter after qualification close."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import Organisation
from competitions.models import Competition
from marketplace.rows import LoadedQuickly
from qualification.enums import (
    EntryState,
)


class Entry(LoadedQuickly):
    """An FSP's answer to a competition; none is *undecided*."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="entries")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="entries")
    state = models.CharField(max_length=9, choices=EntryState, default=EntryState.UNDECIDED)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["competition", "provider"]
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["competition", "provider"], name="one_entry_a_provider")
        ]

    def __str__(self) -> str:
        return f"{self.provider} in {self.competition}"


class Reopening(models.Model):
    """Leave to enter a competition after its qualification close, given to one provider with a reason."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="reopenings")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="reopenings")
    reason = models.CharField(max_length=500)
    reopened_at = models.DateTimeField()
    reopened_by_email = models.EmailField()

    class Meta:
        ordering = ["competition", "provider"]
        constraints = [
            models.UniqueConstraint(fields=["competition", "provider"], name="one_reopening_a_provider"),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="reopening_has_a_reason",
                violation_error_message="Say why the competition is opened again for this company.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.competition} for {self.provider}"
