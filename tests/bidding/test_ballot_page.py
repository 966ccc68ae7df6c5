"""The page on which a ballot is worded: defaults, copies, what it could earn, and its history."""

import json
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from bidding.domain.ballots.submitting import withdraw_ballot
from bidding.domain.recommendation.costs import TICKS, bid_cost
from bidding.models import Ballot, Receipt
from tests.bidding.market import AFTER, BIDDING, at, bid, enter, market
from tests.qualification import market as base
from tests.support.ballots import place
from tests.support.bidding_pages import get, post, sent, text_of

pytestmark = pytest.mark.django_db


def rows_of(page) -> list[dict[str, str]]:
    """What stands in the lines of the shown form."""
    fields = ("capacity", "run_time", "utilisation_price")
    return [{name: row.texts[name] for name in fields} for row in page.context["form"].rows]


def asked(client, member, name, *arguments, query=""):
    client.force_login(member.user)
    with at(BIDDING):
        return client.get(reverse(f"bidding:{name}", args=arguments) + query, follow=True)


def with_run_time(here, number, hours):
    here.windows[number].minimum_run_time = timedelta(hours=hours)
    here.windows[number].save()


def test_a_line_starts_with_its_windows_minimum_run_time(client):
    here = market()
    with_run_time(here, 1, 3)
    assert [row["run_time"] for row in rows_of(get(client, here.north, "new", here.competition.pk))] == [
        "",
        "3:00",
    ]


def test_a_ballot_may_start_with_all_capacity_that_is_in_no_other(client):
    here = market(minimum_mw=("0", "3.5"))
    here.windows[0].capacity_required_mw = Decimal(4)
    here.windows[0].save()
    page = asked(client, here.north, "new", here.competition.pk, query="?fill=limits")
    assert [row["capacity"] for row in rows_of(page)] == ["4", "6"]
    place(here, bids=[bid(here.windows[0])], refs=["N3"])
    page = asked(client, here.north, "new", here.competition.pk, query="?fill=limits")
    assert [row["capacity"] for row in rows_of(page)] == ["3", ""]


def test_a_line_is_copied_to_the_windows_without_capacity_as_it_fits_them(client):
    here = market(minimum_mw=("0", "0", "0", "50"))
    with_run_time(here, 1, 3)
    here.windows[1].capacity_required_mw = Decimal("1.5")
    here.windows[1].save()
    data = sent(here, (0, "2.5", "10.50"), (1, "", ""), (2, "1", "99"), (3, "", ""))
    shown = post(client, here.north, "copy_new", data, here.competition.pk, here.windows[0].pk)
    assert rows_of(shown) == [
        {"capacity": "2.5", "run_time": "2:00", "utilisation_price": "10.50"},
        {"capacity": "1.5", "run_time": "3:00", "utilisation_price": "10.50"},
        {"capacity": "1", "run_time": "2:00", "utilisation_price": "99"},
        {"capacity": "", "run_time": "2:00", "utilisation_price": ""},
    ]
    assert not Ballot.objects.exists()


def test_a_copy_offers_no_more_than_the_chosen_assets_have(client):
    here = market(minimum_mw=("0", "0"))
    data = sent(here, (0, "2.5", "10"), (1, "", ""), choice="some", assets=here.ids("N1"))
    shown = post(client, here.north, "copy_new", data, here.competition.pk, here.windows[0].pk)
    assert [row["capacity"] for row in rows_of(shown)] == ["2.5", "1"]


def test_what_can_not_be_read_is_not_copied(client):
    here = market(minimum_mw=("0", "0"))
    data = sent(here, (0, "two", "10"), (1, "", ""))
    shown = post(client, here.north, "copy_new", data, here.competition.pk, here.windows[0].pk)
    assert [(row["capacity"], row["utilisation_price"]) for row in rows_of(shown)] == [
        ("two", "10"),
        ("", "10"),
    ]


def test_a_ballot_starts_from_one_of_an_earlier_competition(client):
    before = market(minimum_mw=("0", "0"))
    place(
        before,
        bids=[
            bid(before.windows[0], "5", "11"),
            bid(before.windows[0], "1", "12"),
            bid(before.windows[1], "3", "13"),
        ],
    )
    later = base.competition(before.buyer.organisation, minimum_mw=("0", "0"))
    enter(later, before.north.organisation)
    first = later.windows.order_by("position")[0]
    first.capacity_required_mw = Decimal("5.5")
    first.save()
    page = asked(client, before.north, "new", later.pk, query=f"?from={Ballot.objects.get().pk}")
    assert [(row["capacity"], row["utilisation_price"]) for row in rows_of(page)] == [
        ("5", "11"),
        ("0.5", "12"),
        ("3", "13"),
    ]


def test_nobody_starts_from_another_companys_ballot(client):
    here = market()
    place(here, bids=[bid(here.windows[0])])
    page = asked(client, here.south, "new", here.competition.pk, query=f"?from={Ballot.objects.get().pk}")
    assert page.status_code == 404
    assert "Start from an earlier ballot" not in text_of(get(client, here.south, "new", here.competition.pk))
    assert asked(client, here.north, "new", here.competition.pk, query="?from=nonsense").status_code == 404


def test_a_line_for_a_window_of_another_competition_is_refused(client):
    here = market()
    other = base.competition(here.buyer.organisation, minimum_mw=("0",))
    shown = post(client, here.north, "split_new", sent(here), here.competition.pk, other.windows.get().pk)
    assert shown.status_code == 404


def test_the_page_tells_what_a_ballot_could_earn_before_it_is_placed(client):
    here = market(minimum_mw=("0", "0"))
    window = here.windows[0]
    window.dispatch_estimate, window.dispatch_duration = 7, timedelta(minutes=100)
    window.save()
    data = sent(here, (0, "2.5", "10.50"), (0, "0.333333", "12"))
    shown = post(client, here.north, "check_new", data, here.competition.pk)
    assert [cost for _, _, cost in shown.context["bids"]] == [Decimal("306.25"), Decimal("46.67")]
    assert "£352.92" in text_of(shown)
    assert "utilisation not estimated" not in text_of(shown)
    shown = post(client, here.north, "check_new", sent(here, (1, "1", "10")), here.competition.pk)
    assert "£0.00 utilisation not estimated" in text_of(shown)


def test_the_browser_works_with_the_same_weights_as_the_formula(client):
    here = market(minimum_mw=("0",))
    window = here.windows[0]
    window.dispatch_estimate, window.dispatch_duration = 7, timedelta(minutes=100)
    window.save()
    window.refresh_from_db()
    group = get(client, here.north, "new", here.competition.pk).context["grid"].windows[0]
    ticks = json.loads(json.dumps(group.ticks))
    for name, weight in ticks.items():
        prices = dict.fromkeys(("availability_price", "utilisation_price", "service_fee")) | {
            name: Decimal(3600)
        }
        cost = bid_cost(
            capacity_mw=Decimal(1),
            available_minutes=window.available_minutes,
            dispatch_estimate=7,
            dispatch_duration=timedelta(minutes=100),
            **prices,
        )
        assert cost == Decimal(3600) * weight / TICKS > 0


def test_what_was_typed_can_be_typed_on_from_the_page_that_asks(client):
    here = market()
    data = sent(here, (0, "2.5", "10.50"), (0, "not yet", "12"), choice="some", assets=here.ids("N1"))
    page = post(client, here.north, "again_new", data, here.competition.pk)
    assert [row["capacity"] for row in rows_of(page)] == ["2.5", "not yet"]
    assert page.context["form"]["assets"].value() == data["assets"]
    assert not Ballot.objects.exists()


def test_an_address_that_is_posted_to_leads_a_reader_to_the_form(client):
    here = market()
    ballot = place(here, bids=[bid(here.windows[0])]).ballot
    for name in ("check", "place", "again"):
        assert asked(client, here.north, f"{name}_new", here.competition.pk).redirect_chain == [
            (reverse("bidding:new", args=[here.competition.pk]), 302)
        ]
        assert asked(client, here.north, name, here.competition.pk, ballot.pk).redirect_chain == [
            (reverse("bidding:edit", args=[ballot.pk]), 302)
        ]


def test_what_the_browser_keeps_is_another_ballot_once_this_one_is_recorded(client):
    here = market()
    fresh = get(client, here.north, "new", here.competition.pk).context["draft"]
    ballot = place(here, bids=[bid(here.windows[0])]).ballot
    first = get(client, here.north, "edit", ballot.pk).context["draft"]
    place(here, bids=[bid(here.windows[1])], at_=BIDDING + timedelta(minutes=1))
    second = get(client, here.north, "edit", ballot.pk).context["draft"]
    again = get(client, here.north, "new", here.competition.pk).context["draft"]
    assert len({fresh, first, second, again}) == 4


def test_whoever_would_undo_a_colleagues_change_is_warned(client):
    here = market()
    ballot = place(here, bids=[bid(here.windows[0])]).ballot
    opened = get(client, here.north, "edit", ballot.pk).context["seen"]
    data = sent(here, (0, "1", "10")) | {"seen": opened}
    warning = "after you opened it"
    alone = post(client, here.north, "check", data, here.competition.pk, ballot.pk)
    assert "Nothing is recorded yet" in text_of(alone)
    assert warning not in text_of(alone)
    place(here, bids=[bid(here.windows[1])], at_=BIDDING + timedelta(minutes=1))
    overtaken = post(client, here.north, "check", data, here.competition.pk, ballot.pk)
    assert warning in text_of(overtaken)
    typed_on = post(client, here.north, "again", data, here.competition.pk, ballot.pk)
    assert typed_on.context["seen"] == opened


def test_the_page_tells_which_assets_are_in_another_ballot_already(client):
    here = market()
    place(here, bids=[bid(here.windows[0])], refs=["N1"])
    page = text_of(get(client, here.north, "new", here.competition.pk))
    assert re.findall(r"(N\d) \([\d.]+ MW\), in ballot 1", page) == ["N1"]


def test_the_history_tells_every_version_newest_first(client):
    here = market()
    place(here, bids=[bid(here.windows[0], "1", "10"), bid(here.windows[1], "2", "20")])
    place(here, bids=[bid(here.windows[0], "1", "10"), bid(here.windows[1], "2.5", "20")])
    with at(BIDDING):
        withdraw_ballot(by=here.north, competition=here.competition, label="1", now=BIDDING)
    ballot = Ballot.objects.get()
    shown = get(client, here.north, "history", ballot.pk)
    versions = list(shown.context["page"])
    assert [each.number for each in versions] == [3, 2, 1]
    assert [[action for action, _ in each.changes] for each in versions] == [
        ["withdrawn", "withdrawn"],
        ["changed"],
        ["placed", "placed"],
    ]
    assert [[bid["capacity_mw"] for bid in each.bids] for each in versions] == [[], ["1", "2.5"], ["1", "2"]]
    assert versions[0].changes[1][1]["capacity_mw"] == "2.5"
    assert Receipt.objects.count() == 5
    assert "Version 3: withdrawn" in text_of(shown)


def test_the_history_of_a_ballot_is_its_companys_alone(client):
    here = market()
    place(here, bids=[bid(here.windows[0])])
    ballot = Ballot.objects.get()
    for other in (here.south, here.buyer):
        assert get(client, other, "history", ballot.pk).status_code == 404
    assert get(client, here.south, "history", ballot.pk, now=AFTER).status_code == 404
