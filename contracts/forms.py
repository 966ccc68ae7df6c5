"""What the operator sends about a contract."""

from django import forms

from contracts.domain.lifecycle import LONGEST_REASON
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
