"""The forms of asset groups."""

from django import forms

from qualification.domain.assets.groups import LONGEST_NAME, LONGEST_REF


class GroupForm(forms.Form):
    """An asset group to make."""

    ref = forms.CharField(
        label="Ref",
        max_length=LONGEST_REF,
        help_text="Names the group in files; it stays. Up to 64 characters.",
    )
    name = forms.CharField(
        label="Name", max_length=LONGEST_NAME, required=False, help_text="For reading. Blank: the ref."
    )


class RenameGroupForm(forms.Form):
    """Another name of a group."""

    name = forms.CharField(label="Name", max_length=LONGEST_NAME)


class PutForm(forms.Form):
    """The group that ticked assets go into, or that they leave theirs."""

    group = forms.CharField(max_length=LONGEST_REF, required=False)
    take_out = forms.BooleanField(required=False)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if not cleaned.get("take_out") and not cleaned.get("group") and not self.errors:
            raise forms.ValidationError("Name the group: one of yours, or a new one.")
        return cleaned

    @property
    def sentence(self) -> str:
        """What is wrong, for a message."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)
