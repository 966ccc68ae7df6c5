"""The walk: every address, opened and posted to by everyone. Who may what is read off the view's own declaration."""

from contextlib import contextmanager
from itertools import product
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import Member
from marketplace import jobs
from marketplace.web.access import Access
from tests import walk
from tests.accounts import people as people_of_accounts
from tests.bidding import market as bidding

pytestmark = pytest.mark.django_db

ADDRESSES = walk.addresses()
OURS = [address for address in ADDRESSES if address.foreign is None]
# A page that is open to somebody may still refuse what the action refuses.
FURTHER = {True: set(), False: {"forbidden", "company"}}


@pytest.fixture
def scene(settings):
    """The market while bidding is open, its people, and arguments for every address."""
    settings.CACHES = people_of_accounts.own_cache()
    of = bidding.market()
    people = walk.cast(of)
    with jobs.held_back():
        samples = walk.samples(of)
        yield people, samples


def url_of(address, samples):
    return reverse(address.name, kwargs=samples[address.name].arguments if address.arguments else {})


def answer(user, method, url, **headers):
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return getattr(client, method)(url, headers=headers)


def must_be(access: Access, user) -> str:
    """What the declaration promises this person: login, nothing (404), forbidden (403), company, or open."""
    if access.level == "public":
        return "open"
    if user is None:
        return "login"
    if access.level == "signed_in":
        return "open"
    if access.level == "admin":
        return "open" if user.is_staff else "nothing"
    member = Member.objects.select_related("organisation").filter(user=user).first()
    if member is None:
        return "nothing" if user.is_staff else "company"
    if access.kind and member.organisation.kind != access.kind:
        return "nothing"
    return "forbidden" if access.role and not member.holds(access.role) else "open"


def was(response) -> str:
    target = urlsplit(response.headers.get("Location", "")).path
    if response.status_code == 302 and target == reverse("account_login"):
        return "login"
    if response.status_code == 302 and target == reverse("accounts:company"):
        return "company"
    return {404: "nothing", 403: "forbidden"}.get(response.status_code, "open")


def test_every_address_declares_who_may_open_it():
    undeclared = [address.name for address in OURS if not isinstance(address.access, Access)]
    assert undeclared == []


def test_every_address_with_arguments_has_a_sample_and_every_sample_an_address(scene):
    _, samples = scene
    assert {address.name for address in OURS if address.arguments} == set(samples)


@contextmanager
def undone():
    """What is done inside leaves no trace, so that each address meets the same market."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("instant", [bidding.BIDDING, bidding.AFTER], ids=["while sealed", "after the close"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_everyone_gets_what_the_declaration_says_and_no_page_breaks(scene, method, instant):
    people, samples = scene
    wrong = {}
    for address, (who, user) in product(OURS, people.items()):
        sample = samples.get(address.name)
        with undone(), bidding.at(instant):
            response = answer(user, method, url_of(address, samples))
        got, expected = was(response), must_be(address.access, user)
        if expected == "open":
            fitting = (
                {"nothing"} if sample and sample.is_hidden_from(who) else {"open", "nothing"} | FURTHER[user is None]
            )
        else:
            fitting = {expected}
        if response.status_code >= 500 or (response.status_code != 405 and got not in fitting):
            wrong[address.name, who] = (response.status_code, got, expected)
    assert wrong == {}


def test_who_holds_the_role_opens_what_is_their_own(scene):
    people, samples = scene
    unreachable = []
    for address in OURS:
        sample = samples.get(address.name)
        owner = (sample.owner if sample else None) or ("bidder" if address.access.kind == "fsp" else "buyer")
        if owner not in people:
            continue
        if all(
            opened(people[owner], method, url_of(address, samples), instant) in {404, 405}
            for method, instant in product(("get", "post"), (bidding.BIDDING, bidding.AFTER))
        ):
            unreachable.append(address.name)
    assert set(unreachable) == walk.NOT_THERE


def opened(user, method, url, instant):
    with undone(), bidding.at(instant):
        return answer(user, method, url).status_code


def test_the_page_of_a_missing_role_names_the_role(scene):
    people, _ = scene
    response = answer(people["buyer's teammate"], "get", reverse("accounts:team"))
    assert response.status_code == 403
    assert "role <strong>Account</strong>" in response.content.decode()


def test_nothing_can_be_posted_without_the_token_of_a_form(scene):
    people, samples = scene
    accepted = []
    for address, (who, user) in product(ADDRESSES, people.items()):
        if address.foreign in {"admin", "token"} or address.name in walk.ENTITLED_BY_ADDRESS:
            continue
        try:
            url = url_of(address, samples) if address.foreign is None else reverse(address.name)
        except NoReverseMatch:
            continue
        with undone():
            status = sent_without_token(user, url).status_code
        if status not in {403, 405}:
            accepted.append((address.name, who, status))
    assert accepted == []


def sent_without_token(user, url):
    client = Client(enforce_csrf_checks=True)
    if user is not None:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.post(url)


def test_the_page_after_a_lost_token_says_that_nothing_was_changed(scene):
    response = Client(enforce_csrf_checks=True).post(reverse("account_login"))
    assert response.status_code == 403
    assert "Nothing was changed" in response.content.decode()


def test_the_admin_pages_are_for_platform_admins_alone(scene):
    people, _ = scene
    pages = ["admin:index", "admin:accounts_organisation_changelist", "admin:accounts_organisation_add"]
    for page in pages:
        for who, user in people.items():
            status = answer(user, "get", reverse(page)).status_code
            assert (status == 200) == (who == "admin"), (page, who, status)


def test_the_metrics_open_to_nobody_without_the_token(scene):
    people, _ = scene
    assert {answer(user, "get", "/metrics").status_code for user in people.values()} == {403}


def test_a_fragment_asked_for_after_the_session_ended_reloads_the_page(scene):
    response = answer(None, "get", reverse("jobs:history"), **{"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Refresh"]) == (401, "true")
