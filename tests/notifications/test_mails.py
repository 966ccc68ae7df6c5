"""The mails of notifications: what they say, who no longer gets them. How any delivery goes:
kernel/test_deliveries.py."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from threading import Barrier
from types import SimpleNamespace

import pytest
from django.core import mail
from django.db import OperationalError, connection

from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.audit.persons import acted_by
from marketplace.deliveries import engine
from marketplace.deliveries.engine import deliver_due
from marketplace.deliveries.enums import DeliveryState
from marketplace.notifications.actions import notify, send_again
from marketplace.notifications.channel import NotificationMails
from marketplace.notifications.models import Notification
from marketplace.web.support import SupportPerson
from tests.accounts.people import NOW, provider
from tests.notifications import servers

SECOND = timedelta(seconds=1)
FULL = "tests.notifications.servers."


@pytest.fixture(autouse=True)
def no_mail_yet():
    servers.sent.clear()


def tell(user, key="one", **more):
    words = {"title": "Something happened", "lines": ["It did."], "link": "/jobs/"} | more
    kind = words.pop("kind", "competition_changed")
    notify(kind, to=[user], key=key, now=NOW, **words)


def deliver(at=NOW):
    with clock.set_to(at):
        return deliver_due()


@pytest.mark.django_db
def test_a_mail_goes_out_once_however_often_the_job_runs():
    user = provider().user
    tell(user)
    assert [deliver(), deliver(), deliver(NOW + timedelta(days=1))] == [1, 0, 0]
    (message,) = mail.outbox
    told = user.notifications.get()
    assert (told.mail_state, told.sent_at, told.sent_to) == (DeliveryState.SENT, NOW, user.email)
    assert message.extra_headers["Message-ID"] == f"<{told.pk}.1@localhost>"


@pytest.mark.django_db
def test_a_mail_that_went_out_while_the_database_was_away_is_noted_once_it_is_back(monkeypatch):
    tell(provider().user)
    away, leave = [OperationalError("server closed the connection unexpectedly")] * 3, engine.leave

    def leave_once_back(*arguments, **named):
        if away:
            raise away.pop()
        return leave(*arguments, **named)

    monkeypatch.setattr(engine, "leave", leave_once_back)
    monkeypatch.setattr(engine, "connection", SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(engine.time, "sleep", lambda seconds: None)
    assert [deliver(), deliver(NOW + timedelta(days=1))] == [1, 0]
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_workers_that_tell_the_same_at_once_tell_it_once():
    users = [provider(code).user for code in ("ONE", "TWO", "THREE")]
    start = Barrier(3)

    def work(order):
        try:
            start.wait()
            notify("competition_changed", to=order, title="Changed", lines=(), link="/", key="same", now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(work, users[turn:] + users[:turn]) for turn in range(3)]:
            done.result()
    assert Notification.objects.count() == 3


@pytest.mark.django_db
def test_an_admin_has_a_mail_that_was_given_up_sent_again_as_a_new_message():
    user = provider().user
    tell(user)
    user.notifications.update(mail_state=DeliveryState.GIVEN_UP, attempts=6, error="550")
    send_again(by=SupportPerson(0, "admin@platform.example"), notification=user.notifications.get(), now=NOW)
    assert deliver() == 1
    assert mail.outbox[0].extra_headers["Message-ID"].endswith(".2@localhost>")
    assert AuditEntry.objects.filter(acted_by("admin@platform.example"), action="mail sent again").exists()


@pytest.mark.django_db
def test_what_a_dying_worker_left_behind_is_sent_once_more_under_the_same_message_id(settings):
    settings.EMAIL_BACKEND = FULL + "KilledAfterSending"
    user = provider().user
    tell(user)
    with pytest.raises(SystemExit):
        deliver()
    assert user.notifications.get().mail_state == DeliveryState.SENDING
    settings.EMAIL_BACKEND = FULL + "Slow"
    assert deliver(NOW + NotificationMails.schedule.claim_lasts) == 0
    assert deliver(NOW + NotificationMails.schedule.claim_lasts + SECOND) == 1
    first, second = (message.extra_headers["Message-ID"] for message in servers.sent)
    assert first == second


@pytest.mark.django_db
def test_a_mail_that_is_no_longer_worth_anything_is_not_sent():
    user = provider().user
    tell(user, key="in time", worth_until=NOW + SECOND)
    tell(user, key="late", worth_until=NOW)
    assert deliver() == 1
    assert user.notifications.get(key="late").mail_state == DeliveryState.LAPSED


@pytest.mark.django_db
def test_who_may_no_longer_act_for_the_organisation_gets_no_mail():
    member = provider()
    tell(member.user, organisation_id=member.organisation_id)
    member.is_active = False
    member.save()
    assert deliver() == 0
    assert member.user.notifications.get().mail_state == DeliveryState.UNWANTED


@pytest.mark.django_db
def test_who_may_no_longer_sign_in_gets_no_mail():
    user = provider().user
    tell(user)
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert deliver() == 0
    assert user.notifications.get().mail_state == DeliveryState.UNWANTED


@pytest.mark.django_db
def test_a_mail_speaks_as_text_and_html_and_links_to_the_configured_address(settings):
    settings.SITE_URL = "https://flex.example"
    user = provider().user
    tell(user, title="<b>Zone</b> & more", lines=["<img src=x onerror=alert(1)>"], link="/competitions/A/")
    deliver()
    (message,) = mail.outbox
    ((html, kind),) = message.alternatives
    assert kind == "text/html"
    assert "https://flex.example/competitions/A/" in message.body
    assert 'href="https://flex.example/competitions/A/"' in html
    assert "<b>Zone</b> & more" in message.body
    assert "&lt;b&gt;Zone&lt;/b&gt; &amp; more" in html
    assert "<img" not in html
    assert message.extra_headers["Message-ID"].endswith("@flex.example>")
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"


@pytest.mark.django_db
def test_a_title_with_line_breaks_adds_no_header():
    user = provider().user
    tell(user, title="Zone\r\nBcc: everyone@example.org\nX: y")
    deliver()
    message = mail.outbox[0].message()
    assert message["Subject"] == "Zone Bcc: everyone@example.org X: y"
    assert message["Bcc"] is None
    assert mail.outbox[0].recipients() == [user.email]


@pytest.mark.django_db
def test_only_a_kind_that_can_be_turned_off_says_how():
    user = provider().user
    tell(user, key="a")
    tell(user, key="b", kind="results_confirmed")
    deliver()
    none, choice = sorted(mail.outbox, key=lambda message: "List-Unsubscribe" in message.extra_headers)
    assert choice.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = choice.extra_headers["List-Unsubscribe"].strip("<>")
    assert address.startswith("http://localhost:")
    assert address in choice.body
    arrived = message_from_bytes(choice.message().as_bytes(), policy=default)
    assert "".join(arrived["List-Unsubscribe"].split()) == f"<{address}>", "broken on the way"
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post"} & none.extra_headers.keys()
    assert "unsubscribe" not in none.body
