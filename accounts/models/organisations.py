"""Who takes part: organisations, how they are taxed, and what they show of themselves."""

import uuid
import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from accounts.enums import OrganisationKind, VatKind
from marketplace.rows import LoadedQuickly

NUMBER_TAKEN = (
    "A company with this number is registered already. If it is yours, ask a colleague with the role Account to invite "
    "you, or write to support."
)


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"“{name}” is not a time zone; use a name such as Europe/London.")


class Organisation(LoadedQuickly):
    """A system operator or a flexible service provider."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=3, choices=OrganisationKind)
    name = models.CharField("legal name", max_length=120)
    code = models.CharField(
        "short code",
        max_length=10,
        unique=True,
        validators=[RegexValidator(r"^[A-Z0-9]{2,10}$", "Use 2 to 10 capital letters and digits.")],
    )
    country = models.CharField(max_length=2, default="GB")
    holiday_region = models.CharField(max_length=8, blank=True, help_text="For example SCT for Scotland.")
    time_zone = models.CharField(max_length=60, default="Europe/London", validators=[validate_time_zone])
    currency = models.CharField(max_length=3, default="GBP")
    company_number = models.CharField(max_length=30, blank=True)
    registered_address = models.CharField(max_length=400, blank=True)
    vat_number = models.CharField("VAT number", max_length=30, blank=True)
    contact_name = models.CharField(max_length=120, blank=True)
    contact_email = models.EmailField()
    contact_phone = models.CharField(max_length=30, blank=True)
    seats = models.PositiveSmallIntegerField(default=8)
    second_factor_required = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Members without a second factor reach nothing but the page that sets one up.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=OrganisationKind.values),
                name="organisation_kind_known",
                violation_error_message="An organisation is a system operator or a provider.",
            ),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z0-9]{2,10}$"),
                name="organisation_code_form",
                violation_error_message="A short code has 2 to 10 capital letters and digits.",
            ),
            models.UniqueConstraint(
                "country",
                Upper("company_number"),
                condition=~Q(company_number=""),
                name="company_number_once_a_country",
                violation_error_message=NUMBER_TAKEN,
            ),
            models.CheckConstraint(
                condition=Q(company_number__regex=r"^[^[:space:]a-z]*$"),
                name="company_number_form",
                violation_error_message="A company number is kept in capitals, without white space.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_system_operator(self) -> bool:
        return self.kind == OrganisationKind.SYSTEM_OPERATOR

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class VatTreatment(models.Model):
    """How a provider's sales are taxed from a day on, with its VAT number of then. Rows are only added: of several from
    one day the last one counts."""

    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="vat_treatments")
    from_day = models.DateField()
    kind = models.CharField(max_length=14, choices=VatKind)
    vat_number = models.CharField("VAT number", max_length=30, blank=True)

    class Meta:
        ordering = ["provider", "from_day", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=VatKind.NONE, vat_number="")
                | Q(kind__in=[VatKind.STANDARD, VatKind.REVERSE_CHARGE]) & ~Q(vat_number=""),
                name="vat_treatment_with_its_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.get_kind_display()} from {self.from_day}"


class OperatorProfile(models.Model):
    """What a system operator shows of itself in public."""

    operator = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, primary_key=True, related_name="operator_profile"
    )
    introduction = models.TextField(blank=True)
    market_rules = models.TextField(blank=True)
    service_types = models.TextField(blank=True)
    timelines = models.TextField(blank=True)
    questions = models.JSONField(default=list, blank=True, help_text="Each with its question and its answer.")
    brand_colour = models.CharField(max_length=7, blank=True)
    logo = models.BinaryField(default=b"", blank=True, help_text="PNG.")
    logo_digest = models.CharField(max_length=64, blank=True)
    operating_area_wkb = models.BinaryField(null=True, blank=True)
    operating_area_km2 = models.DecimalField(
        "operating area (km²)", max_digits=12, decimal_places=4, null=True, blank=True
    )
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(brand_colour="") | Q(brand_colour__regex=r"^#[0-9a-f]{6}$"),
                name="brand_colour_form",
            ),
            models.CheckConstraint(
                condition=Q(operating_area_wkb=None, operating_area_km2=None)
                | Q(operating_area_wkb__isnull=False, operating_area_km2__isnull=False),
                name="operating_area_with_its_size",
            ),
        ]

    def __str__(self) -> str:
        return f"Profile of {self.operator}"
