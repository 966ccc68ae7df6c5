"""How allauth does things here: mails by a worker, links with the site's own address, limits with a page of
their own."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.domain.login_mails import send_login_mail
from accounts.domain.sign_in import record
from accounts.models import User
from accounts.sign_in import stored_secrets
from accounts.sign_in.limits import too_many_requests
from accounts.sign_in.mail_words import MAIL_WORDS
from accounts.sign_in.passwords import even_out
from marketplace import clock
from marketplace.dates import moment_text
from marketplace.notifications.addresses import absolute

LIMITS_REACHED = {"too_many_login_attempts", "rate_limited"}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing up, signing in, and what can be changed about a login."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Leave the mail to a worker: how long a page takes tells nobody whether an address is known."""
        if template_prefix == "account/email/unknown_account":
            _make_no_token(email)
        words = MAIL_WORDS[template_prefix]
        link = str(context[words.link]) if words.link in context else absolute(words.link)
        at = context.get("timestamp") or clock.now()
        when = moment_text(at, timezone.get_current_timezone())
        lines = words.lines_with(context | {"email": email, "when": when})
        send_login_mail(
            to=email, title=words.title, lines=lines, link=link, link_title=words.link_title, now=clock.now()
        )

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Take as long whosever login it is not."""
        even_out(credentials.get("email", ""), credentials.get("password", ""))

    @transaction.atomic
    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Change the password and record it, both or neither."""
        super().set_password(user, password)
        match = self.request.resolver_match
        by_mail = match is not None and match.view_name == "account_reset_password_from_key"
        action = "password changed by a link from a mail" if by_mail else "password changed"
        record(user=user, action=action, changes={}, now=clock.now())

    @transaction.atomic
    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Make the address count, and record what it replaces, both or neither."""
        return bool(super().confirm_email(request, email_address))

    def get_reset_password_from_key_url(self, key: str) -> str:
        """From the site's configured address: a request's host can be made up."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return absolute(path.replace("UID-KEY", key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """From the site's configured address too."""
        return absolute(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def send_account_already_exists_mail(self, email: str) -> None:
        """To somebody who registers again."""
        address = absolute(reverse("account_reset_password"))
        self.send_mail("account/email/account_already_exists", email, {"password_reset_url": address})

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")

    def is_safe_url(self, url: str) -> bool:
        """Only paths of this site are led to after signing in."""
        return url.startswith("/") and bool(super().is_safe_url(url))

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """Answer a limit that is reached with its page instead of a line in the form."""
        if code in LIMITS_REACHED:
            raise ImmediateHttpResponse(too_many_requests(self.request, action="login_failed"))
        error: ValidationError = super().validation_error(code, *args)
        return error


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Authenticator apps, security keys and recovery codes. Their secrets are stored encrypted."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code is not right. Codes change every 30 seconds: type the one shown now.",
    }

    def encrypt(self, text: str) -> str:
        return stored_secrets.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return stored_secrets.decrypt(encrypted_text)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": settings.MFA_TOTP_ISSUER}

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Any) -> str:  # noqa: A002  (allauth's name)
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return f"Key {number}"


def _make_no_token(email: str) -> None:
    """The work of making a link to a new password, for nobody: a page takes as long for an unknown
    address."""
    list(EmailAddress.objects.filter(user_id=0))
    default_token_generator.make_token(User(pk=0, email=email))
