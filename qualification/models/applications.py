"""Companies' applications to a DPS, with their documents."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import Organisation
from competitions.models import PurchasingSystem
from marketplace.jobs.models import StoredFile
from qualification.enums import (
    ApplicationState,
)
from qualification.models.dps import DpsFramework

_OPEN = [ApplicationState.DRAFT, ApplicationState.PENDING]


_ONCE_APPROVED = [ApplicationState.APPROVED, ApplicationState.REVOKED]


_DECIDED = [*_ONCE_APPROVED, ApplicationState.REJECTED]


class DpsApplication(models.Model):
    """A company's application to a DPS: its answers, and what the operator decided, when, by whom and why."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purchasing_system = models.ForeignKey(
        PurchasingSystem, on_delete=models.PROTECT, related_name="applications"
    )
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="dps_applications")
    state = models.CharField(max_length=9, choices=ApplicationState, default=ApplicationState.DRAFT)
    answers = models.JSONField(default=dict, blank=True, help_text="By question; numbers and dates as text.")
    own_questions = models.JSONField(
        default=list, blank=True, help_text="The operator's own questions as they stood at submission."
    )
    framework = models.ForeignKey(
        DpsFramework,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="applications",
        help_text="The version of the framework agreement that was agreed to, from submission on.",
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by_id = models.BigIntegerField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_by_email = models.EmailField(blank=True)
    reason = models.TextField("reason of the rejection", blank=True)
    expires_on = models.DateField(
        null=True, blank=True, help_text="The last day on which the approval holds."
    )
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="The end of that day in the operator's zone."
    )
    expiry_told_at = models.DateTimeField(
        null=True, blank=True, help_text="When competitions were judged anew for it."
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by_id = models.BigIntegerField(null=True, blank=True)
    revoked_by_email = models.EmailField(blank=True)
    revocation_reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "application"
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["purchasing_system", "provider"],
                condition=Q(state__in=_OPEN),
                name="one_open_application_a_dps",
            ),
            models.CheckConstraint(
                condition=Q(state=ApplicationState.DRAFT, submitted_at=None, submitted_by_id=None)
                | (
                    ~Q(state=ApplicationState.DRAFT)
                    & Q(submitted_at__isnull=False, submitted_by_id__isnull=False)
                ),
                name="application_submitted_by_somebody",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state__in=_DECIDED, decided_at__isnull=False, decided_by_id__isnull=False)
                    & ~Q(decided_by_email="")
                )
                | (~Q(state__in=_DECIDED) & Q(decided_at=None, decided_by_id=None, decided_by_email="")),
                name="application_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=(Q(state=ApplicationState.REJECTED) & ~Q(reason=""))
                | (~Q(state=ApplicationState.REJECTED) & Q(reason="")),
                name="application_rejected_with_a_reason",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state=ApplicationState.REVOKED, revoked_at__isnull=False, revoked_by_id__isnull=False)
                    & ~Q(revocation_reason="")
                )
                | (
                    ~Q(state=ApplicationState.REVOKED)
                    & Q(revoked_at=None, revoked_by_id=None, revoked_by_email="", revocation_reason="")
                ),
                name="application_revoked_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(expires_on=None, expires_at=None)
                | Q(expires_on__isnull=False, expires_at__isnull=False, state__in=_ONCE_APPROVED),
                name="application_expires_once_approved",
            ),
            models.CheckConstraint(
                condition=Q(state=ApplicationState.WITHDRAWN, withdrawn_at__isnull=False)
                | (~Q(state=ApplicationState.WITHDRAWN) & Q(withdrawn_at=None)),
                name="application_withdrawn_with_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["purchasing_system", "state"], name="application_by_state"),
            models.Index(fields=["provider", "-created_at"], name="application_of_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} on {self.purchasing_system.reference}"


class DpsAttachment(models.Model):
    """A document that goes with an application. A re-application names the same files."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(DpsApplication, on_delete=models.PROTECT, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(
        max_length=40, blank=True, help_text="The key of the question that it answers, if any."
    )
    added_at = models.DateTimeField()
    added_by_id = models.BigIntegerField()

    class Meta:
        verbose_name = "attachment"
        ordering = ["application", "added_at", "id"]

    def __str__(self) -> str:
        return str(self.file)
