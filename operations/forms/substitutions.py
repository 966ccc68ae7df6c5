"""What providers type to exchange assets of a contract."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms

from marketplace.keys import key_form
from marketplace.web.form_style import StyledForm
from operations.domain.substituting import refs_in

MOST_NAMED = 5


class SubstitutionForm(StyledForm):
    """Refs to add, refs to remove, and from which day on.

    ``own`` are the company's assets and ``contracted`` those of the contract, by the form in which refs are compared.
    """

    from_day = forms.DateField(
        label="From",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Today or later. What is removed counts until the day before.",
    )
    add = forms.CharField(
        label="Add",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Refs of your assets, separated by commas or lines. They must pass the competition's criteria now.",
    )
    remove = forms.CharField(
        label="Remove",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Refs of assets of the contract, planned ones among them.",
    )

    def __init__(
        self, *args: Any, own: Mapping[str, UUID], contracted: Mapping[str, UUID], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.own, self.contracted = own, contracted

    def clean_add(self) -> list[UUID]:
        """The ids of the company's assets."""
        return self._ids("add", self.own, "Your company has no asset")

    def clean_remove(self) -> list[UUID]:
        """The ids of the contract's assets."""
        return self._ids("remove", self.contracted, "The contract has no asset")

    def clean(self) -> dict[str, Any]:
        """Something must be named."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not cleaned.get("add") and not cleaned.get("remove"):
            self.add_error("add", "Name an asset to add or to remove.")
        return cleaned

    def _ids(self, field: str, known: Mapping[str, UUID], sentence: str) -> list[UUID]:
        refs: Sequence[str] = refs_in(self.cleaned_data[field])
        missing = [ref for ref in refs if key_form(ref) not in known]
        if missing:
            raise forms.ValidationError(f"{sentence} {', '.join(missing[:MOST_NAMED])}.")
        return [known[key_form(ref)] for ref in refs]
