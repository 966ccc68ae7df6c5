"""What providers control, and how it stands in each competition: assets, verdicts, freezes, entries."""

import uuid
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.db.models.functions import Lower

from accounts.models import Organisation
from competitions.enums import AssetCategory, AssetStatus
from competitions.models import Area, Competition, PurchasingSystem
from marketplace.jobs.models import StoredFile
from marketplace.key_columns import KeyForm
from marketplace.numbers import count_text
from qualification.enums import (
    METER_INTERVALS,
    ApplicationState,
    CapacityType,
    ConnectionCurrent,
    ConnectionType,
    EntryState,
    MeteringPoint,
    OverrideDecision,
)
from qualification.models.dps import DpsFramework as DpsFramework
from qualification.models.dps import DpsQuestion as DpsQuestion


def capacity_field(label: str) -> "models.DecimalField[Decimal, Decimal]":
    return models.DecimalField(label, max_digits=11, decimal_places=6, default=Decimal(0))


class AssetType(models.Model):
    """A type that admins list under a category."""

    category = models.CharField(max_length=20, choices=AssetCategory)
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["category", "name"]
        constraints = [
            models.UniqueConstraint(
                "category",
                Lower("name"),
                name="asset_type_once_a_category",
                violation_error_message="The category has a type of this name already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {self.name}"


class AssetGroup(models.Model):
    """A fleet: a name that an FSP gives to some of its assets. It has no place and no capacity of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="asset_groups")
    ref = models.CharField(max_length=64)
    ref_key = models.CharField(
        max_length=200, editable=False, help_text="The form in which the ref is compared."
    )
    name = models.CharField(max_length=100)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["ref"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "ref_key"], name="group_ref_once_a_provider"),
            models.CheckConstraint(condition=~Q(ref="") & ~Q(name=""), name="group_has_ref_and_name"),
        ]

    def __str__(self) -> str:
        return self.ref


class Asset(models.Model):
    """Something an FSP controls at a place: a battery, a generator, a site that can turn down."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="assets")
    ref = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    group = models.ForeignKey(
        AssetGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="assets"
    )
    status = models.CharField(max_length=14, choices=AssetStatus)
    asset_type = models.ForeignKey(AssetType, on_delete=models.PROTECT, related_name="assets")
    voltage_kv = models.DecimalField("voltage level (kV)", max_digits=9, decimal_places=4)
    latitude = models.DecimalField(max_digits=18, decimal_places=15)
    longitude = models.DecimalField(max_digits=18, decimal_places=15)
    is_place_approximate = models.BooleanField(
        default=False, help_text="The place is the centroid of its postcode."
    )
    postcode = models.CharField(max_length=10, blank=True)
    address = models.CharField(max_length=255, blank=True)
    import_meter_id = models.CharField("import meter ID", max_length=13, blank=True)
    export_meter_id = models.CharField("export meter ID", max_length=13, blank=True)
    generation_turn_up_mw = capacity_field("generation turn-up (MW)")
    generation_turn_down_mw = capacity_field("generation turn-down (MW)")
    demand_turn_down_mw = capacity_field("demand turn-down (MW)")
    demand_turn_up_mw = capacity_field("demand turn-up (MW)")
    reactive_export_mvar = capacity_field("reactive export (MVAr)")
    reactive_import_mvar = capacity_field("reactive import (MVAr)")
    maximum_import_mw = models.DecimalField(max_digits=11, decimal_places=6, null=True, blank=True)
    maximum_export_mw = models.DecimalField(max_digits=11, decimal_places=6, null=True, blank=True)
    response_time = models.DurationField(null=True, blank=True)
    ramping_period = models.DurationField(null=True, blank=True)
    recovery_time = models.DurationField(null=True, blank=True)
    minimum_run_time = models.DurationField(null=True, blank=True)
    maximum_run_time = models.DurationField(null=True, blank=True)
    connection_type = models.CharField(max_length=8, choices=ConnectionType, blank=True)
    connection_current = models.CharField(max_length=2, choices=ConnectionCurrent, blank=True)
    operational_date = models.DateField(null=True, blank=True)
    metering_point = models.CharField(max_length=8, choices=MeteringPoint, blank=True)
    meter_interval_minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, choices=[(minutes, str(minutes)) for minutes in METER_INTERVALS]
    )
    supplier = models.CharField(max_length=100, blank=True)
    first_uploaded_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["ref"]
        indexes = [
            models.Index(fields=["provider", "status"]),
            models.Index(fields=["latitude", "longitude"], name="asset_place"),
            models.Index(fields=["provider", "ref"], name="asset_in_lists"),
        ]
        constraints = [
            models.UniqueConstraint("provider", KeyForm("ref"), name="asset_key_once_a_provider"),
            models.CheckConstraint(
                condition=Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="asset_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(voltage_kv__gt=0, voltage_kv__lte=400), name="asset_voltage_range"
            ),
            models.CheckConstraint(
                condition=Q(**{f"{capacity}__gte": 0 for capacity in CapacityType.values})
                & Q(**{f"{capacity}__lte": 10000 for capacity in CapacityType.values}),
                name="asset_capacities_range",
            ),
            models.CheckConstraint(
                condition=Q(
                    *[Q(**{f"{capacity}__gt": 0}) for capacity in CapacityType.values],
                    _connector=Q.OR,
                ),
                name="asset_offers_something",
            ),
            models.CheckConstraint(
                condition=~Q(status=AssetStatus.IN_DEVELOPMENT) | Q(operational_date__isnull=False),
                name="asset_in_development_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(minimum_run_time=None)
                | Q(maximum_run_time=None)
                | Q(minimum_run_time__lte=F("maximum_run_time")),
                name="asset_run_time_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.name}"


class PlannedAsset(models.Model):
    """Capacity that an FSP plans to have for one competition, without a place yet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="planned_assets")
    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="planned_assets")
    ref = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    asset_type = models.ForeignKey(AssetType, on_delete=models.PROTECT, related_name="planned_assets")
    voltage_kv = models.DecimalField("voltage level (kV)", max_digits=9, decimal_places=4)
    capacity_type = models.CharField(max_length=24, choices=CapacityType)
    capacity_mw = models.DecimalField("capacity (MW)", max_digits=11, decimal_places=6)
    estimated_count = models.PositiveIntegerField(null=True, blank=True)
    maximum_response_time = models.DurationField(null=True, blank=True)
    maximum_recovery_time = models.DurationField(null=True, blank=True)
    minimum_run_time = models.DurationField(null=True, blank=True)
    maximum_run_time = models.DurationField(null=True, blank=True)
    is_archived = models.BooleanField(default=False)
    first_uploaded_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["ref"]
        constraints = [
            models.UniqueConstraint("provider", KeyForm("ref"), name="planned_asset_key_once_a_provider"),
            models.CheckConstraint(condition=Q(capacity_mw__gt=0), name="planned_asset_offers_something"),
            models.CheckConstraint(
                condition=Q(voltage_kv__gt=0, voltage_kv__lte=400), name="planned_asset_voltage_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.name}"


PASSES = Q(failed=[])


class Verdict(models.Model):
    """How an asset stands in a competition; kept only for pairs that pass ``location`` or have an override.

    ``failed`` is the automatic result, ``override`` what the operator decided, and ``eligible`` what comes of both.
    """

    id = models.BigAutoField(primary_key=True)
    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="verdicts")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="verdicts")
    in_buffer = models.BooleanField(default=False)
    failed = ArrayField(models.TextField(), default=list, blank=True, help_text="Codes of criteria.")
    override = models.CharField(
        max_length=10, choices=OverrideDecision, blank=True, default="", db_default=""
    )
    eligible = models.GeneratedField(
        expression=ExpressionWrapper(
            Q(override=OverrideDecision.QUALIFY) | (Q(override="") & PASSES),
            output_field=models.BooleanField(),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    relevant_capacity_mw = models.DecimalField("relevant capacity (MW)", max_digits=13, decimal_places=6)
    changed_at = models.DateTimeField()
    asset_as_frozen = models.JSONField(
        null=True, blank=True, help_text="The asset's data as they were when qualification closed."
    )

    class Meta:
        ordering = ["competition", "asset"]
        constraints = [models.UniqueConstraint(fields=["competition", "asset"], name="one_verdict_a_pair")]

    def __str__(self) -> str:
        return f"{self.asset_id} in {self.competition_id}"

    @property
    def passes(self) -> bool:
        """The automatic result: whether the asset meets every criterion."""
        return not self.failed


class PlannedVerdict(models.Model):
    """How a planned asset stands by the rules in its competition."""

    planned_asset = models.OneToOneField(PlannedAsset, on_delete=models.CASCADE, related_name="verdict")
    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="planned_verdicts")
    failed = ArrayField(models.TextField(), default=list, blank=True, help_text="Codes of criteria.")
    eligible = models.GeneratedField(
        expression=ExpressionWrapper(PASSES, output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    relevant_capacity_mw = models.DecimalField("relevant capacity (MW)", max_digits=13, decimal_places=6)
    changed_at = models.DateTimeField()
    planned_as_frozen = models.JSONField(
        null=True, blank=True, help_text="The planned asset's data as they were when qualification closed."
    )

    class Meta:
        ordering = ["competition", "planned_asset"]

    def __str__(self) -> str:
        return f"{self.planned_asset_id} in {self.competition_id}"

    @property
    def passes(self) -> bool:
        """The automatic result: whether the planned asset meets every criterion."""
        return not self.failed


class Override(models.Model):
    """An operator's decision about an asset in a competition. Never changed: the next one supersedes it.

    A blank decision takes the override back. ``copied_from`` names the earlier competition of a copy.
    """

    id = models.BigAutoField(primary_key=True)
    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="overrides")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="overrides")
    decision = models.CharField(max_length=10, choices=OverrideDecision, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    decided_at = models.DateTimeField()
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_by_email = models.EmailField(blank=True)
    copied_from = models.ForeignKey(
        Competition, on_delete=models.PROTECT, null=True, blank=True, related_name="overrides_copied"
    )
    is_latest = models.BooleanField(default=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["competition", "asset"],
                condition=Q(is_latest=True),
                name="one_latest_override_a_pair",
            ),
            models.CheckConstraint(condition=Q(decision="") | ~Q(reason=""), name="override_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_decision_display() or 'Removed'}: {self.asset_id} in {self.competition_id}"


class OverridesCopied(models.Model):
    """The fact that a competition has taken over the overrides of the earlier ones that it names: once."""

    competition = models.OneToOneField(
        Competition, on_delete=models.PROTECT, related_name="overrides_taken_over"
    )
    copied_at = models.DateTimeField()
    override_count = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "overrides copied"

    def __str__(self) -> str:
        return f"{self.override_count} to {self.competition}"


class Reopening(models.Model):
    """Leave to enter a competition after its qualification close, given to one provider with a reason."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="reopenings")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="reopenings")
    reason = models.CharField(max_length=500)
    reopened_at = models.DateTimeField()
    reopened_by_email = models.EmailField()

    class Meta:
        ordering = ["competition", "provider"]
        constraints = [
            models.UniqueConstraint(fields=["competition", "provider"], name="one_reopening_a_provider"),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="reopening_has_a_reason",
                violation_error_message="Say why the competition is opened again for this company.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.competition} for {self.provider}"


class MeterList(models.Model):
    """The meter IDs that an operator counts as lying in one of its areas; an upload replaces the list."""

    area = models.OneToOneField(Area, on_delete=models.PROTECT, related_name="meter_list")
    meter_ids = ArrayField(models.CharField(max_length=13))
    replaced_at = models.DateTimeField()
    replaced_by_email = models.EmailField()

    def __str__(self) -> str:
        return f"{count_text(len(self.meter_ids))} meters of {self.area}"


class Requalification(models.Model):
    """A request to judge anew, written with its cause; working it off and deleting it commit together.

    It names a competition (all its assets are judged), or assets (in all open competitions).
    """

    id = models.BigAutoField(primary_key=True)
    competition = models.ForeignKey(
        Competition, on_delete=models.CASCADE, null=True, blank=True, related_name="requalifications"
    )
    asset_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    provider = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, null=True, blank=True, related_name="requalifications"
    )
    requested_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(competition__isnull=False, provider=None, asset_ids=[])
                | (Q(competition=None, provider__isnull=False) & ~Q(asset_ids=[])),
                name="requalification_names_competition_or_assets",
            )
        ]

    def __str__(self) -> str:
        return (
            f"{self.competition_id or f'{len(self.asset_ids)} assets'} at {self.requested_at:%Y-%m-%d %H:%M}"
        )


class Freeze(models.Model):
    """The fact that a competition's verdicts and asset data are fixed, made under a lock at qualification close."""

    competition = models.OneToOneField(Competition, on_delete=models.CASCADE, related_name="freeze")
    frozen_at = models.DateTimeField()
    verdict_count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.competition} at {self.frozen_at:%Y-%m-%d %H:%M}"


class Entry(models.Model):
    """An FSP's answer to a competition; none is *undecided*."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    competition = models.ForeignKey(Competition, on_delete=models.PROTECT, related_name="entries")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="entries")
    state = models.CharField(max_length=9, choices=EntryState, default=EntryState.UNDECIDED)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["competition", "provider"]
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["competition", "provider"], name="one_entry_a_provider")
        ]

    def __str__(self) -> str:
        return f"{self.provider} in {self.competition}"


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


class AssetInOperatingArea(models.Model):
    """An asset that lies where an operator runs its network, so that the operator sees it. Kept by the platform."""

    operator = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="operating_areas")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator", "asset"], name="asset_once_in_an_operating_area")
        ]

    def __str__(self) -> str:
        return f"{self.asset} in the area of {self.operator}"
