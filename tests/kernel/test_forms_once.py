"""A form that is sent twice is worked once."""

import re
import threading
import time

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import Member, Organisation, User
from marketplace.jobs.kinds import registry
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.web import once
from marketplace.web.cookies import MessageCookie
from tests.accounts import people
from tests.kernel import rows_kind


class Person:
    is_authenticated = True

    def __init__(self, pk=1):
        self.pk = pk


@pytest.fixture(autouse=True)
def own_cache(settings):
    settings.CACHES = people.own_cache()


def sent(token="t1", path="/make/", user=None, headers=None, **fields):
    request = RequestFactory().post(path, {once.FIELD: token, **fields}, headers=headers)
    request.user = user or Person()
    return request


class View:
    """Leads to a new address each time it works."""

    def __init__(self, response=None, seconds=0.0):
        self.times, self.response, self.seconds = 0, response, seconds

    def __call__(self, request):
        self.times += 1
        number = self.times
        time.sleep(self.seconds)
        return self.response or HttpResponseRedirect(f"/made/{number}/")


def test_the_same_form_sent_again_leads_where_the_first_one_led():
    view = View()
    forms = once.FormsOnce(view)
    assert [forms(sent(a="b")).url for _ in range(3)] == ["/made/1/"] * 3
    assert view.times == 1


def test_a_double_click_waits_for_the_first_answer():
    view = View(seconds=0.3)
    forms, led = once.FormsOnce(view), []
    clicks = [threading.Thread(target=lambda: led.append(forms(sent(a="b")).url)) for _ in range(2)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert (view.times, led) == (1, ["/made/1/"] * 2)


@pytest.mark.parametrize(
    "other",
    [
        {"token": "t2"},
        {"a": "c"},
        {"path": "/other/"},
        {"user": Person(2)},
        {"file": SimpleUploadedFile("x.txt", b"2")},
        {"headers": {"HX-Request": "true"}},
        {"token": ""},
        {"user": AnonymousUser()},
    ],
)
def test_another_form_is_worked_by_itself(other):
    view = View()
    forms = once.FormsOnce(view)
    first = {"a": "b"} | ({"file": SimpleUploadedFile("x.txt", b"1")} if "file" in other else {})
    forms(sent(**first))
    forms(sent(**(first | other)))
    assert view.times == 2


def test_the_files_of_a_form_are_still_there_for_its_view():
    read = []
    forms = once.FormsOnce(
        lambda request: read.append(request.FILES["file"].read()) or HttpResponseRedirect("/")
    )
    forms(sent(file=SimpleUploadedFile("x.txt", b"content")))
    assert read == [b"content"]


def test_what_the_first_one_told_is_told_again_whatever_the_cookie_is_called(monkeypatch):
    monkeypatch.setattr(MessageCookie, "cookie_name", "__Host-messages")

    def view(request):
        response = HttpResponseRedirect("/made/")
        response.set_cookie("__Host-messages", "Recorded.")
        return response

    forms = once.FormsOnce(view)
    forms(sent(a="b"))
    assert forms(sent(a="b")).cookies["__Host-messages"].value == "Recorded."


@pytest.mark.parametrize(
    "response", [HttpResponse(status=422), HttpResponse(status=503), HttpResponse("a file")]
)
def test_what_led_nowhere_may_be_sent_again(response):
    view = View(response)
    forms = once.FormsOnce(view)
    assert [forms(sent(a="b")).status_code for _ in range(2)] == [response.status_code] * 2
    assert view.times == 2


def test_a_form_that_broke_may_be_sent_again():
    def broken(request):
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            once.FormsOnce(broken)(sent(a="b"))


def test_while_the_first_is_worked_for_long_the_second_is_told_so(monkeypatch):
    monkeypatch.setattr(once, "WAIT_SECONDS", 0.1)
    view = View(seconds=0.6)
    forms = once.FormsOnce(view)
    first = threading.Thread(target=lambda: forms(sent(a="b")))
    first.start()
    time.sleep(0.1)
    second = forms(sent(a="b"))
    first.join()
    assert (second.status_code, view.times) == (503, 1)
    text = second.content.decode()
    assert once.STILL_WORKED in text
    assert "Nothing was recorded" not in text


@pytest.mark.django_db
def test_asking_for_a_file_or_uploading_one_by_a_double_click_makes_one_job():
    loader = registry.load_member
    company = Organisation.objects.create(
        name="ALPHA", code="ALPHA", kind="fsp", contact_email="a@example.org"
    )
    user = User.objects.create_user("a@example.org")
    Member.objects.create(user=user, organisation=company, roles=["procurement"])
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)

    def token():
        page = client.get(reverse("jobs:history")).content.decode()
        return re.search(r'X-CSRFToken": "([^"]+)"', page)[1]

    def ask(token):
        return client.post(reverse("jobs:start_file", args=[rows_kind.KIND]), {once.FIELD: token}).url

    def upload(token):
        file = SimpleUploadedFile("rows.txt", b"a=1")
        return client.post(
            reverse("jobs:upload", args=[rows_kind.KIND]), {once.FIELD: token, "file": file}
        ).url

    rows_kind.make_table()
    with rows_kind.registered(), run_jobs_inline():
        registry.load_member = loader
        for send in (ask, upload):
            before, page = Job.objects.count(), token()
            assert send(page) == send(page)
            assert Job.objects.count() == before + 1
            send(token())
            assert Job.objects.count() == before + 2
