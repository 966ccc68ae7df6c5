"""Webhooks: told in the transaction of what happened, signed, in order, again until taken, and to nobody else."""

import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta
from http.server import ThreadingHTTPServer

import pytest
from django.db import connection, transaction
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from accounts.enums import Role
from api.enums import WebhookKind
from api.models import WebhookDelivery, WebhookEndpoint
from api.webhooks import endpoints, queue
from api.webhooks.channel import PAUSES
from api.webhooks.switching_off import switch_off
from marketplace import clock
from marketplace.deliveries.channels import WEBHOOKS
from marketplace.deliveries.engine import deliver_due
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs import publishing
from marketplace.jobs.publishing import run_jobs_inline
from operations.domain.dispatch_queries import dispatches_of
from operations.presenters.dispatch_page import page_of
from tests.api.receiver import Receiver
from tests.operations.scene import contracted, give, issue, minute
from tests.qualification import market

pytestmark = pytest.mark.django_db
EVERY = list(WebhookKind.values)
SCOPES = ["dispatch:read"]


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_LOOPBACK = True
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.answers, server.waits = [], 204, {}
    server.url = f"http://127.0.0.1:{server.server_port}/hooks"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with run_jobs_inline():
        yield server
    server.shutdown()
    server.server_close()


def webhook(member, receiver, kinds=EVERY, path=""):
    return endpoints.add_endpoint(by=member, url=receiver.url + path, kinds=kinds, now=clock.now())


def verified(headers, body, secret):
    """Whether a signature of the message is that of the secret, worked out as a receiver does."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    ours = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{ours}" in headers["webhook-signature"].split(" ")


def test_a_dispatch_is_told_signed_and_once(receiver):
    made = give(contracted(), "fixed")
    own, others = webhook(made.north, receiver), webhook(made.buyer, receiver, path="/buyer")
    with clock.set_to(minute(made, -60)):
        dispatch = issue(made)
        assert deliver_due(WEBHOOKS) == 1
        assert deliver_due(WEBHOOKS) == 0
    ((headers, body),) = receiver.got
    told = json.loads(body)
    assert (told["type"], told["data"]["ref"]) == ("dispatch.issued", dispatch.ref)
    assert verified(headers, body, own.secret)
    assert not verified(headers, body, others.secret)
    assert own.deliveries.get().tries.get().status == 204


def test_the_library_that_receivers_use_verifies_what_is_sent(receiver):
    member = market.member(market.provider())
    own = webhook(member, receiver)
    secrets = [own.secret, endpoints.rotate_secret(by=member, endpoint_id=own.pk, now=clock.now()).secret]
    endpoints.send_ping(by=member, endpoint_id=own.pk, now=clock.now())
    deliver_due(WEBHOOKS)
    ((headers, body),) = receiver.got
    for secret in secrets:
        assert Webhook(secret).verify(body, headers)["type"] == "ping"
    other = "whsec_" + base64.b64encode(bytes(32)).decode()
    for secret, sent in ((other, body), (secrets[0], body + b" ")):
        with pytest.raises(WebhookVerificationError, match="No matching signature"):
            Webhook(secret).verify(sent, headers)


def test_a_new_secret_signs_beside_the_former_for_a_day(receiver):
    member = market.member(market.provider())
    own = webhook(member, receiver)
    first, now = own.secret, clock.now()
    changed = endpoints.rotate_secret(by=member, endpoint_id=own.pk, now=now)
    for later, both in ((timedelta(hours=23), True), (timedelta(hours=25), False)):
        with clock.set_to(now + later):
            endpoints.send_ping(by=member, endpoint_id=own.pk, now=clock.now())
            deliver_due(WEBHOOKS)
        headers, body = receiver.got[-1]
        assert verified(headers, body, changed.secret)
        assert verified(headers, body, first) is both


@pytest.mark.parametrize("answers", [302, 404, 410, 500])
def test_what_is_not_taken_is_sent_again_and_in_the_end_switched_off_and_told(receiver, answers, mailoutbox):
    member = market.member(market.provider())
    own = webhook(member, receiver)
    receiver.answers, now = answers, clock.now()
    with clock.set_to(now):
        endpoints.send_ping(by=member, endpoint_id=own.pk, now=now)
    for pause in (timedelta(0), *PAUSES):
        now += pause + timedelta(seconds=1)
        with clock.set_to(now):
            assert deliver_due(WEBHOOKS) == 0
    row, own = own.deliveries.get(), WebhookEndpoint.objects.get()
    assert (row.state, row.tries.count(), own.is_on) == ("given_up", 30, False)
    assert len(receiver.got) == 30
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert max(len(each.said) for each in row.tries.all()) <= 520
    assert member.user.notifications.filter(kind="webhook_off").count() == 1
    with pytest.raises(Refused, match="switched off"):
        endpoints.send_ping(by=member, endpoint_id=own.pk, now=now)


def test_operators_that_dispatch_a_provider_hear_that_its_webhook_is_off_and_not_where_it_is(receiver):
    made = give(contracted(), "fixed")
    other = market.member(market.operator())
    calls, files = (
        webhook(made.north, receiver, kinds=[kind], path=f"/{kind}")
        for kind in ("dispatch.issued", "job.done")
    )
    for each in (files, calls, calls):
        switch_off(each, minute(made, 0))
    (told,) = made.buyer.user.notifications.filter(kind="providers_webhook_off")
    assert told.title == "A webhook of North was switched off"
    assert receiver.url not in f"{told.title} {told.lines}"
    assert made.north.user.notifications.filter(kind="webhook_off").count() == 2
    assert not other.user.notifications.exists()


def test_a_provider_without_a_contract_that_can_be_called_is_nobodys_concern(receiver):
    made = give(contracted(), "fixed")
    calls = webhook(made.north, receiver)
    switch_off(calls, minute(made, 0) + timedelta(days=400))
    assert not made.buyer.user.notifications.filter(kind="providers_webhook_off").exists()


def test_what_is_told_of_one_dispatch_waits_for_what_was_told_before(receiver):
    member = market.member(market.provider())
    own, now = webhook(member, receiver), clock.now()
    to = [member.organisation_id]
    for number, thread, is_urgent in (
        (1, "one", False),
        (2, "one", False),
        (3, "one", True),
        (4, "two", False),
    ):
        kind, data = WebhookKind.DISPATCH_AMENDED, {"n": number}
        queue.tell(to, kind, data, key=str(number), at=now, thread=thread, is_urgent=is_urgent)
    receiver.answers = 500
    with clock.set_to(now):
        deliver_due(WEBHOOKS)
    sent = [json.loads(body)["data"]["n"] for _, body in receiver.got]
    assert sent[0] == 3, "an emergency stop overtakes everything"
    assert 2 not in sent
    assert set(sent) == {1, 3, 4}
    receiver.answers = 200
    with clock.set_to(now + timedelta(seconds=6)):
        assert deliver_due(WEBHOOKS) == 4
    assert [json.loads(body)["data"]["n"] for _, body in receiver.got][-1] == 2
    assert own.deliveries.exclude(state="sent").count() == 0


def told_by_webhook(member, dispatch, now):
    """What the dispatch's page says of webhooks, message by message."""
    page = page_of(member, dispatches_of(member).get(pk=dispatch.pk), now)
    ways = [[way for way in each.ways if way.channel == "Webhook"] for each in page.delivered]
    return [[(way.state, way.after) for way in own] for own in ways], page.digest


def test_both_parties_see_on_the_dispatchs_page_how_its_webhooks_went(receiver):
    made = give(contracted(), "fixed")
    webhook(made.north, receiver)
    now = minute(made, -60)
    with clock.set_to(now):
        dispatch = issue(made)
    queued, first = told_by_webhook(made.buyer, dispatch, now)
    assert queued == [[("Queued", "")]]
    receiver.answers = 500
    with clock.set_to(now):
        deliver_due(WEBHOOKS)
    failing, second = told_by_webhook(made.buyer, dispatch, now)
    assert failing == [[("Not taken yet, tried 1 time", "")]]
    receiver.answers = 204
    with clock.set_to(now + timedelta(seconds=7)):
        deliver_due(WEBHOOKS)
    for member in (made.buyer, made.north):
        taken, third = told_by_webhook(member, dispatch, now)
        assert taken == [[("Received", "after 7.0 s")]]
    assert len({first, second, third}) == 3, "the page is shown anew each time"


def test_of_several_addresses_the_page_says_how_many_took_it_and_of_none_nothing(receiver):
    made = give(contracted(), "fixed")
    now = minute(made, -60)
    with clock.set_to(now):
        untold = issue(made, 30, 40)
        for path in ("/one", "/two"):
            webhook(made.north, receiver, path=path)
        webhook(made.buyer, receiver, path="/buyer")
        dispatch = issue(made, 0, 20)
        off = WebhookEndpoint.objects.get(url__endswith="/two")
        endpoints.change_endpoint(
            by=made.north, endpoint_id=off.pk, url=off.url, kinds=EVERY, is_on=False, now=now
        )
        deliver_due(WEBHOOKS)
    assert told_by_webhook(made.buyer, dispatch, now)[0][0][0][0] == "Received by 1 of 2 addresses"
    assert told_by_webhook(made.buyer, untold, now)[0] == [[]]


def test_one_that_is_slow_keeps_nobody_else_waiting_and_is_told_one_after_the_other(receiver):
    slow, fast = (market.member(market.provider()) for _ in range(2))
    webhook(slow, receiver, path="/slow"), webhook(fast, receiver, path="/fast")
    now = clock.now()
    receiver.waits["/hooks/slow"] = 3
    for number in range(3):
        to = [slow.organisation_id, fast.organisation_id]
        queue.tell(to, WebhookKind.JOB_DONE, {"n": number}, key=str(number), at=now)
    with clock.set_to(now):
        assert deliver_due(WEBHOOKS) == 6
    paths = {each.message_id: each.endpoint.url[-4:] for each in WebhookDelivery.objects.all()}
    came = [(paths[headers["webhook-id"]], json.loads(body)["data"]["n"]) for headers, body in receiver.got]
    assert came == [(path, number) for path in ("fast", "slow") for number in range(3)]


def test_many_that_are_told_at_once_wake_several_workers_and_one_wakes_one(
    receiver, monkeypatch, django_capture_on_commit_callbacks
):
    member, now, woken = market.member(market.provider()), clock.now(), []
    webhook(member, receiver)
    monkeypatch.setattr(publishing, "hand_over", woken.append)
    monkeypatch.setattr(publishing, "jobs_run_inline", lambda: False)
    for number, workers in ((1, 1), (25, 1), (26, 2), (200, 4)):
        woken.clear()
        connection.run_on_commit.clear()
        told = [
            queue.Told(member.organisation_id, WebhookKind.JOB_DONE, {}, f"{number} {each}", now)
            for each in range(number)
        ]
        with django_capture_on_commit_callbacks(execute=True):
            queue.tell_all(told)
            queue.tell_all(told[:1])
        assert woken == ["deliveries.deliver_webhooks"] * workers


def test_a_dispatch_is_not_told_past_its_end(receiver):
    made = give(contracted(), "fixed")
    own = webhook(made.north, receiver)
    with clock.set_to(minute(made, -60)):
        dispatch = issue(made)
    with clock.set_to(dispatch.end):
        assert deliver_due(WEBHOOKS) == 0
    assert own.deliveries.get().state == "lapsed"
    assert receiver.got == []


def test_replayed_it_has_the_same_id_and_body(receiver):
    member = market.member(market.provider())
    own, now = webhook(member, receiver), clock.now()
    for number in (0, 0, 1, 1, 2):
        at = now + timedelta(minutes=number)
        queue.tell([member.organisation_id], WebhookKind.JOB_DONE, {"n": number}, key=str(number), at=at)
    deliver_due(WEBHOOKS)
    assert len(receiver.got) == 3, "told twice by one key, sent once"
    again = endpoints.replay_deliveries(
        by=member, endpoint_id=own.pk, since=now + timedelta(minutes=1), now=now
    )
    deliver_due(WEBHOOKS)
    assert again == 2
    assert [each[1] for each in receiver.got[3:]] == [each[1] for each in receiver.got[1:3]]
    assert [each[0]["webhook-id"] for each in receiver.got[3:]] == [
        each[0]["webhook-id"] for each in receiver.got[1:3]
    ]


def test_nothing_is_told_of_what_was_undone(receiver):
    member = market.member(market.provider())
    webhook(member, receiver)
    with transaction.atomic():
        queue.tell([member.organisation_id], WebhookKind.JOB_DONE, {}, key="undone", at=clock.now())
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists()


def test_who_may_have_which_address_told_of_what(receiver):
    member = market.member(market.provider(), roles=[Role.OPERATIONS])
    account = market.member(member.organisation, roles=[Role.ACCOUNT])
    rival = market.member(market.provider())
    with pytest.raises(NotAllowed):
        webhook(member, receiver)
    own = webhook(account, receiver)
    assert not endpoints.endpoints_of(member).exists()
    assert not endpoints.endpoints_of(rival).exists()
    assert not endpoints.endpoints_of(member, SCOPES).exists(), "it tells more than the program may read"
    with pytest.raises(NotAllowed, match="bids:read"):
        endpoints.add_endpoint(
            by=member, url=f"{receiver.url}/2", kinds=["ballot.recorded"], scopes=SCOPES, now=clock.now()
        )
    for asked in (rival, member):
        with pytest.raises(NotAllowed, match="no such webhook"):
            endpoints.rotate_secret(by=asked, endpoint_id=own.pk, now=clock.now())
    with pytest.raises(Refused, match="there already"):
        webhook(account, receiver)
    mine = endpoints.add_endpoint(
        by=member, url=f"{receiver.url}/2", kinds=["dispatch.issued", "ping"], scopes=SCOPES, now=clock.now()
    )
    assert list(endpoints.endpoints_of(member, SCOPES)) == [mine]


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "http://192.0.2.1/", "https://10.0.0.1/", "ftp://desk.example/"]
)
def test_an_address_that_may_not_be_called_is_not_taken(url, settings):
    settings.WEBHOOK_LOOPBACK = False
    member = market.member(market.provider())
    with pytest.raises(Refused):
        endpoints.add_endpoint(by=member, url=url, kinds=["ping"], now=clock.now())
    assert not WebhookEndpoint.objects.exists()
