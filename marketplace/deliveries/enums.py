"""The states that a delivery goes through. A channel's own table of steps says which of them it has."""

from django.db.models import TextChoices


class DeliveryState(TextChoices):
    WAITING = "waiting", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    GIVEN_UP = "given_up", "Given up"
    LAPSED = "lapsed", "No longer worth sending"
    UNWANTED = "unwanted", "Not wanted by email"
