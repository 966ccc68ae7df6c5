"""Forms that take a code of an authenticator app, each code once across all of them."""

import time

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django import forms

from accounts.domain import one_time_codes

TAKEN = "This code was used already. Wait until your app shows the next one, and type that."


class _TakesEachCodeOnce:
    def clean_code(self) -> str:
        """The code. Raises ``ValidationError`` for a wrong one and for an app's code that was used before."""
        typed, now = str(self.cleaned_data["code"]), time.time()  # type: ignore[attr-defined]
        app = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.TOTP).first()  # type: ignore[attr-defined]
        if app is not None and one_time_codes.was_taken(app, typed, now):
            raise forms.ValidationError(TAKEN)
        code = str(super().clean_code())  # type: ignore[misc]
        used: Authenticator = self.authenticator  # type: ignore[attr-defined]
        if used.type == Authenticator.Type.TOTP and not one_time_codes.take(used, typed, now):
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_TakesEachCodeOnce, AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""


class CodeAgainForm(_TakesEachCodeOnce, ReauthenticateForm):  # type: ignore[misc]
    """Confirming that it is still oneself, before a login is changed."""
