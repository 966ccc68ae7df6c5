"""The forms of invitations and roles."""

from django import forms
from django.contrib.auth.password_validation import validate_password

from accounts.enums import Role
from accounts.models import Invitation


class InvitedForm(forms.Form):
    """Who accepts an invitation with a new login."""

    name = forms.CharField(
        label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label="Choose a password",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )
    accept_terms = forms.BooleanField(
        label="I accept the user terms",
        help_text='<a href="/terms/user/" target="_blank">Read the user terms</a>',
    )

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password


class InviteForm(forms.ModelForm):  # type: ignore[type-arg]
    """A colleague to invite."""

    roles = forms.MultipleChoiceField(
        choices=Role, widget=forms.CheckboxSelectMultiple, initial=[Role.PROCUREMENT]
    )

    class Meta:
        model = Invitation
        fields = ("email", "roles")
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "off"})}  # somebody else's address


class RolesForm(forms.Form):
    """The roles of one member."""

    roles = forms.MultipleChoiceField(choices=Role, widget=forms.CheckboxSelectMultiple, required=False)
