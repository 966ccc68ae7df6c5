"""What is typed about statements: which lines are disputed and why, and the answers."""

from typing import Any

from django import forms

from settlement.domain.disputing import LONGEST, MOST_FILES
from settlement.models import StatementLine


class ManyFiles(forms.ClearableFileInput):
    """Several files at once; the page reads them all from the request."""

    allow_multiple_selected = True


class DisputeForm(forms.Form):
    """A reason for each line that is disputed; a line without one is not."""

    documents = forms.FileField(
        label="Files",
        required=False,
        widget=ManyFiles,
        help_text=f"PDF, Word, Excel or pictures, up to {MOST_FILES}: what shows that you are right.",
    )

    def __init__(self, *args: Any, lines: list[StatementLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for each in lines:
            self.fields[f"reason_{each.place}"] = forms.CharField(
                label=f"Why line {each.place}, {each.kind}, is wrong",
                required=False,
                max_length=LONGEST,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        self.reasons = {
            each.place: told[f"reason_{each.place}"]
            for each in self.lines
            if (told.get(f"reason_{each.place}") or "").strip()
        }
        if not self.errors and not self.reasons:
            raise forms.ValidationError("Say of at least one line why it is wrong.")
        return told

    def rows(self) -> list[tuple[StatementLine, forms.BoundField]]:
        """Each line with its field."""
        return [(each, self[f"reason_{each.place}"]) for each in self.lines]


class AnswerForm(forms.Form):
    """Upheld or not, with words."""

    answer = forms.CharField(
        label="Answer",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The provider reads it.",
    )
    is_upheld = forms.TypedChoiceField(
        label="Decision",
        choices=[("yes", "Upheld: run the month again"), ("no", "Not upheld")],
        coerce=lambda told: told == "yes",
        widget=forms.RadioSelect,
    )
