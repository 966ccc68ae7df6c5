"""The forms of accounts."""

from typing import Any

from allauth.account.forms import SignupForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse

from accounts.domain.sign_in import register_nobody
from accounts.enums import Role
from accounts.models import Invitation, Organisation, User


class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]
    """The company of a provider, and the acceptance of both terms."""

    accept_user_terms = forms.BooleanField(
        label="I accept the user terms", help_text='<a href="/terms/user/" target="_blank">Read the user terms</a>'
    )
    accept_service_terms = forms.BooleanField(
        label="I accept the service terms for the company",
        help_text='<a href="/terms/service/" target="_blank">Read the service terms</a>',
    )

    class Meta:
        model = Organisation
        fields = (
            "name",
            "code",
            "country",
            "company_number",
            "registered_address",
            "vat_number",
            "contact_name",
            "contact_email",
            "contact_phone",
        )
        help_texts = {"code": "2 to 10 capital letters and digits, such as NORTH. Operators see it in their files."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("company_number", "registered_address", "contact_name", "contact_phone"):
            self.fields[name].required = True

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).upper()


class SignUpForm(SignupForm):  # type: ignore[misc]
    """A new login. An address that has one is answered alike, and after the same work, so that nobody can tell."""

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


class InvitedForm(forms.Form):
    """Who accepts an invitation with a new login."""

    name = forms.CharField(label="Your name", max_length=120)
    password = forms.CharField(
        label="Choose a password", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )
    accept_terms = forms.BooleanField(
        label="I accept the user terms", help_text='<a href="/terms/user/" target="_blank">Read the user terms</a>'
    )

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password


class InviteForm(forms.ModelForm):  # type: ignore[type-arg]
    """A colleague to invite."""

    roles = forms.MultipleChoiceField(choices=Role, widget=forms.CheckboxSelectMultiple, initial=[Role.PROCUREMENT])

    class Meta:
        model = Invitation
        fields = ("email", "roles")


class RolesForm(forms.Form):
    """The roles of one member."""

    roles = forms.MultipleChoiceField(choices=Role, widget=forms.CheckboxSelectMultiple, required=False)
