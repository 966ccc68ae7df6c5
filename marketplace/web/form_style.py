"""Forms whose fields look as the design has it: the class of an input is chosen once, by what kind of input
it is."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

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


SELECT = "django/forms/widgets/select.html"
"""The template of a choice, which is drawn without it: a template for each of a hundred choices takes milliseconds."""


class StyledRenderer(DjangoTemplates):
    """Django's own templates, with a class for every input that has none."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        kind = template_name.rpartition("/")[2].removesuffix(".html")
        if "widget" in context and kind in CLASSES:
            context["widget"]["attrs"].setdefault("class", CLASSES[kind])
        if template_name == SELECT:
            return _select_html(context["widget"])
        return super().render(template_name, context, request)


def _select_html(widget: Mapping[str, Any]) -> str:
    """The same as Django's template of a choice."""
    parts = [f'<select name="{conditional_escape(widget["name"])}"{_attributes(widget["attrs"])}>']
    for group, options, _ in widget["optgroups"]:
        if group:
            parts.append(f'\n  <optgroup label="{conditional_escape(group)}">')
        parts += [f"\n  {_option_html(each)}" for each in options]
        if group:
            parts.append("\n  </optgroup>")
    return mark_safe("".join((*parts, "\n</select>")))  # noqa: S308  what is not safe is escaped


def _option_html(option: Mapping[str, Any]) -> str:
    value, label = conditional_escape(str(option["value"])), conditional_escape(option["label"])
    return f'<option value="{value}"{_attributes(option["attrs"])}>{label}</option>'


def _attributes(attributes: Mapping[str, Any]) -> str:
    told = ((name, value) for name, value in attributes.items() if value is not False)
    return "".join(
        f" {conditional_escape(name)}" + ("" if value is True else f'="{conditional_escape(str(value))}"')
        for name, value in told
    )


RENDERER = StyledRenderer()
"""One for all forms: each renderer reads and compiles the templates of its inputs for itself."""


class StyledForm(forms.Form):
    """A form whose inputs get their class from their kind."""

    default_renderer = RENDERER


class StyledModelForm(forms.ModelForm):  # type: ignore[type-arg]
    """The same, of a model's fields."""

    default_renderer = RENDERER
