"""What people keep of how they want to see lists."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class SavedView(models.Model):
    """One person's view of a list: filters, order and columns as an address's query, under a name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    listing = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    is_default = models.BooleanField(default=False, help_text="The list opens with it.")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "listing", "name"], name="saved_view_named_once"),
            models.UniqueConstraint(
                fields=["user", "listing"], condition=Q(is_default=True), name="saved_view_one_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name
