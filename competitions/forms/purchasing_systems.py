"""The form of a DPS."""

from typing import Any

from django import forms

from competitions.domain.purchasing_systems import LONGEST_NAME, REFERENCE
from marketplace.web.form_style import StyledForm


class PurchasingSystemForm(StyledForm):
    """A DPS: its reference when it is new, its name and its description."""

    reference = forms.RegexField(
        regex=f"^{REFERENCE.pattern}$",
        max_length=40,
        help_text="Letters, digits, hyphens and underscores. Competitions name it; it can't change later.",
        error_messages={"invalid": "Use up to 40 letters, digits, hyphens and underscores."},
    )
    name = forms.CharField(max_length=LONGEST_NAME)
    description = forms.CharField(
        required=False,
        max_length=4000,
        help_text="What companies are approved for, and what you ask of them. Every provider reads it.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_new:
            del self.fields["reference"]
