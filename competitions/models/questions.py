"""Questions about competitions, and their answers."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import Organisation
from competitions.models.competition import Competition


class Question(models.Model):
    """What a provider asks about a competition. Once answered, everybody reads it; who asked, nobody but the
    asker."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="questions")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="questions")
    text = models.TextField(max_length=2000)
    asked_at = models.DateTimeField()
    published_text = models.TextField(
        max_length=2000,
        blank=True,
        help_text="The question as everybody reads it: without anything that tells who asks.",
    )
    answer = models.TextField(max_length=5000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="", published_text="")
                | (Q(answered_at__isnull=False) & ~Q(answer="") & ~Q(published_text="")),
                name="question_answered_whole_or_not",
            ),
        ]

    def __str__(self) -> str:
        return f"Question about {self.competition.ref}"
