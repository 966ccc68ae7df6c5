"""The forms of uploads: a file of a kind with its params, and the filter of the file history."""

from typing import Any

from django import forms
from django.http import QueryDict

from marketplace.jobs.enums import State
from marketplace.web.form_style import StyledForm

PARAM_CHARACTERS = 2000
NOT_PARAMS = frozenset({"csrfmiddlewaretoken", "file"})


class UploadForm(forms.Form):
    """The file itself; whatever else the form sends are the kind's params."""

    file = forms.FileField(
        max_length=200,
        allow_empty_file=True,
        error_messages={"required": "Choose a file first.", "max_length": "The file's name is too long."},
    )


def params_of(sent: QueryDict) -> dict[str, Any]:
    """The params in a form: each a text, or a list of texts where the field was sent more than once."""
    params: dict[str, Any] = {}
    for name in sent:
        if name not in NOT_PARAMS:
            values = [value.replace("\x00", "")[:PARAM_CHARACTERS] for value in sent.getlist(name)]
            params[name] = values if len(values) > 1 else values[0]
    return params


class HistoryForm(StyledForm):
    """Which of the organisation's files to list."""

    kind = forms.ChoiceField(required=False, label="File")
    state = forms.ChoiceField(required=False, label="State", choices=[("", "Any"), *State.choices])
    named = forms.CharField(required=False, label="File name or person contains", max_length=100)

    def __init__(self, *args: Any, titles: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "Any"), *titles]  # type: ignore[attr-defined]
