"""The forms of accounts."""

from collections.abc import Callable, Mapping
from typing import Any

from allauth.account.forms import LoginForm, SignupForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse

from accounts.domain.colours import is_colour
from accounts.domain.organisations import BY_PROVIDERS, details_to_edit
from accounts.domain.profiles import MOST_QUESTIONS, SECTIONS
from accounts.domain.queries import organisation_to_edit
from accounts.domain.sign_in import register_nobody
from accounts.enums import Role
from accounts.models import Invitation, Member, Organisation, User
from marketplace.errors import Refused
from marketplace.identifiers import company_number, vat_number

LONGEST_TEXT = 20_000


class RegisteredNumbers:
    """Company and VAT number in the one form in which they are kept; the company number by the country's rules."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}  # type: ignore[misc]
        instance: Organisation = self.instance  # type: ignore[attr-defined]
        country = cleaned.get("country") or instance.country
        self._in_form(cleaned, "company_number", lambda text: company_number(text, country))
        self._in_form(cleaned, "vat_number", vat_number)
        return cleaned

    def _in_form(self, cleaned: dict[str, Any], name: str, form_of: Callable[[str], str]) -> None:
        try:
            if cleaned.get(name):
                cleaned[name] = form_of(cleaned[name])
        except Refused as refusal:
            self.add_error(name, refusal.sentence)  # type: ignore[attr-defined]


ORGANISATION_HINTS = {
    "name": "organization",
    "code": "off",
    "country": "country",
    "company_number": "off",
    "registered_address": "street-address",
    "vat_number": "off",
    "contact_name": "name",
    "contact_email": "email",
    "contact_phone": "tel",
    "time_zone": "off",
}
"""What a browser may fill in, by field."""


def _hint(form: forms.BaseForm, hints: Mapping[str, str]) -> None:
    for name in set(form.fields) & set(hints):
        form.fields[name].widget.attrs["autocomplete"] = hints[name]
    if "contact_phone" in form.fields:
        form.fields["contact_phone"].widget.input_type = "tel"


class CompanyForm(RegisteredNumbers, forms.ModelForm):  # type: ignore[type-arg]
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
        _hint(self, ORGANISATION_HINTS)

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).upper()


class SignInForm(LoginForm):  # type: ignore[misc]
    """Address and password of a login."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _hint(self, {"login": "username", "password": "current-password"})


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


class DetailsForm(RegisteredNumbers, forms.ModelForm):  # type: ignore[type-arg]
    """The details of one's own organisation: those that its members may change."""

    class Meta:
        model = Organisation
        fields = BY_PROVIDERS

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, instance=organisation_to_edit(member), **kwargs)
        for name in set(self.fields) - set(details_to_edit(member)):
            del self.fields[name]
        for name in {"registered_address", "contact_name", "contact_phone"} & set(self.fields):
            self.fields[name].required = member.is_fsp
        _hint(self, ORGANISATION_HINTS)

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).upper()

    @property
    def wanted(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.fields}


def _long_text(label: str) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 6, "class": "form-control"})
    return forms.CharField(label=label, required=False, max_length=LONGEST_TEXT, widget=widget)


class ProfileForm(forms.Form):
    """The sections of an operator's public page, in Markdown."""

    introduction = _long_text(SECTIONS["introduction"])
    market_rules = _long_text(SECTIONS["market_rules"])
    service_types = _long_text(SECTIONS["service_types"])
    timelines = _long_text(SECTIONS["timelines"])


class QuestionForm(forms.Form):
    """A question that is often asked, with its answer; both blank: none."""

    question = forms.CharField(required=False, max_length=200)
    answer = _long_text("Answer")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if bool(cleaned.get("question")) != bool(cleaned.get("answer")):
            raise forms.ValidationError(
                "A question needs an answer, and an answer a question. Clear both to remove it."
            )
        return cleaned


class _Questions(forms.BaseFormSet):  # type: ignore[type-arg]
    @property
    def given(self) -> list[dict[str, str]]:
        """The questions that are filled in, in order."""
        return [form.cleaned_data for form in self.forms if form.cleaned_data.get("question")]


QuestionFormSet = forms.formset_factory(
    QuestionForm, formset=_Questions, extra=2, max_num=MOST_QUESTIONS, absolute_max=MOST_QUESTIONS, validate_max=True
)


class LooksForm(forms.Form):
    """An operator's logo and colour."""

    use_colour = forms.BooleanField(label="Use a brand colour", required=False, initial=True)
    colour = forms.CharField(
        label="Brand colour",
        max_length=7,
        widget=forms.TextInput(attrs={"type": "color", "class": "form-control-color"}),
    )
    logo = forms.FileField(
        label="New logo",
        required=False,
        help_text="PNG, JPEG or WebP, up to 2 MB. It is shown at most 160 pixels high.",
    )
    remove_logo = forms.BooleanField(label="Show no logo", required=False)

    def clean_colour(self) -> str:
        colour = str(self.cleaned_data["colour"])
        if not is_colour(colour):
            raise forms.ValidationError("Give the colour as # and six hexadecimal digits, such as #0b5d57.")
        return colour

    @property
    def wanted_colour(self) -> str:
        """The colour; empty for the platform's own."""
        return str(self.cleaned_data["colour"]) if self.cleaned_data["use_colour"] else ""

    @property
    def logo_bytes(self) -> bytes | None:
        """The new logo; empty for none; None to keep the present one."""
        if self.cleaned_data["logo"]:
            return bytes(self.cleaned_data["logo"].read())
        return b"" if self.cleaned_data["remove_logo"] else None


class AreaFileForm(forms.Form):
    """A file with the polygons of the operating area."""

    file = forms.FileField(
        label="Operating area",
        help_text="GeoPackage, GeoJSON or KML; all polygons of its first layer, or of all folders of a KML.",
        widget=forms.FileInput(attrs={"accept": ".gpkg,.geojson,.json,.kml"}),
        error_messages={"required": "Choose the file with the operating area. Nothing was changed."},
    )


class InvitedForm(forms.Form):
    """Who accepts an invitation with a new login."""

    name = forms.CharField(label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
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
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "off"})}  # somebody else's address


class RolesForm(forms.Form):
    """The roles of one member."""

    roles = forms.MultipleChoiceField(choices=Role, widget=forms.CheckboxSelectMultiple, required=False)
