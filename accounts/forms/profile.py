"""The forms of an operator's public page."""

from typing import Any

from django import forms

from accounts.domain.colours import is_colour
from accounts.domain.profiles import MOST_QUESTIONS, SECTIONS
from marketplace.web.form_style import RENDERER, StyledForm

LONGEST_TEXT = 20_000


def _long_text(label: str) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 6})
    return forms.CharField(label=label, required=False, max_length=LONGEST_TEXT, widget=widget)


class ProfileForm(StyledForm):
    """The sections of an operator's public page, in Markdown."""

    introduction = _long_text(SECTIONS["introduction"])
    market_rules = _long_text(SECTIONS["market_rules"])
    service_types = _long_text(SECTIONS["service_types"])
    timelines = _long_text(SECTIONS["timelines"])


class QuestionForm(StyledForm):
    """A question that is often asked, with its answer; both blank: none."""

    question = forms.CharField(required=False, max_length=200)
    answer = _long_text("Answer")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if bool(cleaned.get("question")) != bool(cleaned.get("answer")):
            raise forms.ValidationError(
                "A question needs an answer, and an answer a question. Clear both to remove it."
            )
        return cleaned


class _Questions(forms.BaseFormSet):  # type: ignore[type-arg]
    @property
    def given(self) -> list[dict[str, str]]:
        """The questions that are filled in, in order."""
        return [form.cleaned_data for form in self.forms if form.cleaned_data.get("question")]


class LooksForm(forms.Form):
    """An operator's logo and colour."""

    use_colour = forms.BooleanField(label="Use a brand colour", required=False, initial=True)
    colour = forms.CharField(
        label="Brand colour",
        max_length=7,
        widget=forms.TextInput(attrs={"type": "color", "class": "form-control-color"}),
    )
    logo = forms.FileField(
        label="New logo",
        required=False,
        help_text="PNG, JPEG or WebP, up to 2 MB. It is shown at most 160 pixels high.",
    )
    remove_logo = forms.BooleanField(label="Show no logo", required=False)

    def clean_colour(self) -> str:
        colour = str(self.cleaned_data["colour"])
        if not is_colour(colour):
            raise forms.ValidationError("Give the colour as # and six hexadecimal digits, such as #0b5d57.")
        return colour

    @property
    def wanted_colour(self) -> str:
        """The colour; empty for the platform's own."""
        return str(self.cleaned_data["colour"]) if self.cleaned_data["use_colour"] else ""

    @property
    def logo_bytes(self) -> bytes | None:
        """The new logo; empty for none; None to keep the present one."""
        if self.cleaned_data["logo"]:
            return bytes(self.cleaned_data["logo"].read())
        return b"" if self.cleaned_data["remove_logo"] else None


class AreaFileForm(forms.Form):
    """A file with the polygons of the operating area."""

    file = forms.FileField(
        label="Operating area",
        help_text="GeoPackage, GeoJSON or KML; all polygons of its first layer, or of all folders of a KML.",
        widget=forms.FileInput(attrs={"accept": ".gpkg,.geojson,.json,.kml"}),
        error_messages={"required": "Choose the file with the operating area. Nothing was changed."},
    )


QuestionFormSet = forms.formset_factory(
    QuestionForm,
    formset=_Questions,
    extra=2,
    max_num=MOST_QUESTIONS,
    absolute_max=MOST_QUESTIONS,
    validate_max=True,
    renderer=RENDERER,
)
