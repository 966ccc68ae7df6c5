"""Competitions that are being typed in."""

import uuid

from django.db import models

from accounts.models import Organisation
from competitions.models.competition import Competition


class WorkingCopy(models.Model):
    """A competition as somebody is typing it: the cells of a competition file as text, not checked before it
    is saved."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operator = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="working_copies")
    competition = models.ForeignKey(
        Competition,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="working_copies",
        help_text="The one being changed; none for a new one.",
    )
    sheets = models.JSONField(default=dict, help_text="By sheet name, rows of cells by column key.")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "working copies"
        ordering = ["-changed_at"]

    def __str__(self) -> str:
        return f"{self.header.get('ref') or 'without a ref'} {self.header.get('name') or ''}".strip()

    @property
    def header(self) -> dict[str, str]:
        """The cells of the header; empty before any is typed."""
        rows = self.sheets.get("Competitions") or [{}]
        return dict(rows[0])
