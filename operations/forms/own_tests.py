"""What a provider chooses to try its channels with."""

from collections.abc import Iterable
from typing import Any

from django import forms

from contracts.models import Contract
from marketplace.web.form_style import StyledForm


class OwnTestForm(StyledForm):
    """The contract that the test names."""

    contract = forms.ChoiceField(help_text="The test names it, as a dispatch would.")

    def __init__(self, *args: Any, contracts: Iterable[Contract], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["contract"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [
            (str(each.pk), f"{each.competition.ref}, {each.period_name}, {each.window_name}: {each.buyer}")
            for each in contracts
        ]
