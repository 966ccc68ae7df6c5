"""The people of an organisation: how they sign in, what they may do, and what they agreed to."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.enums import LoginMailState, OrganisationKind, Role, TermsKind, Theme
from accounts.models.organisations import Organisation
from marketplace.deliveries.models import Delivery
from marketplace.prepared import loaded


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
