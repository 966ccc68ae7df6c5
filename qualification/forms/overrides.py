"""The forms of overrides and reopened entries."""

import uuid

from django import forms

from qualification.enums import OverrideDecision


class ReasonForm(forms.Form):
    """Why something out of the ordinary is done."""

    reason = forms.CharField(max_length=500)


class OverrideForm(forms.Form):
    """Assets chosen from the list or named by ID, what is decided about them, and why."""

    TAKE_BACK = "none"

    assets = forms.MultipleChoiceField(required=False)
    asset_id = forms.UUIDField(required=False, error_messages={"invalid": "That is not an asset's ID."})
    decision = forms.ChoiceField(
        choices=[*OverrideDecision.choices, (TAKE_BACK, "Take back")],
        error_messages={"required": "Choose what to decide."},
    )
    reason = forms.CharField(max_length=500, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        sent = self.data.getlist("assets") if hasattr(self.data, "getlist") else []
        self.fields["assets"].choices = [(each, each) for each in sent]  # type: ignore[attr-defined]

    def clean_assets(self) -> list[uuid.UUID]:
        try:
            return [uuid.UUID(each) for each in self.cleaned_data["assets"]]
        except ValueError:
            raise forms.ValidationError("That is not an asset's ID.") from None

    def clean_decision(self) -> str:
        decision = self.cleaned_data["decision"]
        return "" if decision == self.TAKE_BACK else str(decision)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if not self.errors and not self.chosen:
            raise forms.ValidationError("Choose at least one asset.")
        if not self.errors and cleaned.get("decision") and not str(cleaned.get("reason", "")).strip():
            raise forms.ValidationError("An override needs a reason: the provider reads it.")
        return cleaned

    @property
    def chosen(self) -> list[uuid.UUID]:
        """The assets selected, and the one named, each once."""
        named = self.cleaned_data.get("asset_id")
        return list(dict.fromkeys([*self.cleaned_data.get("assets", []), *([named] if named else [])]))
