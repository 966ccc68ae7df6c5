"""What is kept of the requests of programs: the answers to be repeated, and a log."""

import uuid

from django.db import models

from accounts.models import ApiClient, Organisation


class KeptAnswer(models.Model):
    """The answer to a write with an idempotency key, stored in the transaction of its effect."""

    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    asked = models.CharField(max_length=64, help_text="Digest of method, address and body.")
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "key"], name="kept_answer_once_a_key"),
        ]
        indexes = [models.Index(fields=["made_at"], name="kept_answers_by_age")]

    def __str__(self) -> str:
        return f"{self.key} of {self.client}"


class LoggedRequest(models.Model):
    """One request of a program: what it asked for and how it was answered, for its own organisation to read."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="requests")
    at = models.DateTimeField()
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=300)
    status = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=80, blank=True, help_text="The problem's code.")
    milliseconds = models.PositiveIntegerField()
    address = models.CharField(max_length=45)

    class Meta:
        ordering = ["-at", "id"]
        indexes = [
            models.Index(fields=["organisation", "-at", "id"], name="requests_of_organisation"),
            models.Index(fields=["at"], name="requests_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
