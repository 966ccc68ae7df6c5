"""The forms of an organisation's details."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django import forms

from accounts.domain.organisations import BY_PROVIDERS, details_to_edit
from accounts.domain.queries import organisation_to_edit
from accounts.domain.vat import newest_treatment
from accounts.enums import VatKind
from accounts.models import Member, Organisation
from marketplace.dates import FIRST_YEAR, LAST_YEAR
from marketplace.errors import Refused
from marketplace.identifiers import company_number, national_vat_number, vat_number

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


class RegisteredNumbers:
    """Company and VAT number in the one form in which they are kept; the company number by the country's
    rules."""

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


def hint_autocomplete(form: forms.BaseForm, hints: Mapping[str, str]) -> None:
    """Tell the browser what it may fill into the fields that ``hints`` names."""
    for name in set(form.fields) & set(hints):
        form.fields[name].widget.attrs["autocomplete"] = hints[name]
    if "contact_phone" in form.fields:
        form.fields["contact_phone"].widget.input_type = "tel"


class CompanyForm(RegisteredNumbers, forms.ModelForm):  # type: ignore[type-arg]
    """The company of a provider, and the acceptance of both terms."""

    accept_user_terms = forms.BooleanField(
        label="I accept the user terms",
        help_text='<a href="/terms/user/" target="_blank">Read the user terms</a>',
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
        help_texts = {
            "code": "2 to 10 capital letters and digits, such as NORTH. Operators see it in their files."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("company_number", "registered_address", "contact_name", "contact_phone"):
            self.fields[name].required = True
        hint_autocomplete(self, ORGANISATION_HINTS)

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).upper()


class DetailsForm(RegisteredNumbers, forms.ModelForm):  # type: ignore[type-arg]
    """The details of one's own organisation: those that its members may change; of a provider also how its sales are
    taxed."""

    vat_treatment = forms.ChoiceField(
        label="VAT on what you sell",
        choices=[(each.value, each.label) for each in (VatKind.STANDARD, VatKind.REVERSE_CHARGE)],
        required=False,
        help_text="Operators make documents of what they pay you by it. Without a VAT number they show no VAT.",
    )
    vat_from = forms.DateField(
        label="VAT number and treatment hold from",
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
        help_text="Counts only where one of the two changes. A month is taxed by what holds on its last day.",
    )

    class Meta:
        model = Organisation
        fields = BY_PROVIDERS

    def __init__(self, *args: Any, member: Member, today: date, **kwargs: Any) -> None:
        organisation = kwargs["instance"] = organisation_to_edit(member)
        super().__init__(*args, **kwargs)
        kept = {*details_to_edit(member), *(("vat_treatment", "vat_from") if member.is_fsp else ())}
        for name in set(self.fields) - kept:
            del self.fields[name]
        if member.is_fsp:
            kind = newest_treatment(organisation).kind
            chosen = VatKind.STANDARD if kind is VatKind.NONE else kind
            self.initial["vat_treatment"], self.initial["vat_from"] = chosen.value, today
            self.order_fields(list(_with_vat_beside(self.fields)))
        for name in {"registered_address", "contact_name", "contact_phone"} & set(self.fields):
            self.fields[name].required = member.is_fsp
        hint_autocomplete(self, ORGANISATION_HINTS)

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).upper()

    def clean_vat_number(self) -> str:
        """In the form of the country where the company is registered, so that its documents can name it."""
        try:
            return national_vat_number(str(self.cleaned_data["vat_number"]), self.instance.country)
        except Refused as refusal:
            raise forms.ValidationError(refusal.sentence) from None

    def clean_vat_from(self) -> date | None:
        told: date | None = self.cleaned_data["vat_from"]
        if told is not None and not FIRST_YEAR <= told.year <= LAST_YEAR:
            raise forms.ValidationError(f"Give a day between {FIRST_YEAR} and {LAST_YEAR}.")
        return told

    @property
    def wanted(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.fields}


def _with_vat_beside(names: Iterable[str]) -> Iterator[str]:
    """The fields' names, the two about VAT after the VAT number."""
    for name in names:
        if name not in ("vat_treatment", "vat_from"):
            yield name
        if name == "vat_number":
            yield from ("vat_treatment", "vat_from")
