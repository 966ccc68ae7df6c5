"""The log's tables. Ids only, no foreign keys: an entry outlives whatever it speaks of."""

import uuid

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class AuditEntry(models.Model):
    """One change: who did what to which object, and the digest that ties it to the entry before.

    The database refuses to update or delete a row of this table.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation_id = models.UUIDField(null=True, help_text="Whose chain; empty for the platform's own.")
    sequence = models.PositiveBigIntegerField(help_text="Place in the chain, from 1.")
    at = models.DateTimeField()
    actor_user_id = models.BigIntegerField(null=True, help_text="Empty when the platform itself acted.")
    actor_email = models.CharField(
        max_length=254, blank=True, help_text="A reference to the address; the address itself in old entries."
    )
    actor_organisation_id = models.UUIDField(null=True)
    action = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=80)
    subject_id = models.CharField(max_length=40)
    subject_label = models.CharField(max_length=200)
    changes = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    sealed_under = models.UUIDField(
        null=True, help_text="Hidden from other organisations until this seal opens."
    )
    previous_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["organisation_id", "-sequence"]
        verbose_name_plural = "audit entries"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "sequence"], nulls_distinct=False, name="audit_one_entry_a_place"
            ),
        ]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="audit_subject")]

    def __str__(self) -> str:
        return f"{self.action}: {self.subject_label}"


class PersonAddress(models.Model):
    """The address behind a reference of entries, apart from them: when it is erased, every entry holds as before."""

    reference = models.CharField(max_length=47, primary_key=True, help_text="As entries name the person.")
    user_id = models.BigIntegerField(null=True, help_text="Empty: an address that an entry only mentions.")
    address = models.CharField(max_length=254, help_text="Or a name that entries stand for.")
    salt = models.CharField(max_length=32)

    class Meta:
        verbose_name_plural = "person addresses"
        indexes = [
            models.Index(fields=["address"], name="audit_person_by_address"),
            models.Index(fields=["user_id"], name="audit_person_by_user"),
        ]

    def __str__(self) -> str:
        return self.reference


class ChainHead(models.Model):
    """Where an organisation's chain ends: how many entries, and the last one's digest. Locked while
    appending."""

    organisation_id = models.UUIDField(null=True)
    count = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id"], nulls_distinct=False, name="audit_one_head_a_chain"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id or 'platform'}: {self.count}"


class PublishedDigest(models.Model):
    """The digest over all chains' heads on one day, shown in public: nobody can rewrite the log unnoticed
    later."""

    day = models.DateField(primary_key=True)
    published_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    heads = models.JSONField(
        null=True, editable=False, help_text="Not public: where each chain ended, for the proof."
    )

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.digest}"


class OpenedSeal(models.Model):
    """A seal that has been opened (a competition's gate that has closed): what lay under it may be shown."""

    id = models.UUIDField(primary_key=True, help_text="The id given as sealed_under.")
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)
