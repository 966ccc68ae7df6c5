"""What is kept of the requests of programs (the answers to be repeated, and a log), and the webhooks that programs are
told by."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import ApiClient, Organisation
from api.enums import WebhookKind
from marketplace.deliveries.enums import DeliveryState
from marketplace.deliveries.models import Delivery


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


class WebhookEndpoint(models.Model):
    """An address of an organisation that is told of what happens to it, signed with a secret of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=500)
    kinds = ArrayField(models.CharField(max_length=40, choices=WebhookKind), default=list)
    is_on = models.BooleanField(default=True)
    why_off = models.CharField(max_length=200, blank=True, help_text="Why it was switched off by itself.")
    secret = models.CharField(max_length=80)
    former_secret = models.CharField(max_length=80, blank=True)
    former_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()
    made_by_id = models.BigIntegerField()

    class Meta:
        ordering = ["made_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "url"], name="webhook_once_an_address"),
            models.CheckConstraint(
                condition=Q(kinds__contained_by=list(WebhookKind.values)), name="webhook_kinds_known"
            ),
            models.CheckConstraint(
                condition=Q(former_secret="", former_until=None)
                | ~Q(former_secret="") & Q(former_until__isnull=False),
                name="webhook_former_secret_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(Delivery):
    """One thing that one address is told: by the same ``message_id`` however often it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=60)
    edition = models.PositiveSmallIntegerField(default=1, help_text="Counts how often it was replayed.")
    kind = models.CharField(max_length=40, choices=WebhookKind)
    thread = models.CharField(
        max_length=40, blank=True, help_text="What is told in order: the dispatch that it is about."
    )
    is_urgent = models.BooleanField(default=False)
    at = models.DateTimeField(help_text="When it happened.")
    body = models.TextField()
    state = models.CharField(max_length=8, choices=DeliveryState, default=DeliveryState.WAITING)
    worth_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    place = models.BigIntegerField(help_text="The order of telling.")

    class Meta:
        ordering = ["-at", "-place"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "message_id", "edition"], name="webhook_told_once_an_edition"
            ),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="webhook_state_known"),
        ]
        indexes = [
            models.Index(
                fields=["place"],
                condition=Q(state__in=[DeliveryState.WAITING, DeliveryState.SENDING]),
                name="webhooks_to_send",
            ),
            models.Index(fields=["endpoint", "-at", "-place"], name="webhooks_of_endpoint"),
            models.Index(fields=["at"], name="webhooks_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.endpoint}"


class WebhookAttempt(models.Model):
    """One try: when, how long it took, and what was answered."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    said = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.delivery} at {self.at}"
