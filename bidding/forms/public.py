"""What everybody may send to bidding: a receipt to check."""

from typing import Any

from django import forms

from marketplace.web.form_style import StyledForm


class ReceiptCheckForm(StyledForm):
    """A digest, or a file of receipts."""

    digest = forms.CharField(
        required=False,
        max_length=100,
        help_text="The 64 characters on the receipt.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    receipts = forms.FileField(
        label="Or a file of receipts",
        required=False,
        help_text="As saved from the page of your receipts; its contents and nonces are worked out again.",
        widget=forms.ClearableFileInput(attrs={"accept": ".json"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("digest") and not cleaned.get("receipts") and not self.errors:
            self.add_error("digest", "Give a digest or a file of receipts.")
        return cleaned
