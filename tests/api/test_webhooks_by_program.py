"""Webhooks set up by a program, and on the pages: the secret once, tests, the log, replays, rights."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Role, Scope
from api.models import WebhookDelivery, WebhookEndpoint
from api.webhooks import queue
from marketplace import clock
from marketplace.audit.queries import entries_visible_to
from marketplace.deliveries.channels import WEBHOOKS
from marketplace.deliveries.engine import deliver_due
from marketplace.jobs.publishing import run_jobs_inline
from tests.api.programs import Program, account_holder
from tests.api.receiving import receiving
from tests.qualification import market as base

pytestmark = pytest.mark.django_db
PUBLIC = "https://93.184.215.14/hooks"
DISPATCHES = ["dispatch.issued", "dispatch.stopped"]


@pytest.fixture
def holder():
    return account_holder()


@pytest.fixture
def program(holder):
    return Program(holder)


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_LOOPBACK = True
    with receiving() as server, run_jobs_inline():
        yield server


@pytest.fixture
def browser(holder):
    signed_in = Client()
    signed_in.force_login(holder.user)
    return signed_in


def made(program, url=PUBLIC, kinds=DISPATCHES):
    answer = program.post("/webhooks", {"url": url, "kinds": kinds})
    assert answer.status_code == 201, answer.content
    return answer.json()


def tell(holder, key, kind="dispatch.issued", at=None):
    queue.tell([holder.organisation_id], kind, {"n": key}, key=key, at=at or clock.now())


def test_the_secret_is_in_the_answer_that_made_it_and_in_no_other(program):
    webhook = made(program)
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", webhook["secret"])
    path = f"/webhooks/{webhook['id']}"
    for answer in (
        program.get(path),
        program.get("/webhooks"),
        program.put(path, {"url": PUBLIC, "kinds": ["job.done"]}),
        program.get(f"{path}/deliveries"),
    ):
        assert answer.status_code == 200
        assert webhook["secret"] not in answer.content.decode()
    renewed = program.post(f"{path}/secret").json()
    assert renewed["secret"] not in ("", webhook["secret"])
    assert renewed["former_secret_until"] is not None


@pytest.mark.parametrize(
    "url",
    ["http://93.184.215.14/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/", "desk", ""],
)
def test_an_address_that_is_not_called_is_refused_when_it_is_given(program, url, settings):
    settings.WEBHOOK_LOOPBACK = False
    assert program.post("/webhooks", {"url": url, "kinds": DISPATCHES}).status_code == 422
    path = f"/webhooks/{made(program)['id']}"
    assert program.put(path, {"url": url, "kinds": DISPATCHES}).status_code == 422
    assert WebhookEndpoint.objects.get().url == PUBLIC


def test_a_dry_run_makes_nothing(program):
    answer = program.post("/webhooks?dry_run=true", {"url": PUBLIC, "kinds": DISPATCHES})
    assert answer.status_code == 201
    assert not WebhookEndpoint.objects.exists()


def test_the_same_key_makes_it_once(program):
    told = {"url": PUBLIC, "kinds": DISPATCHES}
    first, again = (program.post("/webhooks", told, **{"Idempotency-Key": "one"}) for _ in range(2))
    assert first.json() == again.json()
    assert WebhookEndpoint.objects.count() == 1


def test_a_program_has_told_only_what_it_may_read(holder):
    reader = Program(holder, scopes=(Scope.DISPATCH_READ,))
    told = {"url": PUBLIC, "kinds": ["dispatch.issued", "statement.issued"]}
    answer = reader.post("/webhooks", told)
    assert answer.status_code == 403
    assert "settlement:read" in answer.json()["detail"]
    whole = Program(holder, name="Whole")
    path = f"/webhooks/{made(whole, kinds=['statement.issued'])['id']}"
    assert reader.get(path).status_code == 404
    assert reader.put(path, {"url": PUBLIC, "kinds": ["dispatch.issued"]}).status_code == 404
    assert reader.delete(path).status_code == 404
    assert reader.get("/webhooks").json()["items"] == []


def test_a_scope_without_its_role_tells_nothing(holder):
    idle = Program(holder, roles=())
    for kind in ("dispatch.issued", "ballot.recorded", "contract.signed", "statement.final"):
        assert idle.post("/webhooks", {"url": PUBLIC, "kinds": [kind]}).status_code == 403
    made(idle, kinds=["job.done", "competition.published"])


def test_another_organisation_finds_nothing(program, holder):
    webhook = made(program)
    tell(holder, "1")
    rival = Program(account_holder())
    path = f"/webhooks/{webhook['id']}"
    asked = [
        rival.get(path),
        rival.put(path, {"url": PUBLIC, "kinds": DISPATCHES}),
        rival.delete(path),
        rival.post(f"{path}/secret"),
        rival.post(f"{path}/test"),
        rival.get(f"{path}/deliveries"),
        rival.post(f"{path}/deliveries/replay", {"since": "2020-01-01T00:00:00Z"}),
    ]
    assert {each.status_code for each in asked} == {404}
    assert rival.get("/webhooks").json()["items"] == []


def test_a_test_arrives_and_its_delivery_tells_what_was_answered(program, receiver):
    webhook = made(program, url=receiver.url)
    sent = program.post(f"/webhooks/{webhook['id']}/test")
    assert (sent.status_code, sent.json()["state"]) == (201, "waiting")
    assert deliver_due(WEBHOOKS) == 1
    (delivery,) = program.get(f"/webhooks/{webhook['id']}/deliveries").json()["items"]
    assert delivery["state"] == "sent"
    assert [(each["status"], each["said"]) for each in delivery["tries"]] == [(200, "thanks")]
    assert receiver.told == [delivery["body"]]
    assert receiver.got[0][0]["webhook-id"] == delivery["message_id"]
    assert delivery["body"]["type"] == "ping"


def test_one_that_is_off_gets_nothing_and_is_asked_for_nothing(program, holder, receiver):
    webhook = made(program, url=receiver.url)
    path = f"/webhooks/{webhook['id']}"
    tell(holder, "before")
    program.put(path, {"url": receiver.url, "kinds": DISPATCHES, "is_on": False})
    tell(holder, "meanwhile")
    assert program.post(f"{path}/test").status_code == 422
    assert program.post(f"{path}/deliveries/replay", {"since": "2020-01-01T00:00:00Z"}).status_code == 422
    deliver_due(WEBHOOKS)
    assert receiver.got == []


def test_one_delivery_is_sent_again_under_the_same_id(program, holder, receiver):
    webhook = made(program, url=receiver.url)
    path = f"/webhooks/{webhook['id']}/deliveries"
    for number in ("1", "2"):
        tell(holder, number)
    deliver_due(WEBHOOKS)
    first = next(each for each in program.get(path).json()["items"] if each["body"]["data"] == {"n": "1"})
    assert program.post(f"{path}/replay", {"delivery_id": first["id"]}).json() == {"count": 1}
    deliver_due(WEBHOOKS)
    assert [each["data"]["n"] for each in receiver.told] == ["1", "2", "1"]
    assert receiver.got[0][0]["webhook-id"] == receiver.got[2][0]["webhook-id"]
    assert receiver.got[0][1] == receiver.got[2][1]


def test_all_since_an_instant_is_sent_again_in_its_order_each_once(program, holder, receiver):
    webhook = made(program, url=receiver.url)
    path = f"/webhooks/{webhook['id']}/deliveries/replay"
    now = clock.now()
    for days in (3, 2, 1):
        tell(holder, str(days), at=now - timedelta(days=days))
    deliver_due(WEBHOOKS)
    since = (now - timedelta(days=2, hours=1)).isoformat()
    for _ in range(2):
        assert program.post(path, {"since": since}).json() == {"count": 2}
        deliver_due(WEBHOOKS)
    assert [each["data"]["n"] for each in receiver.told] == ["3", "2", "1", "2", "1", "2", "1"]


def test_a_replay_names_what_is_sent_again(program):
    path = f"/webhooks/{made(program)['id']}/deliveries/replay"
    assert program.post(path, {}).status_code == 422


def test_what_is_done_is_in_the_log_with_the_name_of_the_program(program, holder):
    path = f"/webhooks/{made(program)['id']}"
    program.put(path, {"url": PUBLIC, "kinds": ["job.done"]})
    program.post(f"{path}/secret")
    program.delete(path)
    entries = entries_visible_to(holder).filter(action__startswith="webhook")
    assert sorted(entries.values_list("action", flat=True)) == [
        "webhook added",
        "webhook changed",
        "webhook removed",
        "webhook secret changed",
    ]
    assert not any("whsec_" in str(each.changes) for each in entries)


def test_a_page_adds_one_and_shows_its_secret_once(browser, holder):
    answer = browser.post(reverse("api:webhook_new"), {"url": PUBLIC, "kinds": DISPATCHES})
    webhook = WebhookEndpoint.objects.get()
    assert webhook.secret in answer.content.decode()
    assert webhook.organisation_id == holder.organisation_id
    for page in (reverse("api:webhooks"), reverse("api:webhook", args=[webhook.pk])):
        shown = browser.get(page).content.decode()
        assert PUBLIC in shown
        assert webhook.secret not in shown


def test_a_page_says_why_an_address_is_refused(browser, settings):
    settings.WEBHOOK_LOOPBACK = False
    answer = browser.post(reverse("api:webhook_new"), {"url": "https://10.0.0.1/", "kinds": DISPATCHES})
    assert answer.status_code == 422
    assert "not an address of the public Internet" in answer.content.decode()


def test_pages_test_switch_replay_and_show_what_was_answered(browser, holder, receiver):
    browser.post(reverse("api:webhook_new"), {"url": receiver.url, "kinds": DISPATCHES})
    webhook = WebhookEndpoint.objects.get()
    page = reverse("api:webhook", args=[webhook.pk])
    receiver.status, receiver.text = 503, b"<b>closed</b>"
    to = browser.post(reverse("api:webhook_test", args=[webhook.pk]))
    deliver_due(WEBHOOKS)
    shown = browser.get(to.url).content.decode()
    assert "503" in shown
    assert "&lt;b&gt;closed&lt;/b&gt;" in shown
    assert "Waits" in browser.get(page).content.decode()
    tell(holder, "1")
    receiver.status = 200
    with clock.set_to(clock.now() + timedelta(minutes=1)):
        deliver_due(WEBHOOKS)
        browser.post(reverse("api:webhook_replay", args=[webhook.pk]), {"hours": "24"})
        delivery = WebhookDelivery.objects.filter(kind="ping").first()
        browser.post(reverse("api:webhook_delivery_replay", args=[webhook.pk, delivery.pk]))
        deliver_due(WEBHOOKS)
    assert [each["type"] for each in receiver.told].count("dispatch.issued") == 2
    browser.post(reverse("api:webhook_switch", args=[webhook.pk]))
    webhook.refresh_from_db()
    assert not webhook.is_on
    browser.post(reverse("api:webhook_remove", args=[webhook.pk]))
    assert not WebhookEndpoint.objects.exists()


def test_only_holders_of_account_of_the_organisation_see_the_pages(browser, holder):
    browser.post(reverse("api:webhook_new"), {"url": PUBLIC, "kinds": DISPATCHES})
    page = reverse("api:webhook", args=[WebhookEndpoint.objects.get().pk])
    teammate = base.member(holder.organisation, roles=(Role.BIDS,))
    for person, status in ((teammate, 403), (account_holder(), 404)):
        other = Client()
        other.force_login(person.user)
        assert other.get(page).status_code == status


def test_the_log_takes_the_same_number_of_queries_however_long_it_is(
    browser, holder, receiver, django_assert_max_num_queries
):
    browser.post(reverse("api:webhook_new"), {"url": receiver.url, "kinds": DISPATCHES})
    page = reverse("api:webhook", args=[WebhookEndpoint.objects.get().pk])
    browser.get(page)
    for number in range(20):
        tell(holder, str(number))
    deliver_due(WEBHOOKS)
    with django_assert_max_num_queries(25):
        assert browser.get(page).content.decode().count("Send again") >= 20
