"""What members may send to the pages of qualification."""

import uuid
from collections.abc import Collection

from django import forms

from competitions.enums import AssetStatus
from qualification.domain.assets.groups import LONGEST_NAME, LONGEST_REF
from qualification.enums import OverrideDecision


class AnswerForm(forms.Form):
    """Several competitions, and whether to enter or to withdraw."""

    answer = forms.ChoiceField(choices=[("enter", "Enter"), ("withdraw", "Withdraw")])
    competitions = forms.TypedMultipleChoiceField(
        coerce=uuid.UUID, error_messages={"required": "Choose at least one competition."}
    )

    def __init__(self, *args: object, offered: Collection[uuid.UUID], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["competitions"].choices = [(str(each), str(each)) for each in offered]  # type: ignore[attr-defined]


class StatusForm(forms.Form):
    """Several of the company's assets, and the status that they are to have."""

    status = forms.TypedChoiceField(choices=AssetStatus.choices, coerce=AssetStatus)
    assets = forms.TypedMultipleChoiceField(coerce=uuid.UUID)

    def __init__(self, *args: object, offered: Collection[uuid.UUID], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["assets"].choices = [(str(each), str(each)) for each in offered]  # type: ignore[attr-defined]


class GroupForm(forms.Form):
    """An asset group to make."""

    ref = forms.CharField(
        label="Ref", max_length=LONGEST_REF, help_text="Names the group in files; it stays. Up to 64 characters."
    )
    name = forms.CharField(
        label="Name", max_length=LONGEST_NAME, required=False, help_text="For reading. Blank: the ref."
    )


class RenameGroupForm(forms.Form):
    """Another name of a group."""

    name = forms.CharField(label="Name", max_length=LONGEST_NAME)


class PutForm(forms.Form):
    """Which assets go into which group: those selected, or all that the list's filter finds (``count`` when shown)."""

    SELECTED, FOUND = "selected", "found"

    which = forms.ChoiceField(choices=[(SELECTED, "selected"), (FOUND, "found")])
    group = forms.CharField(max_length=LONGEST_REF, required=False)
    take_out = forms.BooleanField(required=False)
    count = forms.IntegerField(required=False, min_value=0)
    query = forms.CharField(max_length=2000, required=False)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if not cleaned.get("take_out") and not cleaned.get("group") and not self.errors:
            raise forms.ValidationError("Name the group: one of yours, or a new one.")
        return cleaned

    @property
    def sentence(self) -> str:
        """What is wrong, for a message."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)


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
