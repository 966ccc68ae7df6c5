"""People and the clock at the same instant, each with a connection of its own: one true story is left."""

from datetime import timedelta

import pytest

from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from operations.domain.dispatching import acknowledge_dispatch, stop_dispatch
from operations.domain.messages import messages_of
from operations.domain.watching import watch_dispatches
from operations.enums import DispatchState
from operations.models import Dispatch, Message
from tests.operations.racing import together
from tests.operations.scene import MINUTE, act, contracted, give, issue, minute
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
