"""The form by which a company enters several competitions, or withdraws."""

import uuid
from collections.abc import Collection

from django import forms


class AnswerForm(forms.Form):
    """Several competitions, and whether to enter or to withdraw."""

    answer = forms.ChoiceField(choices=[("enter", "Enter"), ("withdraw", "Withdraw")])
    competitions = forms.TypedMultipleChoiceField(
        coerce=uuid.UUID, error_messages={"required": "Choose at least one competition."}
    )

    def __init__(self, *args: object, offered: Collection[uuid.UUID], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["competitions"].choices = [(str(each), str(each)) for each in offered]  # type: ignore[attr-defined]
