"""One id from a request to all that it sets off: log lines, answer, queue, jobs, mails and webhooks."""

import json
import logging
import uuid

import pytest
import structlog
from celery import current_app
from celery.app.trace import build_tracer
from celery.signals import before_task_publish
from django.test import Client
from django.urls import reverse
from structlog.contextvars import get_contextvars, merge_contextvars
from structlog.testing import capture_logs

from marketplace import clock, logs, request_ids
from marketplace.deliveries import engine
from marketplace.jobs import publishing, worker
from marketplace.jobs.kinds import registry
from marketplace.jobs.models import Job
from marketplace.notifications.actions import notify
from marketplace.notifications.models import Notification
from marketplace.web.request_log import OF_BIDS
from tests.accounts import people
from tests.kernel import rows_kind
from tests.support.job_pages import company, send, someone

ID = "0a4f5a8e-5a4e-4b9a-8a3e-6d2f5f3c9b10"


@pytest.fixture
def browser(db, client):
    loader = registry.load_member
    rows_kind.make_table()
    with rows_kind.registered():
        registry.load_member = loader
        client.force_login(someone(company("ALPHA"), "procurement").user)
        yield client


@pytest.fixture
def lines():
    with capture_logs(processors=[merge_contextvars]) as found:
        yield found


def traced(task, headers):
    """Have a worker's own tracing run the task, as a message with these headers would."""
    build_tracer(task.name, task, app=current_app)(str(uuid.uuid4()), (), {}, headers)


def test_a_request_that_queues_a_job_leaves_lines_with_its_id_in_web_and_worker(browser, lines, monkeypatch):
    messages = []

    def hand_over(task, *args):
        headers = {}
        before_task_publish.send(sender=task, headers=headers)
        messages.append(headers)
        return True

    monkeypatch.setattr(publishing, "hand_over", hand_over)
    monkeypatch.setattr(publishing.transaction, "on_commit", lambda do: do())
    answer = send(browser, "a=1")
    request_id, job = answer["X-Request-ID"], Job.objects.get()
    [in_web] = [each for each in lines if each["event"] == "job_handed_over"]
    assert (in_web["request_id"], in_web["job"]) == (request_id, str(job.pk))
    assert in_web["organisation"] == str(job.organisation_id)
    assert messages == [{"request_id": request_id}]
    assert job.request_id == uuid.UUID(request_id)

    del lines[:]
    worker.work_next()
    in_worker = [each for each in lines if each["event"].startswith("job_")]
    assert [each["event"] for each in in_worker] == ["job_taken", "job_step_ended"]
    assert {(each["request_id"], each["job"]) for each in in_worker} == {(request_id, str(job.pk))}
    told = Notification.objects.filter(kind__contains="file").values_list("request_id", flat=True)
    assert set(told) <= {uuid.UUID(request_id)}


def test_a_task_logs_under_the_id_that_its_message_carries_and_the_next_one_does_not(lines):
    seen = []

    @current_app.task(name="tests.looks_at_its_id")
    def looks():
        seen.append(request_ids.current())

    try:
        traced(looks, {"request_id": ID})
        traced(looks, {})
    finally:
        current_app.tasks.pop("tests.looks_at_its_id")
    assert seen == [uuid.UUID(ID), None]
    assert "request_id" not in get_contextvars()


@pytest.mark.django_db
def test_a_mail_keeps_the_id_of_the_request_and_its_failure_is_logged_under_it(lines, settings):
    settings.EMAIL_BACKEND = "tests.notifications.servers.Refusing"
    user = people.provider().user
    with request_ids.under(ID):
        notify(
            "competition_changed", to=[user], key="one", title="Changed", lines=[], link="/", now=clock.now()
        )
    assert Notification.objects.get().request_id == uuid.UUID(ID)
    engine.deliver_due()
    [failed] = [each for each in lines if each["event"] == "delivery_failed"]
    assert failed["request_id"] == ID


@pytest.mark.django_db
def test_every_page_gives_back_an_id_of_its_own_whatever_was_sent():
    answers = [Client().get("/how-it-works/", headers={"X-Request-ID": ID}) for _ in range(2)]
    assert len({answer["X-Request-ID"] for answer in answers} - {ID}) == 2
    assert Client().get("/nowhere/")["X-Request-ID"]


@pytest.mark.django_db
def test_lines_of_a_view_name_user_and_organisation_but_where_it_is_of_bids(monkeypatch):
    head, seen = people.provider(), {}
    browser = people.signed_in(head)
    from marketplace.web import busy

    monkeypatch.setattr(
        busy.FairThreads, "process_view", lambda *args: seen.update(get_contextvars()), raising=False
    )
    browser.get(reverse("accounts:team"))
    assert (seen["user"], seen["organisation"]) == (str(head.user.pk), str(head.organisation_id))
    seen.clear()
    browser.get(reverse("bidding:list"))
    assert "request_id" in seen
    assert not {"user", "organisation"} & seen.keys()
    assert OF_BIDS.search("api-1:submit_ballot")


def test_lines_are_json_and_for_people_text(capsys):
    line = logging.LogRecord("celery.beat", logging.WARNING, "f", 1, "Due\nnow", (), None)
    for is_json in (True, False):
        told = logs.logging_of("INFO", is_json=is_json)["formatters"][logs.FORMATTER]
        make, options = structlog.stdlib.ProcessorFormatter, {k: v for k, v in told.items() if k != "()"}
        with request_ids.under(ID):
            text = make(**options).format(line)
        if is_json:
            shown = json.loads(text)
            assert (shown["event"], shown["request_id"], shown["logger"]) == ("Due\nnow", ID, "celery.beat")
        else:
            assert "Due" in text
            assert not text.startswith("{")
