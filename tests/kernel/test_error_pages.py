"""Pages that say no: what to do next, whom to ask, and nothing typed is lost."""

import re

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.urls import reverse

from marketplace.web.errors import server_error
from marketplace.web.typed import long_texts
from tests.accounts import people

pytestmark = pytest.mark.django_db
ERROR_PAGES = sorted(path.name for path in (settings.BASE_DIR / "templates").glob("[45]*.html"))
QUESTION = "May a battery of 0.4 MW take part together with two others?"


@pytest.mark.parametrize("name", ERROR_PAGES)
def test_every_error_page_names_the_support_address_even_without_a_request(name):
    assert f'href="mailto:{settings.SUPPORT_EMAIL}"' in get_template(name).render()


def test_there_is_a_page_for_every_answer_that_the_site_gives():
    assert {"400.html", "403.html", "403_csrf.html", "404.html", "405.html", "429.html", "500.html"} <= set(
        ERROR_PAGES
    )


def test_a_failure_of_ours_names_the_support_address():
    assert settings.SUPPORT_EMAIL in server_error(RequestFactory().get("/")).content.decode()


@pytest.mark.parametrize("page", ["/", "/accounts/login/", "/market-data/", "/operators/", "/admin/"])
def test_every_page_has_help_and_contact_at_its_foot(page):
    admin = people.operator().user
    admin.is_staff = admin.is_superuser = True
    admin.save()
    client = people.signed_in(admin) if page == "/admin/" else Client()
    answer = client.get(page)
    assert answer.status_code == 200
    foot = answer.content.decode().split("<footer")[-1]
    assert re.search(rf'Help and contact:\s*<a[^>]*href="mailto:{settings.SUPPORT_EMAIL}"', foot)


def test_every_template_with_a_page_of_its_own_has_help_and_contact():
    whole = [
        path for path in (settings.BASE_DIR / "templates").rglob("*.html") if "</body>" in path.read_text()
    ]
    lacking = [
        str(path)
        for path in whole
        if not re.search(r"components/support\.html|{% foot %}|support_email", path.read_text())
    ]
    assert whole
    assert lacking == []


def posted_without_a_token(client, referer="http://testserver/team/?page=2", **sent):
    return client.post(reverse("accounts:team_invite"), sent, headers={"Referer": referer} if referer else {})


def test_a_form_that_is_no_longer_valid_leads_a_visitor_to_sign_in_and_back():
    page = posted_without_a_token(Client(enforce_csrf_checks=True), note=QUESTION).content.decode()
    assert "no longer valid" in page
    assert 'href="/accounts/login/?next=%2Fteam%2F%3Fpage%3D2"' in page
    assert QUESTION in page


def test_a_form_that_is_no_longer_valid_leads_who_is_signed_in_back_to_its_page():
    client = Client(enforce_csrf_checks=True)
    client.cookies = people.signed_in(people.operator()).cookies
    page = posted_without_a_token(client, note=QUESTION).content.decode()
    assert 'href="/team/?page=2">Open the page again' in page
    assert "Sign in" not in page
    assert QUESTION in page


@pytest.mark.parametrize("referer", ["http://evil.example/", ""])
def test_another_site_can_not_make_up_what_somebody_typed(referer):
    page = posted_without_a_token(Client(enforce_csrf_checks=True), referer, note=QUESTION).content.decode()
    assert QUESTION not in page
    assert 'href="/accounts/login/?next=%2F"' in page


def test_passwords_codes_and_choices_are_not_shown_again():
    sent = RequestFactory().post(
        "/",
        {
            "password1": "correct horse battery",
            "recovery_code": "abc def",
            "csrfmiddlewaretoken": "a b",
            "asset": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
            "text": QUESTION,
        },
    )
    assert long_texts(sent.POST) == [QUESTION]


def test_what_was_typed_while_the_session_ended_is_given_back_with_a_way_to_sign_in():
    answer = Client().post(
        reverse("accounts:team_invite"), {"note": QUESTION}, headers={"Referer": "http://testserver/team/"}
    )
    page = answer.content.decode()
    assert answer.status_code == 401
    assert QUESTION in page
    assert 'href="/accounts/login/?next=%2Fteam%2F"' in page
