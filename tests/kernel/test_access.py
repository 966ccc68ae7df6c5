"""The walk: every address, opened and posted to by everyone. Who may what is read off the view's own
declaration."""

import re
from itertools import cycle, product
from urllib.parse import urlencode, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.middleware import WITHOUT_SECOND_FACTOR
from accounts.models import Organisation
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.web.access import Access
from tests import walk
from tests.accounts import people as people_of_accounts
from tests.bidding import market as bidding
from tests.support.addresses import ADDRESSES, OURS, url_of
from tests.support.declared import member_of, must_be, of_view, takes, was
from tests.support.pages import faults_of, is_whole
from tests.support.walking import Clients, refusals_unlogged, rendered, undone

pytestmark = pytest.mark.django_db

NUMBERS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")
# A page that is open to somebody may still refuse what the action refuses.
FURTHER = {True: set(), False: {"forbidden", "company"}}


@pytest.fixture(scope="module")
def market(module_database):
    """The market while bidding is open, its people, and arguments for every address."""
    of = bidding.market()
    people = walk.cast(of)
    with run_jobs_inline():
        return people, walk.samples(of)


@pytest.fixture
def scene(market, settings, clients):
    people, samples = market
    settings.CACHES = people_of_accounts.own_cache()
    with run_jobs_inline(), refusals_unlogged(), bidding.at(bidding.BIDDING):
        for user in people.values():
            if user is not None:
                clients.sign_in(user)
        yield people, samples


@pytest.fixture
def clients():
    return Clients()


@pytest.fixture(scope="module")
def answers():
    """What was answered to whom, for the tests that ask the same of the same market."""
    return {}


@pytest.fixture(scope="module")
def strayed():
    """Of each page that was answered to somebody, how it strays from what all pages keep to."""
    return {}


@pytest.fixture
def ask(scene, clients, answers, strayed):
    """The status of an address asked by one of the people, and the path that it leads to; done to no
    effect.

    A page is made whole where the declaration opens it; of a refusal the status says all. A method that Django's own
    decorator refuses before anybody is looked at is asked for once, whoever asks.
    """
    people, samples = scene
    members = {who: member_of(user) for who, user in people.items()}

    def asked(who, address, method, instant, *, is_read=True):
        sample = samples.get(address.name)
        is_shown = must_be(address.access, people[who], members[who]) == "open"
        is_read = is_read and is_shown and not (sample and sample.is_hidden_from(who))
        whose = who if takes(address.view, method) else "whoever"
        question = whose, address.name, method, instant
        status, target, was_read = answers.get(question, (0, "", False))
        if not status or (is_read and not was_read):
            with undone(), bidding.at(instant), rendered(is_read=is_read):
                response = getattr(clients.of(people[who]), method)(url_of(address, samples))
            status = response.status_code
            target = urlsplit(response.headers.get("Location", "")).path
            answers[question] = status, target, is_read
            if is_read and method == "get" and not response.streaming and is_whole(response):
                strayed[address.name, who] = faults_of(response.content.decode())
        return status, target

    return asked


@pytest.fixture
def posted(scene, ask):
    """What an address answers to a form that one of the people sends, as :func:`was` says it.

    Whom the declaration refuses, the view itself refuses, and so it is asked without all that stands before it: looking
    at each address has shown that what stands there lets nobody by. Of each declaration one address is asked whole.
    """
    people, samples = scene
    members = {who: member_of(user) for who, user in people.items()}
    whole = {address.access: address.name for address in OURS}.values()

    def answer(who, address, instant):
        user = people[who]
        if must_be(address.access, user, members[who]) == "open" or address.name in whole:
            status, target = ask(who, address, "post", instant)
            return status, was(status, target)
        with undone(), bidding.at(instant):
            return of_view(url_of(address, samples), user, members[who])

    return answer


def test_every_address_declares_who_may_open_it():
    undeclared = [address.name for address in OURS if not isinstance(address.access, Access)]
    assert undeclared == []


def test_every_address_with_arguments_has_a_sample_and_every_sample_an_address(scene):
    _, samples = scene
    assert {address.name for address in OURS if address.arguments} == set(samples)


@pytest.mark.slow
@pytest.mark.parametrize("instant", [bidding.BIDDING, bidding.AFTER], ids=["while sealed", "after the close"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_everyone_gets_what_the_declaration_says_and_no_page_breaks(scene, ask, posted, method, instant):
    people, samples = scene
    members = {who: member_of(user) for who, user in people.items()}
    wrong = {}
    for address, (who, user) in product(OURS, people.items()):
        sample = samples.get(address.name)
        expected = must_be(address.access, user, members[who])
        if instant == bidding.AFTER and expected != "open":
            continue  # refused before the page is asked what time it is
        if method == "post":
            status, got = posted(who, address, instant)
        else:
            status, target = ask(who, address, method, instant)
            got = was(status, target)
        if expected == "open":
            fitting = (
                {"nothing"}
                if sample and sample.is_hidden_from(who)
                else {"open", "nothing"} | FURTHER[user is None]
            )
        else:
            fitting = {expected}
        if status >= 500 or (status != 405 and got not in fitting):
            wrong[address.name, who] = (status, got, expected)
    assert wrong == {}


@pytest.mark.slow
def test_every_page_has_one_heading_at_most_one_primary_button_and_nothing_inline(scene, ask, strayed):
    people, _ = scene
    for address, who in product(OURS, people):
        ask(who, address, "get", bidding.BIDDING)
    found = {f"{name} for {who}": faults for (name, who), faults in strayed.items() if faults}
    assert found == {}


def test_who_holds_the_role_opens_what_is_their_own(scene, ask):
    people, samples = scene
    unreachable = []
    for address in OURS:
        sample = samples.get(address.name)
        usual = (
            "admin"
            if address.access.level == "admin"
            else "bidder"
            if address.access.kind == "fsp"
            else "buyer"
        )
        owner = (sample.owner if sample else None) or usual
        if owner not in people:
            continue
        if all(
            ask(owner, address, method, instant)[0] in {404, 405}
            for method, instant in product(("get", "post"), (bidding.BIDDING, bidding.AFTER))
        ):
            unreachable.append(address.name)
    assert set(unreachable) == walk.NOT_THERE


SET_UP = "/accounts/2fa/"


def path_of(address, samples):
    """The path of an address of ours or of another package; None for one with arguments that we have no
    sample of."""
    if address.foreign is None:
        return url_of(address, samples)
    try:
        return reverse(address.name)
    except NoReverseMatch:
        return None


def requires_second_factor(of_people, *who, has_one):
    """Let the organisations of these people require a second factor, which the people have or not."""
    for name in who:
        user = of_people[name]
        Organisation.objects.filter(members__user=user).update(second_factor_required=True)
        if has_one:
            Authenticator.objects.get_or_create(user=user, type="totp", defaults={"data": {"secret": "x"}})


INSIDERS = ("buyer", "buyer's teammate", "bidder", "bidder's teammate")
PAGE, PART = {}, {"HX-Request": "true"}
WAYS = tuple(product(("get", "post"), (PAGE, PART)))
"""How something is asked for: a page or a part of one, to look or to change."""


def leads_to_set_up(client, path, method, headers) -> bool:
    with undone(), rendered(is_read=False):
        response = getattr(client, method)(path, headers=headers)
    return response.headers.get("HX-Redirect" if headers else "Location") == SET_UP


def test_without_the_second_factor_that_is_required_nothing_opens_but_the_page_that_sets_it_up(
    scene, clients
):
    """Every address, to look and to change, once as a page and once as a part of one, each by another of four people,
    who change places from address to address."""
    people, samples = scene
    requires_second_factor(people, *INSIDERS, has_one=False)
    opened_all_the_same = []
    for place, address in enumerate(ADDRESSES):
        path = path_of(address, samples)
        if path is None or address.name in WITHOUT_SECOND_FACTOR:
            continue
        as_page, as_part = ("get", "post") if place % 2 else ("post", "get")
        for number, (method, headers) in enumerate(((as_page, PAGE), (as_part, PART))):
            who = INSIDERS[(place // 2 + number) % len(INSIDERS)]
            if not leads_to_set_up(clients.of(people[who]), path, method, headers):
                opened_all_the_same.append((address.name, who, method, headers))
    assert opened_all_the_same == []


def test_without_the_second_factor_an_address_of_each_declaration_opens_to_nobody_in_no_way(scene, clients):
    people, samples = scene
    requires_second_factor(people, *INSIDERS, has_one=False)
    one_of_each = {address.access: address for address in OURS}.values()
    assert len(one_of_each) > 5
    opened_all_the_same = [
        (address.name, who, method, headers)
        for address, who, (method, headers) in product(one_of_each, INSIDERS, WAYS)
        if not leads_to_set_up(clients.of(people[who]), url_of(address, samples), method, headers)
    ]
    assert opened_all_the_same == []


def test_what_opens_without_the_second_factor_is_setting_it_up_and_signing_out():
    assert WITHOUT_SECOND_FACTOR - {"healthz", "readyz", "metrics"} == {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "account_reauthenticate",
        "account_logout",
    }


@pytest.mark.slow
def test_with_the_second_factor_that_is_required_everything_is_as_before(scene, clients, ask):
    """Every address by one who looks and one who changes something, of four people who change places from address to
    address."""
    people, samples = scene
    asked = [
        (address, INSIDERS[(place + number) % len(INSIDERS)], method)
        for place, address in enumerate(OURS)
        for number, method in enumerate(("get", "post"))
    ]
    before = [ask(who, address, method, bidding.BIDDING, is_read=False) for address, who, method in asked]
    requires_second_factor(people, *INSIDERS, has_one=True)
    changed = {}
    for (address, who, method), (status, target) in zip(asked, before, strict=True):
        with undone(), rendered(is_read=False):
            response = getattr(clients.of(people[who]), method)(url_of(address, samples))
        now = response.status_code, urlsplit(response.headers.get("Location", "")).path
        if (now[0], NUMBERS.sub("…", now[1])) != (status, NUMBERS.sub("…", target)):
            changed[address.name, who, method] = (status, target), now
    assert changed == {}


def test_outsiders_notice_nothing_of_the_second_factor_of_an_organisation(scene, clients):
    people, _ = scene
    requires_second_factor(people, "buyer", has_one=False)
    for who in ["rival", "other operator", "admin", "newcomer", "nobody"]:
        assert clients.of(people[who]).get(reverse("competitions:list")).status_code == 200, who


def test_the_page_of_a_missing_role_names_the_role(scene, clients):
    people, _ = scene
    response = clients.of(people["buyer's teammate"]).get(reverse("accounts:team"))
    assert response.status_code == 403
    assert "role <strong>Account</strong>" in response.content.decode()


def test_nothing_can_be_posted_without_the_token_of_a_form(scene, clients):
    """The token is asked for before anybody is looked at; so by one of four kinds of people, who change places from
    address to address."""
    people, samples = scene
    accepted = []
    for address, who in zip(ADDRESSES, cycle(("buyer", "bidder", "admin", "nobody"))):
        if address.foreign in {"admin", "token"} or address.name in walk.ENTITLED_BY_ADDRESS:
            continue
        try:
            url = url_of(address, samples) if address.foreign is None else reverse(address.name)
        except NoReverseMatch:
            continue
        with undone(), rendered(is_read=False):
            status = clients.of(people[who], checks_token=True).post(url).status_code
        if status not in {403, 405}:
            accepted.append((address.name, who, status))
    assert accepted == []


def test_a_form_that_comes_after_the_session_leads_back_to_its_page_and_says_that_nothing_was_recorded():
    client, page = Client(), "/bidding/competitions/a/new/?fill=limits"
    came_from = client.post(reverse("bidding:policy"), headers={"Referer": f"http://testserver{page}"})
    assert (
        came_from.headers["Location"] == f"{reverse('account_login')}?{urlencode({'next': page}, safe='/')}"
    )
    assert "nothing was recorded" in client.get(came_from.headers["Location"]).content.decode()
    elsewhere = client.post(reverse("bidding:policy"), headers={"Referer": "https://other.example/page"})
    assert elsewhere.headers["Location"] == f"{reverse('account_login')}?next=/"


def test_an_address_that_only_takes_forms_says_so_to_a_reader(scene, clients):
    people, samples = scene
    response = clients.of(people["buyer"]).get(
        url_of(next(a for a in OURS if a.name == "bidding:accept"), samples)
    )
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert "only takes a form" in response.content.decode()


def test_the_page_after_a_lost_token_says_that_nothing_was_changed(scene):
    response = Client(enforce_csrf_checks=True).post(reverse("account_login"))
    assert response.status_code == 403
    assert "Nothing was changed" in response.content.decode()


def test_the_admin_pages_are_for_platform_admins_alone(scene, clients):
    people, _ = scene
    pages = ["admin:index", "admin:accounts_organisation_changelist", "admin:accounts_organisation_add"]
    for page in pages:
        for who, user in people.items():
            status = clients.of(user).get(reverse(page)).status_code
            assert (status == 200) == (who == "admin"), (page, who, status)


def test_the_metrics_open_to_nobody_without_the_token(scene, clients):
    people, _ = scene
    assert {clients.of(user).get("/metrics").status_code for user in people.values()} == {403}


def test_a_fragment_asked_for_after_the_session_ended_reloads_the_page(scene, clients):
    response = clients.of(None).get(reverse("jobs:history"), headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Refresh"]) == (401, "true")
