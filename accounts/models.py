"""Who takes part: organisations, their members, and what they agreed to."""

import uuid
import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper

from accounts.enums import LoginMailState, OrganisationKind, Role, Scope, TermsKind, Theme, VatKind
from marketplace.deliveries.models import Delivery
from marketplace.prepared import loaded
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


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get(self, *args: Any, **by: Any) -> "User":
        """As ever; one user by the key alone, whom each page asks for who is signed in, by a query that is kept."""
        if args or by.keys() != {"pk"} or type(self) is not UserManager or self._db is not None:
            return super().get(*args, **by)
        found = loaded(self.model, id=by["pk"])
        if found is None:
            raise self.model.DoesNotExist
        return found

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A platform admin, whose address counts as verified: the person who makes the admin vouches for
        it."""
        from allauth.account.models import EmailAddress  # its models need ours first

        user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in; named by email. Platform admins are staff and belong to no organisation."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_staff = models.BooleanField("platform admin", default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)
    theme = models.CharField(max_length=5, choices=Theme, default=Theme.AUTO)
    single_keys = models.BooleanField("single letters as shortcuts", default=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once_any_case",
                violation_error_message="There is a login with this email address already.",
            ),
            models.CheckConstraint(
                condition=Q(theme__in=Theme.values),
                name="user_theme_known",
                violation_error_message="Choose a theme from the list.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def person_in_log(self) -> tuple[int, str]:
        """Whom the log names by a reference, where this is what an entry is about: id and name."""
        return self.pk, self.name


class Member(models.Model):
    """A user's place in the one organisation they belong to, with the roles they hold there."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="member")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="members")
    roles = ArrayField(models.CharField(max_length=11, choices=Role), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    is_seen_by_admin = False
    """Set for one request in which an admin views as this member: what is sealed stays sealed then."""

    class Meta:
        ordering = ["user__email"]
        constraints = [
            models.CheckConstraint(
                condition=Q(roles__contained_by=list(Role.values)),
                name="member_roles_known",
                violation_error_message="Choose roles from the list.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.organisation})"

    @property
    def person_in_log(self) -> tuple[int, str]:
        """Whom an entry about the member names."""
        return self.user.person_in_log

    @property
    def email(self) -> str:
        return self.user.email

    @property
    def is_so(self) -> bool:
        return self.organisation.kind == OrganisationKind.SYSTEM_OPERATOR

    @property
    def is_fsp(self) -> bool:
        return self.organisation.kind == OrganisationKind.FLEX_SERVICE_PROVIDER

    def holds(self, role: str) -> bool:
        return self.is_active and role in self.roles


class ApiClient(models.Model):
    """A program that acts for an organisation, as a member that takes no seat and never signs in.

    ``addresses`` are the networks it may come from, as texts such as 192.0.2.0/24; none: from everywhere.
    """

    id = models.CharField(primary_key=True, max_length=30, editable=False)
    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="client")
    name = models.CharField(max_length=60)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), default=list)
    addresses = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_from = models.CharField(max_length=45, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=list(Scope.values)),
                name="api_client_scopes_known",
                violation_error_message="Choose scopes from the list.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApiSecret(models.Model):
    """A secret of a program, kept as its digest; two of them work while one replaces the other."""

    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="secrets")
    digest = models.CharField(max_length=64, unique=True)
    ending = models.CharField(max_length=4, help_text="Its last characters, by which people tell it.")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"…{self.ending} of {self.client}"


class ApiToken(models.Model):
    """What a program got for its secret: opens the API for an hour. Kept as its digest."""

    digest = models.CharField(primary_key=True, max_length=64)
    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="tokens")
    secret = models.ForeignKey(ApiSecret, on_delete=models.CASCADE, related_name="tokens")
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), default=list)
    ends_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["ends_at"], name="api_tokens_by_end")]
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=list(Scope.values)), name="api_token_scopes_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Token of {self.client}"


class Invitation(models.Model):
    """An address asked to join an organisation. The link is signed, works once and for seven days."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    roles = ArrayField(models.CharField(max_length=11, choices=Role), default=list, blank=True)
    sent_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-sent_at"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                "organisation",
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="one_open_invitation_an_address",
                violation_error_message="This address is invited already: send the invitation again instead.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.organisation}"


class TermsAcceptance(models.Model):
    """Which version of which terms a user accepted, and when; service terms on behalf of the organisation."""

    kind = models.CharField(max_length=7, choices=TermsKind)
    version = models.CharField(max_length=20)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="accepted_terms")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="accepted_terms"
    )
    accepted_at = models.DateTimeField()

    class Meta:
        ordering = ["-accepted_at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version} by {self.user}"

    @property
    def person_in_log(self) -> tuple[int, str]:
        """Whom an entry about the acceptance names."""
        return self.user.person_in_log


class LoginMail(Delivery):
    """A mail about a login that waits to be sent; gone once it is, since it may hold a link that opens the
    login.

    Of one that was given up lines and link are erased; the rest stays a while for support to see.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    to = models.EmailField()
    title = models.CharField(max_length=200)
    lines = models.JSONField()
    link = models.CharField(max_length=500)
    link_title = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    state = models.CharField(
        max_length=8,
        choices=LoginMailState,
        default=LoginMailState.WAITING,
        db_default=LoginMailState.WAITING,
    )

    class Meta:
        db_table = "accounts_outgoingmail"
        verbose_name = "mail about a login"
        verbose_name_plural = "mails about logins"
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=LoginMailState.values), name="login_mail_state_known"
            ),
        ]
        indexes = [models.Index(fields=["next_try_at"], name="outgoing_mail_due")]

    def __str__(self) -> str:
        return f"{self.title} to {self.to}"
