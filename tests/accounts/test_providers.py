"""A provider registers itself: a verified address first, then its company."""

from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.enums import OrganisationKind, Role, TermsKind
from accounts.models import Member, Organisation, TermsAcceptance, User
from marketplace import clock
from tests.accounts import people
from tests.accounts.people import NOW, PASSWORD

pytestmark = pytest.mark.django_db
ADDRESS = "ann@tidal.example"
COMPANY = {
    "name": "Tidal Batteries Ltd",
    "code": "TIDAL",
    "country": "GB",
    "company_number": "SC123456",
    "registered_address": "1 Harbour Road, Leith",
    "contact_name": "Ann Example",
    "contact_email": ADDRESS,
    "contact_phone": "0131 496 0000",
    "accept_user_terms": "on",
    "accept_service_terms": "on",
}


@pytest.fixture(autouse=True)
def no_tries_counted(settings):
    settings.CACHES = people.own_cache()


@pytest.fixture
def newcomer():
    """Signed in, with a verified address and no company yet."""
    user = User.objects.create_user(ADDRESS, PASSWORD)
    EmailAddress.objects.create(user=user, email=ADDRESS, verified=True, primary=True)
    return people.signed_in(user)


def signed_up(client):
    return client.post(
        reverse("account_signup"),
        {"email": ADDRESS, "password1": PASSWORD, "password2": PASSWORD},
        follow=True,
    )


def registered(client, **changes):
    with clock.set_to(NOW):
        return client.post(reverse("accounts:company"), COMPANY | changes)


def test_a_newcomer_verifies_the_address_names_the_company_and_is_its_first_member():
    client = Client()
    assert "Check your mail" in signed_up(client).content.decode()
    link = people.link_in_mail(ADDRESS)
    assert client.get(reverse("accounts:company")).status_code == 302, (
        "an address that is not verified opens nothing"
    )
    assert "This is my address" in client.get(link).content.decode()
    client.post(link)
    client.post(reverse("account_login"), {"login": ADDRESS, "password": PASSWORD})
    assert client.get("/").headers["Location"] == reverse("accounts:company")
    assert registered(client).headers["Location"] == reverse("accounts:home")
    member = Member.objects.get(user__email=ADDRESS)
    assert member.organisation.kind == OrganisationKind.FLEX_SERVICE_PROVIDER
    assert set(member.roles) == set(Role.values)
    assert client.get(reverse("qualification:assets")).status_code == 200


def test_registering_in_public_never_makes_an_operator(newcomer):
    registered(newcomer, kind="so")
    assert Organisation.objects.get().kind == OrganisationKind.FLEX_SERVICE_PROVIDER


def test_both_terms_are_kept_with_version_time_and_user(newcomer):
    registered(newcomer)
    organisation = Organisation.objects.get()
    kept = {
        (one.kind, one.user.email, one.organisation, one.accepted_at, bool(one.version))
        for one in TermsAcceptance.objects.all()
    }
    assert kept == {
        (TermsKind.USER, ADDRESS, None, NOW, True),
        (TermsKind.SERVICE, ADDRESS, organisation, NOW, True),
    }


@pytest.mark.parametrize(
    "field",
    [
        "accept_user_terms",
        "accept_service_terms",
        "company_number",
        "registered_address",
        "contact_name",
        "name",
    ],
)
def test_a_company_without_what_is_needed_is_not_registered_and_the_page_says_where(newcomer, field):
    page = registered(newcomer, **{field: ""})
    assert set(page.context["form"].errors) == {field}
    text = page.content.decode()
    assert f'id="id_{field}_error"' in text
    assert 'aria-invalid="true"' in text
    assert not Organisation.objects.exists()


@pytest.mark.parametrize("path", ["/qualification/assets/", "/bidding/", "/team/"])
def test_who_left_before_naming_the_company_is_led_back_to_it(newcomer, path):
    answer = newcomer.get(path)
    assert answer.headers["Location"].startswith(reverse("accounts:company"))


def test_a_company_number_is_taken_once_a_country_in_any_case(newcomer):
    Organisation.objects.create(
        kind="fsp",
        name="First",
        code="FIRST",
        country="GB",
        company_number="SC123456",
        contact_email="a@b.example",
    )
    page = registered(newcomer)
    assert page.status_code == 200
    assert page.context["form"].errors
    assert Organisation.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.create(
            kind="fsp",
            name="B",
            code="SECOND",
            country="GB",
            company_number="SC123456",
            contact_email="a@b.example",
        )
    assert registered(newcomer, country="IE").headers["Location"] == reverse("accounts:home")


@pytest.mark.parametrize("typed", ["sc 123 456", "\u00a0SC123456", "SC\u200b123456", "sc-123456"])
def test_a_company_number_is_compared_in_one_form_and_the_page_says_what_to_do(newcomer, typed):
    Organisation.objects.create(
        kind="fsp",
        name="First",
        code="FIRST",
        country="GB",
        company_number="SC123456",
        contact_email="a@b.example",
    )
    page = registered(newcomer, company_number=typed).content.decode()
    assert "A company with this number is registered already" in page
    assert "company_number_once_a_country" not in page
    assert Organisation.objects.count() == 1


def test_a_british_number_is_kept_padded_and_a_placeholder_is_refused_beside_its_field(newcomer):
    for typed in ["N/A", "00000000"]:
        page = registered(newcomer, company_number=typed)
        assert set(page.context["form"].errors) == {"company_number"}
        assert not Organisation.objects.exists()
    page = registered(newcomer, vat_number="N/A")
    assert set(page.context["form"].errors) == {"vat_number"}
    registered(newcomer, company_number=" 1234 567", vat_number="gb 123 4567 89")
    made = Organisation.objects.get()
    assert (made.company_number, made.vat_number) == ("01234567", "GB123456789")


def test_the_database_takes_no_number_outside_its_form():
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.create(
            kind="fsp", name="B", code="SECOND", company_number="sc 1", contact_email="a@b.example"
        )


def test_numbers_from_before_are_brought_into_their_form_and_none_is_lost():
    step = import_module("accounts.migrations.0004_company_numbers")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_organisation DROP CONSTRAINT company_number_form")
        cursor.execute("DROP INDEX company_number_once_a_country")
    before = {
        "A1": " 1234567",
        "A2": "01234567",
        "A3": "n/a",
        "A4": "0000",
        "A5": "sc123456",
        "A6": "12345678901",
    }
    for code, number in before.items():
        Organisation.objects.create(
            kind="fsp",
            name=code,
            code=code,
            company_number=number,
            vat_number="none",
            contact_email="a@b.example",
        )
    step.bring_into_form(apps, None)
    kept = dict(Organisation.objects.values_list("code", "company_number"))
    assert kept == {
        "A1": "01234567",
        "A2": "01234567/2",
        "A3": "",
        "A4": "",
        "A5": "SC123456",
        "A6": "12345678901",
    }
    assert set(Organisation.objects.values_list("vat_number", flat=True)) == {""}


def test_a_second_company_can_not_be_registered_by_the_same_login(newcomer):
    registered(newcomer)
    assert registered(newcomer, code="AGAIN", company_number="SC999").headers["Location"] == reverse(
        "accounts:home"
    )
    assert list(Organisation.objects.values_list("code", flat=True)) == ["TIDAL"]


def test_an_address_that_is_not_verified_registers_no_company():
    user = User.objects.create_user(ADDRESS, PASSWORD)
    page = registered(people.signed_in(user))
    assert "Verify your email address first." in page.content.decode()
    assert not Organisation.objects.exists()


def test_signing_up_with_a_known_address_tells_the_visitor_nothing():
    known, unknown = Client(), Client()
    User.objects.create_user(ADDRESS, PASSWORD)
    first = signed_up(known)
    second = unknown.post(
        reverse("account_signup"),
        {"email": "other@tidal.example", "password1": PASSWORD, "password2": PASSWORD},
        follow=True,
    )
    assert first.redirect_chain == second.redirect_chain
    assert User.objects.count() == 2


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_signing_in_never_leads_to_another_site(target):
    member = people.provider()
    answer = Client().post(
        reverse("account_login") + f"?next={target}",
        {"login": member.email, "password": PASSWORD, "next": target},
    )
    assert answer.headers["Location"] == "/"


def test_signing_in_leads_back_to_the_page_that_asked_for_it():
    member = people.provider()
    answer = Client().post(
        reverse("account_login"),
        {"login": member.email, "password": PASSWORD, "next": "/qualification/assets/"},
    )
    assert answer.headers["Location"] == "/qualification/assets/"


def test_guessing_passwords_is_stopped():
    member, client = people.provider(), Client()
    for _ in range(12):
        client.post(reverse("account_login"), {"login": member.email, "password": "wrong guess"})
    answer = client.post(reverse("account_login"), {"login": member.email, "password": PASSWORD})
    assert answer.status_code != 302
    assert "_auth_user_id" not in client.session


def test_a_link_to_set_a_new_password_names_this_site():
    member = people.provider()
    Client().post(
        reverse("account_reset_password"),
        {"email": member.email},
        headers={"X-Forwarded-Host": "evil.example"},
    )
    assert "evil.example" not in people.delivered()[0].body
    assert people.link_in_mail(member.email).startswith("/accounts/password/reset/key/")
