"""Whatever waits to be sent goes out once, whatever happens to workers and servers: the same for every
channel."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier
from typing import Any
from urllib.parse import quote

import pytest
from django.core import mail
from django.db import connection
from django.db.models import QuerySet
from structlog.testing import capture_logs

from accounts.domain.login_mails import LoginMails, send_login_mail
from accounts.models import LoginMail
from marketplace import clock
from marketplace.deliveries import channels, engine, tasks
from marketplace.deliveries.engine import deliver_batch, deliver_due
from marketplace.deliveries.enums import DeliveryState
from marketplace.deliveries.schedule import Schedule, minutes
from marketplace.notifications.actions import notify
from marketplace.notifications.channel import NotificationMails
from marketplace.notifications.models import Notification
from tests.accounts.people import NOW, provider
from tests.notifications import servers
from tests.support import loaded

SECOND = timedelta(seconds=1)
SERVERS = "tests.notifications.servers."


def write_notification(number: int) -> None:
    user = provider(f"P{number}").user
    notify("competition_changed", to=[user], title="Changed", lines=["It is."], link="/", key="k", now=NOW)


def write_login_mail(number: int) -> None:
    send_login_mail(
        to=f"p{number}@elsewhere.example",
        title="Verify your address",
        lines=["Open the link."],
        link="http://localhost/verify/secret/",
        link_title="Verify",
        now=NOW,
    )


@dataclass(frozen=True)
class Case:
    channel: type
    rows: Callable[[], QuerySet[Any]]
    write: Callable[[int], None]
    keeps_sent: bool

    @property
    def pauses(self) -> tuple[timedelta, ...]:
        return self.channel.schedule.pauses

    @property
    def claim_lasts(self) -> timedelta:
        return self.channel.schedule.claim_lasts

    def states(self) -> list[str]:
        return list(self.rows().values_list(self.channel.state_field, flat=True))

    def set(self, **fields: Any) -> None:
        self.rows().update(
            **{self.channel.state_field if name == "state" else name: to for name, to in fields.items()}
        )

    def is_done(self) -> bool:
        return self.states() == ([DeliveryState.SENT] if self.keeps_sent else [])


CASES = [
    Case(NotificationMails, Notification.objects.all, write_notification, keeps_sent=True),
    Case(LoginMails, LoginMail.objects.all, write_login_mail, keeps_sent=False),
]
each_channel = pytest.mark.parametrize("case", CASES, ids=lambda case: case.channel.name)


@pytest.fixture(autouse=True)
def no_mail_yet():
    servers.sent.clear()


def deliver(at=NOW):
    with clock.set_to(at):
        return deliver_due()


def test_these_are_the_channels():
    assert set(channels.channels()) == {case.channel for case in CASES}


class TestTheSchedule:
    schedule = Schedule(minutes(1, 5))

    def test_each_failure_waits_for_the_next_pause_and_the_last_gives_up(self):
        waits = [self.schedule.next_try(tries, NOW) for tries in (1, 2, 3)]
        assert waits == [NOW + timedelta(minutes=1), NOW + timedelta(minutes=5), None]

    def test_a_try_after_the_last_is_one_too_many(self):
        assert [self.schedule.is_spent(tries) for tries in (1, 3, 4)] == [False, False, True]


@each_channel
@pytest.mark.django_db
def test_what_waits_goes_out_once_however_often_the_task_runs(case):
    case.write(1)
    with clock.set_to(NOW):
        tasks.deliver_due()
        tasks.deliver_due()
    assert deliver(NOW + timedelta(days=1)) == 0
    assert len(mail.outbox) == 1
    assert case.is_done()


@pytest.mark.django_db
def test_the_task_says_nothing_of_how_many_were_sent():
    write_notification(1)
    with clock.set_to(NOW):
        assert tasks.deliver_due() is None


@each_channel
@pytest.mark.django_db(transaction=True)
def test_workers_that_race_send_each_once(case, settings):
    settings.EMAIL_BACKEND = SERVERS + "Slow"
    for number in range(12):
        case.write(number)
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
    assert len({message.to[0] for message in servers.sent}) == len(servers.sent) == 12


@each_channel
@pytest.mark.django_db
def test_what_is_refused_is_tried_again_with_growing_pauses_and_then_given_up_and_told(case, settings):
    settings.EMAIL_BACKEND = SERVERS + "Refusing"
    case.write(1)
    at = NOW
    for tries, pause in enumerate(case.pauses, start=1):
        deliver(at)
        row = case.rows().get()
        assert (case.states(), row.attempts, row.next_try_at) == ([DeliveryState.WAITING], tries, at + pause)
        assert "550 no such mailbox" in row.error
        deliver(at + pause - SECOND)
        assert case.rows().get().attempts == tries, "tried before its time"
        at += pause
    with capture_logs() as logs:
        deliver(at)
    row = case.rows().get()
    assert (case.states(), row.attempts) == ([DeliveryState.GIVEN_UP], len(case.pauses) + 1)
    assert "550 no such mailbox" in row.error
    given_up = [entry for entry in logs if entry["event"] == "delivery_given_up"]
    assert given_up == [
        {
            "event": "delivery_given_up",
            "log_level": "error",
            "channel": case.channel.name,
            "delivery": str(row.pk),
            "attempts": row.attempts,
        }
    ]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert deliver(at + timedelta(days=9)) == 0


@each_channel
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_claim_and_send_leaves_a_row_that_goes_out_once(case):
    case.write(1)
    place = connection.settings_dict
    work = (
        "import django; django.setup(); from marketplace.deliveries.tasks import deliver_due; deliver_due()"
    )
    killed = loaded.run(
        ["-c", work],
        env={
            **os.environ,
            "DATABASE_URL": f"postgresql://{place['USER']}@/{place['NAME']}?host={quote(place['HOST'], safe='')}",
            "EMAIL_BACKEND": SERVERS + "KillsItsWorker",
        },
    )
    assert killed.returncode == -signal.SIGKILL
    row = case.rows().get()
    assert (case.states(), row.attempts) == ([DeliveryState.SENDING], 1)
    assert deliver(row.claimed_at + case.claim_lasts) == 0, "somebody may still be at it"
    assert deliver(row.claimed_at + case.claim_lasts + SECOND) == 1
    assert deliver(row.claimed_at + case.claim_lasts * 2) == 0
    assert len(mail.outbox) == 1


@each_channel
@pytest.mark.django_db
def test_a_worker_that_dies_between_sending_and_noting_has_it_sent_once_more(case, settings):
    settings.EMAIL_BACKEND = SERVERS + "KilledAfterSending"
    case.write(1)
    with pytest.raises(SystemExit):
        deliver()
    assert case.states() == [DeliveryState.SENDING]
    settings.EMAIL_BACKEND = SERVERS + "Slow"
    assert deliver(NOW + case.claim_lasts) == 0
    assert deliver(NOW + case.claim_lasts + SECOND) == 1
    assert deliver(NOW + case.claim_lasts * 3) == 0
    assert len(servers.sent) == 2
    assert case.is_done()


@each_channel
@pytest.mark.django_db
@pytest.mark.parametrize(("step", "server"), [("sent", "Slow"), ("given_up", "Refusing")])
def test_a_worker_that_dies_in_the_middle_of_noting_has_noted_nothing(
    case, step, server, settings, monkeypatch
):
    settings.EMAIL_BACKEND = SERVERS + server
    case.write(1)
    if step == "given_up":
        case.set(attempts=len(case.pauses))

    def die(*arguments):
        raise SystemExit(9)

    with monkeypatch.context() as patched:
        patched.setattr(case.channel, step, die)
        with pytest.raises(SystemExit):
            deliver()
    row = case.rows().get()
    assert (case.states(), row.error) == ([DeliveryState.SENDING], "")
    assert deliver(NOW + case.claim_lasts + SECOND) == (1 if step == "sent" else 0)
    assert case.is_done() if step == "sent" else case.states() == [DeliveryState.GIVEN_UP]


@each_channel
@pytest.mark.django_db
def test_a_worker_that_dies_before_it_notes_a_failure_has_used_up_a_try(case, settings, monkeypatch):
    settings.EMAIL_BACKEND = SERVERS + "Refusing"
    case.write(1)

    def die(*arguments, **fields):
        raise SystemExit(9)

    with monkeypatch.context() as patched:
        patched.setattr(engine, "leave", die)
        with pytest.raises(SystemExit):
            deliver()
    deliver(NOW + case.claim_lasts + SECOND)
    row = case.rows().get()
    assert (case.states(), row.attempts) == ([DeliveryState.WAITING], 2)
    assert row.next_try_at == NOW + case.claim_lasts + SECOND + case.pauses[1]


@each_channel
@pytest.mark.django_db
def test_what_kills_every_worker_is_given_up(case, settings):
    settings.EMAIL_BACKEND = SERVERS + "KilledAfterSending"
    case.write(1)
    at = NOW
    for _ in range(len(case.pauses) + 1):
        with pytest.raises(SystemExit):
            deliver(at)
        at += case.claim_lasts + SECOND
    assert deliver(at) == 0
    assert case.states() == [DeliveryState.GIVEN_UP]
    assert len(servers.sent) == len(case.pauses) + 1


@each_channel
@pytest.mark.django_db
def test_a_worker_that_was_overtaken_does_not_undo_what_the_other_noted(case):
    case.write(1)
    channel = case.channel()
    (mine,) = engine.claim(channel, [case.rows().get().pk], NOW)
    (theirs,) = engine.claim(channel, [mine.pk], NOW + case.claim_lasts + SECOND)
    assert (mine.attempts, theirs.attempts) == (1, 2)
    assert not engine.leave(channel, mine, DeliveryState.GIVEN_UP)
    assert case.states() == [DeliveryState.SENDING]
    assert engine.leave(channel, theirs, DeliveryState.WAITING)
    assert case.states() == [DeliveryState.WAITING]


@each_channel
@pytest.mark.django_db
def test_a_claim_is_made_once(case):
    case.write(1)
    pk = case.rows().get().pk
    assert len(engine.claim(case.channel(), [pk], NOW)) == 1
    assert engine.claim(case.channel(), [pk], NOW + case.claim_lasts) == []


@pytest.mark.django_db
def test_a_step_that_the_table_does_not_have_is_refused():
    write_login_mail(1)
    (row,) = engine.claim(LoginMails(), [LoginMail.objects.get().pk], NOW)
    with pytest.raises(ValueError, match="never becomes lapsed"):
        engine.leave(LoginMails(), row, DeliveryState.LAPSED)
    assert LoginMail.objects.get().state == DeliveryState.SENDING


@pytest.mark.django_db
def test_a_long_queue_of_one_channel_keeps_back_no_other(monkeypatch):
    monkeypatch.setattr(engine, "BATCH", 1)
    for number in range(3):
        write_notification(number)
    write_login_mail(1)
    deliver_batches = [deliver_batch(make(), 1) for make in channels.channels()]
    assert deliver_batches == [1, 1]
    assert LoginMail.objects.count() == 0
    with clock.set_to(NOW):
        assert deliver_due() == 2


@each_channel
@pytest.mark.django_db
def test_one_that_is_refused_keeps_back_none_behind_it(case, monkeypatch):
    case.write(1)
    case.write(2)
    case.write(3)
    send, tried = case.channel.send, []

    def refuse_the_first(channel, row, now):
        tried.append(row.pk)
        if len(tried) == 1:
            raise OSError("550 no such mailbox")
        send(channel, row, now)

    monkeypatch.setattr(case.channel, "send", refuse_the_first)
    assert deliver() == 2
    assert len(tried) == 3
    assert case.states().count(DeliveryState.WAITING) == 1


@pytest.mark.django_db
def test_while_the_mail_server_is_away_notifications_wait_and_no_try_is_counted(settings):
    settings.EMAIL_BACKEND = SERVERS + "Away"
    write_notification(1)
    for minute in range(600):
        assert deliver(NOW + timedelta(minutes=minute)) == 0
    row = Notification.objects.get()
    assert (row.mail_state, row.attempts, row.claimed_at) == (DeliveryState.WAITING, 0, None)


@pytest.mark.django_db
def test_a_mail_about_a_login_is_sent_within_81_minutes_or_never_and_keeps_no_link(settings):
    settings.EMAIL_BACKEND = SERVERS + "AwayOnSending"
    write_login_mail(1)
    tried = []
    for minute in range(120):
        deliver(NOW + timedelta(minutes=minute))
        row = LoginMail.objects.get()
        if row.attempts > len(tried):
            tried.append(minute)
    assert tried == [0, 1, 6, 21, 81]
    assert (row.state, row.lines, row.link, row.to) == ("given_up", [], "", "p1@elsewhere.example")


@pytest.mark.django_db
@pytest.mark.parametrize(("tries", "pause"), list(enumerate([1, 5, 15, 60])))
def test_a_mail_that_an_earlier_release_wrote_keeps_its_turn_and_its_tries(tries, pause, settings):
    """It fills only the columns that there were, as the migration does for the rows that it finds."""
    settings.EMAIL_BACKEND = SERVERS + "Refusing"
    due = NOW + timedelta(minutes=7)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_outgoingmail"
            ' (id, "to", title, lines, link, link_title, created_at, attempts, next_try_at)'
            " VALUES (gen_random_uuid(), 'a@b.example', 'Verify', '[]', 'http://l/', 'Verify', %s, %s, %s)",
            [NOW, tries, due],
        )
    deliver(due - SECOND)
    assert LoginMail.objects.get().attempts == tries
    deliver(due)
    row = LoginMail.objects.get()
    assert (row.state, row.attempts) == (DeliveryState.WAITING, tries + 1)
    assert row.next_try_at == due + timedelta(minutes=pause)


@pytest.mark.django_db
def test_a_notification_that_an_earlier_release_was_sending_is_left_alone_until_its_claim_is_old():
    write_notification(1)
    Notification.objects.update(mail_state="sending", attempts=1, claimed_at=NOW, next_try_at=None)
    assert deliver(NOW + timedelta(minutes=10)) == 0
    assert deliver(NOW + timedelta(minutes=10) + SECOND) == 1
