"""The forms of signing in and up."""

from typing import Any

from allauth.account.forms import LoginForm, SignupForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.http import HttpRequest, HttpResponse

from accounts.domain.sign_in import register_nobody
from accounts.forms.organisations import hint_autocomplete
from accounts.models import User


class SignInForm(LoginForm):  # type: ignore[misc]
    """Address and password of a login."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hint_autocomplete(self, {"login": "username", "password": "current-password"})


class SignUpForm(SignupForm):  # type: ignore[misc]
    """A new login. An address that has one is answered alike, and after the same work, so that nobody can
    tell."""

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """The new user, or the answer to somebody who has a login."""
        if self.account_already_exists:
            register_nobody(password=self.cleaned_data["password1"])
        return super().try_save(request)  # type: ignore[no-any-return]


class AddKeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A security key to add, which may sign in by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "Name of the key"
        self.fields["passwordless"].label = "Let it sign me in by itself (passkey)"
        self.fields[
            "passwordless"
        ].help_text = "Without address and password. The key then asks for its PIN or your fingerprint."
