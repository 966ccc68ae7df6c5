"""What members send about baselines."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Organisation
from marketplace.keys import key_form
from marketplace.numbers import grouped_text
from marketplace.web.form_style import StyledForm
from operations.domain.nominating import LONGEST_REASON

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


MOST_IN_A_MENU = 50
"""Of more assets the ref is typed."""


class AssetField(forms.CharField):
    """One of a company's assets by its ref: chosen from a menu, or typed in any case where there are many."""

    def offer(self, refs: Sequence[str]) -> None:
        """Take these refs and no others."""
        self.by_key: dict[str, str] = {key_form(ref): ref for ref in refs}
        if len(refs) <= MOST_IN_A_MENU:
            self.widget = forms.Select(choices=[(ref, ref) for ref in refs])
        else:
            self.help_text = f"Its ref, such as {refs[0]}; one of {grouped_text(len(refs))}."
            self.widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
        self.widget.is_required = self.required

    def to_python(self, value: Any) -> str:
        typed: str = super().to_python(value) or ""
        found = self.by_key.get(key_form(typed), "")
        if typed and not found:
            raise forms.ValidationError(f"No asset with the ref “{typed}” can be chosen here.")
        return found


class WeekForm(StyledForm):
    """One value for a stretch of some days of each week."""

    unit = AssetField(label="Asset")
    days = forms.MultipleChoiceField(
        label="Days",
        choices=[(str(number), name) for number, name in enumerate(WEEKDAYS)],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one day."},
    )
    start = forms.TimeField(label="From", widget=forms.TimeInput(attrs={"type": "time", "step": 1800}))
    end = forms.TimeField(
        label="To",
        widget=forms.TimeInput(attrs={"type": "time", "step": 1800}),
        help_text="00:00 is the end of the day.",
    )
    kw = forms.DecimalField(
        label="Baseline (kW)",
        max_digits=14,
        decimal_places=6,
        help_text="Net: export positive, import negative.",
    )

    def __init__(self, *args: Any, units: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].offer(units)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Half-hours only, in order."""
        cleaned: dict[str, Any] = super().clean() or {}
        for name in ("start", "end"):
            if cleaned.get(name) is not None and cleaned[name].minute % 30:
                self.add_error(name, "A half-hour starts at :00 or :30.")
        if not self.errors and not self.half_hours:
            self.add_error("end", "Must be after the start.")
        return cleaned

    @property
    def half_hours(self) -> range:
        """The half-hours of the day from start to end."""
        start, end = self.cleaned_data["start"], self.cleaned_data["end"]
        return range(start.hour * 2 + start.minute // 30, (end.hour * 2 + end.minute // 30) or 48)


class ExclusionForm(StyledForm):
    """A day to be left out of the baselines of an asset."""

    asset = AssetField(label="Asset")
    operator = forms.ChoiceField(label="Operator")
    day = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label="Reason", max_length=LONGEST_REASON, help_text="The operator reads it.")

    def __init__(
        self, *args: Any, units: Sequence[str], operators: Sequence[Organisation], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["asset"].offer(units)  # type: ignore[attr-defined]
        self.fields["operator"].choices = [(str(each.pk), str(each)) for each in operators]  # type: ignore[attr-defined]
