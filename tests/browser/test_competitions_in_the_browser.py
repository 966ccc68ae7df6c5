"""The pages of competitions and areas on a phone and on a desk, read by axe."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from competitions.models import Competition, Question
from tests.browser.looks import looked_at
from tests.qualification import market
from tests.support.browser_buyer import buyer  # noqa: F401

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_the_pages_are_accessible_and_fit_the_screen(open_as, buyer):  # noqa: F811
    page = open_as(buyer)
    pages = [
        ("list", []),
        ("competition", ["C1"]),
        ("areas", []),
        ("areas_upload", []),
        ("file", []),
        ("cancel", ["C1"]),
        ("duplicate", ["C1"]),
        ("move", ["C1"]),
    ]
    question = Question.objects.create(
        competition=Competition.objects.get(ref="C1"),
        provider=market.provider(),
        text="May two batteries share a connection?",
        asked_at=timezone.now(),
    )
    pages += [("answer", [question.pk]), ("dps_list", []), ("dps_new", []), ("planning", [])]
    for name, args in pages:
        page.goto(reverse(f"competitions:{name}", args=args))
        looked_at(page, name)


def test_a_demand_series_is_planned_by_and_a_competition_begun(open_as, buyer, tmp_path):  # noqa: F811
    evening = [f"2026-01-{day:02} {hour:02}:{half},{14 if hour == 18 else 8}" for day in range(5, 12) for hour in range(24)
               for half in ("00", "30")]  # fmt: skip
    series = tmp_path / "demand.csv"
    series.write_text("\n".join(["timestamp,MW", *evening]))
    page = open_as(buyer)
    page.goto(reverse("competitions:planning"))
    page.get_by_label("Demand series").set_input_files(series)
    page.get_by_role("button", name="Read the series").click()
    page.get_by_label("Firm capacity").fill("10")
    page.get_by_role("button", name="Propose service windows").click()
    expect(page.get_by_text("7 windows in 1 month; up to 4 MW")).to_be_visible()
    looked_at(page, "plan")
    page.get_by_label("Take January, Sunday 18:00-19:00").uncheck()
    page.get_by_role("button", name="Begin a competition with these").click()
    expect(page.get_by_text("A competition with 6 windows is begun.")).to_be_visible()
    looked_at(page, "plan_begun")


def test_nobody_in_particular_reads_the_list_and_a_competition(buyer, open_as):  # noqa: F811
    page = open_as(None)
    page.goto(reverse("competitions:list"))
    looked_at(page, "public-list")
    page.get_by_role("link", name="C1", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Evening peak")
    looked_at(page, "public-competition")


def test_a_competition_is_set_up_by_page_published_and_shown_on_the_map(open_as, buyer):  # noqa: F811
    page = open_as(buyer)
    page.goto(reverse("competitions:list"))
    page.get_by_role("link", name="New competition").click()
    texts = {"ref": "PAGE1", "name": "Made by page"}
    texts |= {
        key: f"{day}T12:00"
        for key, day in (
            ("publish_on", "2090-01-01"),
            ("qualification_open", "2090-01-05"),
            ("qualification_close", "2090-01-19"),
            ("bidding_open", "2090-01-21"),
            ("bidding_close", "2090-01-23"),
        )
    }
    for key, text in texts.items():
        page.locator(f"[name={key}]").fill(text)
    chosen = {"need_type": "Pre Fault", "power_type": "Active Power", "need_direction": "Deficit"}
    for key, label in (chosen | {"competition_type": "Utilisation"}).items():
        page.locator(f"[name={key}]").select_option(label)
    looked_at(page, "typed-header")
    page.get_by_role("button", name="go on to the boundary").click()
    _draw_the_boundary(page)
    _draw_a_window(page)
    page.get_by_role("button", name="Go on to the review").click()
    expect(
        page.get_by_text("This makes 1 competition visible to providers: on 1 January 2090")
    ).to_be_visible()
    looked_at(page, "typed-review")
    page.get_by_label("I want providers to see it then.").check()
    page.get_by_role("button", name="Save the competition").click()
    expect(page.get_by_text("Draft", exact=True)).to_be_visible()
    page.get_by_role("link", name="Publish now").click()
    expect(page.get_by_text("This makes 1 competition visible to providers: at once.")).to_be_visible()
    looked_at(page, "publish")
    page.get_by_role("button", name="Publish it now").click()
    expect(page.get_by_text("Announced", exact=True)).to_be_visible()
    looked_at(page, "typed-competition")
    _find_it_on_the_map(open_as(None))


def _draw_the_boundary(page: Page) -> None:
    """An area by its place on the map, a box with the mouse."""
    expect(page.locator("[data-drawn]")).to_be_visible()
    on_map = page.locator("[data-map]").bounding_box()
    assert on_map is not None
    middle = (on_map["x"] + on_map["width"] / 2, on_map["y"] + on_map["height"] / 2)
    page.locator("[data-map]").scroll_into_view_if_needed()
    page.locator("[data-map]").click()
    expect(page.get_by_role("checkbox", name="MONKTONHALL")).to_be_checked()
    page.get_by_role("button", name="Draw a box").click()
    on_map = page.locator("[data-map]").bounding_box()
    assert on_map is not None
    middle = (on_map["x"] + on_map["width"] / 2, on_map["y"] + on_map["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1] + 50, steps=4)
    page.mouse.up()
    north = float(page.locator("#box-1-north").input_value())
    assert 55.8 < float(page.locator("#box-1-south").input_value()) < north < 56.1
    expect(page.get_by_role("button", name="Draw a box")).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("checkbox", name="MONKTONHALL")).to_be_checked()
    page.locator("#id_postcodes").fill("eh218re")
    looked_at(page, "typed-boundary")
    page.get_by_role("button", name="go on to the windows").click()


def _draw_a_window(page: Page) -> None:
    """Days and hours with the keys, then once more with the mouse; the inputs follow."""
    cell = page.get_by_role("gridcell", name="Monday 08:00")
    cell.focus()
    for key in ["ArrowDown"] * 16 + [" "] + ["ArrowRight"] * 4 + ["ArrowDown"] * 7 + [" "]:
        page.keyboard.press(key)
    expect(page.locator(".week-said")).to_contain_text(
        "Monday, Tuesday, Wednesday, Thursday, Friday: 16:00 to 20:00"
    )
    page.get_by_role("gridcell", name="Tuesday 06:00").hover()
    page.mouse.down()
    page.get_by_role("gridcell", name="Wednesday 08:30").hover()
    page.mouse.up()
    assert page.locator("[name=weekdays]:checked").evaluate_all("all => all.map(one => one.value)") == [
        "Tuesday",
        "Wednesday",
    ]
    assert [page.locator(f"[name={name}]").input_value() for name in ("start", "end")] == ["06:00", "09:00"]
    typed = {"period": "March", "first_day": "2090-03-01", "last_day": "2090-03-31", "name": "Early"}
    for key, text in (typed | {"capacity_required_mw": "1.5"}).items():
        page.locator(f"[name={key}]").fill(text)
    looked_at(page, "typed-windows")
    page.get_by_role("button", name="Add the window").click()
    expect(page.get_by_role("cell", name="Tuesday, Wednesday")).to_be_visible()


def _find_it_on_the_map(page: Page) -> None:
    """Nobody in particular narrows the list, and the map with it, by typing; the address then says so."""
    page.goto(reverse("competitions:list"))
    page.get_by_label("Ref, name, area or postcode").fill("page1")
    expect(page.get_by_role("status").filter(has_text="competition")).to_have_text("1 competition")
    page.wait_for_url("**search=page1**")
    expect(page.locator("[data-live-map][data-drawn='1']")).to_be_visible()
    page.locator("#found [data-ref]").hover()
    expect(page.locator("[data-live-map][data-pointed='PAGE1']")).to_be_visible()
    page.locator("[data-live-map]").click()
    expect(page.locator(".leaflet-popup")).to_contain_text("Made by page")
    looked_at(page, "typed-map")
