"""The check of text in every form, whoever wrote the form: ours, the admin's, the sign-in package's, a
filter's.

All of them read typed text with Django's ``CharField``, so that is where the check is put, once, at the
start.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from marketplace.text import text_fault

_UNCHECKED = forms.CharField.to_python


def install() -> None:
    """Make every ``CharField`` of every form refuse text that can't be kept."""
    forms.CharField.to_python = _checked  # type: ignore[method-assign, assignment]


def _checked(field: forms.CharField, value: Any) -> Any:
    text = _UNCHECKED(field, value)
    if isinstance(text, str) and not isinstance(
        field.widget, forms.PasswordInput
    ):  # a password is never shown
        is_long = isinstance(field.widget, forms.Textarea | forms.HiddenInput)
        fault = text_fault(text, field=str(field.label or ""), multiline=is_long)
        if fault is not None:
            raise ValidationError(fault, code="bad_text")
    return text
