"""People and the clock at the same instant, each with a connection of its own, and a worker killed: one true story is left."""

import os
import signal
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core import mail
from django.db import connection

from marketplace import clock
from marketplace.deliveries.engine import deliver_due
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from operations.domain.dispatching import acknowledge_dispatch, stop_dispatch
from operations.domain.messages import messages_of
from operations.domain.watching import watch_dispatches
from operations.enums import DispatchState
from operations.models import Dispatch, Message
from tests.operations.scene import MINUTE, act, contracted, give, issue, minute
from tests.support import loaded
from tests.support.at_once import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_people_an_acknowledgement_its_deadline_and_a_stop_leave_one_true_story():
    with run_jobs_inline():
        made = give(contracted(), "fixed")
    before = made.service.start - 60 * MINUTE
    raised = together(
        before,
        lambda: issue(made, ref="one"),
        lambda: issue(made, ref="one"),
        lambda: issue(made, ref="two"),
    )
    dispatch = Dispatch.objects.get()
    refused = [each for each in raised if each]
    assert len(refused) == (1 if dispatch.ref == "one" else 2), "the same ref twice is one dispatch"
    assert all("Another dispatch of the contract runs" in each for each in refused)
    assert Message.objects.count() == 1

    due = before + 15 * MINUTE
    told = together(
        due,
        lambda: act(acknowledge_dispatch, made.north, Dispatch.objects.get()),
        lambda: act(acknowledge_dispatch, made.north, Dispatch.objects.get()),
        lambda: watch_dispatches(due + timedelta(seconds=1)),
        lambda: watch_dispatches(due + timedelta(seconds=1)),
    )
    assert told == [None] * 4
    dispatch.refresh_from_db()
    assert dispatch.state == DispatchState.ACKNOWLEDGED
    alerts = Notification.objects.filter(kind="dispatch_unanswered", user=made.buyer.user).count()
    assert alerts == (1 if dispatch.alerted_at else 0), "told at most once"

    stopped = together(
        minute(made, 10),
        lambda: act(stop_dispatch, made.buyer, Dispatch.objects.get()),
        lambda: act(stop_dispatch, made.buyer, Dispatch.objects.get(), is_emergency=True),
        lambda: act(acknowledge_dispatch, made.north, Dispatch.objects.get()),
    )
    assert stopped == [None] * 3
    kinds = [each.kind for each in dispatch.events.order_by("place")]
    assert kinds[:2] == ["issue", "acknowledge"]
    assert len(kinds) == 3
    assert kinds[2] in ("stop", "emergency_stop")
    numbers = list(messages_of(made.north).values_list("number", flat=True))
    assert numbers == [1, 2]


SENDING = """
import django; django.setup()
from datetime import datetime
from marketplace import clock
from marketplace.deliveries.tasks import deliver_due
with clock.set_to(datetime.fromisoformat("{}")):
    deliver_due()
"""


def test_a_worker_killed_between_issue_and_mail_loses_nothing_and_sends_nothing_twice():
    with run_jobs_inline():
        made = give(contracted(), "fixed")
        now = made.service.start - 60 * MINUTE
        with clock.set_to(now):
            dispatch = issue(made)
    Notification.objects.exclude(kind="dispatch").delete()
    place = connection.settings_dict
    host = quote(place["HOST"], safe="")
    killed = loaded.run(
        ["-c", SENDING.format(now.isoformat())],
        env={
            **os.environ,
            "DATABASE_URL": f"postgresql://{place['USER']}@/{place['NAME']}?host={host}",
            "EMAIL_BACKEND": "tests.notifications.servers.KillsItsWorker",
        },
    )
    assert killed.returncode == -signal.SIGKILL
    for minutes in (0, 29, 31, 62):
        with clock.set_to(now + timedelta(minutes=minutes)):
            deliver_due()
    (sent,) = [each for each in mail.outbox if dispatch.ref in each.subject + each.body]
    assert sent.to == [made.north.user.email]
    assert list(messages_of(made.north).values_list("number", "kind")) == [(1, "dispatch_issued")]
    assert Dispatch.objects.count() == 1
