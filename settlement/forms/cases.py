"""The forms of settlement."""

from django import forms


class CaseForm(forms.Form):
    """A case as a ZIP."""

    file = forms.FileField(
        label="Case (ZIP)",
        widget=forms.FileInput(attrs={"accept": ".zip"}),
        help_text="case.json and the readings as meter-*.csv, in one ZIP.",
    )
