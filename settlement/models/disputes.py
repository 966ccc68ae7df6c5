"""What a provider disputes of a statement, line by line, and the answers."""

import uuid

from django.db import models
from django.db.models import Q

from marketplace.jobs.models import StoredFile
from settlement.enums import AnswerKind
from settlement.models.statements import StatementLine, StatementVersion


class Dispute(models.Model):
    """Lines of one version that its provider disputes at once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(StatementVersion, on_delete=models.PROTECT, related_name="disputes")
    raised_at = models.DateTimeField()
    raised_by_id = models.BigIntegerField()
    rest_is_invoiced = models.BooleanField(
        default=False, help_text="The operator has the lines not disputed invoiced meanwhile."
    )

    class Meta:
        ordering = ["raised_at", "id"]

    def __str__(self) -> str:
        return f"Dispute of {self.version}"


class DisputedLine(models.Model):
    """One disputed line with its reason, and the operator's answer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="lines")
    line = models.OneToOneField(StatementLine, on_delete=models.PROTECT, related_name="disputed")
    reason = models.TextField()
    state = models.CharField(max_length=10, choices=AnswerKind, default=AnswerKind.OPEN)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["dispute", "line__place"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="disputed_line_with_a_reason"),
            models.CheckConstraint(
                condition=Q(state=AnswerKind.OPEN, answer="", answered_at=None, answered_by_id=None)
                | ~Q(state=AnswerKind.OPEN)
                & ~Q(answer="")
                & Q(answered_at__isnull=False, answered_by_id__isnull=False),
                name="disputed_line_answered_in_words",
            ),
        ]

    def __str__(self) -> str:
        return str(self.line)


class DisputeFile(models.Model):
    """A document that the provider put beside its dispute, for both parties."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["dispute", "id"]

    def __str__(self) -> str:
        return str(self.file)
