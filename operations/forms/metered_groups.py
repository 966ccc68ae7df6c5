"""The form of a group metered as one."""

from django import forms

from marketplace.web.form_style import StyledForm


class AsOneForm(StyledForm):
    """From which day on."""

    from_day = forms.DateField(
        label="From",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Today or later. Readings of days before stay those of the single assets.",
    )
