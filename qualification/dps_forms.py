"""What members may send to the pages of company qualification."""

from collections.abc import Mapping
from typing import Any

import django_filters as filters
from django import forms

from accounts.models import Member, Organisation
from competitions.models import PurchasingSystem
from marketplace.attachments import KINDS, LARGEST
from qualification.domain.dps_decisions import LONGEST_REASON
from qualification.domain.dps_queries import applications_visible_to
from qualification.enums import ApplicationState
from qualification.models import DpsApplication
from qualification.questions import LEGAL_FORMS, NO, YES, Question, Section
from qualification.rules import MOST_ATTACHMENTS

CONTROL = {"class": "form-control"}
SELECT = {"class": "form-select"}
UNANSWERED = ("", "Not answered yet")


class SectionForm(forms.Form):
    """One section of an application. Nothing is required: it can be saved incomplete."""

    def __init__(self, *args: Any, section: Section, answers: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, initial=dict(answers), **kwargs)
        for question in section.questions:
            self.fields[question.key] = _field(question)
            if question.kind == "agreement":
                self.initial[question.key] = answers.get(question.key) == YES

    @property
    def answers(self) -> dict[str, str]:
        """The answers as text, the way they are kept."""
        return {key: _text(value) for key, value in self.cleaned_data.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else ""
    return "" if value is None else str(value)


def _field(question: Question) -> forms.Field:
    told: dict[str, Any] = {"label": question.label, "required": False, "help_text": _help(question)}
    if question.kind in ("yes_no", "choice"):
        offered = [(YES, "Yes"), (NO, "No")] if question.kind == "yes_no" else list(LEGAL_FORMS.items())
        return forms.ChoiceField(choices=[UNANSWERED, *offered], widget=forms.Select(attrs=SELECT), **told)
    if question.kind == "money":
        number = forms.NumberInput(attrs={**CONTROL, "step": "0.01", "min": "0"})
        return forms.DecimalField(min_value=0, max_digits=17, decimal_places=2, widget=number, **told)
    if question.kind == "date":
        return forms.DateField(widget=forms.DateInput(attrs={**CONTROL, "type": "date"}, format="%Y-%m-%d"), **told)
    if question.kind == "agreement":
        return forms.BooleanField(widget=forms.CheckboxInput(attrs={"class": "form-check-input"}), **told)
    if question.kind == "email":
        return forms.EmailField(max_length=question.longest, widget=forms.EmailInput(attrs=CONTROL), **told)
    rows = forms.Textarea(attrs={**CONTROL, "rows": 3}) if question.kind == "long" else forms.TextInput(attrs=CONTROL)
    return forms.CharField(max_length=question.longest, widget=rows, **told)


def _help(question: Question) -> str:
    if question.optional:
        return f"{question.help_text} Optional.".strip()
    return question.help_text or ("Only if the answer above is yes." if question.when else "")


class AttachmentForm(forms.Form):
    """A document to go with an application."""

    document = forms.FileField(
        help_text=f"{KINDS}, up to {LARGEST // 1024**2} MB; at most {MOST_ATTACHMENTS} documents.",
        widget=forms.ClearableFileInput(attrs=CONTROL),
    )


class ApproveForm(forms.Form):
    """Until when the approval holds."""

    expires_on = forms.DateField(
        label="Last day of the approval",
        required=False,
        help_text="Optional: without it the approval holds until you revoke it.",
        widget=forms.DateInput(attrs={**CONTROL, "type": "date"}, format="%Y-%m-%d"),
    )


class ReasonForm(forms.Form):
    """Why a company is rejected, or its approval revoked."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        help_text="The company reads it.",
        widget=forms.Textarea(attrs={**CONTROL, "rows": 4}),
    )


class ApplicationFilter(filters.FilterSet):
    """An operator's applications by DPS, status, company and day of submission."""

    dps = filters.ModelChoiceFilter(
        label="DPS",
        field_name="purchasing_system",
        queryset=PurchasingSystem.objects.none(),
        empty_label="Any DPS",
        widget=forms.Select(attrs=SELECT),
    )
    state = filters.ChoiceFilter(
        label="Status",
        choices=[each for each in ApplicationState.choices if each[0] != ApplicationState.DRAFT],
        empty_label="Any status",
        widget=forms.Select(attrs=SELECT),
    )
    provider = filters.ModelChoiceFilter(
        label="Company",
        queryset=Organisation.objects.none(),
        empty_label="Any company",
        widget=forms.Select(attrs=SELECT),
    )
    first = filters.DateFilter(
        label="Submitted from",
        field_name="submitted_at",
        lookup_expr="date__gte",
        widget=forms.DateInput(attrs={**CONTROL, "type": "date"}),
    )
    last = filters.DateFilter(
        label="Submitted until",
        field_name="submitted_at",
        lookup_expr="date__lte",
        widget=forms.DateInput(attrs={**CONTROL, "type": "date"}),
    )

    class Meta:
        model = DpsApplication
        fields = ()

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = PurchasingSystem.objects.filter(operator=member.organisation_id)
        applied = applications_visible_to(member).order_by().values("provider")
        self.form.fields["dps"].queryset = own
        self.form.fields["provider"].queryset = Organisation.objects.filter(pk__in=applied).order_by("name")
