"""What an operator tells of itself for its report to the regulator."""

from typing import Any

from django import forms

from bidding.domain.results.regulator import TOLD_BY_OPERATOR
from bidding.models import RegulatorSettings


class RegulatorForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the platform can't know for the regulator's report."""

    class Meta:
        model = RegulatorSettings
        fields = TOLD_BY_OPERATOR

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs |= {"class": "form-control"}
