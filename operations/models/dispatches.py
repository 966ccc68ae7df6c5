"""What is called under contracts: dispatches, what happened to each, and the messages that tell the parties."""

import uuid
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower

from accounts.models import Organisation
from contracts.models import Contract
from operations.enums import DispatchKind, DispatchState, EventKind, MessageKind, ReceiptKind

REF_PATTERN = r"^[A-Za-z0-9_./-]{1,60}$"


class CountingDispatches(models.Manager["Dispatch"]):
    """The dispatches that count: all but those that providers start for themselves to try their channels."""

    def get_queryset(self) -> models.QuerySet["Dispatch"]:
        return super().get_queryset().exclude(kind=DispatchKind.OWN_TEST)


class Dispatch(models.Model):
    """An instruction to deliver MW under one contract. What it asks for at each instant follows from its events.

    ``start`` and ``end`` are the span that it holds against other dispatches of the contract: from its start to the latest
    end that was asked for, or to its stop. One that has no effect holds none.

    A provider's own test is a dispatch to its channels and to nothing else: ``objects`` leaves it out, so that no figure,
    limit or operator's page has it; who shows it to the provider asks for ``with_own_tests``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="dispatches")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="dispatches")
    ref = models.CharField(max_length=60)
    kind = models.CharField(max_length=11, choices=DispatchKind, default=DispatchKind.OPERATIONAL)
    state = models.CharField(max_length=12, choices=DispatchState, default=DispatchState.ISSUED)
    mw = models.DecimalField("MW", max_digits=14, decimal_places=6)
    start = models.DateTimeField()
    end = models.DateTimeField()
    holds_its_time = models.BooleanField(default=True)
    reason = models.TextField(blank=True)
    incident_reference = models.CharField(max_length=60, blank=True)
    issued_at = models.DateTimeField()
    issued_by_id = models.BigIntegerField()
    reminded_at = models.DateTimeField(
        null=True, blank=True, help_text="When the provider was told that half of the time to answer is gone."
    )
    alerted_at = models.DateTimeField(
        null=True, blank=True, help_text="When the operator was told that no answer came in time."
    )

    objects: ClassVar[CountingDispatches] = CountingDispatches()
    with_own_tests: ClassVar[models.Manager["Dispatch"]] = models.Manager()

    class Meta:
        verbose_name_plural = "dispatches"
        ordering = ["issued_at", "id"]
        constraints = [
            models.UniqueConstraint(
                F("operator"),
                Lower("ref"),
                condition=~Q(kind="own_test"),
                name="dispatch_ref_once_an_operator",
            ),
            models.UniqueConstraint(
                F("contract"),
                Lower("ref"),
                condition=Q(kind="own_test"),
                name="own_test_ref_once_a_contract",
            ),
            models.CheckConstraint(
                condition=~Q(kind="own_test")
                | Q(holds_its_time=False, reminded_at=None, alerted_at=None, incident_reference=""),
                name="own_test_has_no_effect",
            ),
            ExclusionConstraint(
                name="one_own_test_of_a_contract_at_an_instant",
                expressions=[
                    (F("contract"), RangeOperators.EQUAL),
                    (
                        Func(F("issued_at"), F("end"), RangeBoundary(), function="TSTZRANGE"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(kind="own_test") & ~Q(state=DispatchState.DECLINED),
            ),
            models.CheckConstraint(condition=Q(ref__regex=REF_PATTERN), name="dispatch_ref_form"),
            models.CheckConstraint(condition=Q(mw__gt=0), name="dispatch_asks_for_something"),
            models.CheckConstraint(
                condition=Q(start__lt=F("end")) | Q(holds_its_time=False) | Q(start=F("end")),
                name="dispatch_ends_after_its_start",
            ),
            models.CheckConstraint(
                condition=~Q(state=DispatchState.CANCELLED) | Q(holds_its_time=False),
                name="cancelled_dispatch_holds_no_time",
            ),
            ExclusionConstraint(
                name="one_dispatch_of_a_contract_at_an_instant",
                expressions=[
                    (F("contract"), RangeOperators.EQUAL),
                    (
                        Func(F("start"), F("end"), RangeBoundary(), function="TSTZRANGE"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(holds_its_time=True),
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "start"], name="dispatches_of_contract"),
            models.Index(
                fields=["issued_at"],
                condition=Q(state=DispatchState.ISSUED, alerted_at=None),
                name="dispatches_to_answer",
            ),
            models.Index(fields=["operator", "-start"], name="dispatches_of_operator"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def is_own_test(self) -> bool:
        """Whether its provider started it to try its channels: nothing is delivered, paid or counted."""
        return self.kind == DispatchKind.OWN_TEST


class DispatchEvent(models.Model):
    """Something that happened to a dispatch, in the order in which it was recorded; never changed."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, related_name="events")
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=14, choices=EventKind)
    at = models.DateTimeField()
    by_id = models.BigIntegerField()
    start = models.DateTimeField(null=True, blank=True)
    end = models.DateTimeField(null=True, blank=True)
    mw = models.DecimalField("MW", max_digits=14, decimal_places=6, null=True, blank=True)
    amendment = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.TextField(blank=True)
    warnings = ArrayField(
        models.TextField(),
        default=list,
        blank=True,
        help_text="What the operator was warned of and set aside.",
    )

    class Meta:
        ordering = ["dispatch", "place"]
        constraints = [
            models.UniqueConstraint(fields=["dispatch", "place"], name="dispatch_event_once_a_place"),
            models.CheckConstraint(
                condition=Q(kind__in=[EventKind.ISSUE, EventKind.AMEND])
                & Q(start__isnull=False, end__isnull=False, mw__isnull=False)
                | ~Q(kind__in=[EventKind.ISSUE, EventKind.AMEND]) & Q(start=None, end=None, mw=None),
                name="dispatch_event_with_its_profile",
            ),
            models.CheckConstraint(
                condition=~Q(kind=EventKind.DECLINE) | ~Q(reason=""), name="declined_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dispatch} {self.get_kind_display()}"


class MessageCounter(models.Model):
    """The number of the last message of one receiver; who writes the next one holds its row."""

    receiver = models.OneToOneField(Organisation, on_delete=models.PROTECT, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.receiver}: {self.last}"


class Message(models.Model):
    """What one organisation is told of operations: by ID exactly once, in the order of its numbers, which leave no gap."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    receiver = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="messages")
    number = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=26, choices=MessageKind)
    at = models.DateTimeField()
    dispatch = models.ForeignKey(
        Dispatch, on_delete=models.PROTECT, null=True, blank=True, related_name="messages"
    )
    body = models.JSONField()

    class Meta:
        ordering = ["receiver", "number"]
        constraints = [
            models.UniqueConstraint(fields=["receiver", "number"], name="message_number_once_a_receiver"),
            models.CheckConstraint(condition=Q(number__gte=1), name="messages_count_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.get_kind_display()}"


class MessageReceipt(models.Model):
    """The first time that something became of a message: shown on the receiver's page, or acknowledged by a person."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="receipts")
    kind = models.CharField(max_length=12, choices=ReceiptKind)
    at = models.DateTimeField()
    by_id = models.BigIntegerField()

    class Meta:
        ordering = ["message", "at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["message", "kind"], name="message_receipt_once_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.message}: {self.get_kind_display()}"
