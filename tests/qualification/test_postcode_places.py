"""Assets that give a postcode in place of coordinates: where they are put, and when they move."""

import uuid
from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse

from competitions.models import Postcode
from marketplace import clock
from marketplace.jobs.kinds import JobContext
from marketplace.jobs.publishing import run_jobs_inline
from qualification.exports.downloads import write_assets
from qualification.models import Asset
from qualification.workbooks.assets_file import check
from rehearsal.round.uploads import hand_in_bytes
from tests.qualification import market
from tests.qualification.market import DURING
from tests.support.asset_files import GOOD, counts, hand_in, workbook

pytestmark = pytest.mark.django_db
HERE = (Decimal("55.94"), Decimal("-3.05"))
THERE = (Decimal("55.95"), Decimal("-3.04"))
NO_COORDINATES = GOOD | {"Latitude": None, "Longitude": None, "Postcode": "eh218re"}


@pytest.fixture
def member():
    for code, (latitude, longitude) in (("EH21 8RE", HERE), ("EH21 8RF", THERE)):
        Postcode.objects.create(code=code, sector=code[:-2], latitude=latitude, longitude=longitude)
    with run_jobs_inline(), clock.set_to(DURING):
        yield market.member(market.provider())


def place():
    asset = Asset.objects.get()
    return (asset.latitude, asset.longitude), asset.is_place_approximate


def test_a_known_postcode_alone_places_the_asset_and_is_marked(member, client):
    assert counts(hand_in(member, [NO_COORDINATES])) == (1, 0, 0, 0)
    assert place() == (HERE, True)
    client.force_login(member.user)
    page = client.get(reverse("qualification:asset", args=[Asset.objects.get().pk])).content.decode()
    assert "About: the centre of its postcode." in page


def test_the_preview_says_which_places_are_approximate(member):
    sheets = workbook([NO_COORDINATES, GOOD | {"Asset Ref": "BAT-2"}])
    plan = check(JobContext(job_id=uuid.uuid4(), member=member, params={}, now=DURING), sheets)
    assert ["approximate" in change.note for change in plan.changes] == [True, False]


def test_an_assets_reasons_say_that_its_place_is_approximate(member, client):
    hand_in(member, [NO_COORDINATES])
    market.competition(market.operator())
    client.force_login(member.user)
    page = client.get(reverse("qualification:asset", args=[Asset.objects.get().pk])).content.decode()
    assert "Its place is approximate: the centre of its postcode." in page
    Asset.objects.update(is_place_approximate=False)
    page = client.get(reverse("qualification:asset", args=[Asset.objects.get().pk])).content.decode()
    assert "Its place is approximate" not in page


def test_coordinates_beat_the_postcode(member):
    hand_in(member, [GOOD | {"Postcode": "EH21 8RE"}])
    assert place() == ((Decimal("0.5"), Decimal("0.25")), False)


def test_an_unknown_postcode_says_so_and_asks_for_coordinates(member):
    report = hand_in(member, [NO_COORDINATES | {"Postcode": "EH21 9ZZ"}])
    [error] = report.errors
    assert (error["column"], error["message"]) == (
        "Postcode",
        "The postcode EH21 9ZZ is not known here, so latitude and longitude are needed.",
    )
    assert not Asset.objects.exists()


@pytest.mark.parametrize("half", ["Latitude", "Longitude"])
def test_half_a_place_is_not_completed_by_the_postcode(member, half):
    [error] = hand_in(member, [NO_COORDINATES | {half: 1}]).errors
    assert error["message"] == "Latitude and longitude are needed."


def test_the_download_uploads_back_unchanged_and_keeps_the_mark_on_other_edits(member):
    hand_in(member, [NO_COORDINATES])
    target = BytesIO()
    write_assets(member, target, DURING)
    again = hand_in_bytes(by=member, kind="qualification.assets", name="a.xlsx", data=target.getvalue())
    assert counts(again) == (0, 0, 1, 0)
    stored = {"Latitude": float(HERE[0]), "Longitude": float(HERE[1]), "Postcode": "EH21 8RE"}
    assert counts(hand_in(member, [GOOD | stored | {"Asset Name": "Another"}])) == (0, 1, 0, 0)
    assert place() == (HERE, True)


def test_an_asset_placed_by_its_postcode_follows_a_new_one_and_stops_when_it_is_given_coordinates(member):
    hand_in(member, [NO_COORDINATES])
    stored = {"Latitude": float(HERE[0]), "Longitude": float(HERE[1])}
    hand_in(member, [GOOD | stored | {"Postcode": "EH21 8RF"}])
    assert place() == (THERE, True)
    hand_in(member, [GOOD | {"Postcode": "EH21 8RE"}])
    assert place() == ((Decimal("0.5"), Decimal("0.25")), False)
    hand_in(member, [GOOD | {"Postcode": "EH21 8RF"}])
    assert place() == ((Decimal("0.5"), Decimal("0.25")), False)


def test_clearing_the_coordinates_puts_the_asset_at_its_postcode(member):
    hand_in(member, [GOOD])
    assert counts(hand_in(member, [NO_COORDINATES])) == (0, 1, 0, 0)
    assert place() == (HERE, True)


@pytest.mark.parametrize("postcode", ["EH21 9ZZ", None])
def test_an_approximate_place_never_becomes_exact_by_losing_its_postcode(member, postcode):
    hand_in(member, [NO_COORDINATES])
    asset = Asset.objects.get()
    report = hand_in(
        member,
        [NO_COORDINATES | {"Postcode": postcode, "Latitude": asset.latitude, "Longitude": asset.longitude}],
    )
    assert len(report.errors) == 1
    assert "only known by its postcode" in str(report.errors[0])
    asset.refresh_from_db()
    assert (asset.is_place_approximate, asset.postcode) == (True, "EH21 8RE")


def test_loading_other_reference_data_moves_no_stored_asset(member):
    hand_in(member, [NO_COORDINATES])
    Postcode.objects.filter(code="EH21 8RE").update(latitude=1)
    assert place() == (HERE, True)
