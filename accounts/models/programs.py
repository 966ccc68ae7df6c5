"""Programs that act for an organisation: their secrets, and the tokens they get for them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.enums import Scope
from accounts.models.members import Member


class ApiClient(models.Model):
    """A program that acts for an organisation, as a member that takes no seat and never signs in.

    ``addresses`` are the networks it may come from, as texts such as 192.0.2.0/24; none: from everywhere.
    """

    id = models.CharField(primary_key=True, max_length=30, editable=False)
    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="client")
    name = models.CharField(max_length=60)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), default=list)
    addresses = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_from = models.CharField(max_length=45, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=list(Scope.values)),
                name="api_client_scopes_known",
                violation_error_message="Choose scopes from the list.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApiSecret(models.Model):
    """A secret of a program, kept as its digest; two of them work while one replaces the other."""

    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="secrets")
    digest = models.CharField(max_length=64, unique=True)
    ending = models.CharField(max_length=4, help_text="Its last characters, by which people tell it.")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"…{self.ending} of {self.client}"


class ApiToken(models.Model):
    """What a program got for its secret: opens the API for an hour. Kept as its digest."""

    digest = models.CharField(primary_key=True, max_length=64)
    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="tokens")
    secret = models.ForeignKey(ApiSecret, on_delete=models.CASCADE, related_name="tokens")
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), default=list)
    ends_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["ends_at"], name="api_tokens_by_end")]
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=list(Scope.values)), name="api_token_scopes_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Token of {self.client}"
