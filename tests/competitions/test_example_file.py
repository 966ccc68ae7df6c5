"""The example round's competition file, read, refused and stored as worked out independently."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from competitions.domain.setting_up.saving import create_competition
from competitions.domain.setting_up.terms import terms_of
from competitions.models import Competition
from marketplace import clock
from marketplace.errors import Refused
from marketplace.numbers import hours_of
from rehearsal.round.cast import register_operator
from rehearsal.round.file import OperatorEntry
from rehearsal.round.uploads import hand_in, hand_in_bytes

ROUND = Path(__file__).parents[1] / "data" / "example_round"
EXPECTED = json.loads((ROUND / "expected.json").read_text())
BEFORE = datetime(2026, 1, 4, 12, tzinfo=UTC)


@pytest.fixture
def buyer(db):
    return register_operator(OperatorEntry("HIDDEN", "Hidden Networks", "GB", "SCT", "Europe/London"))


@pytest.fixture
def uploaded(buyer):
    with clock.set_to(BEFORE):
        areas = hand_in(
            by=buyer,
            kind="competitions.areas",
            path=ROUND / "areas.gpkg",
            params={"layer": "zones", "reference_field": "zone_ref"},
        )
        competitions = hand_in(
            by=buyer, kind="competitions.competition_file", path=ROUND / "competitions.xlsx"
        )
    return areas, competitions


def test_the_areas_of_the_file_are_stored(uploaded):
    areas, _ = uploaded
    assert (areas.created, areas.errors) == (5, [])


def test_all_but_the_broken_competition_are_created(uploaded):
    _, report = uploaded
    assert report.created == 5
    assert set(Competition.objects.values_list("ref", flat=True)) == set(EXPECTED["hours"])
    [error] = report.errors
    assert (error["sheet"], error["row"], error["column"]) == ("Competitions", 7, "Bidding Close")


def test_available_hours_are_those_counted_by_hand(uploaded):
    hours = {
        competition.ref: {
            str(window): float(hours_of(window.available_minutes)) for window in competition.windows.all()
        }
        for competition in Competition.objects.prefetch_related("windows__period")
    }
    assert hours == EXPECTED["hours"]


def test_what_is_downloaded_uploads_unchanged(uploaded, buyer):
    from io import BytesIO

    from competitions.exports.files import write_competition_file

    target = BytesIO()
    stored = Competition.objects.select_related("operator", "purchasing_system").prefetch_related(
        "boundaries__area", "windows__period"
    )
    write_competition_file(list(stored), target)
    with clock.set_to(BEFORE):
        kind = "competitions.competition_file"
        report = hand_in_bytes(by=buyer, kind=kind, name="again.xlsx", data=target.getvalue())
    assert (report.created, report.updated, report.unchanged, report.errors) == (0, 0, 5, [])


def test_a_ref_that_another_operator_took_after_the_check_is_refused_in_words(uploaded, buyer):
    stored = Competition.objects.select_related("purchasing_system").get(ref="H1_FEE")
    rival = register_operator(OperatorEntry("RIVAL", "Rival Networks", "GB", "ENG", "Europe/London"))
    with pytest.raises(Refused, match="is taken on this platform"), clock.set_to(BEFORE):
        create_competition(by=rival, terms=replace(terms_of(stored), ref="h1_fee"), now=BEFORE)
    assert Competition.objects.filter(operator=rival.organisation).count() == 0
