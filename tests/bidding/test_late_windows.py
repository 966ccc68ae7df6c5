"""A ballot of many windows: the lines of folded periods come when they are opened, and count as blank before."""

from datetime import date, timedelta
from datetime import time as clock_time
from decimal import Decimal

import pytest
from django.urls import reverse

from bidding.models import Bid
from competitions.models import ServicePeriod, ServiceWindow
from tests.bidding.market import AFTER, BIDDING, at, market
from tests.support.bidding_pages import get, post

pytestmark = pytest.mark.django_db
PERIODS, EACH = 5, 12


def wide():
    """A market whose competition has five months of twelve windows."""
    here = market()
    here.competition.periods.all().delete()
    for month in range(PERIODS):
        first = date(2027, 1, 1) + timedelta(days=31 * month)
        period = ServicePeriod.objects.create(
            competition=here.competition,
            name=f"Month {month + 1}",
            first_day=first,
            last_day=first + timedelta(days=27),
        )
        ServiceWindow.objects.bulk_create(
            ServiceWindow(
                competition=here.competition,
                period=period,
                name=f"W{number}",
                weekdays=[1],
                start=clock_time(number),
                end=clock_time(number + 1),
                capacity_required_mw=Decimal(5),
                minimum_aggregate_mw=Decimal(0),
                minimum_run_time=timedelta(hours=1),
                available_minutes=60,
                position=number,
            )
            for number in range(EACH)
        )
    here.windows = list(
        here.competition.windows.select_related("period").order_by("period__first_day", "position")
    )
    return here


def line(number, window, capacity, price="90"):
    return {
        f"row-{number}-window": str(window.pk),
        f"row-{number}-capacity": capacity,
        f"row-{number}-run_time": "1:00",
        f"row-{number}-utilisation_price": price,
    }


def shown(page) -> int:
    return page.content.decode().count('data-c="capacity"')


def fetch(client, here, query, now=BIDDING):
    client.force_login(here.north.user)
    with at(now):
        return client.get(reverse("bidding:windows_new", args=[here.competition.pk]) + query)


def test_a_long_ballot_opens_with_the_lines_of_its_first_period(client):
    here = wide()
    page = get(client, here.north, "new", here.competition.pk)
    assert shown(page) == EACH
    assert [period.is_late for period in page.context["grid"].periods] == [False, True, True, True, True]
    assert (page.context["grid"].window_count, len(page.context["form"].rows)) == (60, 60)


def test_a_short_ballot_has_all_its_lines(client):
    here = market()
    page = get(client, here.north, "new", here.competition.pk)
    assert not page.context["grid"].has_late
    assert b'name="late"' not in page.content


def test_the_lines_fetched_are_those_that_the_page_left_out(client):
    here = wide()
    page = get(client, here.north, "new", here.competition.pk)
    whole = post(
        client, here.north, "again_new", {"choice": "all", "late": "1", "open": "all"}, here.competition.pk
    )
    fetched = fetch(client, here, "?late=2.12&late=5.48")
    assert (shown(page), shown(fetched), shown(whole)) == (12, 24, 60)
    text = fetched.content.decode()
    for number, window in [*enumerate(here.windows[12:24], 12), *enumerate(here.windows[48:], 48)]:
        assert f'name="row-{number}-window" value="{window.pk}"' in text
    assert str(here.windows[24].pk) not in text


def test_windows_never_opened_are_not_bid_and_come_back_as_blank_lines(client):
    here = wide()
    data = {"label": "1", "choice": "all", "late": "1"}
    data |= line(3, here.windows[3], "1.5") | line(30, here.windows[30], "2")
    checked = post(client, here.north, "check_new", data, here.competition.pk)
    assert [bid.window_id for _, bid, _ in checked.context["bids"]] == [
        here.windows[3].pk,
        here.windows[30].pk,
    ]
    wrong = post(
        client, here.north, "check_new", data | line(30, here.windows[30], "999"), here.competition.pk
    )
    form, grid = wrong.context["form"], wrong.context["grid"]
    assert len(form.rows) == 60
    assert {row.window for row in form.rows} == {window.pk for window in here.windows}
    assert [period.is_late for period in grid.periods] == [False, True, False, True, True]
    assert grid.error_count == 1
    post(client, here.north, "place_new", data, here.competition.pk)
    assert set(Bid.objects.values_list("window", flat=True)) == {here.windows[3].pk, here.windows[30].pk}


def test_a_price_typed_without_a_capacity_keeps_its_period_on_the_page(client):
    here = wide()
    data = {"label": "1", "choice": "all", "late": "1"} | line(30, here.windows[30], "", price="77")
    page = post(client, here.north, "again_new", data, here.competition.pk)
    assert [period.is_late for period in page.context["grid"].periods] == [False, True, False, True, True]


def test_copying_without_a_script_reaches_windows_never_opened(client):
    here = wide()
    data = {"label": "1", "choice": "all", "late": "1"} | line(0, here.windows[0], "1.5")
    client.force_login(here.north.user)
    with at(BIDDING):
        url = reverse("bidding:copy_new", args=[here.competition.pk, here.windows[0].pk])
        page = client.post(url, data)
    assert [row.texts["capacity"] for row in page.context["form"].rows] == ["1.5"] * 60


def test_a_repair_finds_its_line_by_its_number(client):
    here = wide()
    data = {"label": "1", "choice": "all", "late": "1", "repair": "row-30-capacity=5"}
    data |= line(0, here.windows[0], "1") | line(30, here.windows[30], "999")
    page = post(client, here.north, "again_new", data, here.competition.pk)
    assert [row.texts["capacity"] for row in page.context["form"].rows[:2]] == ["1", "5"]


@pytest.mark.parametrize("query", ["", "?late=", "?late=x", "?late=99.0", "?late=2", "?late=-1.5"])
def test_an_address_that_names_no_period_fetches_nothing(client, query):
    here = wide()
    answer = fetch(client, here, query)
    assert (answer.status_code, shown(answer)) == (200, 0)


def test_after_the_close_and_for_others_no_lines_are_fetched(client):
    here = wide()
    assert fetch(client, here, "?late=2.12", now=AFTER).status_code == 409
    client.force_login(here.buyer.user)
    with at(BIDDING):
        assert client.get(reverse("bidding:windows_new", args=[here.competition.pk])).status_code == 404
