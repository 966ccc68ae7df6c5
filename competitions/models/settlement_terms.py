"""Settlement terms as an operator keeps them: by ref, in versions that never change, and which are its default when."""

import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from accounts.models import Organisation

TERMS_REF_RULE = "Use up to 40 letters, digits, hyphens and underscores."
LONGEST_NAME = 120
LONGEST_TEXT = 20_000


class TermsRecord(models.Model):
    """One operator's settlement terms under a ref; what they say stands in their versions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="settlement_terms")
    ref = models.CharField(
        max_length=40, validators=[RegexValidator(r"^[A-Za-z0-9_-]{1,40}$", TERMS_REF_RULE)]
    )

    class Meta:
        verbose_name = "settlement terms"
        verbose_name_plural = "settlement terms"
        ordering = ["ref"]
        constraints = [
            models.UniqueConstraint(Lower("ref"), F("operator"), name="terms_ref_once_an_operator"),
            models.CheckConstraint(
                condition=Q(ref__regex=r"^[A-Za-z0-9_-]{1,40}$"),
                name="terms_ref_form",
                violation_error_message=TERMS_REF_RULE,
            ),
        ]

    def __str__(self) -> str:
        return self.ref


class TermsVersion(models.Model):
    """What settlement terms say from an instant on. Its row is never changed: changing makes the next version.

    ``fields`` are all fields as nested plain data, as :mod:`competitions.domain.terms_fields` reads and writes them; the
    mode of availability is absent where it follows from what a contract pays.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    record = models.ForeignKey(TermsRecord, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=LONGEST_NAME)
    text = models.TextField(blank=True, max_length=LONGEST_TEXT, help_text="For people: it decides nothing.")
    fields = models.JSONField()
    made_at = models.DateTimeField()
    made_by_id = models.BigIntegerField()

    class Meta:
        verbose_name = "version of settlement terms"
        verbose_name_plural = "versions of settlement terms"
        ordering = ["record", "number"]
        constraints = [
            models.UniqueConstraint(fields=["record", "number"], name="terms_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="terms_versions_count_from_1"),
            models.CheckConstraint(condition=~Q(name=""), name="terms_have_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.record} version {self.number}"


class DefaultTerms(models.Model):
    """From when which settlement terms are an operator's default: for competitions that name none."""

    operator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="default_terms")
    record = models.ForeignKey(TermsRecord, on_delete=models.PROTECT, related_name="defaults")
    since = models.DateTimeField()

    class Meta:
        verbose_name = "default settlement terms"
        verbose_name_plural = "default settlement terms"
        ordering = ["operator", "since", "id"]
        indexes = [models.Index(fields=["operator", "since"], name="default_terms_by_instant")]

    def __str__(self) -> str:
        return f"{self.record} for {self.operator}"
