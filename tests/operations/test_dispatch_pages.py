"""The pages of dispatches: the desk calls, the provider answers, and what each sees of it."""

import re
from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from competitions.models import Competition
from contracts.models import Contract
from marketplace import clock
from operations.domain.dispatching import acknowledge_dispatch, amend_dispatch, stop_dispatch
from operations.enums import DispatchState
from operations.models import Dispatch, MessageReceipt
from tests.accounts import people as people_of_accounts
from tests.operations.scene import HALF, MINUTE, act, browser, contracted, issue, minute
from tests.support.running_contract import an_hour_before_service

pytestmark = pytest.mark.django_db
HOME = "operations:dispatch_home"
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def once(module_database):
    return contracted()


@pytest.fixture
def scene(once, settings):
    settings.CACHES = people_of_accounts.own_cache()
    with an_hour_before_service(once) as made:
        made.desk, made.own = browser(made.buyer), browser(made.north)
        yield made


def day_of(made):
    return made.service.start.astimezone(made.buyer.organisation.zone).date().isoformat()


def panel(made):
    return made.desk.get(reverse(HOME), {"day": day_of(made), "contract": str(made.contract.pk)})


def typed(page, **changes):
    """What the form of the panel holds, with what the preview told."""
    form, preview = page.context["form"], page.context["preview"]
    zone = page.context["zone"]
    return {
        "day": form.day.isoformat(),
        "contract": str(form.contract.pk),
        "mw": str(preview.mw),
        "start": f"{preview.start.astimezone(zone):%H:%M}",
        "end": f"{preview.end.astimezone(zone):%H:%M}",
        "kind": "operational",
        "ref": form["ref"].value(),
        "seen": preview.digest,
        **({"anyway": "on"} if preview.warnings else {}),
        **changes,
    }


def send(made, data):
    return made.desk.post(reverse("operations:send_dispatch", args=[made.contract.pk]), data)


def test_the_desk_shows_a_contracts_window_and_offers_what_can_be_called(scene):
    page = panel(scene)
    assert page.status_code == 200
    (lane,) = [each for each in page.context["desk"].lanes if each.contract.pk == scene.contract.pk]
    assert (lane.word, lane.is_on) == ("Ready", True)
    assert page.context["preview"].mw == 1
    text = page.content.decode()
    assert "Costs about" in text
    assert "Send 1 MW" in text


def test_what_was_seen_is_sent_with_one_click_and_twice_it_is_one(scene):
    data = typed(panel(scene), reason="Overload")
    answer = send(scene, data)
    assert answer.status_code == 302
    again = send(scene, data)
    assert again.status_code in (302, 422)
    dispatch = Dispatch.objects.get()
    assert (dispatch.ref, dispatch.reason, dispatch.mw) == (data["ref"], "Overload", 1)
    shown = panel(scene)
    assert dispatch.ref in shown.content.decode()


def test_what_was_not_seen_is_shown_first_and_not_sent(scene):
    page = send(scene, typed(panel(scene), mw="0.5"))
    assert page.status_code == 422
    assert "Not sent yet: this is what it comes to now." in page.content.decode()
    assert not Dispatch.objects.exists()
    assert send(scene, typed(page)).status_code == 302
    assert Dispatch.objects.get().mw == HALF


def test_of_a_contract_that_serves_all_day_the_desk_of_a_day_offers_an_hour_of_that_day(scene):
    Contract.objects.filter(pk=scene.contract.pk).update(
        start=time(), end=time(), weekdays=[0, 1, 2, 3, 4, 5, 6], end_day=scene.contract.end_day + 9 * DAY
    )
    zone = scene.buyer.organisation.zone
    tomorrow = scene.service.start.astimezone(zone).date() + DAY
    page = scene.desk.get(reverse(HOME), {"day": tomorrow.isoformat(), "contract": str(scene.contract.pk)})
    offered = page.context["preview"].start.astimezone(zone)
    assert (offered.date(), offered.time()) == (tomorrow, time())


@pytest.mark.parametrize("mw", ["NaN", "Infinity", "-1", "1e30", "0.0000001", "x", "", "0"])
def test_an_amount_that_is_none_gets_a_sentence(scene, mw):
    page = send(scene, typed(panel(scene), mw=mw))
    assert page.status_code == 422
    assert 'class="errors"' in page.content.decode()
    assert not Dispatch.objects.exists()


def test_the_preview_says_every_limit_that_is_broken(scene):
    data = typed(panel(scene), mw="2")
    url = reverse("operations:check_dispatch", args=[scene.contract.pk])
    text = scene.desk.post(url, data).content.decode()
    assert "1 MW are accepted and available" in text
    assert "disabled" in text


def test_the_provider_acknowledges_on_its_first_page(scene):
    dispatch = issue(scene)
    page = scene.own.get(reverse(HOME))
    assert page.context["desk"].title == "1 dispatch waits for your answer"
    answer = scene.own.post(
        reverse("operations:acknowledge", args=[dispatch.pk]), {"from": "desk"}, follow=True
    )
    assert answer.context["desk"].title == "No dispatch waits for your answer"
    dispatch.refresh_from_db()
    assert dispatch.state == DispatchState.ACKNOWLEDGED


def test_the_provider_declines_with_a_reason_that_the_operator_reads(scene):
    dispatch = issue(scene)
    url = reverse("operations:decline", args=[dispatch.pk])
    assert scene.own.post(url, {"reason": ""}).status_code == 422
    assert scene.own.post(url, {"reason": "Breaker open"}).status_code == 302
    page = scene.desk.get(reverse("operations:dispatch", args=[dispatch.pk]))
    assert "Breaker open" in page.content.decode()
    assert page.context["page"].words.word == "Declined"


def test_the_page_shows_trail_and_delivery_by_channel_with_seconds(scene):
    dispatch = issue(scene)
    url = reverse("operations:dispatch", args=[dispatch.pk])
    before = scene.desk.get(url).context["page"]
    assert next(way.state for way in before.delivered[0].ways) == "Not opened yet"
    with clock.set_to(clock.now() + timedelta(seconds=3)):
        scene.own.get(url)
    page = scene.desk.get(url).context["page"]
    assert next((way.channel, way.state, way.after) for way in page.delivered[0].ways) == (
        "Page",
        "Received",
        "after 3.0 s",
    )
    assert MessageReceipt.objects.count() == 1
    assert page.trail[0].text.startswith("Sent by ")


def test_the_operators_own_look_is_no_receipt(scene):
    dispatch = issue(scene)
    scene.desk.get(reverse("operations:dispatch", args=[dispatch.pk]))
    assert not MessageReceipt.objects.exists()


def test_live_parts_answer_nothing_until_something_happens(scene):
    dispatch = issue(scene)
    pages = [
        (scene.own, reverse("operations:provider_live")),
        (scene.own, reverse("operations:dispatch_live", args=[dispatch.pk])),
        (scene.desk, reverse("operations:dispatch_live", args=[dispatch.pk])),
        (scene.desk, reverse("operations:desk_live") + f"?day={day_of(scene)}"),
    ]
    for client, url in pages:
        client.get(url)
        seen = re.search(r'name="seen" value="([^"]+)"', client.get(url).content.decode()).group(1)
        assert client.get(url, {"seen": seen, "day": day_of(scene)}).status_code == 204
        with clock.set_to(clock.now() + 2 * MINUTE):
            assert client.get(url, {"seen": seen, "day": day_of(scene)}).status_code == 200
    act(acknowledge_dispatch, scene.north, dispatch)
    assert "Acknowledged" in scene.desk.get(pages[3][1]).content.decode()


def test_amend_and_stop_from_the_page(scene):
    dispatch = issue(scene)
    act(acknowledge_dispatch, scene.north, dispatch)
    zone = scene.buyer.organisation.zone
    with clock.set_to(minute(scene, 5)):
        url = reverse("operations:amend", args=[dispatch.pk])
        change = {
            "mw": "1",
            "since": f"{minute(scene, 20).astimezone(zone):%H:%M}",
            "end": f"{minute(scene, 60).astimezone(zone):%H:%M}",
        }
        assert scene.desk.get(url).status_code == 200
        assert scene.desk.post(url, change).status_code == 302
        page = scene.own.get(reverse("operations:dispatch", args=[dispatch.pk])).context["page"]
        assert [each.number for each in page.amendments] == [2]
        answer = scene.own.post(reverse("operations:acknowledge", args=[dispatch.pk]), {"amendment": "2"})
        assert answer.status_code == 302
    with clock.set_to(minute(scene, 30)):
        page = scene.desk.get(reverse("operations:stop", args=[dispatch.pk]))
        assert page.status_code == 200
        scene.desk.post(reverse("operations:stop", args=[dispatch.pk]), {"reason": "Fault repaired"})
        shown = scene.own.get(reverse("operations:dispatch", args=[dispatch.pk])).context["page"]
    assert shown.words.word == "Stopped"
    assert [str(each.mw) for each in shown.standing.pieces] == ["1/2", "1"]


def test_a_dispatch_that_has_not_begun_is_cancelled_after_a_question(scene):
    dispatch = issue(scene)
    url = reverse("operations:cancel", args=[dispatch.pk])
    assert "can't be undone" in scene.desk.get(url).content.decode()
    scene.desk.post(url, {"reason": ""})
    dispatch.refresh_from_db()
    assert dispatch.state == DispatchState.CANCELLED


def test_an_emergency_stop_names_what_runs_and_turns_the_providers_page_red(scene):
    dispatch = issue(scene)
    act(acknowledge_dispatch, scene.north, dispatch)
    url = reverse("operations:emergency_stop")
    assert "No dispatch is running" in scene.desk.get(url).content.decode()
    with clock.set_to(minute(scene, 10)):
        text = scene.desk.get(url).content.decode()
        assert dispatch.ref in text
        assert "0.5 MW" in text
        scene.desk.post(url, {"dispatch": [str(dispatch.pk)], "reason": "Fire"})
        page = scene.own.get(reverse(HOME))
        assert page.context["desk"].title == "Emergency stop: stop delivering now"
        assert "is-alarm" in page.content.decode()
        for _ in range(2):
            scene.own.post(reverse("operations:acknowledge_stop", args=[dispatch.pk]), {"from": "desk"})
        assert "is-alarm" not in scene.own.get(reverse(HOME)).content.decode()
        assert MessageReceipt.objects.filter(kind="acknowledged").count() == 1


def test_nobody_else_sees_a_dispatch_or_that_there_is_one(scene):
    south = browser(scene.south)
    empty = {url: south.get(url).content for url in (reverse(HOME), reverse("operations:dispatches"))}
    dispatch = issue(scene)
    stripped = re.compile(rb'name="seen" value="[^"]*"|\b[A-Za-z0-9]{64}\b')
    for url, before in empty.items():
        assert stripped.sub(b"", south.get(url).content) == stripped.sub(b"", before)
    for name in ("dispatch", "dispatch_live", "decline"):
        assert south.get(reverse(f"operations:{name}", args=[dispatch.pk])).status_code == 404
    assert south.post(reverse("operations:acknowledge", args=[dispatch.pk])).status_code == 404
    own = reverse("operations:dispatch", args=[dispatch.pk])
    assert own not in south.get(reverse("search"), {"q": dispatch.ref}).content.decode()
    assert own in scene.desk.get(reverse("search"), {"q": dispatch.ref}).content.decode()


def test_the_list_narrows_and_downloads(scene):
    dispatch, _ = issue(scene), issue(scene, start=30, end=60)
    act(acknowledge_dispatch, scene.north, dispatch)
    url = reverse("operations:dispatches")
    assert scene.desk.get(url).context["listing"].count == 2
    assert scene.desk.get(url, {"state": "acknowledged"}).context["listing"].count == 1
    assert scene.desk.get(url, {"show": "waiting"}).context["listing"].count == 1
    file = scene.desk.get(url, {"download": "csv"}).content.decode("utf-8-sig")
    assert dispatch.ref in file


def test_pages_ask_no_more_for_more_dispatches(scene, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def counted(client, url):
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as found:
            client.get(url)
        return len(found)

    issue(scene, start=0, end=15)
    urls = [
        (scene.desk, f"{reverse(HOME)}?day={day_of(scene)}"),
        (scene.own, reverse(HOME)),
        (scene.desk, reverse("operations:dispatches")),
        (scene.own, reverse("operations:dispatches")),
    ]
    few = [counted(*each) for each in urls]
    for place in range(1, 4):
        issue(scene, start=15 * place, end=15 * place + 15)
    assert [counted(*each) for each in urls] == few


def test_the_form_of_an_amendment_says_what_is_refused(scene):
    dispatch = issue(scene)
    act(acknowledge_dispatch, scene.north, dispatch)
    with clock.set_to(minute(scene, 5)), pytest.raises(Exception, match="accepted and available"):
        act(
            amend_dispatch,
            scene.buyer,
            dispatch,
            mw=2 * HALF + 1,
            since=minute(scene, 20),
            end=minute(scene, 60),
        )
    with clock.set_to(minute(scene, 5)):
        page = scene.desk.post(
            reverse("operations:amend", args=[dispatch.pk]), {"mw": "2", "since": "00:00", "end": "00:00"}
        )
        assert page.status_code == 422


def test_what_is_over_can_be_neither_stopped_nor_amended(scene):
    dispatch = issue(scene)
    act(acknowledge_dispatch, scene.north, dispatch)
    with clock.set_to(minute(scene, 31)):
        page = scene.desk.get(reverse("operations:dispatch", args=[dispatch.pk])).context["page"]
        assert (page.can_amend, page.can_cancel, page.can_stop) == (False, False, False)
        with pytest.raises(Exception, match="over"):
            act(stop_dispatch, scene.buyer, dispatch)


def test_a_plan_is_shown_before_it_is_sent_and_only_what_was_shown_can_be(scene):
    page = scene.desk.get(reverse("operations:plan"))
    zone = scene.buyer.organisation.zone
    asked = {
        "among": page.context["form"].fields["among"].choices[0][0],
        "mw": "0.4",
        "day": day_of(scene),
        "start": f"{minute(scene, 0).astimezone(zone):%H:%M}",
        "end": f"{minute(scene, 30).astimezone(zone):%H:%M}",
        "kind": "operational",
    }
    shown = scene.desk.get(reverse("operations:plan"), asked)
    assert shown.status_code == 200
    assert [str(each.mw) for each in shown.context["filled"].calls] == ["0.400000"]
    assert not Dispatch.objects.exists()
    send_plan = reverse("operations:send_plan")
    assert scene.desk.post(send_plan, {"plan": shown.context["signed"][:-3]}).status_code == 302
    assert not Dispatch.objects.exists(), "a plan that was changed on the way is not sent"
    for _ in range(2):
        scene.desk.post(send_plan, {"plan": shown.context["signed"], "anyway": "on"})
    assert str(Dispatch.objects.get().mw) == "0.400000"


def test_the_desk_counts_active_and_reactive_power_apart(scene):
    issue(scene)
    desk = panel(scene).context["desk"]
    assert [(each.unit, each.energy) for each in desk.powers] == [("MW", "0.25")]
    Competition.objects.filter(pk=scene.contract.competition_id).update(power_type="reactive")
    second = Contract.objects.exclude(pk=scene.contract.pk).get()
    other = Competition.objects.get(pk=second.competition_id)
    other.pk, other.ref, other._state.adding, other.power_type = uuid4(), "ACTIVE", True, "active"
    other.save(force_insert=True)
    Contract.objects.filter(pk=second.pk).update(competition=other)
    shown = panel(scene)
    powers = [(each.unit, each.energy) for each in shown.context["desk"].powers]
    assert powers == [("MW", "0"), ("MVAr", "0.25")]
    assert "MVArh" in shown.content.decode()
