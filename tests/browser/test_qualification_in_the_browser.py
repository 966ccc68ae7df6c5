"""The pages of assets and entries on a phone and on a desk, read by axe; verdicts that change under one's
eyes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from competitions.models import Area
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.meters.lists import replace_meters
from qualification.domain.verdicts import engine
from qualification.models import Asset, PlannedAsset
from tests.browser.looks import looked_at
from tests.qualification import market

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def scene(transactional_db):
    """A provider with assets in two running competitions of an operator."""
    now = timezone.now()
    dates = {
        "publish_on": now - timedelta(days=2),
        "qualification_open": now - timedelta(days=1),
        "qualification_close": now + timedelta(days=5),
        "bidding_open": now + timedelta(days=6),
        "bidding_close": now + timedelta(days=7),
        "first_day": (now + timedelta(days=30)).date(),
    }
    operator, provider = (
        market.member(market.operator()),
        market.member(market.provider("Northern Batteries")),
    )
    shape = market.shapely.box(-3.2, 55.8, -3.0, 56.0)
    evening = market.competition(operator.organisation, shape, name="Monktonhall winter evenings", **dates)
    market.competition(operator.organisation, shape, name="Harbour", minimum_voltage_kv=33, **dates)
    market.competition(operator.organisation, market.SQUARE, name="Elsewhere", **dates)
    for number in range(8):
        market.asset(
            provider.organisation,
            -3.15 + number / 50,
            55.85 + number / 50,
            name=f"Riverside battery {number}",
            maximum_run_time=timedelta(hours=2),
            generation_turn_up_mw=Decimal("1.25") * (number % 3),
            demand_turn_up_mw=Decimal("0.0005"),
            import_meter_id="1200023305967",
        )
    for capacity, ref in (("generation_turn_up_mw", "P1"), ("reactive_import_mvar", "P2")):
        PlannedAsset.objects.create(
            provider=provider.organisation,
            ref=ref,
            name="A second row of batteries beside the first, of the same make",
            asset_type=Asset.objects.all()[0].asset_type,
            competition=evening,
            voltage_kv=Decimal(11),
            capacity_type=capacity,
            capacity_mw=Decimal("2.5"),
            first_uploaded_at=now,
            changed_at=now,
        )
    engine.qualify(now=now)
    with run_jobs_inline():
        yield operator, provider, evening


def test_the_pages_are_accessible_and_fit_the_screen(scene, open_as):
    operator, provider, competition = scene
    asset = Asset.objects.order_by("ref")[0]
    page = open_as(provider)
    own_pages = [
        *(("assets", []), ("assets_map", []), ("upload", []), ("asset", [asset.pk]), ("new_asset", [])),
        *(
            ("edit_asset", [asset.pk]),
            ("asset_history", [asset.pk]),
            ("planned_assets", []),
            ("new_planned", []),
            ("why", [competition.pk]),
        ),
        ("entries", []),
    ]
    for name, args in own_pages:
        page.goto(reverse(f"qualification:{name}", args=args))
        expect(page.locator("h1")).to_be_visible()
        looked_at(page, name)
    page.goto(reverse("qualification:new_asset"))
    page.get_by_label("Voltage Level (kV)").fill("900")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Must be at most 400.", exact=True)).to_be_visible()
    looked_at(page, "new_asset_refused")
    page.goto(reverse("qualification:entries"))
    page.get_by_role("button", name=f"Enter {competition.ref}", exact=True).click()
    expect(page.get_by_text(f"You have entered {competition.ref}.")).to_be_visible()
    page = open_as(operator)
    page.goto(reverse("qualification:competition_assets", args=[competition.pk]))
    expect(page.get_by_role("cell", name="Entered")).to_be_visible()
    looked_at(page, "competition_assets")
    page.get_by_text("Qualify or disqualify assets, whatever the criteria say").click()
    page.get_by_role("checkbox", name=f"Select {asset.ref} of {asset.provider}").check()
    page.get_by_label("Decision", exact=True).select_option(label="Disqualify")
    page.get_by_label("Reason", exact=True).fill("Out of order until spring.")
    looked_at(page, "overriding")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Override", exact=True).click()
    expect(page.get_by_text("1 asset overridden.")).to_be_visible()
    area = Area.objects.create(
        operator=operator.organisation,
        reference="MONKTONHALL",
        shape_wkb=competition.boundary_shape.inside_wkb,
        area_km2=200,
        updated_at=timezone.now(),
    )
    replace_meters(by=operator, area=area, meter_ids=["1200023305967"], now=timezone.now())
    for name, args in [
        ("why", [competition.pk]),
        ("assets_map", []),
        ("overrides", [competition.pk]),
        ("meter_lists", []),
        ("meter_list", [area.pk]),
        ("asset", [asset.pk]),
    ]:
        page.goto(reverse(f"qualification:{name}", args=args))
        looked_at(page, f"operator_{name}")


def test_clusters_fall_apart_when_selected_and_the_list_follows_the_map(scene, open_as, monkeypatch):
    monkeypatch.setattr("qualification.presenters.map_points.MOST_POINTS", 3)
    _, provider, _ = scene
    market.asset(provider.organisation, -0.1, 51.5, name="Far south")
    page = open_as(provider)
    page.goto(reverse("qualification:assets_map"))
    expect(page.get_by_role("status").filter(has_text="in this view")).to_have_text(
        "9 assets in this view of the map"
    )
    expect(page.get_by_title("8 assets")).to_have_text("8")
    looked_at(page, "clusters")
    page.get_by_title("8 assets").click()
    expect(page.get_by_role("status").filter(has_text="in this view")).to_have_text(
        "8 assets in this view of the map"
    )
    expect(page.get_by_title("8 assets")).to_have_count(0)
    looked_at(page, "clusters_apart")


def test_an_asset_of_the_list_is_shown_on_the_map_by_the_keyboard(scene, open_as):
    _, provider, _ = scene
    last = Asset.objects.order_by("ref").last()
    page = open_as(provider, 1440)
    page.goto(reverse("qualification:assets_map"))
    button = page.get_by_role("button", name=f"Show {last.ref} on the map")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-asset-map][data-zoom='16'][data-drawn='1']")).to_be_visible()
    expect(button).to_be_focused()


def test_a_changed_verdict_appears_without_reloading(scene, open_as):
    _, provider, competition = scene
    asset = Asset.objects.order_by("ref")[1]
    page = open_as(provider, 1440)
    page.goto(reverse("qualification:asset", args=[asset.pk]))
    row = page.get_by_role("row").filter(has_text=competition.name)
    expect(row).to_contain_text("Eligible")
    Asset.objects.filter(pk=asset.pk).update(status="mothballed")
    engine.qualify(asset_ids=[asset.pk], now=timezone.now())
    expect(row).to_contain_text("Its status is Mothballed", timeout=10_000)
