"""The forms of a stored competition."""

from django import forms


class CancelForm(forms.Form):
    reason = forms.CharField(
        label="Why is it cancelled?",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Shown to everyone who sees it.",
    )
