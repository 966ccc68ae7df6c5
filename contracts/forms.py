"""What the operator sends about a contract."""

from collections.abc import Iterable
from typing import Any

from django import forms

from competitions.models import TermsRecord
from contracts.domain.lifecycle import LONGEST_REASON
from contracts.models import Contract
from marketplace.attachments import KINDS, LARGEST
from marketplace.web.form_style import StyledForm


class WithdrawForm(StyledForm):
    """Why a contract is withdrawn."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        help_text="The seller reads it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DocumentForm(StyledForm):
    """A document to keep with a contract."""

    document = forms.FileField(
        help_text=f"{KINDS}, up to {LARGEST // 1024**2} MB.",
    )


class GiveTermsForm(StyledForm):
    """Which settlement terms which contracts get; each of them is one of the member's."""

    terms = forms.ChoiceField(label="Settlement terms", help_text="Their newest version. It stays as it is.")
    contracts = forms.MultipleChoiceField(error_messages={"required": "Choose at least one contract."})

    def __init__(
        self, *args: Any, records: Iterable[TermsRecord], contracts: Iterable[Contract], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        terms, chosen = self.fields["terms"], self.fields["contracts"]
        assert isinstance(terms, forms.ChoiceField)
        assert isinstance(chosen, forms.ChoiceField)
        terms.choices = [
            (str(each.pk), f"{each.ref} version {each.newest_number}: {each.newest_name}")  # type: ignore[attr-defined]
            for each in records
        ]
        chosen.choices = [(str(each.pk), str(each)) for each in contracts]
