"""What members may send to the pages of qualification."""

import uuid
from collections.abc import Collection

from django import forms

from competitions.enums import AssetStatus


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
