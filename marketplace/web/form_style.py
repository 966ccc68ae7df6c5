"""Forms whose fields look as the design has it: the class of an input is chosen once, by what kind of input
it is."""

from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates

CLASSES = {
    **dict.fromkeys(
        (
            "clearable_file_input",
            "date",
            "email",
            "file",
            "number",
            "password",
            "text",
            "textarea",
            "time",
            "url",
        ),
        "form-control",
    ),
    "select": "form-select",
    "checkbox": "form-check-input",
}
"""By the name of a widget's template; a widget with a class of its own keeps that."""


class StyledRenderer(DjangoTemplates):
    """Django's own templates, with a class for every input that has none."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        kind = template_name.rpartition("/")[2].removesuffix(".html")
        if "widget" in context and kind in CLASSES:
            context["widget"]["attrs"].setdefault("class", CLASSES[kind])
        return super().render(template_name, context, request)


RENDERER = StyledRenderer()
"""One for all forms: each renderer reads and compiles the templates of its inputs for itself."""


class StyledForm(forms.Form):
    """A form whose inputs get their class from their kind."""

    default_renderer = RENDERER


class StyledModelForm(forms.ModelForm):  # type: ignore[type-arg]
    """The same, of a model's fields."""

    default_renderer = RENDERER
