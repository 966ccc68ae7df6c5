"""What answers tell browsers: keep nothing, embed nothing, take cookies from this host only."""

import re
import runpy

import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.test import Client, RequestFactory
from django.urls import reverse

from marketplace import attachments
from marketplace.web.cookies import Messages
from tests.accounts import people

pytestmark = pytest.mark.django_db
PRODUCTION = {
    "PRODUCTION": "1",
    "SECRET_KEY": "k" * 60,
    "SITE_URL": "https://m.example",
    "DEBUG": "0",
    "DEMO": "0",
}


@pytest.fixture
def in_production(monkeypatch):
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(settings.BASE_DIR / "marketplace" / "settings.py"))


@pytest.mark.parametrize(
    "page", ["/", "/accounts/login/", "/market-data/", "/nowhere/", "/healthz", "/metrics"]
)
def test_every_answer_runs_only_our_scripts_and_is_embedded_nowhere(page):
    answer = Client().get(page)
    policy = answer["Content-Security-Policy"]
    for rule in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


def test_static_files_carry_the_policy_too():
    order = settings.MIDDLEWARE
    assert order.index("csp.middleware.CSPMiddleware") < order.index(
        "whitenoise.middleware.WhiteNoiseMiddleware"
    )
    assert order.index("django.middleware.security.SecurityMiddleware") < order.index(
        "csp.middleware.CSPMiddleware"
    )


def test_a_document_that_was_attached_can_do_nothing_in_a_browser():
    policy = attachments.response(b"x", "x.pdf", "application/pdf")["Content-Security-Policy"]
    for rule in (
        "default-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "sandbox",
    ):
        assert rule in policy


@pytest.mark.parametrize("page", ["/", "/accounts/login/", "/accounts/sessions/", "/team/", "/jobs/"])
def test_no_page_is_kept_by_a_browser_or_a_cache(page):
    kept = people.signed_in(people.operator()).get(page)["Cache-Control"]
    assert "no-store" in kept
    assert "private" in kept


def test_what_may_be_kept_says_so_itself():
    head = people.operator()
    style = Client().get(reverse("accounts:brand_css", args=[head.organisation.code]))
    assert "max-age" in style["Cache-Control"]
    assert "no-store" not in style["Cache-Control"]


def test_signing_out_makes_the_browser_forget_what_was_typed():
    client = people.signed_in(people.operator())
    assert "Clear-Site-Data" not in client.get("/")
    assert '"storage"' in client.post(reverse("account_logout"))["Clear-Site-Data"]


@pytest.mark.parametrize("method", ["TRACE", "PUT", "PATCH", "DELETE", "CONNECT", "MADE-UP"])
def test_methods_that_nothing_here_uses_are_refused(method):
    answer = Client().generic(method, "/")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize("length", ["62914561", "99999999999999999999", "-1", "1e9"])
def test_more_than_anything_takes_is_refused_unread(length):
    answer = Client().post("/accounts/login/", {"login": "a@b.example"}, CONTENT_LENGTH=length)
    assert answer.status_code == 413
    assert "at most 50 MB" in answer.content.decode()


def test_htmx_keeps_no_pages_in_the_browser():
    page = people.signed_in(people.operator()).get("/").content.decode()
    assert '"historyCacheSize": 0' in page
    assert '"allowEval": false' in page


def test_cookies_of_production_are_bound_to_this_host_and_to_https(in_production):
    assert in_production["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert in_production["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert in_production["COOKIE_PREFIX"] == "__Host-"
    assert in_production["SESSION_COOKIE_SECURE"] is in_production["CSRF_COOKIE_SECURE"] is True
    assert in_production["SESSION_COOKIE_HTTPONLY"] is in_production["CSRF_COOKIE_HTTPONLY"] is True


def test_the_messages_cookie_goes_by_the_same_rule(monkeypatch):
    cookie = Messages.storage_classes[0]
    assert cookie.cookie_name == f"{settings.COOKIE_PREFIX}messages"
    request = RequestFactory().get("/")
    request.session = {}
    storage = Messages(request)
    request._messages = storage
    storage.add(20, "Done.")
    answer = people.Client().get("/healthz")
    storage.update(answer)
    made = answer.cookies[cookie.cookie_name]
    assert made["httponly"]
    assert made["samesite"] == "Lax"
    assert [str(each) for each in get_messages(request)] == ["Done."]


def test_production_asks_for_https_for_a_year_of_every_subdomain(in_production):
    assert in_production["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert in_production["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is True
    assert in_production["SECURE_SSL_REDIRECT"] is True


def test_pages_are_led_to_https_and_machines_are_not(settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.METRICS_TOKEN = "t" * 40
    token = {"Authorization": f"Bearer {settings.METRICS_TOKEN}"}
    assert Client().get("/accounts/login/")["Location"].startswith("https://")
    assert Client().get("/healthz").status_code == 200
    assert Client().get("/metrics", headers=token).status_code == 403
    assert Client().get("/metrics", headers=token, secure=True).status_code == 200


@pytest.mark.parametrize("page", ["/", "/healthz", "/market-data/", "/static/css/site.css"])
def test_every_text_says_in_which_encoding_it_is(page):
    answer = Client().get(page)
    kind = answer.get("Content-Type", "")
    if kind.startswith("text/"):
        assert re.search(r"charset=.?utf-8", kind)
