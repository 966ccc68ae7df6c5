"""Mails go out once each, whatever happens to workers and mail servers."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from threading import Barrier
from urllib.parse import quote

import pytest
from django.core import mail
from django.db import connection

from marketplace import clock, notifications
from marketplace.audit.models import AuditEntry
from marketplace.notifications import delivery
from marketplace.notifications.actions import send_again
from marketplace.notifications.delivery import BACK_OFF, CLAIM_LASTS, deliver_due
from marketplace.notifications.enums import MailState
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
    notifications.notify(kind, to=[user], key=key, now=NOW, **words)


def deliver(at=NOW):
    with clock.set_to(at):
        return deliver_due(at)


@pytest.mark.django_db
def test_a_mail_goes_out_once_however_often_the_job_runs():
    user = provider().user
    tell(user)
    assert [deliver(), deliver(), deliver(NOW + timedelta(days=1))] == [1, 0, 0]
    (letter,) = mail.outbox
    told = user.notifications.get()
    assert (told.mail_state, told.sent_at, told.sent_to) == (MailState.SENT, NOW, user.email)
    assert letter.extra_headers["Message-ID"] == f"<{told.pk}.1@localhost>"


@pytest.mark.django_db(transaction=True)
def test_workers_that_race_send_each_mail_once(settings):
    settings.EMAIL_BACKEND = FULL + "Slow"
    user = provider().user
    for number in range(12):
        tell(user, key=str(number))
    start = Barrier(3)

    def work():
        try:
            start.wait()
            return deliver()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        counts = [each.result() for each in [pool.submit(work) for _ in range(3)]]
    assert sum(counts) == 12
    assert sum(count > 0 for count in counts) >= 2, "the workers did not meet"
    assert len({letter.extra_headers["Message-ID"] for letter in servers.sent}) == len(servers.sent) == 12


@pytest.mark.django_db(transaction=True)
def test_workers_that_tell_the_same_at_once_tell_it_once():
    users = [provider(code).user for code in ("ONE", "TWO", "THREE")]
    start = Barrier(3)

    def work(order):
        try:
            start.wait()
            notifications.notify(
                "competition_changed", to=order, title="Changed", lines=(), link="/", key="same", now=NOW
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(work, users[turn:] + users[:turn]) for turn in range(3)]:
            done.result()
    assert Notification.objects.count() == 3


@pytest.mark.django_db
def test_a_refused_mail_is_tried_again_with_growing_pauses_and_then_given_up_for_all_to_see(settings):
    settings.EMAIL_BACKEND = FULL + "Refusing"
    user = provider().user
    tell(user)
    at = NOW
    for pause in BACK_OFF:
        deliver(at)
        told = user.notifications.get()
        assert (told.mail_state, told.next_try_at) == (MailState.WAITING, at + pause)
        assert "550 no such mailbox" in told.error
        attempts = told.attempts
        deliver(at + pause - SECOND)
        assert user.notifications.get().attempts == attempts, "tried before its time"
        at += pause
    deliver(at)
    told = user.notifications.get()
    assert (told.mail_state, told.attempts) == (MailState.GIVEN_UP, len(BACK_OFF) + 1)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert deliver(at + timedelta(days=9)) == 0


@pytest.mark.django_db
def test_an_admin_has_a_mail_that_was_given_up_sent_again_as_a_new_message():
    user = provider().user
    tell(user)
    user.notifications.update(mail_state=MailState.GIVEN_UP, attempts=6, error="550")
    send_again(by=SupportPerson(0, "admin@platform.example"), notification=user.notifications.get(), now=NOW)
    assert deliver() == 1
    assert mail.outbox[0].extra_headers["Message-ID"].endswith(".2@localhost>")
    assert AuditEntry.objects.filter(action="mail sent again", actor_email="admin@platform.example").exists()


@pytest.mark.django_db
def test_while_the_mail_server_is_away_no_try_is_counted(settings):
    settings.EMAIL_BACKEND = FULL + "Away"
    user = provider().user
    tell(user)
    assert deliver() == 0
    told = user.notifications.get()
    assert (told.mail_state, told.attempts) == (MailState.WAITING, 0)


@pytest.mark.django_db
def test_what_a_dying_worker_left_behind_is_sent_once_more_under_the_same_message_id(settings):
    settings.EMAIL_BACKEND = FULL + "KilledAfterSending"
    user = provider().user
    tell(user)
    with pytest.raises(SystemExit):
        deliver()
    assert user.notifications.get().mail_state == MailState.SENDING
    settings.EMAIL_BACKEND = FULL + "Slow"
    assert deliver(NOW + CLAIM_LASTS) == 0
    assert deliver(NOW + CLAIM_LASTS + SECOND) == 1
    first, second = (letter.extra_headers["Message-ID"] for letter in servers.sent)
    assert first == second


@pytest.mark.django_db(transaction=True)
def test_a_mail_whose_worker_was_killed_between_claim_and_send_still_goes_out_once():
    user = provider().user
    tell(user)
    place = connection.settings_dict
    work = "import django; django.setup(); from marketplace.notifications.tasks import deliver; deliver()"
    killed = subprocess.run(
        [sys.executable, "-c", work],
        env={
            **os.environ,
            "DATABASE_URL": f"postgresql://{place['USER']}@/{place['NAME']}?host={quote(place['HOST'], safe='')}",
            "EMAIL_BACKEND": FULL + "KillsItsWorker",
        },
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    told = user.notifications.get()
    assert (told.mail_state, told.attempts) == (MailState.SENDING, 1)
    assert deliver(told.claimed_at + CLAIM_LASTS + SECOND) == 1
    assert deliver(told.claimed_at + CLAIM_LASTS * 2) == 0
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_a_mail_that_kills_every_worker_is_given_up(settings):
    settings.EMAIL_BACKEND = FULL + "KilledAfterSending"
    user = provider().user
    tell(user)
    at = NOW
    for _ in range(len(BACK_OFF) + 1):
        with pytest.raises(SystemExit):
            deliver(at)
        at += CLAIM_LASTS + SECOND
    assert deliver(at) == 0
    assert user.notifications.get().mail_state == MailState.GIVEN_UP


@pytest.mark.django_db
def test_a_worker_that_was_overtaken_does_not_undo_what_the_other_noted():
    user = provider().user
    tell(user)
    mine = user.notifications.get()
    user.notifications.update(mail_state=MailState.SENDING, attempts=2)
    mine.attempts = 1
    delivery._end(mine, MailState.GIVEN_UP)
    assert user.notifications.get().mail_state == MailState.SENDING


@pytest.mark.django_db
def test_a_mail_that_is_no_longer_worth_anything_is_not_sent():
    user = provider().user
    tell(user, key="in time", worth_until=NOW + SECOND)
    tell(user, key="late", worth_until=NOW)
    assert deliver() == 1
    assert user.notifications.get(key="late").mail_state == MailState.LAPSED


@pytest.mark.django_db
def test_who_may_no_longer_act_for_the_organisation_gets_no_mail():
    member = provider()
    tell(member.user, organisation_id=member.organisation_id)
    member.is_active = False
    member.save()
    assert deliver() == 0
    assert member.user.notifications.get().mail_state == MailState.UNWANTED


@pytest.mark.django_db
def test_a_mail_speaks_as_text_and_html_and_links_to_the_configured_address(settings):
    settings.SITE_URL = "https://flex.example"
    user = provider().user
    tell(user, title="<b>Zone</b> & more", lines=["<img src=x onerror=alert(1)>"], link="/competitions/A/")
    deliver()
    (letter,) = mail.outbox
    ((html, kind),) = letter.alternatives
    assert kind == "text/html"
    assert "https://flex.example/competitions/A/" in letter.body
    assert 'href="https://flex.example/competitions/A/"' in html
    assert "<b>Zone</b> & more" in letter.body
    assert "&lt;b&gt;Zone&lt;/b&gt; &amp; more" in html
    assert "<img" not in html
    assert letter.extra_headers["Message-ID"].endswith("@flex.example>")
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"


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
    none, choice = sorted(mail.outbox, key=lambda letter: "List-Unsubscribe" in letter.extra_headers)
    assert choice.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = choice.extra_headers["List-Unsubscribe"].strip("<>")
    assert address.startswith("http://localhost:")
    assert address in choice.body
    arrived = message_from_bytes(choice.message().as_bytes(), policy=default)
    assert "".join(arrived["List-Unsubscribe"].split()) == f"<{address}>", "broken on the way"
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post"} & none.extra_headers.keys()
    assert "unsubscribe" not in none.body
