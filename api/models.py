"""What is kept of the requests of programs (the answers to be repeated, and a log), and the webhooks that programs are
told by."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import ApiClient, Organisation
from api.enums import WebhookKind
from contracts.models import Contract
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


class AdrReport(models.Model):
    """A report of a provider by OpenADR as it was sent; the readings, nominations and answers in it are kept elsewhere."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="+")
    dispatch_id = models.UUIDField(null=True, blank=True, help_text="Blank: on the contract.")
    client_name = models.CharField(max_length=128)
    digest = models.CharField(max_length=64, help_text="Of what was sent: the same twice is one report.")
    content = models.JSONField()
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["made_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "digest"], name="adr_report_once_a_content"),
        ]
        indexes = [
            models.Index(fields=["organisation", "made_at", "id"], name="adr_reports_of_organisation"),
            models.Index(fields=["contract", "made_at", "id"], name="adr_reports_of_contract"),
        ]

    def __str__(self) -> str:
        return f"Report of {self.client_name}"


class AdrSubscription(models.Model):
    """What a program wants to be told of by OpenADR, and where."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="+")
    client_name = models.CharField(max_length=128)
    program_id = models.UUIDField(null=True, blank=True)
    wanted = models.JSONField(help_text="Objects, operations, address and token, as they were sent.")
    targets = models.JSONField(null=True, blank=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["made_at", "id"]
        indexes = [models.Index(fields=["client", "made_at", "id"], name="adr_subscriptions_of_client")]

    def __str__(self) -> str:
        return f"Subscription of {self.client_name}"


class AdrNotice(Delivery):
    """One change that one address of a subscription is told of."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subscription = models.ForeignKey(AdrSubscription, on_delete=models.CASCADE, related_name="notices")
    url = models.CharField(max_length=500)
    token = models.TextField(blank=True)
    key = models.CharField(max_length=100)
    thread = models.CharField(max_length=40, blank=True)
    is_urgent = models.BooleanField(default=False)
    at = models.DateTimeField()
    body = models.TextField()
    state = models.CharField(max_length=8, choices=DeliveryState, default=DeliveryState.WAITING)
    worth_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    place = models.BigIntegerField(help_text="The order of telling.")

    class Meta:
        ordering = ["-at", "-place"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "url", "key"], name="adr_notice_once"),
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="adr_notice_state_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["place"],
                condition=Q(state__in=[DeliveryState.WAITING, DeliveryState.SENDING]),
                name="adr_notices_to_send",
            ),
            models.Index(fields=["at"], name="adr_notices_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.key} to {self.url}"
