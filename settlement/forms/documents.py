"""What members send about documents and agreements on self-billing."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from accounts.models import Organisation
from marketplace.dates import FIRST_YEAR, LAST_YEAR
from marketplace.web.form_style import StyledForm
from settlement.domain.invoicing import LONGEST_REASON


def _day(label: str, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _in_reach(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise forms.ValidationError(f"Give a day between {FIRST_YEAR} and {LAST_YEAR}.")
    return day


class CreditForm(StyledForm):
    """Why a document is taken back."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        help_text="The seller reads it, and it stands on the new document.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PaidForm(StyledForm):
    """When a document was paid, and under which reference."""

    paid_on = _day("Paid on")
    reference = forms.CharField(
        label="Reference", max_length=60, required=False, help_text="As it stands on the bank statement."
    )

    def clean_paid_on(self) -> date:
        return _in_reach(self.cleaned_data["paid_on"])


class AgreementForm(StyledForm):
    """With which provider self-billing is to be agreed, and for which supplies."""

    seller = forms.ChoiceField(label="Provider")
    from_day = _day("First day")
    to_day = _day("Last day", "A year is usual; propose another agreement before it ends.")

    def __init__(self, *args: Any, sellers: Iterable[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["seller"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [(str(each.pk), each.name) for each in sellers]

    def clean_from_day(self) -> date:
        return _in_reach(self.cleaned_data["from_day"])

    def clean_to_day(self) -> date:
        return _in_reach(self.cleaned_data["to_day"])


class EndForm(StyledForm):
    """The last day of an agreement that ends earlier."""

    last_day = _day("Last day")

    def clean_last_day(self) -> date:
        return _in_reach(self.cleaned_data["last_day"])
