"""What a page says is a sentence: no name of a constraint, no name of a field in code, no bare "invalid"."""

import re
from pathlib import Path

import pytest
from django import forms
from django.apps import apps
from django.contrib import admin
from django.core.validators import RegexValidator
from django.test import RequestFactory

from tests.kernel.all_forms import OURS, all_forms

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


def edited_models():
    """The models of which somebody can make or change rows in a form, in the admin too."""
    by_forms = {form._meta.model for form in all_forms() if issubclass(form, forms.ModelForm)}
    request = RequestFactory().get("/")
    request.user = type(
        "Admin", (), {"has_perm": lambda self, name: True, "is_active": True, "is_staff": True}
    )()
    by_admin = {
        model
        for model, page in admin.site._registry.items()
        if page.has_add_permission(request) or page.has_change_permission(request)
    }
    return {model for model in by_forms | by_admin if model is not None and model._meta.app_label in OURS}


def names_itself(constraint) -> bool:
    """Whether the sentence that Django makes for it would be the constraint's name."""
    own = constraint.violation_error_message != constraint.default_violation_error_message
    plain_unique = bool(getattr(constraint, "fields", ())) and getattr(constraint, "condition", None) is None
    return not own and not plain_unique


def test_no_form_shows_the_name_of_a_constraint():
    silent = [
        f"{model.__name__}: {constraint.name}"
        for model in edited_models()
        for constraint in model._meta.constraints
        if names_itself(constraint)
    ]
    assert edited_models()
    assert sorted(silent) == []


def shown_by(field, validator) -> str:
    return str(field.error_messages.get(validator.code, validator.message))


def test_a_field_that_wants_a_form_says_which():
    bare = [
        f"{form.__name__}.{name}"
        for form in all_forms()
        for name, field in form.base_fields.items()
        for validator in field.validators
        if type(validator) is RegexValidator and shown_by(field, validator) == str(RegexValidator.message)
    ]
    assert bare == []


def test_a_column_that_wants_a_form_says_which():
    bare = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for field in model._meta.get_fields()
        for validator in getattr(field, "validators", [])
        if type(validator) is RegexValidator and str(validator.message) == str(RegexValidator.message)
    ]
    assert bare == []


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_shows_errors_under_the_names_of_fields_in_code(path):
    assert not re.search(r"{{\s*\w*form\w*\.errors(\.as_\w+)?\s*}}", path.read_text())
