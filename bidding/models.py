"""Offers and what became of them: ballots, bids, receipts, the gate, decisions, confirmation."""

import uuid
from decimal import Decimal

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import Member, Organisation
from bidding.enums import BallotState, Decision, RejectionReason
from competitions.models import Competition, ServiceWindow
from marketplace.numbers import power_text
from marketplace.rows import LoadedQuickly
from marketplace.units import power_unit
from qualification.models import Asset, PlannedAsset

MOST_STANDSTILL_DAYS = 60


def price_field(label: str) -> "models.DecimalField[Decimal | None, Decimal | None]":
    return models.DecimalField(label, max_digits=14, decimal_places=2, null=True, blank=True)


class Ballot(LoadedQuickly):
    """One FSP's offer in one competition with a set of its qualified assets."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="ballots")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="ballots")
    label = models.CharField(max_length=20, default="1")
    state = models.CharField(max_length=9, choices=BallotState, default=BallotState.SUBMITTED)
    version = models.PositiveIntegerField(default=1)
    submitted_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    assets_digest = models.CharField(
        max_length=64, default="", help_text="Tells its set of assets from other sets."
    )
    asset_count = models.PositiveIntegerField(default=0)
    assets_mw = models.DecimalField(
        "relevant capacity of its assets (MW)", max_digits=18, decimal_places=6, default=Decimal(0)
    )

    class Meta:
        ordering = ["competition", "label"]
        constraints = [
            models.UniqueConstraint(
                fields=["competition", "provider", "label"], name="ballot_label_once_a_provider"
            ),
            models.CheckConstraint(
                condition=Q(state=BallotState.SUBMITTED, withdrawn_at=None)
                | Q(state=BallotState.WITHDRAWN, withdrawn_at__isnull=False),
                name="ballot_withdrawn_with_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.label} in {self.competition}"


class BallotAsset(models.Model):
    """An asset (or planned asset) offered in a ballot. While ``is_live``, it is in no other ballot of the
    competition."""

    ballot = models.ForeignKey(Ballot, on_delete=models.CASCADE, related_name="ballot_assets")
    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="+")
    asset = models.ForeignKey(
        Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="ballot_assets"
    )
    planned_asset = models.ForeignKey(
        PlannedAsset, on_delete=models.PROTECT, null=True, blank=True, related_name="ballot_assets"
    )
    capacity_mw = models.DecimalField("relevant capacity as frozen (MW)", max_digits=13, decimal_places=6)
    is_live = models.BooleanField(default=True, help_text="The ballot is not withdrawn.")

    class Meta:
        ordering = ["ballot", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["competition", "asset"], condition=Q(is_live=True), name="asset_in_one_live_ballot"
            ),
            models.UniqueConstraint(
                fields=["competition", "planned_asset"],
                condition=Q(is_live=True),
                name="planned_asset_in_one_live_ballot",
            ),
            models.CheckConstraint(
                condition=Q(asset__isnull=False, planned_asset=None)
                | Q(asset=None, planned_asset__isnull=False),
                name="ballot_asset_is_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset or self.planned_asset} in {self.ballot}"


class Bid(LoadedQuickly):
    """Capacity offered in one service window at a price, and the operator's decision on it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ballot = models.ForeignKey(Ballot, on_delete=models.CASCADE, related_name="bids")
    window = models.ForeignKey(ServiceWindow, on_delete=models.PROTECT, related_name="bids")
    split = models.PositiveSmallIntegerField(
        default=1, help_text="Which of the ballot's bids for this window."
    )
    capacity_mw = models.DecimalField("capacity (MW)", max_digits=14, decimal_places=6)
    maximum_run_time = models.DurationField()
    availability_price = price_field("availability price (£/MW/h)")
    utilisation_price = price_field("utilisation price (£/MWh)")
    service_fee = price_field("service fee (£/MW)")
    nonce = models.CharField(max_length=64, help_text="Random; makes the digest impossible to guess.")
    digest = models.CharField(max_length=64)
    submitted_at = models.DateTimeField()

    decision = models.CharField(max_length=9, choices=Decision, default=Decision.UNDECIDED)
    rejection_reason = models.CharField(max_length=17, choices=RejectionReason, blank=True)
    rejection_comment = models.CharField(max_length=1000, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["ballot", "window", "split"]
        indexes = [models.Index(fields=["digest"], name="bid_digest")]
        constraints = [
            models.UniqueConstraint(
                fields=["ballot", "window", "split"],
                name="split_once_a_ballot_and_window",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=Q(capacity_mw__gt=0), name="bid_offers_capacity"),
            models.CheckConstraint(
                condition=(Q(availability_price=None) | Q(availability_price__gte=0))
                & (Q(utilisation_price=None) | Q(utilisation_price__gte=0))
                & (Q(service_fee=None) | Q(service_fee__gte=0)),
                name="bid_prices_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(decision=Decision.UNDECIDED, decided_at=None, decided_by_id=None)
                | (~Q(decision=Decision.UNDECIDED) & Q(decided_at__isnull=False)),
                name="bid_decided_with_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(decision=Decision.REJECTED) | ~Q(rejection_reason=""),
                name="bid_rejected_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        competition = self.ballot.competition
        power = power_text(self.capacity_mw, power_unit(competition.power_type))
        return f"{power} of {self.ballot.provider} in {competition} {self.window}"


class BallotDraft(models.Model):
    """A ballot as a member has typed it so far, in no way offered: sealed from everybody but that member.

    ``ballot`` is the one that it would change, none for a new one; the gate closing removes it.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="+")
    ballot = models.ForeignKey(Ballot, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    fields = models.JSONField(help_text="Names and texts of the form's fields.")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "competition", "ballot"],
                nulls_distinct=False,
                name="draft_once_a_member_and_ballot",
            ),
        ]

    def __str__(self) -> str:
        return f"Draft of {self.member} in {self.competition}"


class Receipt(models.Model):
    """Proof for the FSP that a bid was recorded: digest, nonce, time and place in its audit chain."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="receipts")
    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="receipts")
    ballot_id = models.UUIDField()
    bid_id = models.UUIDField(null=True, blank=True)
    action = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)
    nonce = models.CharField(max_length=64)
    content = models.JSONField(help_text="What the digest is of.")
    recorded_at = models.DateTimeField()
    audit_position = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["-recorded_at"]

    def __str__(self) -> str:
        return f"Receipt {self.id}"


class AssetList(models.Model):
    """The refs of a set of assets under their digest, kept once however many receipts name it."""

    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    refs = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "digest"], name="asset_list_once_a_provider"),
        ]

    def __str__(self) -> str:
        return f"{len(self.refs)} assets of {self.provider}"


class GateClose(models.Model):
    """The fact that bidding is over, made under an exclusive lock: how many bids, and the digest of their
    set."""

    competition = models.OneToOneField(Competition, on_delete=models.PROTECT, related_name="gate_close")
    closed_at = models.DateTimeField()
    bid_count = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    four_eyes = models.BooleanField(
        default=False, help_text="The operator's policy at the close: confirming takes a second person."
    )

    def __str__(self) -> str:
        return f"Gate of {self.competition}"


class Confirmation(models.Model):
    """The operator's word on a competition; it can't be taken back."""

    competition = models.OneToOneField(Competition, on_delete=models.PROTECT, related_name="confirmation")
    confirmed_at = models.DateTimeField()
    confirmed_by_id = models.BigIntegerField()
    accepted_count = models.PositiveIntegerField()
    rejected_count = models.PositiveIntegerField()
    accepted_mw = models.DecimalField("accepted (MW, summed over bids)", max_digits=18, decimal_places=6)
    expected_cost = models.DecimalField("expected cost (£)", max_digits=20, decimal_places=2)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expected_cost__gte=0), name="confirmed_cost_not_negative"),
        ]

    def __str__(self) -> str:
        return f"Confirmation of {self.competition}"


class DecisionPolicy(models.Model):
    """How an operator decides. Without a row: one person may confirm, contracts may be signed at once."""

    operator = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, primary_key=True, related_name="decision_policy"
    )
    four_eyes = models.BooleanField(
        "two people confirm",
        default=False,
        help_text="One member proposes to confirm results, another one confirms.",
    )
    standstill_days = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(MOST_STANDSTILL_DAYS)],
        help_text="Days between the confirmation of results and the first day on which a contract may be signed.",
    )
    dispatch_needs_signature = models.BooleanField(
        "only signed contracts are dispatched",
        default=False,
        help_text="Otherwise a contract can be dispatched from its award on.",
    )

    class Meta:
        verbose_name_plural = "decision policies"
        constraints = [
            models.CheckConstraint(
                condition=Q(standstill_days__lte=MOST_STANDSTILL_DAYS),
                name="standstill_in_bounds",
                violation_error_message=f"A standstill lasts at most {MOST_STANDSTILL_DAYS} days.",
            ),
        ]

    def __str__(self) -> str:
        return f"Decision policy of {self.operator}"


class NamingRule(models.Model):
    """From when on an operator publishes bids with company names, or without. Kept for ever: each competition
    goes by the rule that stood when its bidding opened. Without a row: without names."""

    operator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="naming_rules")
    names_published = models.BooleanField("company names are published")
    since = models.DateTimeField()

    class Meta:
        ordering = ["operator", "since", "id"]

    def __str__(self) -> str:
        return f"{self.operator}: {'with' if self.names_published else 'without'} company names"


class RegulatorSettings(models.Model):
    """What an operator reports to its regulator and the platform can't know."""

    operator = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, primary_key=True, related_name="regulator_settings"
    )
    constraint_licence_area = models.CharField(
        max_length=120, blank=True, help_text="Where the constraint is."
    )
    provider_licence_area = models.CharField(max_length=120, blank=True, help_text="Where providers connect.")
    grid_supply_point = models.CharField(max_length=120, blank=True, help_text="Of the service's location.")

    class Meta:
        verbose_name_plural = "regulator settings"

    def __str__(self) -> str:
        return f"Report settings of {self.operator}"


class ConfirmationProposal(models.Model):
    """One member's word that these decisions are to be confirmed; with two people confirming, another one
    does."""

    competition = models.OneToOneField(
        Competition, on_delete=models.PROTECT, related_name="confirmation_proposal"
    )
    proposed_at = models.DateTimeField()
    proposed_by_id = models.BigIntegerField()
    proposed_by_email = models.EmailField()
    digest = models.CharField(
        max_length=64, help_text="Of the decisions proposed; other ones need a new proposal."
    )

    def __str__(self) -> str:
        return f"Proposal to confirm {self.competition}"
