"""What members may send to the pages of company qualification."""

from collections.abc import Mapping
from typing import Any

import django_filters as filters
from django import forms
from django.utils.html import escape

from accounts.models import Member, Organisation
from competitions.models import PurchasingSystem
from marketplace.attachments import KINDS, LARGEST
from marketplace.web.form_style import StyledForm
from qualification.domain.dps.decisions import LONGEST_REASON
from qualification.domain.dps.queries import applications_visible_to
from qualification.domain.dps.questions import NO, YES, Question, Section, checked
from qualification.enums import ApplicationState, DpsQuestionKind, DpsSection
from qualification.models import DpsApplication, DpsQuestion
from qualification.rules import MOST_ATTACHMENTS

AUTOCOMPLETE = {
    "legal_name": "organization",
    "registered_address": "street-address",
    "contact_name": "name",
    "contact_email": "email",
    "contact_phone": "tel",
    "signatory_position": "organization-title",
}
"""What a browser may fill in for the person who applies; a signatory is somebody else."""

UNANSWERED = ("", "Not answered yet")


class SectionForm(StyledForm):
    """One section of an application. Nothing is required: it can be saved incomplete."""

    def __init__(
        self, *args: Any, section: Section, answers: Mapping[str, str], country: str = "GB", **kwargs: Any
    ) -> None:
        kwargs["initial"] = dict(answers)
        super().__init__(*args, **kwargs)
        self.section, self.country = section, country
        for question in section.questions:
            self.fields[question.key] = _field(question)
            if question.kind == "agreement":
                self.initial[question.key] = answers.get(question.key) == YES

    def clean(self) -> dict[str, Any]:
        """Bring the answers into the form in which they are kept; what is not of its question's kind is told
        beside it."""
        cleaned: dict[str, Any] = super().clean() or {}
        for question in self.section.questions:
            if question.kind == "file" or question.key not in cleaned:
                continue
            try:
                cleaned[question.key] = checked(question, _text(cleaned[question.key]), self.country)
            except ValueError as error:
                self.add_error(question.key, str(error))
        return cleaned

    @property
    def answers(self) -> dict[str, str]:
        """The answers as text, the way they are kept."""
        return {key: _text(value) for key, value in self.cleaned_data.items() if key not in self.documents}

    @property
    def documents(self) -> dict[str, Any]:
        """The documents that were sent, by question."""
        asked = [each.key for each in self.section.questions if each.kind == "file"]
        return {key: self.cleaned_data.get(key) for key in asked if self.cleaned_data.get(key)}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else ""
    return "" if value is None else str(value)


def _field(question: Question) -> forms.Field:
    told: dict[str, Any] = {"label": question.label, "required": False, "help_text": _help(question)}
    if question.kind in ("yes_no", "choice"):
        offered = [(YES, "Yes"), (NO, "No")] if question.kind == "yes_no" else list(question.options)
        return forms.ChoiceField(choices=[UNANSWERED, *offered], **told)
    if question.kind == "money":
        number = forms.NumberInput(attrs={"step": "0.01", "min": "0"})
        return forms.DecimalField(min_value=0, max_digits=17, decimal_places=2, widget=number, **told)
    if question.kind == "number":
        number = forms.NumberInput(attrs={"step": "any"})
        return forms.DecimalField(max_digits=21, decimal_places=6, widget=number, **told)
    if question.kind == "date":
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **told)
    if question.kind == "agreement":
        return forms.BooleanField(**told)
    if question.kind == "file":
        return forms.FileField(widget=forms.FileInput(), **told)
    hint = AUTOCOMPLETE.get(question.key, "off")
    if question.kind == "email":
        email = forms.EmailInput(attrs={"autocomplete": hint})
        return forms.EmailField(max_length=question.longest, widget=email, **told)
    attributes = {"autocomplete": hint}
    rows = (
        forms.Textarea(attrs={**attributes, "rows": 3})
        if question.kind == "long"
        else forms.TextInput(attributes)
    )
    return forms.CharField(max_length=question.longest, widget=rows, **told)


def _help(question: Question) -> str:
    said: str = escape(question.help_text)  # an operator's own words; the page shows help as it is
    if question.kind == "file":
        said = f"{said} {KINDS}, up to {LARGEST // 1024**2} MB.".strip()
    if question.optional:
        return f"{said} Optional.".strip()
    if question.kind == "file":
        return said
    return said or ("Only if the answer above is yes." if question.when else "")


class OwnQuestionForm(StyledForm):
    """A question that the operator adds to its DPS; section and kind are chosen once."""

    section = forms.ChoiceField(choices=DpsSection.choices)
    text = forms.CharField(label="Question", max_length=300)
    kind = forms.ChoiceField(label="Kind of answer", choices=DpsQuestionKind.choices)
    options = forms.CharField(
        label="Choices",
        required=False,
        max_length=11_000,
        help_text="One a line; only for “one of a list”.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    help_text = forms.CharField(
        label="Help text",
        required=False,
        max_length=500,
        help_text="Shown below the question.",
    )
    is_required = forms.BooleanField(
        label="An answer is needed to submit the application",
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, question: DpsQuestion | None = None, **kwargs: Any) -> None:
        if question is not None:
            kwargs["initial"] = {
                "text": question.text,
                "options": "\n".join(question.options),
                "help_text": question.help_text,
                "is_required": question.is_required,
            }
        super().__init__(*args, **kwargs)
        if question is not None:
            del self.fields["section"], self.fields["kind"]
            if question.kind != DpsQuestionKind.CHOICE:
                del self.fields["options"]

    @property
    def wanted(self) -> dict[str, Any]:
        """What the actions take."""
        return {**self.cleaned_data, "options": self.cleaned_data.get("options", "").splitlines()}


class FrameworkForm(StyledForm):
    """A version of the framework agreement."""

    document = forms.FileField(
        help_text=f"PDF or DOCX, up to {LARGEST // 1024**2} MB.", widget=forms.FileInput()
    )


class AttachmentForm(StyledForm):
    """A document to go with an application."""

    document = forms.FileField(
        help_text=f"{KINDS}, up to {LARGEST // 1024**2} MB; at most {MOST_ATTACHMENTS} documents.",
    )


class ApproveForm(StyledForm):
    """Until when the approval holds."""

    expires_on = forms.DateField(
        label="Last day of the approval",
        required=False,
        help_text="Optional: without it the approval holds until you revoke it.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class ReasonForm(StyledForm):
    """Why a company is rejected, or its approval revoked."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        help_text="The company reads it.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ApplicationFilter(filters.FilterSet):  # type: ignore[misc]
    """An operator's applications by DPS, status, company and day of submission."""

    dps = filters.ModelChoiceFilter(
        label="Company qualification",
        field_name="purchasing_system",
        queryset=PurchasingSystem.objects.none(),
        empty_label="Any",
    )
    state = filters.ChoiceFilter(
        label="Status",
        choices=[each for each in ApplicationState.choices if each[0] != ApplicationState.DRAFT],
        empty_label="Any status",
    )
    provider = filters.ModelChoiceFilter(
        label="Company",
        queryset=Organisation.objects.none(),
        empty_label="Any company",
    )
    first = filters.DateFilter(
        label="Submitted from",
        field_name="submitted_at",
        lookup_expr="date__gte",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    last = filters.DateFilter(
        label="Submitted until",
        field_name="submitted_at",
        lookup_expr="date__lte",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    class Meta:
        model = DpsApplication
        form = StyledForm
        fields = ()

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = PurchasingSystem.objects.filter(operator=member.organisation_id)
        applied = applications_visible_to(member).order_by().values("provider")
        self.form.fields["dps"].queryset = own
        self.form.fields["provider"].queryset = Organisation.objects.filter(pk__in=applied).order_by("name")
