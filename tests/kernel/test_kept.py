"""What pages show again for some seconds: never a colleague's own, never a stranger's, never after one's own doing."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.base import Message
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import Member, Organisation
from marketplace import clock
from marketplace.audit.chain import record
from marketplace.web import home, kept, navigation, todo, visitors
from marketplace.web.cookies import MessageCookie
from tests.bidding.market import AFTER, BIDDING, at, market
from tests.qualification import market as base
from tests.support.ballots import place

pytestmark = pytest.mark.django_db

COMPETITIONS = "competitions:list"


@pytest.fixture
def told_of_nobody_in_particular(monkeypatch):
    """Whoever asks which member it is, is told by an error."""

    def refuse(member: Member) -> None:
        raise AssertionError("what is kept for an organisation was made for one of its people")

    def forbid() -> None:
        for name in ("user", "user_id", "email", "pk", "id"):
            monkeypatch.setattr(Member, name, property(refuse))

    return forbid


@pytest.mark.parametrize("side", ["buyer", "north"])
def test_what_is_kept_for_an_organisation_asks_for_none_of_its_people(side, told_of_nobody_in_particular):
    here = market()
    place(here)
    member = getattr(here, side)
    own = navigation.audience_of(member)
    told_of_nobody_in_particular()
    for now in (BIDDING, AFTER):
        with clock.set_to(now):
            list(todo._found(todo._makers.keys() - todo._personal, member, now))
            for *_, audience, maker in home._parts:
                if audience == own and maker not in home._personal:
                    maker(member, now)
            for each in navigation.destinations_for(member):
                if each.count is not None:
                    each.count(member, now)


def test_a_visitor_is_answered_again_without_the_database_until_an_operator_does_something(
    client, django_assert_num_queries
):
    operator = base.operator()
    base.competition(operator)
    with at(base.OPEN):
        first = client.get(reverse(COMPETITIONS)).content
        Organisation.objects.filter(pk=operator.pk).update(name="Renamed by nobody")
        with django_assert_num_queries(1):  # whether an operator did anything
            assert client.get(reverse(COMPETITIONS)).content == first
        record(
            organisation_id=operator.pk,
            by=None,
            action="done",
            subject=operator,
            changes={},
            now=base.OPEN,
        )
        assert b"Renamed by nobody" in client.get(reverse(COMPETITIONS)).content


def test_a_visitor_is_answered_anew_after_some_seconds(client):
    operator = base.operator()
    base.competition(operator)
    with at(base.OPEN):
        assert b"Renamed" not in client.get(reverse(COMPETITIONS)).content
    Organisation.objects.filter(pk=operator.pk).update(name="Renamed")
    with at(base.OPEN + kept.KEPT):
        assert b"Renamed" in client.get(reverse(COMPETITIONS)).content


def test_a_deadline_at_a_full_minute_is_never_missed():
    deadline = BIDDING.replace(second=0, microsecond=0)
    assert kept.stretch(deadline - timedelta(microseconds=1)) != kept.stretch(deadline)


@pytest.mark.parametrize(
    "name", [COMPETITIONS, "accounts:home", "accounts:operators", "market_data:index", "how_it_works"]
)
def test_a_member_is_never_answered_what_was_kept_for_visitors_nor_the_other_way_round(client, name):
    here = market()
    with at(BIDDING):
        public = client.get(reverse(name)).content
        client.force_login(here.north.user)
        own = client.get(reverse(name)).content
        client.logout()
        client.cookies.clear()
        again = client.get(reverse(name)).content
    assert str(here.north.organisation).encode() in own
    assert public == again
    assert str(here.north.organisation).encode() not in public


@pytest.fixture
def answered():
    """Ask a view that visitors share, as somebody without a session, and count how often it works."""

    def ask(answer, cookies=None, **request_with):
        worked = []

        @visitors.kept_for_visitors
        def view(request):
            worked.append(request)
            return answer(request)

        for _ in range(2):
            request = RequestFactory().get("/of-a-test/", **request_with)
            request.user, request.session = AnonymousUser(), SessionStore()
            request.COOKIES |= cookies or {}
            view(request)
        return len(worked)

    return ask


def test_what_all_visitors_may_see_is_made_once(answered):
    assert answered(lambda request: HttpResponse("for all")) == 1


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: HttpResponse(get_token(request)),
        lambda request: HttpResponse("not found", status=404),
        lambda request: StreamingHttpResponse(["a part"]),
        lambda request: HttpResponse(request.session.setdefault("seen", "once")),
        lambda request: HttpResponse("by language", headers={"Vary": "Accept-Language"}),
    ],
    ids=["a form's token", "nothing there", "a stream", "what a session is told", "what varies"],
)
def test_what_is_for_one_visitor_alone_is_made_for_each(answered, answer):
    assert answered(answer) == 2


@pytest.mark.parametrize(
    "name", ["sessionid", "__Host-sessionid", "messages", "__Host-messages", "of-a-proxy"]
)
def test_whoever_brings_a_cookie_is_answered_alone_under_whatever_name_a_deployment_gives_it(answered, name):
    assert answered(lambda request: HttpResponse("for all"), cookies={name: "x"}) == 2


def test_another_name_of_the_site_has_pages_of_its_own(settings, answered):
    settings.ALLOWED_HOSTS = ["one.example", "two.example"]
    assert answered(lambda request: HttpResponse("for all"), HTTP_HOST="one.example") == 1
    assert answered(lambda request: HttpResponse("for all"), HTTP_HOST="two.example") == 1


def test_the_token_of_a_form_seen_before_keeps_nobody_from_what_all_share(answered):
    cookies = {settings.CSRF_COOKIE_NAME: "x"}
    assert answered(lambda request: HttpResponse("for all"), cookies=cookies) == 1


def test_what_a_visitor_is_told_on_a_page_is_told_to_no_other(client):
    client.cookies[MessageCookie.cookie_name] = told_in_a_cookie("Only for you")
    with at(BIDDING):
        assert b"Only for you" in client.get(reverse("accounts:home")).content
        assert b"Only for you" not in Client().get(reverse("accounts:home")).content


def told_in_a_cookie(text: str) -> str:
    request = RequestFactory().get("/")
    return MessageCookie(request)._encode([Message(messages.INFO, text)])


@pytest.mark.parametrize(
    "request_with",
    [{"HTTP_HX_REQUEST": "true"}, {"QUERY_STRING": "q=" + "x" * visitors.LONGEST_QUERY}],
    ids=["a part of a page", "a made-up address"],
)
def test_what_is_asked_in_another_way_is_made_for_each(answered, request_with):
    assert answered(lambda request: HttpResponse("for all"), **request_with) == 2


def test_a_visitor_who_was_just_told_something_is_told_it(client):
    here = market()
    with at(BIDDING):
        client.get(reverse("accounts:home"))
        client.force_login(here.north.user)
        page = client.post(reverse("account_logout"), follow=True)
        assert b"signed out" in page.content
