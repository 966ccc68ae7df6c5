"""What an operator sends to decide, to confirm, and to ask what if."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html

from bidding.domain.decisions.deciding import LONGEST_COMMENT
from bidding.enums import Decision, RejectionReason
from bidding.models import DecisionPolicy
from marketplace.web.form_style import StyledForm, StyledModelForm


class DecideForm(forms.Form):
    """Bids of a competition to decide on, each with the decision that the user saw: “id:decision”."""

    bids = forms.MultipleChoiceField(error_messages={"required": "Choose at least one bid."})
    sure = forms.CharField(required=False, max_length=64)

    def __init__(self, *args: Any, offered: Sequence[uuid.UUID], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bids"] = forms.MultipleChoiceField(
            choices=[(str(each), str(each)) for each in offered],
            error_messages={
                "required": "Choose at least one bid.",
                "invalid_choice": "A bid is not among these.",
            },
        )

    @property
    def bid_ids(self) -> list[uuid.UUID]:
        return [uuid.UUID(each) for each in self.cleaned_data["bids"]]


class RejectForm(DecideForm):
    """The same, with why."""

    reason = forms.ChoiceField(
        choices=RejectionReason.choices,
        error_messages={
            "required": "Choose a reason for rejecting.",
            "invalid_choice": "Choose a reason from the list.",
        },
    )
    comment = forms.CharField(required=False, max_length=LONGEST_COMMENT)


class RowsForm(forms.Form):
    """A decision for each row of the desk: “decision-ID”, beside “shown-ID”, what the row said when it was
    shown.

    Only rows whose choice differs from what was shown count; the reason and comment are those of the rejected
    ones.
    """

    reason = forms.ChoiceField(
        choices=[("", ""), *RejectionReason.choices],
        required=False,
        error_messages={"invalid_choice": "Choose a reason from the list."},
    )
    comment = forms.CharField(required=False, max_length=LONGEST_COMMENT)
    sure = forms.CharField(required=False, max_length=64)

    def __init__(self, *args: Any, offered: Sequence[uuid.UUID], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {str(each): each for each in offered}
        self.changes: dict[uuid.UUID, Decision] = {}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, value in self.data.items():
            key = name.removeprefix("decision-")
            if key == name or value == self.data.get(f"shown-{key}"):
                continue
            if key not in self.offered or value not in Decision.values:
                raise ValidationError("A bid is not among these.")
            self.changes[self.offered[key]] = Decision(value)
        if not self.changes:
            raise ValidationError("No decision was changed.")
        if Decision.REJECTED in self.changes.values() and not cleaned.get("reason"):
            raise ValidationError("Choose a reason for rejecting.")
        return cleaned


class TypedOutForm(StyledForm):
    """A name typed out in full, so that nobody confirms the wrong thing."""

    typed = forms.CharField()

    def __init__(self, *args: Any, expected: str, what: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected, self.what = expected, what
        field = self.fields["typed"]
        field.label = {"ref": "Competition ref", "round": "Round"}[what]
        field.help_text = format_html("Type {} to confirm.", expected)
        field.widget.attrs["autocomplete"] = "off"

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"].strip()
        if typed != self.expected:
            raise ValidationError(f"Type the {self.what} exactly: {self.expected}.")
        return typed


class PolicyForm(StyledModelForm):
    """How an operator decides."""

    names_published = forms.BooleanField(
        label="Publish company names with bids",
        required=False,
        help_text="In market data, once results are confirmed. Providers are told before they bid, so a change holds "
        "for competitions whose bidding opens after it.",
    )

    class Meta:
        model = DecisionPolicy
        fields = ("four_eyes", "standstill_days", "dispatch_needs_signature")

    @property
    def wanted(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in (*self.Meta.fields, "names_published")}
