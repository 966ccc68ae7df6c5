"""What people are told, what they want to be told, and which occasions were told already."""

import uuid

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from marketplace.deliveries.enums import DeliveryState
from marketplace.deliveries.models import Delivery
from marketplace.notifications.kinds import title_of


class Notification(Delivery):
    """One thing that one person is told: an item of their list, and a mail unless they turned it off."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    organisation_id = models.UUIDField(null=True, blank=True, help_text="The organisation it concerns.")
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200, help_text="Told once for each kind, person and key.")
    title = models.CharField(max_length=200)
    lines = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    link = models.CharField(max_length=500, help_text="A path on this site.")
    created_at = models.DateTimeField()
    sealed_under = models.UUIDField(
        null=True, blank=True, help_text="Hidden from all others until this seal opens."
    )

    in_list = models.BooleanField(default=True, help_text="Shown in the person's list.")
    read_at = models.DateTimeField(null=True, blank=True)

    mail_state = models.CharField(max_length=8, choices=DeliveryState, default=DeliveryState.WAITING)
    worth_until = models.DateTimeField(null=True, blank=True, help_text="Not mailed after this.")
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_to = models.CharField(max_length=254, blank=True)
    edition = models.PositiveSmallIntegerField(
        default=1, help_text="Counts how often an admin had it sent again."
    )

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "key"], name="told_once"),
            models.CheckConstraint(condition=Q(mail_state__in=DeliveryState.values), name="mail_state_known"),
        ]
        indexes = [
            models.Index(
                fields=["user", "-created_at", "id"], condition=Q(in_list=True), name="notification_list"
            ),
            models.Index(
                fields=["user"], condition=Q(in_list=True, read_at=None), name="notification_unread"
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(mail_state__in=[DeliveryState.WAITING, DeliveryState.SENDING]),
                name="notification_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def kind_title(self) -> str:
        return title_of(self.kind)


class Preference(models.Model):
    """How a person wants to be told of a kind; without a row both ways."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_preferences"
    )
    kind = models.CharField(max_length=60)
    by_email = models.BooleanField(default=True)
    in_list = models.BooleanField(default=True)

    class Meta:
        ordering = ["user", "kind"]
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_preference_a_kind")]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class Occasion(models.Model):
    """A moment that came (a deadline of a competition, say) and was told; a moved one is another occasion."""

    name = models.CharField(max_length=60)
    subject_id = models.UUIDField()
    moment = models.DateTimeField()
    told_at = models.DateTimeField()

    class Meta:
        ordering = ["-moment", "id"]
        constraints = [
            models.UniqueConstraint(fields=["name", "subject_id", "moment"], name="occasion_told_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.subject_id}"
