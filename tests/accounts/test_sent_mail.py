"""The page of the mail that the demo keeps instead of sending."""

from datetime import UTC, datetime

import pytest
from django.core.mail import get_connection
from django.urls import reverse

from accounts.domain.sent_mail import IN_FILES, sent_mails
from marketplace.notifications.mails import compose_mail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept(settings, tmp_path):
    settings.DEMO = True
    settings.EMAIL_BACKEND = IN_FILES
    settings.EMAIL_FILE_PATH = str(tmp_path)


def send(to="a@example.org", title="Something <b>happened</b>", day=1, **more):
    values = {"lines": ["<script>alert(1)</script>", "-" * 79], "link": "http://localhost/page/"} | more
    headers = {"Date": f"{day:02} Nov 2026 09:00:00 +0000"}
    get_connection().send_messages([compose_mail(to=to, title=title, headers=headers, **values)])


def test_mails_are_shown_newest_first_with_their_links_and_nothing_of_them_runs(client):
    send(title="Older", day=1)
    send(title="Newer <i>one</i>", day=3)
    html = client.get(reverse("accounts:demo_mail")).content.decode()
    assert html.index("Newer &lt;i&gt;one") < html.index("Older")
    assert '<a href="http://localhost/page/" rel="nofollow">' in html
    assert "<script>alert" not in html


def test_only_one_address_is_shown_when_asked(client):
    send(to="a@example.org", title="To the one")
    send(to="b@example.org", title="To the other")
    html = client.get(reverse("accounts:demo_mail"), {"to": "b@example.org"}).content.decode()
    assert "To the other" in html
    assert "To the one" not in html


def test_a_mail_is_drawn_in_a_frame_that_runs_and_loads_nothing(client):
    send()
    (mail,) = sent_mails()
    assert mail.sent_at == datetime(2026, 11, 1, 9, tzinfo=UTC)
    page = client.get(reverse("accounts:demo_one_mail", args=[mail.id]))
    assert b'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.content
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    frame = client.get(reverse("accounts:demo_one_mail_html", args=[mail.id]))
    policy = frame.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "script-src 'none'" in policy
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert b"&lt;script&gt;alert(1)" in frame.content


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"DEMO": False},
        {"PRODUCTION": True},
        {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"},
    ],
)
def test_elsewhere_these_pages_do_not_exist(client, settings, elsewhere):
    send()
    (mail,) = sent_mails()
    for name, value in elsewhere.items():
        setattr(settings, name, value)
    settings.DEBUG = elsewhere != {"DEMO": False}
    assert client.get(reverse("accounts:demo_mail")).status_code == 404
    assert client.get(reverse("accounts:demo_one_mail", args=[mail.id])).status_code == 404
    assert client.get(reverse("accounts:demo_one_mail_html", args=[mail.id])).status_code == 404


def test_a_mail_that_is_not_there_and_an_empty_folder(client):
    assert client.get(reverse("accounts:demo_one_mail", args=["nothing"])).status_code == 404
    assert b"No mail yet" in client.get(reverse("accounts:demo_mail")).content
