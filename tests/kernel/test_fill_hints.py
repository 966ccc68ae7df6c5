"""Browsers and password managers are told what each field of a form is."""

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from tests.accounts import people
from tests.kernel.all_forms import all_forms

pytestmark = pytest.mark.django_db
EXPECTED = {
    "login": "username",
    "contact_name": "name",
    "contact_email": "email",
    "contact_phone": "tel",
    "registered_address": "street-address",
    "legal_name": "organization",
    "company_number": "off",
    "vat_number": "off",
}
"""Fields that are the same everywhere, by name."""


def rendered_fields(html: str) -> dict[str, str]:
    """The tags of the fields of a page that are typed into, by name."""
    import re

    tags = re.findall(r"<(?:input|textarea)\b[^>]*>", html)
    named = {re.search(r'name="([^"]+)"', tag)[1]: tag for tag in tags if 'name="' in tag}
    return {
        name: tag for name, tag in named.items() if not re.search(r'type="(hidden|checkbox|radio|file)"', tag)
    }


def hint_in(tag: str) -> str:
    return tag.partition('autocomplete="')[2].partition('"')[0]


def test_sign_in_and_sign_up_tell_password_managers_what_is_what():
    page = rendered_fields(Client().get(reverse("account_login")).content.decode())
    assert {name: hint_in(tag) for name, tag in page.items()} == {
        "login": "username",
        "password": "current-password",
    }
    page = rendered_fields(Client().get(reverse("account_signup")).content.decode())
    assert {name: hint_in(tag) for name, tag in page.items()} == {
        "email": "email",
        "password1": "new-password",
        "password2": "new-password",
    }
    page = rendered_fields(Client().get(reverse("account_reset_password")).content.decode())
    assert {name: hint_in(tag) for name, tag in page.items()} == {"email": "email"}


@pytest.mark.parametrize(
    "name", ["accounts:organisation", "accounts:team", "account_change_password", "account_email"]
)
def test_every_field_of_a_page_about_people_and_companies_has_a_hint(name):
    client = people.signed_in(people.provider())
    page = client.get(reverse(name), follow=True)
    fields = rendered_fields(page.content.decode())
    assert fields
    assert {field: tag for field, tag in fields.items() if not hint_in(tag)} == {}


def test_the_form_of_a_new_company_has_a_hint_for_every_field_that_is_typed_into():
    user = people.provider().user
    user.member.delete()
    fields = rendered_fields(people.signed_in(user).get(reverse("accounts:company")).content.decode())
    assert {name: hint_in(tag) for name, tag in fields.items()} == {
        "name": "organization",
        "code": "off",
        "country": "country",
        "company_number": "off",
        "registered_address": "street-address",
        "vat_number": "off",
        "contact_name": "name",
        "contact_email": "email",
        "contact_phone": "tel",
    }


def test_every_password_in_a_form_says_whether_it_is_new():
    unsaid = [
        f"{form.__name__}.{name}"
        for form in all_forms()
        for name, field in form.base_fields.items()
        if isinstance(field.widget, forms.PasswordInput)
        and field.widget.attrs.get("autocomplete") not in {"new-password", "current-password"}
    ]
    assert unsaid == []


def test_an_application_to_a_dps_is_filled_in_with_what_the_browser_knows_of_the_company():
    from qualification.domain.dps.questions import SECTIONS
    from qualification.forms.dps import SectionForm

    for section in SECTIONS:
        form = SectionForm(section=section, answers={})
        typed = {name: field.widget.attrs.get("autocomplete") for name, field in form.fields.items()}
        known = {name: hint for name, hint in EXPECTED.items() if name in typed}
        assert {name: typed[name] for name in known} == known
