"""The forms of a stored competition."""

from django import forms

from competitions.domain.rounds import LONGEST_NAME


class CancelForm(forms.Form):
    reason = forms.CharField(
        label="Why is it cancelled?",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Shown to everyone who sees it.",
    )


class RoundForm(forms.Form):
    """Another name for a round."""

    name = forms.CharField(
        label="Name of the round",
        max_length=LONGEST_NAME,
        help_text="Unique among your rounds, without regard to case.",
    )


class DuplicateManyForm(forms.Form):
    """Several competitions once more, later: what of their refs is replaced, and by how much their dates
    move."""

    find = forms.CharField(label="Replace in refs", max_length=40, help_text="For example NRN26.")
    replacement = forms.CharField(
        label="By", max_length=40, help_text="For example NRN27. Refs are unique on the platform for ever."
    )
    days = forms.IntegerField(
        label="Move all dates by days",
        min_value=-3660,
        max_value=3660,
        initial=364,
        help_text="364 keeps the days of the week; each date keeps its local time.",
    )
    round_wanted = forms.CharField(
        label="Round of the new competitions",
        max_length=LONGEST_NAME,
        required=False,
        help_text="Blank: the round that each copied one has.",
    )
